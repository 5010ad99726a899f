"""A till's life as its requests tell it: enrolled, seen, rotated, suspended, revoked; the pages see the same."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.models.device import Device
from portal.services.sync import devices, publishing, store_tills
from tests.cast import Cast
from tests.pages import PagesClient
from tests.tills.conftest import make_store, minutes

API = "/api/sync/v1"


@pytest.fixture
def token(app: Flask, session: Session, client: PagesClient) -> str:
    """The token of a till of S1, enrolled over HTTP; the store has a version."""
    store = make_store(session)
    with app.app_context():
        publishing.publish_all(session, settings=app.config["PORTAL"], now=clock.now())
    code = devices.invite(session, store, "Counter 1", by=None, now=clock.now())
    session.flush()
    answer = client.post(f"{API}/devices/enroll", json={"code": code}, csrf=False)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["token"]


def status(client: PagesClient, token: str, path: str = "/version", **headers: str) -> int:
    return client.get(API + path, headers={"Authorization": f"Bearer {token}", **headers}).status_code


def test_a_poll_is_seen_on_the_page(client: PagesClient, cast: Cast, token: str) -> None:
    later = (clock.now() + minutes(5.5)).isoformat()
    headers = {"X-Bundle-Version": "1", "X-Engine": "1", "X-Outbox": "3", "X-Till-Time": later}
    assert status(client, token, "/manifest", **headers) == 200
    page = client.sign_in(cast.cy).get("/tills/S1").get_data(as_text=True)
    for words in ("just now", "Clock off", "5 min ahead", "3 events"):
        assert words in page


def test_the_first_use_of_a_new_token_ends_the_old_one(client: PagesClient, session: Session, token: str) -> None:
    answer = client.post(f"{API}/devices/rotate", headers={"Authorization": f"Bearer {token}"}, csrf=False)
    new = answer.get_json()["token"]
    assert (status(client, token), status(client, new)) == (200, 200)
    assert (status(client, token), status(client, new)) == (401, 200)
    session.expire_all()
    assert session.scalars(select(Device)).one().next_token_hash is None


def test_a_token_that_is_renewed_on_the_page_works_the_same(client: PagesClient, session: Session, token: str) -> None:
    new = devices.rotate(session, session.scalars(select(Device)).one())
    session.flush()
    assert (status(client, token), status(client, new), status(client, token)) == (200, 200, 401)


def test_a_suspended_store_is_refused_reading_and_not_reporting(
    client: PagesClient, session: Session, token: str
) -> None:
    store = store_tills.store(session, "S1")
    store_tills.suspend(session, store, now=clock.now())
    session.flush()
    for path in ("/version", "/manifest", "/leases", "/promotions/active"):
        assert status(client, token, path) == 403
    sent = client.post(f"{API}/usage", json=[], headers={"Authorization": f"Bearer {token}"}, csrf=False)
    assert sent.status_code not in (401, 403)
    store_tills.resume(session, store)
    session.flush()
    assert status(client, token) == 200


def test_a_till_that_is_revoked_on_the_page_is_refused(
    client: PagesClient, cast: Cast, session: Session, token: str
) -> None:
    assert status(client, token) == 200
    till = session.scalars(select(Device)).one()
    client.sign_in(cast.root).post(f"/tills/S1/tills/{till.public_id}/revoke")
    assert status(client, token) == 401
