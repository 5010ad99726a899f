"""What is wrong with tills: who is behind, silent, off the clock or missing events; the list's counts; alerts."""

import logging

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from jobs import alerts as job
from portal import clock
from portal.models.catalogue import Store
from portal.models.device import AlertKind, Device, DeviceGap, TillAlert
from portal.models.publication import StorePublication
from portal.services.sync import alerts, devices, store_tills, tills
from portal.services.sync.store_tills import TillState
from portal.services.sync.tills import Condition, Wanted
from tests.tills.conftest import NOW, make_store, make_till, minutes, publish

pytestmark = pytest.mark.databases("sqlite", "postgresql")
BEFORE = NOW - minutes(600)


def state(session: Session, store: Store, **facts: object) -> TillState:
    """How one till stands that was enrolled long ago, was just seen and has version 1, but for `facts`."""
    make_till(session, store, at=BEFORE, **({"last_seen_at": NOW, "bundle_version": 1} | facts))
    found, _ = store_tills.tills(session, store, now=NOW)
    return found[0]


def test_a_till_that_is_up_to_date_is_fine(session: Session) -> None:
    store = make_store(session)
    publish(session, store, BEFORE)
    assert state(session, store, clock_skew_ms=120_000).is_fine


@pytest.mark.parametrize(
    ("version", "ages", "is_behind"),
    [
        (1, [600, 6], True),
        (1, [600, 4], False),
        (2, [600, 300], False),
        (None, [600], True),
        (None, [4], False),
        (1, [600, 6, 4, 3, 2, 1], True),  # a store that changes all the time hides nobody
        (4, [600, 6, 4, 3, 2, 1], False),
        (9, [600], False),
    ],
)
def test_a_till_is_behind_when_what_it_lacks_is_older_than_five_minutes(
    session: Session, version: int | None, ages: list[int], is_behind: bool
) -> None:
    store = make_store(session)
    publish(session, store, *(NOW - minutes(age) for age in ages))
    assert state(session, store, bundle_version=version).is_behind is is_behind


def test_a_till_that_was_enrolled_just_now_is_not_behind_yet(session: Session) -> None:
    store = make_store(session)
    publish(session, store, BEFORE)
    make_till(session, store, at=NOW - minutes(1))
    found, _ = store_tills.tills(session, store, now=NOW)
    assert found[0].is_fine


@pytest.mark.parametrize(("seen", "is_silent"), [(9, False), (11, True), (None, True)])
def test_a_till_is_silent_after_ten_minutes(session: Session, seen: int | None, is_silent: bool) -> None:
    at = None if seen is None else NOW - minutes(seen)
    assert state(session, make_store(session), last_seen_at=at).is_silent is is_silent


@pytest.mark.parametrize(
    ("skew", "is_skewed"), [(None, False), (120_000, False), (120_001, True), (-120_001, True), (10**15, True)]
)
def test_a_clock_may_be_two_minutes_off(session: Session, skew: int | None, is_skewed: bool) -> None:
    assert state(session, make_store(session), clock_skew_ms=skew).is_skewed is is_skewed


def test_missing_events_are_counted_over_both_streams(session: Session) -> None:
    store = make_store(session)
    device = make_till(session, store, last_seen_at=NOW)
    for stream, first, last in (("usage", 3, 5), ("usage", 9, 9), ("logs", 1, 2)):
        session.add(DeviceGap(device_id=device.id, stream=stream, first_seq=first, last_seq=last))
    session.flush()
    found, _ = store_tills.tills(session, store, now=NOW)
    assert found[0].events_missing == 6
    assert found[0].gaps == {"usage": [(3, 5), (9, 9)], "logs": [(1, 2)]}


def test_tills_of_a_suspended_store_are_neither_behind_nor_silent(session: Session) -> None:
    store = make_store(session)
    publish(session, store, BEFORE)
    store_tills.suspend(session, store, now=BEFORE)
    assert state(session, store, bundle_version=None, last_seen_at=BEFORE).is_fine
    store_tills.resume(session, store)
    found, _ = store_tills.tills(session, store, now=NOW)
    assert (found[0].is_behind, found[0].is_silent) == (True, True)


def test_a_revoked_till_stands_apart_and_counts_nowhere(session: Session) -> None:
    store = make_store(session)
    devices.revoke(session, make_till(session, store, at=BEFORE), now=NOW)
    found, revoked = store_tills.tills(session, store, now=NOW)
    assert (found, [device.name for device in revoked]) == ([], ["Counter 1"])
    assert tills.search(session, Wanted(), now=NOW).rows[0].tills == 0


@pytest.fixture
def chain(session: Session) -> Session:
    """S0 is quiet, S1 has one till behind and one fine, S2 is fine, S3 has no till, S4 is suspended."""
    stores = [make_store(session, f"S{n}", f"Pier {n}", "Boston" if n % 2 else "New York") for n in range(5)]
    for store in stores[:3] + stores[4:]:
        publish(session, store, BEFORE, NOW - minutes(30))
    make_till(session, stores[0], at=BEFORE, bundle_version=2, last_seen_at=NOW - minutes(40))
    make_till(session, stores[0], "Counter 2", at=BEFORE, bundle_version=2, last_seen_at=NOW - minutes(50))
    make_till(session, stores[1], at=BEFORE, bundle_version=1, last_seen_at=NOW)
    make_till(session, stores[1], "Counter 2", at=BEFORE, bundle_version=2, last_seen_at=NOW)
    make_till(session, stores[2], at=BEFORE, bundle_version=2, last_seen_at=NOW)
    make_till(session, stores[4], at=BEFORE, bundle_version=2, last_seen_at=BEFORE)
    store_tills.suspend(session, stores[4], now=BEFORE)
    return session


def codes(session: Session, **wanted: object) -> list[str]:
    return [row.code for row in tills.search(session, Wanted(**wanted), now=NOW).rows]


def test_stores_with_trouble_come_first_and_those_without_tills_last(chain: Session) -> None:
    assert codes(chain) == ["S0", "S1", "S4", "S2", "S3"]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((Condition.SILENT,), ["S0"]),
        ((Condition.BEHIND,), ["S1"]),
        ((Condition.SILENT, Condition.BEHIND), ["S0", "S1"]),
        ((Condition.FINE,), ["S2"]),
        ((Condition.EMPTY,), ["S3"]),
        ((Condition.SUSPENDED,), ["S4"]),
        ((Condition.HELD,), []),
    ],
)
def test_stores_are_found_by_what_is_wrong(chain: Session, conditions: tuple, expected: list[str]) -> None:
    assert codes(chain, conditions=conditions) == expected


def test_stores_are_found_by_words_and_by_what_a_person_may_see(chain: Session) -> None:
    assert codes(chain, words="boston PIER") == ["S1", "S3"]
    assert codes(chain, codes=frozenset({"S1", "S2"})) == ["S1", "S2"]
    assert codes(chain, codes=frozenset()) == []


def test_the_counts_are_of_all_stores_under_the_same_words(chain: Session) -> None:
    found = tills.search(chain, Wanted(conditions=(Condition.BEHIND,)), now=NOW, limit=1)
    assert (found.total, found.stores, found.tills, found.left) == (1, 5, 6, 0)
    assert {kind: number for kind, number in found.counts.items() if number} == {
        "silent": 1, "behind": 1, "suspended": 1, "fine": 1, "empty": 1,
    }  # fmt: skip
    assert (found.quiet, found.quiet_since) == (1, NOW - minutes(40))


def test_rows_come_in_pages(chain: Session) -> None:
    first = tills.search(chain, Wanted(), now=NOW, limit=2)
    rest = tills.search(chain, Wanted(), now=NOW, first=first.next, limit=25)
    assert (first.left, [row.code for row in rest.rows], rest.left) == (3, ["S4", "S2", "S3"], 0)


def test_the_file_has_a_row_for_each_till(chain: Session) -> None:
    rows = [(row.code, device.name if device else None) for row, device, _ in tills.every(chain, Wanted(), now=NOW)]
    assert rows == [
        ("S0", "Counter 1"), ("S0", "Counter 2"), ("S1", "Counter 1"), ("S1", "Counter 2"), ("S4", "Counter 1"),
        ("S2", "Counter 1"), ("S3", None),
    ]  # fmt: skip


def open_alerts(session: Session) -> set[tuple[str, str, str]]:
    query = select(TillAlert).where(TillAlert.ended_at.is_(None))
    return {(each.device.store.code, each.device.name, each.kind) for each in session.scalars(query)}


def test_alerts_open_once_and_end_when_the_trouble_is_over(chain: Session, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert alerts.compare(chain, now=NOW) == alerts.Changed(3, 0)
    silent = {("S0", "Counter 1", "silent"), ("S0", "Counter 2", "silent")}
    assert open_alerts(chain) == silent | {("S1", "Counter 1", "behind")}
    assert "of S1 is behind: it has version 1, the store 2" in caplog.text
    assert len(caplog.messages) == 3
    caplog.clear()
    assert alerts.compare(chain, now=NOW) == alerts.Changed(0, 0)
    assert not caplog.messages
    behind = chain.scalars(select(TillAlert).where(TillAlert.kind == AlertKind.BEHIND)).one()
    assert behind.since == NOW - minutes(30)
    behind.device.bundle_version = 2
    chain.flush()
    assert alerts.compare(chain, now=NOW + minutes(1)) == alerts.Changed(0, 1)
    assert open_alerts(chain) == silent
    chain.refresh(behind)
    assert behind.ended_at == NOW + minutes(1)


def test_each_kind_of_trouble_has_its_alert_and_may_come_back(session: Session) -> None:
    store = make_store(session)
    device = make_till(session, store, last_seen_at=NOW, clock_skew_ms=-3_600_000)
    session.add(DeviceGap(device_id=device.id, stream="usage", first_seq=1, last_seq=2))
    session.flush()
    alerts.compare(session, now=NOW)
    said = {each.kind: each.detail for each in session.scalars(select(TillAlert))}
    assert said == {"skewed": "its clock is 3600 s behind", "missing": "2 of its events have not arrived"}
    device.clock_skew_ms = 0
    session.flush()
    alerts.compare(session, now=NOW)
    device.clock_skew_ms = 3_600_000
    session.flush()
    assert alerts.compare(session, now=NOW) == alerts.Changed(1, 0)
    assert len(session.scalars(select(TillAlert)).all()) == 3


def test_a_revoked_tills_alerts_end(session: Session) -> None:
    device = make_till(session, make_store(session), at=BEFORE)
    assert alerts.compare(session, now=NOW).opened == 1
    devices.revoke(session, device, now=NOW)
    assert alerts.compare(session, now=NOW) == alerts.Changed(0, 1)


def test_the_job_says_what_it_did_and_may_run_twice(app: Flask, session: Session) -> None:
    make_till(session, make_store(session), at=clock.now() - minutes(60))
    session.flush()
    with app.app_context():
        assert job.watch() == {"opened": 1, "ended": 0}
        assert job.watch() == {"opened": 0, "ended": 0}


def test_a_thousand_stores_and_three_thousand_tills_take_few_queries(session: Session, counted) -> None:
    zone = {"city": "", "timezone": "UTC", "currency": "USD"}
    session.execute(insert(Store), [{"code": f"T{n:04}", "name": f"Store {n}", **zone} for n in range(1000)])
    ids = session.scalars(select(Store.id).order_by(Store.id)).all()
    publish(session, session.get(Store, ids[0]), BEFORE)
    versions = [
        {"store_id": id, "version": v, "sha256": "0" * 64, "published_at": BEFORE} for id in ids[1:] for v in (1, 2)
    ]
    session.execute(insert(StorePublication), versions)
    rows = [
        {
            "public_id": f"{n:012}", "store_id": ids[n // 3], "name": f"Till {n % 3}", "scopes": [], "token_hash": "x",
            "enrolled_at": BEFORE, "last_seen_at": NOW - minutes(n % 13), "bundle_version": 1 + n % 2,
        }
        for n in range(3000)
    ]  # fmt: skip
    session.execute(insert(Device), rows)
    session.flush()
    # As the database does by itself once rows are committed: with the figures of empty tables it chooses badly.
    session.execute(text("ANALYZE"))
    with counted() as statements:
        found = tills.search(session, Wanted(), now=NOW)
    assert (len(statements), len(found.rows), found.stores, found.tills) == (2, 25, 1000, 3000)
    with counted() as statements:
        assert len(list(tills.every(session, Wanted(), now=NOW))) == 3000
    assert len(statements) == 1
    with counted() as statements:
        assert alerts.compare(session, now=NOW).opened > 400
    assert len(statements) < 12
    with counted() as statements:
        assert alerts.compare(session, now=NOW) == alerts.Changed(0, 0)
    assert len(statements) == 2
