"""Enrolment, the next token, and who is let in at all."""

import base64
import hashlib
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal import clock
from portal.models.publication import StoreSync
from portal.services.sync import devices
from tests.api.conftest import PREFIX, Asking
from tests.cast import Cast


def enroll(asking: Asking, code: str, **kwargs: Any) -> Any:
    return asking.post("/devices/enroll", token=None, json={"code": code}, **kwargs)


@pytest.mark.databases("sqlite", "postgresql")
def test_a_code_becomes_a_token_once(asking: Asking, session: Session, database_url: str) -> None:
    code = devices.invite(session, asking.store, "Counter 2", by=None, now=clock.now())
    answer = enroll(asking, code)
    assert answer.status_code == 200, answer.text
    found = answer.get_json()
    assert (found["store"], found["name"]) == ("S1", "Counter 2")
    assert found["token"].startswith(f"pst_{found['device_id']}_")
    assert answer.headers["Cache-Control"] == "no-store"
    for key in found["keys"]:
        raw = base64.b64decode(key["key"])
        assert (len(raw), key["id"]) == (32, hashlib.sha256(raw).hexdigest()[:16])
    assert asking.get("/customers/C1", token=found["token"]).status_code == 200
    again = enroll(asking, code)
    assert again.status_code == 401
    assert found["token"] not in again.text


def test_wrong_codes_are_limited_and_good_ones_are_not(asking: Asking, session: Session) -> None:
    for _ in range(12):
        code = devices.invite(session, asking.store, "Counter", by=None, now=clock.now())
        assert enroll(asking, code).status_code == 200
    assert [enroll(asking, "XXXX-XXXX-XXXX").status_code for _ in range(11)] == [401] * 10 + [429]
    refused = enroll(asking, "XXXX-XXXX-XXXX")
    assert refused.content_type == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 61  # the limit counts whole seconds


@pytest.mark.parametrize("body", [{}, {"code": 7}, {"code": ""}, {"code": "x" * 65}, [], "word"])
def test_a_body_without_a_code_is_told_by_field(asking: Asking, body: Any) -> None:
    answer = asking.post("/devices/enroll", token=None, json=body)
    assert answer.status_code == 422
    assert answer.get_json(force=True)["errors"]


def test_no_json_at_all_is_400(asking: Asking) -> None:
    assert asking.post("/devices/enroll", token=None, data=b"{").status_code == 400


@pytest.mark.databases("sqlite", "postgresql")
def test_both_tokens_are_valid_until_the_next_one_is_used(asking: Asking, database_url: str) -> None:
    following = asking.post("/devices/rotate").get_json()["token"]
    devices.forget()
    assert asking.get("/customers/C1").status_code == 200
    assert asking.get("/customers/C1", token=following).status_code == 200
    devices.forget()
    assert asking.get("/customers/C1").status_code == 401
    assert asking.get("/customers/C1", token=following).status_code == 200


@pytest.mark.parametrize("token", [None, "", "pst_", "pst_aaaaaaaaaaaa_" + "x" * 43, "pat_aaaaaaaaaaaa_" + "x" * 43])
def test_without_a_good_token_it_is_401(asking: Asking, token: str | None) -> None:
    answer = asking.get("/customers/C1", token=token)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_in_the_address_or_a_cookie_is_not_believed(asking: Asking) -> None:
    for name in ("token", "access_token", "authorization"):
        query = {name: asking.token}
        assert asking.get("/customers/C1", token=None, query_string=query).status_code == 401
    asking.client.set_cookie("token", asking.token)
    assert asking.get("/customers/C1", token=None).status_code == 401


def test_a_signed_in_person_is_nobody_here(asking: Asking, cast: Cast) -> None:
    asking.client.sign_in(cast.root)
    assert asking.get("/customers/C1", token=None).status_code == 401
    assert asking.post("/usage", token=None, data=b"{}").status_code == 401


def test_no_answer_sets_a_cookie_and_a_till_needs_no_csrf_token(asking: Asking) -> None:
    for answer in (asking.get("/customers/C1"), asking.post("/usage", json={"events": []})):
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "Date" not in answer.headers or answer.headers["Date"]


@pytest.mark.parametrize(
    ("scopes", "method", "path"),
    [
        (["usage:write"], "GET", "/customers/C1"),
        (["sync:read"], "POST", "/usage"),
        (["sync:read"], "POST", "/logs"),
        (["usage:write"], "POST", "/devices/rotate"),
    ],
)
def test_a_token_without_the_scope_is_403(
    asking: Asking, session: Session, scopes: list[str], method: str, path: str
) -> None:
    asking.device.scopes = scopes
    session.flush()
    answer = asking(method, path, json=None if method == "GET" else {"events": []})
    assert answer.status_code == 403
    assert answer.content_type == "application/problem+json"


def test_a_revoked_till_is_401(asking: Asking, session: Session) -> None:
    assert asking.get("/customers/C1").status_code == 200
    devices.revoke(session, asking.device, now=clock.now())
    assert asking.get("/customers/C1").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/customers/C1"), ("GET", "/usage"), ("GET", "/devices/enroll"), ("DELETE", "/logs"), ("PUT", "/usage")],
)
def test_wrong_methods_are_405_and_say_what_is_right(asking: Asking, method: str, path: str) -> None:
    answer = asking(method, path)
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Allow"]


def test_an_unknown_address_is_a_problem_document(asking: Asking) -> None:
    answer = asking.client.get(f"{PREFIX}/nothing")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def suspend(session: Session, asking: Asking) -> None:
    row = session.get(StoreSync, asking.store.id)
    assert row is not None
    row.suspended_at = clock.now()
    session.flush()
