"""GET /promotions/active, /promotions/<code>, /version and POST /promotions/bulk: views of one published version."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal import clock
from tests.api.conftest import LUNCH20, Asking, make_promotion, publish

VIEWS = ("/version", "/promotions/active", "/promotions/LUNCH20")


@pytest.mark.databases("sqlite", "postgresql")
def test_every_view_bears_the_version_and_its_weak_etag(published: Asking, database_url: str) -> None:
    sha256 = published.get("/manifest").get_json()["sha256"]
    answers = [*map(published.get, VIEWS), published.post("/promotions/bulk", json={"codes": ["LUNCH20"]})]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] == f'W/"{sha256}"'
        assert answer.headers["X-Bundle-Version"] == "1"
    assert answers[0].get_json()["sha256"] == sha256
    assert set(answers[0].get_json()) == {"version", "sha256", "generated_at"}


def test_views_show_what_was_published_not_what_is_being_typed(published: Asking, session: Session, app: Flask) -> None:
    make_promotion(session, {**LUNCH20, "code": "LATER"})
    assert published.get("/promotions/LATER").status_code == 404
    assert [each["code"] for each in published.get("/promotions/active").get_json()["promotions"]] == ["LUNCH20"]
    publish(session, app)
    assert published.get("/promotions/LATER").status_code == 200


@pytest.mark.databases("sqlite", "postgresql")
def test_active_is_asked_for_a_moment(published: Asking, session: Session, app: Flask, database_url: str) -> None:
    soon = clock.now() + timedelta(days=2)
    schedule = {"schedule": {"starts_at": f"{soon:%Y-%m-%dT%H:%M}", "timezone": "UTC"}}
    make_promotion(session, {**LUNCH20, "code": "SOON", **schedule})
    publish(session, app)

    def codes(**query: str) -> list[str]:
        answer = published.get("/promotions/active", query_string=query)
        assert answer.status_code == 200, answer.text
        return sorted(each["code"] for each in answer.get_json()["promotions"])

    assert codes() == ["LUNCH20"]
    assert codes(at=(soon + timedelta(minutes=1)).isoformat()) == ["LUNCH20", "SOON"]
    assert codes(at=f"{soon - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}") == ["LUNCH20"]


@pytest.mark.parametrize(
    "at", ["", "now", "2026-12-01", "2026-12-01T18:00:00", "2026-13-01T18:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_that_no_calendar_has_is_told_by_field(published: Asking, at: str) -> None:
    answer = published.get("/promotions/active", query_string={"at": at})
    assert answer.status_code == 422
    assert answer.get_json(force=True)["errors"][0]["field"] == "at"


@pytest.mark.parametrize("code", ["NOTHING", "lunch20", "%00", "a%2Fb", "x" * 500])
def test_an_unknown_code_is_not_found(published: Asking, code: str) -> None:
    assert published.get(f"/promotions/{code}").status_code == 404


def test_bulk_has_an_outcome_for_each_code_in_the_order_asked(published: Asking) -> None:
    codes = ["NOTHING", "LUNCH20", "NOTHING"]
    answer = published.post("/promotions/bulk", json={"codes": codes})
    assert answer.status_code == 200, answer.text
    results = answer.get_json()["results"]
    assert [(each["code"], each["outcome"]) for each in results] == [
        ("NOTHING", "not_found"),
        ("LUNCH20", "found"),
        ("NOTHING", "not_found"),
    ]
    assert results[0]["promotion"] is None
    assert results[1]["promotion"]["rule"] == {"basis_points": 2000}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"codes": ["A"] * 500}, 200),
        ({"codes": ["A"] * 501}, 422),
        ({"codes": []}, 422),
        ({"codes": [7]}, 422),
        ({}, 422),
        (["A"], 422),
    ],
)
def test_bulk_takes_one_to_500_codes(published: Asking, body: Any, status: int) -> None:
    assert published.post("/promotions/bulk", json=body).status_code == status


def test_a_view_that_cannot_have_changed_is_304(published: Asking) -> None:
    tag = {"If-None-Match": published.get("/version").headers["ETag"]}
    assert published.get("/version", headers=tag).status_code == 304
    assert published.get("/promotions/LUNCH20", headers=tag).status_code == 304
    at = {"at": "2027-01-01T00:00:00Z"}
    assert published.get("/promotions/active", headers=tag, query_string=at).status_code == 304
    assert published.get("/promotions/active", headers=tag).status_code == 200, "now moves on, and the answer with it"
