"""A small chain with a few published promotions, on the database of the test."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.catalogue import Store
from portal.services import promotions
from tests.conftest import settings_for

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> Iterator[None]:
    """Contents ask the app for its Redis."""
    with app.app_context():
        yield


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> Settings:
    """Settings with a folder of keys of their own."""
    return settings_for(tmp_path / "instance", redis_url)


@pytest.fixture
def stores(session: Session) -> list[Store]:
    """Three stores in euros, one in dollars."""
    made = [
        Store(code=f"S{number}", name=f"Store {number}", timezone="Europe/Berlin", currency=currency)
        for number, currency in enumerate(("EUR", "EUR", "EUR", "USD"), 1)
    ]
    session.add_all(made)
    session.flush()
    return made


@pytest.fixture
def published(session: Session) -> Callable[..., Any]:
    """Publish a promotion by its code and parts of its definition."""

    def publish(code: str, **parts: Any) -> Any:
        definition = {"code": code, "type": "percent_discount", "rule": {"percent": 10}} | parts
        promotion = promotions.draft(session, definition=definition, by=None, now=NOW)
        promotions.publish(session, promotion, now=NOW)
        return promotion

    return publish
