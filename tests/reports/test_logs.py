"""The log lines of tills (sync.md, section 4), on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.device import Device
from portal.models.usage import Quarantined, TillLog, UsageEvent
from portal.services.sync import logs, no_loss
from portal.services.sync.devices import Till
from portal.services.sync.logs import Wanted
from tests.reports.conftest import Upload
from tests.reports.tills import NOW, log_line, make_till, sale

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_a_line_is_kept_once_with_all_that_it_says(session: Session, upload_logs: Upload, till: Till) -> None:
    line = log_line(1, promotion="TEN", basket="b-1")
    assert upload_logs([line]).outcomes[0].outcome == "accepted"
    assert upload_logs([line], now=NOW + timedelta(days=9)).outcomes[0].outcome == "duplicate"
    row = session.scalars(select(TillLog)).one()
    assert (row.level, row.kind, row.promotion_code, row.basket_code) == ("warning", "bundle", "TEN", "b-1")
    assert (row.message, row.detail) == (line["message"], line["detail"])
    assert row.device_id == till.device_id


def test_logs_have_numbers_of_their_own(session: Session, upload: Upload, upload_logs: Upload, till: Till) -> None:
    upload([sale(1), sale(2)])
    answer = upload_logs([log_line(1), log_line(4)])
    assert answer.ack_through_seq == 1
    assert [(gap.first, gap.last) for gap in answer.missing] == [(2, 3)]
    device = session.get_one(Device, till.device_id, populate_existing=True)
    assert (device.usage_highest_seq, device.log_highest_seq) == (2, 4)
    assert no_loss.check(session)[0].missing == 0
    assert upload([sale(3)]).missing == []


def test_the_id_of_a_sale_is_no_conflict_for_a_log_line(session: Session, upload: Upload, upload_logs: Upload) -> None:
    upload([sale(1)])
    assert upload_logs([log_line(1, event_id=sale(1)["event_id"])]).outcomes[0].outcome == "accepted"
    assert len(session.scalars(select(UsageEvent)).all()) == 1


def test_a_line_that_cant_be_read_is_quarantined_and_stops_nothing(session: Session, upload_logs: Upload) -> None:
    answer = upload_logs([log_line(1, level="fatal"), log_line(2), log_line(3, detail={"a": "\0"})])
    assert [each.outcome for each in answer.outcomes] == ["quarantined", "accepted", "quarantined"]
    assert {row.stream for row in session.scalars(select(Quarantined))} == {"logs"}


def test_another_content_under_a_known_id_is_kept_too(session: Session, upload_logs: Upload) -> None:
    upload_logs([log_line(1)])
    assert upload_logs([log_line(1, message="Something else.")]).outcomes[0].outcome == "conflict"
    assert b"Something else." in session.scalars(select(Quarantined)).one().raw
    assert session.scalars(select(TillLog)).one().message == log_line(1)["message"]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(), [3, 2, 1]),
        (Wanted(level="error"), [2]),
        (Wanted(kind="clock"), [3]),
        (Wanted(promotion="TEN"), [2]),
        (Wanted(words="HASH refused"), [1]),
        (Wanted(words="b-77"), [2]),
        (Wanted(words="100%"), [3]),
        (Wanted(words="_"), []),
        (Wanted(store="S2"), [3]),
        (Wanted(till="till00000001"), [2, 1]),
        (Wanted(stores=("S2",)), [3]),
        (Wanted(stores=()), []),
    ],
)
def test_lines_are_found(session: Session, upload_logs: Upload, wanted: Wanted, numbers: list[int]) -> None:
    other = make_till(session, 2, store="S2")
    upload_logs([log_line(1), log_line(2, level="error", promotion="TEN", basket="b-77", message="No.", at=at(1))])
    upload_logs([log_line(3, till=2, kind="clock", message="Full to 100%", at=at(2))], by=other)
    found = logs.search(session, wanted)
    assert [row.device_seq for row in found.rows] == numbers
    assert (found.total, found.left) == (len(numbers), 0)


def at(minutes: int) -> str:
    return f"2026-11-25T06:{30 + minutes}:00-05:00"


def test_lines_come_in_pieces(session: Session, upload_logs: Upload) -> None:
    upload_logs([log_line(n) for n in range(1, 31)])
    piece = logs.search(session, Wanted())
    assert (len(piece.rows), piece.total, piece.left) == (25, 30, 5)
    assert len(logs.search(session, Wanted(), first=piece.next).rows) == 5


def test_lines_are_deleted_after_their_days_and_in_batches(
    session: Session, upload_logs: Upload, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "DELETED_AT_ONCE", 2)
    upload_logs([log_line(n) for n in (1, 2, 3)])
    upload_logs([log_line(4)], now=NOW + timedelta(days=1))
    settings = replace(settings, keep_logs_days=7)
    assert logs.delete_old(session, settings=settings, now=NOW + timedelta(days=7)) == 0
    late = NOW + timedelta(days=7, seconds=1)
    assert [logs.delete_old(session, settings=settings, now=late) for _ in range(3)] == [2, 1, 0]
    assert session.scalars(select(TillLog.device_seq)).all() == [4]
