"""What becomes of what tills report (sync.md, section 4), on both databases."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.errors import Invalid
from portal.models.device import Device, DeviceGap
from portal.models.promotion import Promotion
from portal.models.usage import Quarantined, UsageApplied, UsageConflict, UsageEvent
from portal.services.sync import no_loss, usage
from portal.services.sync.batches import Unreadable
from portal.services.sync.devices import Till
from portal.services.sync.events import UploadAnswer
from tests.reports.conftest import Upload
from tests.reports.tills import NOW, event_id, given, make_till, sale

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def outcomes(answer: UploadAnswer) -> list[str]:
    return [each.outcome for each in answer.outcomes]


def number_of(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def known(session: Session) -> Promotion:
    """A promotion with the code TEN."""
    row = Promotion(code="TEN", name="Ten", type="percent_discount", draft_number=1, created_at=NOW, updated_at=NOW)
    session.add(row)
    session.flush()
    return row


def test_a_sale_is_kept_with_all_that_it_says(session: Session, upload: Upload, till: Till, known: Promotion) -> None:
    event = sale(1, applied=[given("TEN", 100, times=2, revision=3)], customer="C1", note="kept as well")
    answer = upload([event])
    assert outcomes(answer) == ["accepted"]
    assert answer.outcomes[0].flags == []
    row = session.get_one(UsageEvent, event["event_id"])
    assert orjson.loads(row.body) == event
    assert (row.subtotal_minor, row.discount_minor, row.total_minor) == (1000, 100, 900)
    assert (row.store_id, row.device_id, row.device_seq) == (till.store_id, till.device_id, 1)
    assert (row.customer_code, row.basket_code, row.bundle_version) == ("C1", "b-1-1", 1)
    assert (row.local_at, row.at.isoformat()) == (event["at"], "2026-11-25T11:30:00+00:00")
    applied = session.get_one(UsageApplied, (event["event_id"], "TEN"))
    assert (applied.revision, applied.redemptions, applied.discount_minor) == (3, 2, 100)
    assert session.get_one(Device, till.device_id).last_upload_at == NOW


def test_the_business_day_is_the_chains_and_not_the_calendars(session: Session, upload: Upload) -> None:
    upload([sale(1, at="2026-11-25T03:59:59-05:00"), sale(2, at="2026-11-25T04:00:00-05:00")])
    days = session.scalars(select(UsageEvent.business_date).order_by(UsageEvent.device_seq)).all()
    assert [str(day) for day in days] == ["2026-11-24", "2026-11-25"]


def test_a_sale_without_promotions_is_kept_too(session: Session, upload: Upload) -> None:
    assert outcomes(upload([sale(1)])) == ["accepted"]
    assert number_of(session, UsageEvent) == 1


def test_the_whole_batch_again_is_a_duplicate_even_years_later(session: Session, upload: Upload) -> None:
    events = [sale(n, applied=[given("TEN", 100)]) for n in range(1, 8)]
    upload(events)
    for later in (timedelta(seconds=1), timedelta(days=2), timedelta(days=2000)):
        answer = upload(events[::-1], now=NOW + later)
        assert outcomes(answer) == ["duplicate"] * 7
        assert answer.ack_through_seq == 7
    assert number_of(session, UsageEvent) == 7
    assert number_of(session, UsageApplied) == 7
    assert number_of(session, UsageConflict) == 0


def test_the_order_of_keys_and_the_case_of_an_id_make_no_other_content(upload: Upload) -> None:
    event = sale(1)
    upload([event])
    turned = dict(reversed(event.items())) | {"event_id": event["event_id"].upper()}
    assert outcomes(upload([turned])) == ["duplicate"]


def test_a_duplicate_within_a_batch_is_one(session: Session, upload: Upload) -> None:
    assert outcomes(upload([sale(1), sale(1), sale(2)])) == ["accepted", "duplicate", "accepted"]
    assert number_of(session, UsageEvent) == 2


def test_another_content_under_a_known_id_is_kept_beside_the_first(session: Session, upload: Upload) -> None:
    first, second = sale(1), sale(1, customer="C9")
    upload([first])
    for _ in range(3):
        answer = upload([second])
        assert outcomes(answer) == ["conflict"]
        assert answer.outcomes[0].reason
    conflict = session.scalars(select(UsageConflict)).one()
    assert orjson.loads(conflict.body) == second
    assert orjson.loads(session.get_one(UsageEvent, first["event_id"]).body) == first
    assert outcomes(upload([first])) == ["duplicate"]


def test_a_conflict_within_a_batch_keeps_both(session: Session, upload: Upload) -> None:
    answer = upload([sale(1), sale(1, customer="C9")])
    assert sorted(outcomes(answer)) == ["accepted", "conflict"]
    assert number_of(session, UsageConflict) == 1


def test_the_id_of_another_till_is_a_conflict_and_both_tills_are_accounted_for(
    session: Session, upload: Upload
) -> None:
    other = make_till(session, 2)
    upload([sale(1)])
    answer = upload([sale(1)], by=other)
    assert outcomes(answer) == ["conflict"]
    assert answer.ack_through_seq == 1
    assert all(equation.holds for equation in no_loss.check(session))


UNREADABLE: list[tuple[str, Any, str]] = [
    ("no object", 7, "event"),
    ("no id", {**sale(1), "event_id": None}, "event_id"),
    ("an id that is none", {**sale(1), "event_id": "x" * 36}, "event_id"),
    ("seq 0", sale(0) | {"event_id": event_id(1)}, "device_seq"),
    ("a seq in letters", {**sale(1), "device_seq": "1"}, "device_seq"),
    ("another kind", sale(1, kind="gift"), "kind"),
    ("a refund of nothing", sale(1, kind="refund"), "of"),
    ("no offset", sale(1, at="2026-11-25T06:30:00"), "with its offset"),
    ("no such day", sale(1, at="2026-02-30T06:30:00Z"), "at"),
    ("a year that no calendar has", sale(1, at="0000-01-01T00:00:00Z"), "at"),
    ("money in letters", sale(1, result={**sale(1)["result"], "total": "10.00"}), "result.total"),
    ("money beyond all tills", sale(1, result={**sale(1)["result"], "total": 10**12 + 1}), "result.total"),
    ("half a cent", sale(1, result={**sale(1)["result"], "total": 0.5}), "result.total"),
    ("no basket", {**sale(1), "basket": None}, "basket"),
    ("no units", sale(1, basket={**sale(1)["basket"], "lines": [{"id": "1", "sku": "A"}]}), "basket.lines.0"),
    ("U+0000 in what nobody reads", sale(1, note="a\0b"), "U+0000"),
    ("a code that is too long", sale(1, applied=[given("X" * 65, 1)]), "promotion"),
]


@pytest.mark.parametrize(("event", "says"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE])
def test_what_cant_be_read_is_kept_with_its_reason_and_stops_nothing(
    session: Session, upload: Upload, event: Any, says: str
) -> None:
    for _ in range(2):
        answer = upload([event, sale(2)])
        assert answer.outcomes[0].outcome == "quarantined"
        assert says in (answer.outcomes[0].reason or "")
    row = session.scalars(select(Quarantined)).one()
    assert row.raw == orjson.dumps(event)
    assert says in row.reason
    assert number_of(session, UsageEvent) == 1


def test_the_bytes_in_quarantine_are_those_that_were_sent(session: Session, till: Till, settings: Settings) -> None:
    strange = b'{ "device_seq" :3,"note":"\\ud800 caf\\u00e9",  "x":1e0 , "event_id":"?" }'
    readable = orjson.dumps(sale(1))
    body = b'{"events": ["a" ,' + readable + b",\n  " + strange + b' ], "of": {"events": []}}'
    answer = usage.upload(session, till, body, settings=settings, now=NOW)
    assert outcomes(answer) == ["quarantined", "accepted", "quarantined"]
    kept = {row.raw: row for row in session.scalars(select(Quarantined))}
    assert kept.keys() == {b'"a"', strange}
    assert kept[strange].device_seq == 3
    assert kept[strange].raw_sha256 == hashlib.sha256(strange).hexdigest()
    assert [(gap.first_seq, gap.last_seq) for gap in session.scalars(select(DeviceGap))] == [(2, 2)]


def test_a_number_that_is_no_number_spoils_its_own_event_alone(
    session: Session, till: Till, settings: Settings
) -> None:
    wrong = orjson.dumps(sale(1)).replace(b'"total":1000', b'"total":NaN')
    deep = orjson.dumps(sale(3)).replace(b'"vouchers":[]', b'"deep":' + b"[" * 400 + b"]" * 400)
    body = b'{"events":[' + b",".join([wrong, orjson.dumps(sale(2)), deep]) + b"]}"
    answer = usage.upload(session, till, body, settings=settings, now=NOW)
    assert outcomes(answer) == ["quarantined", "accepted", "quarantined"]
    assert set(session.scalars(select(Quarantined.raw))) == {wrong, deep}


@pytest.mark.parametrize("body", [b"", b"{", b'{"events": [}', b"\xff\xfe", b"[" * 100_000, b'{"events": []} x'])
def test_a_body_that_is_no_json_is_told_from_an_event(
    session: Session, till: Till, settings: Settings, body: bytes
) -> None:
    with pytest.raises(Unreadable):
        usage.upload(session, till, body, settings=settings, now=NOW)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"events": 7}', b"null"])
def test_json_that_is_no_batch_says_what_would_be_one(
    session: Session, till: Till, settings: Settings, body: bytes
) -> None:
    with pytest.raises(Invalid, match="events"):
        usage.upload(session, till, body, settings=settings, now=NOW)


def test_more_than_500_events_are_refused_and_500_are_taken(session: Session, upload: Upload) -> None:
    with pytest.raises(Invalid, match="at most 500"):
        upload([sale(n) for n in range(1, 502)])
    assert outcomes(upload([sale(n) for n in range(1, 501)])) == ["accepted"] * 500


def test_whole_numbers_may_be_written_with_a_point(session: Session, upload: Upload) -> None:
    event = sale(1)
    event["basket"]["lines"][0]["quantity"] = 1.0
    event["result"]["total"] = 1000.0
    assert outcomes(upload([event])) == ["accepted"]
    assert session.get_one(UsageEvent, event["event_id"]).total_minor == 1000


def mismatched(change: Callable[[Any], None]) -> Any:
    event = sale(1, applied=[given("TEN", 100)])
    change(event["result"])
    return event


FLAGS: list[tuple[str, Any, list[str]]] = [
    ("nothing to notice", sale(1, applied=[given("TEN", 100)]), []),
    ("as old as a till may be offline", sale(1, at="2026-11-22T12:00:00Z"), []),
    ("older", sale(1, at="2026-11-22T11:59:59Z"), ["late"]),
    ("a clock that has stopped", sale(1, at="1969-12-31T19:00:00-05:00"), ["late"]),
    ("five minutes ahead", sale(1, at="2026-11-25T12:05:00Z"), []),
    ("more", sale(1, at="2026-11-25T12:05:01Z"), ["clock_skew"]),
    ("a promotion that nobody knows", sale(1, applied=[given("GONE", 100)]), ["unknown_promotion"]),
    ("a total that is wrong", mismatched(lambda result: result.update(total=901)), ["price_mismatch"]),
    ("lines that do not sum up", mismatched(lambda result: result["lines"][1].update(gross=400)), ["price_mismatch"]),
    ("a discount of no line", mismatched(lambda result: result["lines"][0].update(discount=0)), ["price_mismatch"]),
    ("a line whose net is wrong", mismatched(lambda result: result["lines"][1].update(net=1)), ["price_mismatch"]),
]


@pytest.mark.parametrize(("event", "flags"), [case[1:] for case in FLAGS], ids=[case[0] for case in FLAGS])
def test_a_fact_is_accepted_and_what_is_odd_is_noted(
    session: Session, upload: Upload, known: Promotion, event: Any, flags: list[str]
) -> None:
    answer = upload([event])
    assert outcomes(answer) == ["accepted"]
    assert answer.outcomes[0].flags == flags
    assert session.get_one(UsageEvent, event["event_id"]).flags == flags


def test_a_limit_that_is_passed_is_accepted_and_flagged(
    session: Session, upload: Upload, known: Promotion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.services.limits import counters

    monkeypatch.setattr(
        counters, "limits_of", lambda _: {"TEN": counters.Limits(code="TEN", name="Ten", currency=None, total=2)}
    )
    answer = upload([sale(n, applied=[given("TEN", 100)]) for n in (1, 2, 3)])
    assert outcomes(answer) == ["accepted"] * 3
    flagged = [each for each in answer.outcomes if "over_limit" in each.flags]
    assert len(flagged) == 1
    kept = [row.event_id for row in session.scalars(select(UsageEvent)) if "over_limit" in row.flags]
    assert kept == [flagged[0].event_id]


def test_a_promotion_that_stands_twice_in_a_result_is_added_up(
    session: Session, upload: Upload, known: Promotion
) -> None:
    upload([sale(1, applied=[given("TEN", 100), given("TEN", 50)])])
    row = session.scalars(select(UsageApplied)).one()
    assert (row.redemptions, row.discount_minor) == (2, 150)


def test_gaps_are_told_and_closed_as_the_numbers_come(session: Session, upload: Upload, till: Till) -> None:
    def place(*numbers: int) -> tuple[int, list[tuple[int, int]]]:
        answer = upload([sale(n) for n in numbers])
        return answer.ack_through_seq, [(gap.first, gap.last) for gap in answer.missing]

    assert place(1, 2) == (2, [])
    assert place(5) == (2, [(3, 4)])
    assert place(10, 9) == (2, [(3, 4), (6, 8)])
    assert place(7) == (2, [(3, 4), (6, 6), (8, 8)])
    assert place(7, 3) == (3, [(4, 4), (6, 6), (8, 8)])
    assert place(8, 4, 6) == (10, [])
    assert session.get_one(Device, till.device_id, populate_existing=True).usage_highest_seq == 10


def test_a_quarantined_number_has_arrived_and_an_unreadable_one_has_not(upload: Upload) -> None:
    answer = upload([sale(1), {**sale(2), "kind": "?"}, {**sale(3), "device_seq": "?"}, sale(4)])
    assert answer.ack_through_seq == 2
    assert [(gap.first, gap.last) for gap in answer.missing] == [(3, 3)]


def test_the_answer_has_a_hundred_gaps_at_most_and_says_when_there_are_more(session: Session, upload: Upload) -> None:
    answer = upload([sale(2 * n) for n in range(1, 151)])
    assert len(answer.missing) == 100
    assert answer.more_missing
    assert answer.ack_through_seq == 0
    answer = upload([sale(2 * n - 1) for n in range(1, 51)])
    assert (len(answer.missing), answer.more_missing, answer.ack_through_seq) == (100, False, 100)


def test_a_number_that_two_events_bear_counts_once(session: Session, upload: Upload) -> None:
    upload([sale(1), sale(1, event_id=event_id(99)), sale(2)])
    (equation,) = no_loss.check(session)
    assert (equation.highest, equation.accepted, equation.holds) == (2, 2, True)


def test_a_till_that_jumps_far_ahead_costs_one_row(session: Session, upload: Upload) -> None:
    upload([sale(1), sale(2**53 - 1)])
    assert [(gap.first_seq, gap.last_seq) for gap in session.scalars(select(DeviceGap))] == [(2, 2**53 - 2)]
    assert all(equation.holds for equation in no_loss.check(session))
