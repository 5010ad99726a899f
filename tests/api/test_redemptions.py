"""POST /redemptions/...: over HTTP; what a hold promises is tried in tests/limits."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.api.conftest import LUNCH20, Asking, make_promotion, publish

ONLINE: dict[str, Any] = {**LUNCH20, "code": "ONLINE5", "limits": {"total": 2, "offline": "online_only"}}


def of(basket: str, **changes: Any) -> dict[str, Any]:
    return {"promotion": "ONLINE5", "basket": basket, "amount": 500, "currency": "USD", **changes}


@pytest.fixture
def online(asking: Asking, session: Session, app: Flask) -> Asking:
    make_promotion(session, ONLINE)
    publish(session, app)
    return asking


def status(asking: Asking, what: str, body: Any) -> str:
    answer = asking.post(f"/redemptions/{what}", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["status"])


@pytest.mark.databases("sqlite", "postgresql")
def test_reserve_commit_and_void(online: Asking, database_url: str) -> None:
    assert status(online, "reserve", of("b-1")) == "held"
    assert status(online, "reserve", of("b-1")) == "held", "the same basket may ask again"
    assert status(online, "reserve", of("b-2")) == "held"
    assert status(online, "reserve", of("b-3")) == "refused"
    assert status(online, "commit", of("b-1")) == "committed"
    assert status(online, "void", of("b-2")) == "voided"
    assert status(online, "reserve", of("b-3")) == "held"


@pytest.mark.databases("sqlite", "postgresql")
def test_a_commit_without_a_hold_stands_and_is_flagged(online: Asking, database_url: str) -> None:
    answer = online.post("/redemptions/commit", json=of("b-9"))
    assert answer.get_json()["status"] == "committed"
    assert "hold_lost" in answer.get_json()["flags"]


@pytest.mark.parametrize("what", ["reserve", "commit", "void"])
@pytest.mark.parametrize("body", [{}, of("b", amount=-1), of("b", amount="5"), of(""), [of("b")]])
def test_wrong_bodies_are_told_by_field(online: Asking, what: str, body: Any) -> None:
    answer = online.post(f"/redemptions/{what}", json=body)
    assert answer.status_code == 422
    assert answer.get_json(force=True)["errors"]


def test_it_needs_its_scope(online: Asking, session: Session) -> None:
    online.device.scopes = ["sync:read", "usage:write"]
    session.flush()
    assert online.post("/redemptions/reserve", json=of("b-1")).status_code == 403
