"""The tills' pages: who sees which stores, what they say, and what changes something."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.models.catalogue import Store
from portal.models.device import Device, DeviceGap
from portal.models.publication import StoreSync
from portal.services import promotions
from portal.services.sync import alerts, devices, publishing, store_tills
from tests.cast import Cast
from tests.pages import PagesClient
from tests.tills.conftest import make_store, make_till, minutes, publish

DEFINITION = {
    "code": "TEN", "name": "Ten off coffee", "type": "percent_discount", "currency": "USD",
    "rule": {"percent": 10, "on": "basket"}, "schedule": {"starts_at": "2026-01-05T00:00:00"},
}  # fmt: skip


@pytest.fixture
def chain(session: Session) -> Session:
    """S1 has a till that is behind and one that is silent, S2 a fine one, S3 none."""
    now = clock.now()
    before = now - minutes(600)
    stores = [make_store(session, f"S{n}", f"Pier {n}") for n in (1, 2, 3)]
    for store in stores[:2]:
        publish(session, store, before, now - minutes(30))
    facts = {"engine_version": 1, "outbox_length": 0, "clock_skew_ms": 1200}
    behind = make_till(session, stores[0], "Counter 1", at=before, bundle_version=1, last_seen_at=now, **facts)
    make_till(session, stores[0], "Counter 2", at=before, bundle_version=2, last_seen_at=now - minutes(40), **facts)
    make_till(session, stores[1], "Bar", at=before, bundle_version=2, last_seen_at=now, **facts)
    session.add(DeviceGap(device_id=behind.id, stream="usage", first_seq=12, last_seq=14))
    session.flush()
    return session


def till_of(session: Session, name: str) -> Device:
    return session.scalars(select(Device).where(Device.name == name)).one()


def text_of(client: PagesClient, path: str, status: int = 200, **kwargs: object) -> str:
    answer = client.get(path, **kwargs)
    assert answer.status_code == status, (path, answer.status_code)
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


# The list


def test_the_list_says_what_asks_for_somebody(client: PagesClient, cast: Cast, chain: Session) -> None:
    client.sign_in(cast.ada)
    words = text_of(client, "/tills")
    assert "In 1 store some tills are silent. 1 store has a till that is behind its newest version." in words
    assert "From 1 store some events have not arrived." in words
    assert "1 silent 1 behind 3 events missing" in words
    assert "No till is enrolled" in words


def test_a_store_that_is_not_heard_of_is_named_with_the_time(client: PagesClient, cast: Cast, chain: Session) -> None:
    till_of(chain, "Bar").last_seen_at = clock.now() - minutes(95)
    chain.flush()
    client.sign_in(cast.ada)
    assert re.search(r"1 store has not fetched since (\w+ \d+ \w+, )?\d\d:\d\d E[SD]T\.", text_of(client, "/tills"))


def test_all_in_order_is_said_too(client: PagesClient, cast: Cast, session: Session) -> None:
    make_till(session, make_store(session), at=clock.now())
    assert "All 1 till are in order" not in text_of(client.sign_in(cast.ada), "/tills")
    assert "The only till is in order." in text_of(client, "/tills")


def test_filters_stand_in_the_address_and_can_be_taken_away(client: PagesClient, cast: Cast, chain: Session) -> None:
    client.sign_in(cast.cy)
    page = client.get("/tills?is=behind&q=pier&is=nonsense").get_data(as_text=True)
    assert 'href="/tills/S1"' in page
    assert 'href="/tills/S2"' not in page
    assert 'href="/tills?q=pier"' in page
    assert 'href="/tills?is=behind"' in page
    assert "Nothing found" in text_of(client, "/tills?q=nowhere")


@pytest.mark.parametrize("query", ["from=-1", "from=x", f"from={10**30}", "is=", "q=%00", "q=" + "x" * 5000])
def test_any_address_is_answered(client: PagesClient, cast: Cast, chain: Session, query: str) -> None:
    assert client.sign_in(cast.ada).get(f"/tills?{query}").status_code == 200


def test_the_next_rows_come_as_a_fragment(client: PagesClient, cast: Cast, session: Session) -> None:
    for number in range(30):
        make_store(session, f"T{number:02}", f"Store {number}")
    client.sign_in(cast.ada)
    assert client.get("/tills").get_data(as_text=True).count("data-opens") == 25
    more = client.htmx("GET", "/tills?from=25")
    assert more.get_data(as_text=True).count("data-opens") == 5
    assert "<html" not in more.get_data(as_text=True)


def test_the_file_holds_what_is_filtered(client: PagesClient, cast: Cast, chain: Session) -> None:
    client.sign_in(cast.ada)
    text = client.get("/tills.csv?is=behind").get_data(as_text=True).lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["store"], row["till"], row["behind"], row["silent"]) for row in rows] == [
        ("S1", "Counter 1", "yes", "no"),
        ("S1", "Counter 2", "no", "yes"),
    ]
    assert (rows[0]["till_version"], rows[0]["store_version"], rows[0]["events_missing"]) == ("1", "2", "3")
    every = list(csv.DictReader(io.StringIO(client.get("/tills.csv").get_data(as_text=True).lstrip("\ufeff"))))
    assert [row["store"] for row in every] == ["S1", "S1", "S2", "S3"]
    assert every[-1]["suspended"] == "no"


def test_the_list_takes_few_queries_however_many_tills_there_are(
    client: PagesClient, cast: Cast, chain: Session, counted
) -> None:
    client.sign_in(cast.ada)
    with counted() as few:
        client.get("/tills")
    for number in range(30):
        store = make_store(chain, f"T{number:02}", f"Store {number}")
        make_till(chain, store)
    with counted() as many:
        client.get("/tills")
    assert len(few) == len(many) <= 5


# Who sees what


def test_a_store_manager_sees_own_stores_alone(client: PagesClient, cast: Cast, chain: Session) -> None:
    cast.mia.store_codes = ["S2"]
    chain.flush()
    client.sign_in(cast.mia)
    page = client.get("/tills").get_data(as_text=True)
    assert ("Pier 2" in page, "Pier 1" in page) == (True, False)
    assert "Pier 1" not in client.get("/tills.csv").get_data(as_text=True)
    assert client.get("/tills/S2").status_code == 200
    for path in ("/tills/S1", "/tills/S1/tills", "/tills/NONE"):
        assert "There is no such store." in text_of(client, path, 404)


def test_a_store_manager_without_stores_sees_none(client: PagesClient, cast: Cast, chain: Session) -> None:
    assert "No store is yours yet" in text_of(client.sign_in(cast.mia), "/tills")


@pytest.mark.parametrize("person", ["ada", "ben", "cy", "mia"])
def test_who_may_only_look_is_offered_nothing_and_refused_everything(
    client: PagesClient, cast: Cast, chain: Session, person: str
) -> None:
    cast.mia.store_codes = ["S1"]
    chain.flush()
    client.sign_in(getattr(cast, person))
    page = client.get("/tills/S1").get_data(as_text=True)
    for word in ("Invite", "Revoke", "Roll back to", "Suspend", "Renew"):
        assert word not in page
    till = till_of(chain, "Counter 1").public_id
    for path in (
        "invitations", f"tills/{till}/rotate", f"tills/{till}/revoke", "suspend", "resume", "release",
        "versions/1/roll-back",
    ):  # fmt: skip
        assert client.post(f"/tills/S1/{path}").status_code == 403
    assert chain.scalar(select(StoreSync.suspended_at).limit(1)) is None


def test_the_help_desk_does_not_see_tills(client: PagesClient, cast: Cast, chain: Session) -> None:
    client.sign_in(cast.hal)
    for path in ("/tills", "/tills.csv", "/tills/S1"):
        assert client.get(path).status_code == 403


# One store


def test_a_stores_page_says_how_each_till_stands(client: PagesClient, cast: Cast, chain: Session) -> None:
    words = text_of(client.sign_in(cast.root), "/tills/S1")
    assert "Counter 1 Behind Events missing Last seen just now Version 1 of 2 Engine 1 Clock right" in words
    assert "3 sale events have not arrived: numbers 12 to 14." in words
    assert "Counter 2 Silent Last seen 40 minutes ago" in words
    assert "Has not taken what was published" in words


def test_a_store_without_anything_says_the_first_step(client: PagesClient, cast: Cast, chain: Session) -> None:
    words = text_of(client.sign_in(cast.root), "/tills/S3")
    assert "No till is enrolled here yet. Invite the first one below" in words
    assert "Nothing has been published to this store yet." in words


def test_a_stores_page_takes_few_queries(client: PagesClient, cast: Cast, chain: Session, counted) -> None:
    client.sign_in(cast.root)
    client.get("/tills/S1")
    with counted() as few:
        client.get("/tills/S1")
    store = store_tills.store(chain, "S1")
    for number in range(40):
        make_till(chain, store, f"More {number}")
    with counted() as many:
        client.get("/tills/S1")
    assert len(few) == len(many) <= 20


def test_a_stores_page_has_its_alerts(client: PagesClient, cast: Cast, chain: Session) -> None:
    now = clock.now()
    alerts.compare(chain, now=now)
    till_of(chain, "Counter 2").last_seen_at = now
    chain.flush()
    alerts.compare(chain, now=now)
    words = text_of(client.sign_in(cast.cy), "/tills/S1")
    assert "What was wrong" in words
    assert re.search(r"Counter 1 Behind \w+ \d+ \w+, \d\d:\d\d still It has version 1, the store 2", words)
    assert re.search(r"Counter 2 Silent (\w+ \d+ \w+, \d\d:\d\d ){2}Not seen since", words)


# Inviting


def test_an_invited_till_gets_a_code_that_is_shown_once(client: PagesClient, cast: Cast, chain: Session) -> None:
    client.sign_in(cast.root)
    answer = client.post("/tills/S3/invitations", data={"name": " Counter 9 "})
    assert answer.headers["Cache-Control"] == "no-store"
    page = answer.get_data(as_text=True)
    code = re.search(r">([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})</code>", page)[1]
    assert "/api/sync/v1/devices/enroll" in page
    waiting = re.search(r'hx-get="(/tills/S3/invitations/\d+)"', page)[1]
    assert "Waiting for Counter 9" in text_of(client, waiting)
    assert code not in client.get("/tills/S3").get_data(as_text=True)
    assert "Counter 9 is invited; its code works until" in text_of(client, "/tills/S3")
    devices.enroll(chain, code, now=clock.now())
    assert "Counter 9 is enrolled." in client.htmx("GET", waiting).get_data(as_text=True)
    assert "hx-trigger" not in client.htmx("GET", waiting).get_data(as_text=True)
    assert "is invited" not in text_of(client, "/tills/S3")
    assert client.get(waiting.replace("/S3/", "/S1/")).status_code == 404


def test_a_code_that_expired_says_so_and_asks_no_more(client: PagesClient, cast: Cast, chain: Session) -> None:
    store = store_tills.store(chain, "S3")
    devices.invite(chain, store, "Counter 9", by=None, now=clock.now() - minutes(11))
    number = store_tills.last_invitation(chain, store).id
    fragment = client.sign_in(cast.root).htmx("GET", f"/tills/S3/invitations/{number}").get_data(as_text=True)
    assert "The code has expired" in fragment
    assert "hx-trigger" not in fragment


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_till_without_a_fitting_name_is_asked_for_one(
    client: PagesClient, cast: Cast, chain: Session, name: str
) -> None:
    answer = client.sign_in(cast.root).post("/tills/S1/invitations", data={"name": name})
    assert answer.status_code == 422
    assert "The name needs 1 to 200 letters, such as Counter 1." in answer.get_data(as_text=True)


# Tokens


def test_a_token_is_renewed_after_asking_and_shown_once(client: PagesClient, cast: Cast, chain: Session) -> None:
    client.sign_in(cast.root)
    till = till_of(chain, "Counter 1")
    path = f"/tills/S1/tills/{till.public_id}/rotate"
    assert "Renew the token of Counter 1? " in text_of(client, path)
    answer = client.post(path)
    assert answer.headers["Cache-Control"] == "no-store"
    token = re.search(r"pst_\w{12}_[\w-]{43}", answer.get_data(as_text=True))[0]
    chain.refresh(till)
    assert devices.authenticate(lambda: chain, f"Bearer {token}", "sync:read", clock.now()).ends_rotation
    assert "New token not used yet" in text_of(client, "/tills/S1")


def test_a_till_is_revoked_after_asking(client: PagesClient, cast: Cast, chain: Session) -> None:
    client.sign_in(cast.root)
    till = till_of(chain, "Counter 1")
    till.outbox_length = 14
    chain.flush()
    path = f"/tills/S1/tills/{till.public_id}/revoke"
    words = text_of(client, path)
    assert "and 14 events that it has not sent yet stay on it." in words
    assert "Revoke Counter 1?" in words
    assert "Counter 1 in Pier 1 is refused within a minute" in words
    assert client.post(path).location == "/tills/S1"
    chain.refresh(till)
    assert till.revoked_at is not None
    words = text_of(client, "/tills/S1")
    assert "Counter 1 is revoked." in words
    assert "1 revoked till Counter 1, revoked" in words


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_a_till_is_found_under_its_own_store_alone(
    client: PagesClient, cast: Cast, chain: Session, action: str
) -> None:
    path = f"/tills/S2/tills/{till_of(chain, 'Counter 1').public_id}/{action}"
    client.sign_in(cast.root)
    assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)


# Suspending


def test_a_store_is_suspended_and_resumed_after_asking(client: PagesClient, cast: Cast, chain: Session) -> None:
    client.sign_in(cast.root)
    assert "Suspend the tills of Pier 1?" in text_of(client, "/tills/S1/suspend")
    client.post("/tills/S1/suspend")
    words = text_of(client, "/tills/S1")
    assert "The tills of Pier 1 are suspended." in words
    assert "Suspended since" in words
    assert "Suspended 1" in text_of(client, "/tills")
    client.post("/tills/S1/resume")
    assert "Suspended since" not in text_of(client, "/tills/S1")


def test_a_store_without_a_version_can_not_be_suspended(client: PagesClient, cast: Cast, chain: Session) -> None:
    answer = client.sign_in(cast.root).post("/tills/S3/suspend")
    assert answer.status_code == 409
    assert "Nothing has been published to Pier 3 yet" in answer.get_data(as_text=True)


# What is published


@pytest.fixture
def published(app: Flask, session: Session) -> Store:
    """A store with two versions: without promotions, then with one."""
    store, now, settings = make_store(session), clock.now(), app.config["PORTAL"]
    with app.app_context():
        publishing.publish_all(session, settings=settings, now=now - minutes(60))
        draft = promotions.draft(session, definition=DEFINITION, by=None, now=now, zone="America/New_York")
        promotions.publish(session, draft, now=now, zone="America/New_York")
        publishing.publish_all(session, settings=settings, now=now)
    session.flush()
    return store


def test_a_stores_page_says_what_its_bundle_holds(client: PagesClient, cast: Cast, published: Store) -> None:
    words = text_of(client.sign_in(cast.cy), "/tills/S1")
    assert "1 promotion in force now." in words
    assert "Ten off coffee TEN, revision 1" in words
    assert "10% off" in words
    assert "In force, without an end" in words


def test_a_store_is_rolled_back_and_released(
    client: PagesClient, cast: Cast, session: Session, published: Store
) -> None:
    client.sign_in(cast.root)
    assert "Roll Pier 1 back to version 1?" in text_of(client, "/tills/S1/versions/1/roll-back")
    client.post("/tills/S1/versions/1/roll-back")
    words = text_of(client, "/tills/S1")
    assert "Pier 1 has the content of version 1 again, as version 3." in words
    assert "No promotion: its tills sell at the prices of the catalogue." in words
    assert "Rolled back 1" in text_of(client, "/tills")
    assert "Release Pier 1?" in text_of(client, "/tills/S1/release")
    client.post("/tills/S1/release")
    words = text_of(client, "/tills/S1")
    assert "Pier 1 follows changes again, beginning with a new version." in words
    assert "Ten off coffee TEN" in words
    assert client.post("/tills/S1/versions/99/roll-back").status_code == 404


def test_a_till_keeps_its_version_through_a_roll_back(session: Session, published: Store, app: Flask) -> None:
    """It falls behind after five minutes, as with any other version."""
    now = clock.now()
    make_till(session, published, at=now - minutes(60), bundle_version=2, last_seen_at=now)
    with app.app_context():
        publishing.roll_back(session, published.id, 1, settings=app.config["PORTAL"], now=now)
    found, _ = store_tills.tills(session, published, now=now + timedelta(minutes=6))
    assert (found[0].is_behind, store_tills.versions_in_use(session, published)) == (True, {2: 1})
