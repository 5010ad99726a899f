"""What people do about quarantine and conflicts, and what tills are told meanwhile."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.errors import Conflict, Invalid, NotFound
from portal.models.device import Stream
from portal.models.usage import Quarantined, TillLog, UsageConflict, UsageEvent
from portal.services.sync import no_loss, quarantine, repairs
from portal.services.sync.devices import Till
from tests.cast import Cast
from tests.reports.conftest import Upload
from tests.reports.tills import NOW, event_id, log_line, sale

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def kept_one(session: Session) -> Quarantined:
    return session.scalars(select(Quarantined)).one()


def repair(session: Session, settings: Settings, event: Any, by: int | None = None) -> Any:
    text = event if isinstance(event, str) else orjson.dumps(event).decode()
    return repairs.repair(session, kept_one(session).id, text, by=by, settings=settings, now=NOW)


def test_a_repaired_event_is_a_usage_event_and_its_bytes_stay(
    session: Session, upload: Upload, settings: Settings, cast: Cast
) -> None:
    broken = {**sale(1), "kind": "sold"}
    upload([broken, sale(2)])
    assert repair(session, settings, sale(1), cast.root.id).outcome == "accepted"
    assert session.get_one(UsageEvent, event_id(1)).device_seq == 1
    row = kept_one(session)
    assert (row.state, row.resolved_by_id, row.raw) == ("repaired", cast.root.id, orjson.dumps(broken))
    (equation,) = no_loss.check(session)
    assert (equation.accepted, equation.quarantined, equation.holds) == (2, 0, True)
    with pytest.raises(Conflict):
        repair(session, settings, sale(1))


def test_a_repair_of_an_unreadable_number_closes_its_gap(session: Session, upload: Upload, settings: Settings) -> None:
    upload([sale(1), {**sale(2), "device_seq": "two"}, sale(3)])
    assert no_loss.check(session)[0].missing == 1
    repair(session, settings, sale(2))
    (equation,) = no_loss.check(session)
    assert (equation.highest, equation.accepted, equation.missing, equation.holds) == (3, 3, 0, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "event"),
        (orjson.dumps({**sale(1), "kind": "sold"}).decode(), "kind"),
        (orjson.dumps({**sale(1), "device_seq": 2}).decode(), "keep 1"),
        (orjson.dumps({**sale(1), "event_id": event_id(7)}).decode(), "keep"),
        ("\ud800", "is not JSON"),
    ],
)
def test_a_repair_that_mends_nothing_says_why(
    session: Session, upload: Upload, settings: Settings, text: str, says: str
) -> None:
    upload([{**sale(1), "kind": "sold"}])
    with pytest.raises(Invalid, match=says):
        repair(session, settings, text)
    assert kept_one(session).state == "waiting"


def test_a_repair_under_the_id_of_another_event_is_refused(
    session: Session, upload: Upload, settings: Settings
) -> None:
    upload([sale(1), {**sale(2), "event_id": "?"}])
    with pytest.raises(Invalid, match="another event"):
        repair(session, settings, {**sale(2), "event_id": event_id(1)})


def test_a_repair_of_what_came_meanwhile_counts_nothing_twice(
    session: Session, upload: Upload, settings: Settings
) -> None:
    upload([{**sale(1), "kind": "sold"}])
    upload([sale(1)])
    assert repair(session, settings, sale(1)).outcome == "duplicate"
    assert kept_one(session).state == "repaired"


def test_a_log_line_is_repaired_into_the_log(session: Session, upload_logs: Upload, settings: Settings) -> None:
    upload_logs([log_line(1, level="bad")])
    repair(session, settings, log_line(1))
    assert session.scalars(select(TillLog)).one().device_seq == 1


def test_setting_aside_needs_a_note_and_keeps_the_bytes(session: Session, upload: Upload) -> None:
    upload([7])
    row = kept_one(session)
    with pytest.raises(Invalid, match="note"):
        repairs.set_aside(session, row.id, "  ", by=None, now=NOW)
    repairs.set_aside(session, row.id, "A test till in the office.", by=None, now=NOW)
    assert (row.state, row.raw) == ("set_aside", b"7")
    with pytest.raises(Conflict):
        repairs.set_aside(session, row.id, "Again.", by=None, now=NOW)
    assert repairs.quarantined(session, waiting=True).total == 0
    assert repairs.quarantined(session, waiting=False).rows == [row]


def test_a_body_that_is_no_json_is_kept_once_with_its_bytes(session: Session, till: Till) -> None:
    for _ in range(2):
        quarantine.keep_body(session, till, Stream.USAGE, b"\xff{", "It is not JSON.", NOW)
    row = kept_one(session)
    assert (row.raw, row.device_seq, row.reason) == (b"\xff{", None, "It is not JSON.")


def test_a_conflict_is_shown_from_both_sides_and_settled(session: Session, upload: Upload) -> None:
    upload([sale(1)])
    upload([sale(1, customer="C9")])
    row = session.scalars(select(UsageConflict)).one()
    sides = repairs.sides(session, row.id)
    assert orjson.loads(sides.first_text) == sale(1)
    assert orjson.loads(sides.second_text) == sale(1, customer="C9")
    repairs.settle(session, row.id, "The till was restored from a copy.", by=None, now=NOW)
    assert repairs.conflicts(session, open=True).total == 0
    assert repairs.conflicts(session, open=False).rows == [row]
    with pytest.raises(Conflict):
        repairs.settle(session, row.id, "Again.", by=None, now=NOW)


def test_a_store_manager_sees_own_stores_alone(session: Session, upload: Upload) -> None:
    upload([7, sale(1)])
    upload([sale(1, customer="C9")])
    conflict = session.scalars(select(UsageConflict)).one()
    assert repairs.quarantined(session, waiting=True, stores=["S2"]).total == 0
    assert repairs.conflicts(session, open=True, stores=["S2"]).total == 0
    with pytest.raises(NotFound):
        repairs.one(session, kept_one(session).id, stores=["S2"])
    with pytest.raises(NotFound):
        repairs.sides(session, conflict.id, stores=["S2"])
    assert no_loss.check(session, stores=["S2"]) == []
