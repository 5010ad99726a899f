"""Cheap password hashes: these tests sign in often, and time nothing but the difference between two."""

from functools import cache

import pytest
from argon2 import PasswordHasher

from portal.services import users


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = PasswordHasher(time_cost=2, memory_cost=1024, parallelism=1)
    monkeypatch.setattr(users, "hasher", lambda: cheap)
    monkeypatch.setattr(users, "_nobody", cache(lambda: cheap.hash("an account that does not exist")))
