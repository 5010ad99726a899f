"""A till is noted when it polls: once a minute, with what its headers say, whatever they say."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.models.device import Device
from portal.services.sync import devices
from portal.services.sync.devices import Till
from tests.tills.conftest import NOW, counting, make_store, make_till

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def noted(session: Session, device: Device, *, now=NOW, **headers: str | None) -> Device:
    @contextmanager
    def here() -> Iterator[Session]:
        yield session

    till = Till(device.id, device.public_id, device.store_id, "S1", "USD", frozenset(), False)
    given = {"version": None, "engine": None, "outbox": None, "till_time": None} | headers
    devices.seen(here, till, now=now, **given)
    session.refresh(device)
    return device


def test_a_poll_notes_what_the_till_says_of_itself(session: Session) -> None:
    device = make_till(session, make_store(session))
    noted(session, device, version="7", engine="1", outbox="12", till_time="2026-12-01T13:02:30.250-05:00")
    assert (device.last_seen_at, device.bundle_version, device.engine_version) == (NOW, 7, 1)
    assert (device.outbox_length, device.clock_skew_ms) == (12, 150_250)


def test_a_till_is_noted_once_a_minute_and_a_poll_between_writes_nothing(session: Session) -> None:
    device = make_till(session, make_store(session))
    noted(session, device, version="1")
    with counting(session) as statements:
        for second in (1, 30, 59):
            noted(session, device, version="2", now=NOW + timedelta(seconds=second))
    assert not [statement for statement in statements if statement.startswith("UPDATE")]
    assert device.bundle_version == 1
    assert noted(session, device, version="2", now=NOW + timedelta(seconds=60)).bundle_version == 2


@pytest.mark.parametrize(
    "words",
    ["", "x", "-1", "1.5", "1e9", "9" * 5000, "９", "²", "\0", "NaN", "12; DROP TABLE device", " "],
)
def test_headers_that_make_no_sense_are_left_out_and_do_no_harm(session: Session, words: str) -> None:
    device = make_till(
        session, make_store(session), bundle_version=3, engine_version=1, outbox_length=4, clock_skew_ms=5
    )
    noted(session, device, version=words, engine=words, outbox=words, till_time=words)
    assert device.last_seen_at == NOW
    assert (device.bundle_version, device.engine_version, device.outbox_length, device.clock_skew_ms) == (3, 1, 4, 5)


@pytest.mark.parametrize(
    ("till_time", "skew"),
    [
        ("2026-12-01T18:00:00Z", 0),
        ("2026-12-01T17:58:00Z", -120_000),
        ("2026-12-01T18:00:00", None),
        ("2026-12-01", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_the_clock_is_read_where_it_has_an_offset(session: Session, till_time: str, skew: int | None) -> None:
    assert noted(session, make_till(session, make_store(session)), till_time=till_time).clock_skew_ms == skew


def test_numbers_too_large_for_the_column_are_the_largest(session: Session) -> None:
    assert noted(session, make_till(session, make_store(session)), outbox="9999999999").outbox_length == 2**31 - 1


def test_a_clock_that_was_set_back_does_not_stop_the_notes(session: Session) -> None:
    device = make_till(session, make_store(session))
    noted(session, device, now=NOW + timedelta(days=400))
    assert noted(session, device, now=NOW).last_seen_at == NOW


def test_a_busy_database_fails_no_poll(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    device = make_till(session, make_store(session))

    @contextmanager
    def busy() -> Iterator[Session]:
        raise OperationalError("UPDATE device", {}, Exception("database is locked"))
        yield session

    till = Till(device.id, device.public_id, device.store_id, "S1", "USD", frozenset(), False)
    devices.seen(busy, till, version="1", engine=None, outbox=None, till_time=None, now=NOW)
    assert f"till {device.public_id} was seen, but that could not be noted: database is locked" in caplog.text
