"""GET /manifest, /bundle, /catalogue, /leases: signed, cached, compressed once, and of the token's own store alone."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal import clock, config
from portal.db import glance
from portal.extensions import db
from portal.models.device import Device
from portal.models.publication import StoreSync
from portal.services.sync import devices, keys, manifests
from tests.api.conftest import Asking, make_promotion, make_store, make_till, publish


def manifest_of(asking: Asking) -> Any:
    return asking.get("/manifest").get_json()


def check_signature(app: Flask, answer: Any) -> None:
    with app.app_context():
        known = {key["id"]: key["key"] for key in keys.public(config.current().keys)}
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(known[answer.get_json()["key_id"]]))
    public.verify(base64.b64decode(answer.headers["Signature"]), answer.data)


@pytest.mark.databases("sqlite", "postgresql")
def test_the_manifest_is_small_and_signed_over_its_exact_bytes(
    published: Asking, app: Flask, database_url: str
) -> None:
    answer = published.get("/manifest", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert len(answer.data) <= 1000
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    check_signature(app, answer)
    found = answer.get_json()
    assert (found["store"], found["version"]) == ("S1", 1)
    wanted = ("sha256", "length", "min_engine", "key_id", "issued_at", "expires_at", "poll_after_s", "offline_grace_h")
    assert all(found[name] for name in wanted)


@pytest.mark.databases("sqlite", "postgresql")
def test_what_a_till_has_is_answered_304(published: Asking, database_url: str) -> None:
    sha256 = manifest_of(published)["sha256"]
    for path in ("/manifest", "/catalogue", f"/bundle/{sha256}"):
        tag = published.get(path).headers["ETag"]
        again = published.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert published.get(path, headers={"If-None-Match": f'"x", {tag}'}).status_code == 304
        assert published.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_new_version_has_another_etag(published: Asking, session: Session, app: Flask) -> None:
    tag = published.get("/manifest").headers["ETag"]
    make_promotion(session, {"code": "MORE", "type": "percent_discount", "rule": {"percent": 5}})
    publish(session, app)
    answer = published.get("/manifest", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.get_json()["version"]) == (200, 2)


def test_a_manifest_is_signed_anew_after_six_hours(
    published: Asking, session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published.get("/manifest")
    later = clock.now() + timedelta(hours=6, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = published.get("/manifest", headers={"If-None-Match": before.headers["ETag"]})
    assert answer.status_code == 200
    check_signature(app, answer)
    assert answer.get_json()["version"] == before.get_json()["version"]
    assert answer.get_json()["issued_at"] > before.get_json()["issued_at"]


def test_a_304_asks_the_database_once_at_most(
    published: Asking, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = published.get("/manifest").headers["ETag"]
    statements.clear()
    assert published.get("/manifest", headers={"If-None-Match": tag}).status_code == 304
    assert len(statements) <= 1, statements


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every statement to the database meanwhile, without the savepoints of the tests."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize(
    ("accepted", "encoding", "read"),
    [
        ("zstd, gzip", "zstd", lambda data: zstandard.ZstdDecompressor().decompress(data)),
        ("gzip, deflate, br", "gzip", gzip.decompress),
        ("zstd;q=0.1, gzip;q=0.9", "gzip", gzip.decompress),
        ("gzip;q=0, br", None, bytes),
        (None, None, bytes),
    ],
)
@pytest.mark.parametrize("what", ["bundle", "catalogue"])
def test_stored_bytes_come_as_they_are_kept(
    published: Asking,
    accepted: str | None,
    encoding: str | None,
    read: Callable[[bytes], bytes],
    what: str,
    database_url: str,
) -> None:
    manifest = manifest_of(published)
    path = f"/bundle/{manifest['sha256']}" if what == "bundle" else "/catalogue"
    headers = {"Accept-Encoding": accepted} if accepted else {}
    answer = published.get(path, headers=headers)
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    plain = read(answer.data)
    sha256, _, suffix = answer.headers["ETag"].strip('"').partition(":")
    assert (sha256, suffix) == (hashlib.sha256(plain).hexdigest(), encoding or "")
    if what == "bundle":
        assert (sha256, len(plain)) == (manifest["sha256"], manifest["length"])
        assert "immutable" in answer.headers["Cache-Control"]
        assert [each["code"] for each in json.loads(plain)["promotions"]] == ["LUNCH20"]
        assert json.loads(plain)["golden"]
    else:
        found = json.loads(plain)["products"][0]
        assert (found["sku"], found["unit_price"], found["categories"]) == ("LATTE", 450, ["coffee"])


@pytest.mark.databases("sqlite", "postgresql")
def test_the_hash_of_another_store_is_not_found(
    published: Asking, session: Session, app: Flask, database_url: str
) -> None:
    other = make_store(session, "S2")
    scope = {"scope": {"stores": ["S2"]}}
    make_promotion(session, {"code": "ONLYS2", "type": "percent_discount", "rule": {"percent": 5}, **scope})
    publish(session, app)
    _, token = make_till(session, other)
    theirs = published.get("/manifest", token=token).get_json()["sha256"]
    assert theirs != manifest_of(published)["sha256"]
    assert published.get(f"/bundle/{theirs}", token=token).status_code == 200
    for sha256 in (theirs, "0" * 64, "nothing"):
        answer = published.get(f"/bundle/{sha256}")
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("name", ["store", "store_id", "store_code"])
def test_the_store_is_that_of_the_token_whatever_the_request_says(
    published: Asking, session: Session, app: Flask, name: str
) -> None:
    make_store(session, "S2")
    publish(session, app)
    answer = published.get("/manifest", query_string={name: "S2"}, headers={"X-Store": "S2"})
    assert answer.get_json()["store"] == "S1"


@pytest.mark.parametrize(
    "path", ["/manifest", "/catalogue", "/version", "/promotions/active", "/promotions/LUNCH20", f"/bundle/{'0' * 64}"]
)
def test_before_the_first_publication_there_is_nothing(asking: Asking, path: str) -> None:
    assert asking.get(path).status_code == 404


@pytest.mark.parametrize("what", ["/manifest", "/bundle/{sha256}"])
def test_an_engine_that_is_too_old_is_answered_426(published: Asking, what: str) -> None:
    sha256 = manifest_of(published)["sha256"]
    path = what.format(sha256=sha256)
    refused = published.get(path, headers={"X-Engine": "0"})
    assert refused.status_code == 426
    assert refused.content_type == "application/problem+json"
    for fine in ("1", "7", "unknown", ""):
        assert published.get(path, headers={"X-Engine": fine}).status_code == 200


@pytest.mark.databases("sqlite", "postgresql")
def test_a_suspended_store_is_403_and_still_reports(published: Asking, session: Session, database_url: str) -> None:
    row = session.get(StoreSync, published.store.id)
    assert row is not None
    row.suspended_at = clock.now()
    session.flush()
    for path in ("/manifest", "/leases", "/catalogue", "/version", "/promotions/active", "/customers/C1"):
        assert published.get(path).status_code == 403
    assert published.post("/usage", json={"events": []}).status_code == 200


def test_what_a_till_says_of_itself_is_noted(published: Asking, session: Session) -> None:
    headers = {"X-Bundle-Version": "1", "X-Engine": "1", "X-Outbox": "7", "X-Till-Time": clock.now().isoformat()}
    published.get("/manifest", headers=headers)
    device = session.get(Device, published.device.id, populate_existing=True)
    assert device is not None
    assert device.last_seen_at is not None
    assert (device.bundle_version, device.engine_version, device.outbox_length) == (1, 1, 7)


@pytest.mark.parametrize(
    "headers",
    [{"X-Bundle-Version": "x" * 5000}, {"X-Outbox": "-1"}, {"X-Till-Time": "never"}, {"X-Engine": "9" * 400}],
)
def test_headers_that_make_no_sense_are_left_out(published: Asking, headers: dict[str, str]) -> None:
    assert published.get("/manifest", headers=headers).status_code == 200


def test_a_database_that_does_not_answer_is_503_with_retry_after(
    published: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    tag = published.get("/manifest").headers["ETag"]
    monkeypatch.setattr(manifests, "etag", away)
    answer = published.get("/manifest", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    monkeypatch.setattr(devices, "authenticate", away)
    assert published.get("/version").status_code == 503


def test_bytes_that_one_till_fetched_are_not_given_to_another_store(
    published: Asking, session: Session, app: Flask
) -> None:
    """The process remembers bytes; who may have them is asked of each till."""
    sha256 = manifest_of(published)["sha256"]
    assert published.get(f"/bundle/{sha256}").status_code == 200
    other = make_store(session, "S9")
    other.currency = "EUR"
    session.flush()
    _, token = make_till(session, other)
    assert published.get(f"/bundle/{sha256}", token=token).status_code == 404


@pytest.mark.databases("postgresql")
def test_a_glance_needs_no_transaction_and_survives_a_server_that_was_away(app: Flask, database_url: str) -> None:
    with app.app_context():
        pid = glance(lambda connection: connection.scalar(text("SELECT pg_backend_pid()")))
        with db.engine.connect() as other:
            state = other.scalar(text("SELECT state FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid})
            assert state == "idle", "no transaction stays open"
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        assert glance(lambda connection: connection.scalar(text("SELECT 1"))) == 1
