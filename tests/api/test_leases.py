"""GET /leases: signed like the manifest, of this till alone, with an ETag of its own."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.api.conftest import LUNCH20, Asking, make_promotion, make_till, publish
from tests.api.test_reading import check_signature

LEASED: dict[str, Any] = {**LUNCH20, "code": "FIRST100", "limits": {"total": 100, "offline": "leased"}}


@pytest.mark.databases("sqlite", "postgresql")
def test_leases_are_signed_and_have_an_etag_of_their_own(
    asking: Asking, session: Session, app: Flask, database_url: str
) -> None:
    make_promotion(session, LEASED)
    publish(session, app)
    answer = asking.get("/leases", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, answer.text
    assert "Content-Encoding" not in answer.headers
    check_signature(app, answer)
    found = answer.get_json()
    assert found["store"] == "S1"
    assert [each["promotion"] for each in found["leases"]] == ["FIRST100"]
    assert 0 < found["leases"][0]["count"] <= 100
    tag = answer.headers["ETag"]
    again = asking.get("/leases", headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["ETag"]) == (304, tag)
    assert tag != asking.get("/manifest").headers["ETag"]


@pytest.mark.databases("sqlite", "postgresql")
def test_two_tills_never_hold_more_than_there_is(
    asking: Asking, session: Session, app: Flask, database_url: str
) -> None:
    make_promotion(session, {**LEASED, "limits": {"total": 10, "offline": "leased"}})
    publish(session, app)
    tokens = [make_till(session, asking.store)[1] for _ in range(3)]
    held = [asking.get("/leases", token=token).get_json()["leases"] for token in tokens]
    assert sum(each["count"] for leases in held for each in leases) <= 10
