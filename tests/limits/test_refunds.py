"""What returned goods are worth, and what refunds give back to limits: whole at the end, never more, never twice."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from jobs import limits as limit_jobs
from portal.models.usage import Pricing, UsageApplied, UsageEvent
from portal.services import promotions
from portal.services.limits import refunds
from portal.services.limits.counters import count_sales
from portal.services.limits.refunds import Refund
from portal.services.sync.devices import Till
from tests.limits.world import NOON, TODAY, counters, make_till, publish, sale

on_both = pytest.mark.databases("sqlite", "postgresql")


@given(amount=st.integers(0, 10**12), quantity=st.integers(1, 50), steps=st.lists(st.integers(0, 60), max_size=20))
@settings(max_examples=500, deadline=None)
def test_any_sequence_of_returns_sums_to_what_was_paid_and_never_to_more(
    amount: int, quantity: int, steps: list[int]
) -> None:
    before, paid = 0, 0
    for step in steps:
        share = refunds.part(amount, quantity, before, step)
        assert share >= 0
        before, paid = before + step, paid + share
        assert paid <= amount
    if before >= quantity:
        assert paid == amount
    else:
        assert paid == amount * before // quantity


LINES = [("1", 3, 1000, 100), ("2", 1, 500, 0)]  # id, units, gross of the line, discount of P on it


def body(lines: list[tuple[str, int, int, int]] = LINES, **result: Any) -> dict[str, Any]:
    return {
        "basket": {"id": "B", "lines": [{"id": id, "quantity": units} for id, units, _, _ in lines]},
        "result": {
            "lines": [
                {
                    "id": id,
                    "net": gross - off,
                    "adjustments": [{"promotion": "P", "amount": off, "quantity": units}] if off else [],
                }
                for id, units, gross, off in lines
            ],
            "applied": [{"promotion": "P", "discount": sum(line[3] for line in lines)}],
            **result,
        },
    }


def test_returned_lines_are_worth_their_share_of_what_was_paid() -> None:
    assert refunds.worth(body(), {}, {"1": 1}) == {"1": 300}
    assert refunds.worth(body(), {"1": 1}, {"1": 5, "2": 1, "?": 1}) == {"1": 600, "2": 500}
    assert refunds.worth(body(), {"1": 3}, {"1": 1}) == {"1": 0}


class Shop:
    """One till whose sale of P stands in the database and is counted."""

    def __init__(self, session: Session, **changes: Any) -> None:
        self.session, self.till = session, make_till(session)
        self.sale = self.keep("sale", body(**changes))
        given = refunds.shares_of(body(**changes), "P")
        self.amount = sum(amount for amount, _ in given.lines.values()) + given.spread
        session.add(
            UsageApplied(
                event_id=self.sale.event_id,
                promotion_code="P",
                store_id=self.till.store_id,
                business_date=TODAY,
                currency="USD",
                redemptions=1,
                discount_minor=self.amount,
            )
        )
        session.flush()
        row = sale(self.till, source=f"usage:{self.sale.event_id}", basket_code="B", amount_minor=self.amount)
        count_sales(session, [row])

    def keep(self, kind: str, event: dict[str, Any], of: str | None = None, till: Till | None = None) -> UsageEvent:
        row = UsageEvent(
            event_id=str(uuid4()),
            content_sha256="",
            device_id=self.till.device_id,
            device_seq=1,
            store_id=self.till.store_id,
            kind=kind,
            basket_code="B",
            of_event_id=of,
            at=NOON,
            local_at="",
            business_date=TODAY,
            currency="USD",
            subtotal_minor=0,
            discount_minor=0,
            total_minor=0,
            flags=[],
            pricing=Pricing.SAME,
            received_at=NOON,
            body=json.dumps(event),
        )
        self.session.add(row)
        self.session.flush()
        return row

    def bring_back(self, **lines: int) -> tuple[int, int]:
        """A refund of lines (none: a void), counted; gives used redemptions and money afterwards."""
        event = {"basket": {"id": "R", "lines": [{"id": id[1:], "quantity": n} for id, n in lines.items()]}}
        row = self.keep("refund" if lines else "void", event, of=self.sale.event_id)
        return self.count(refunds.refund_of(row))

    def count(self, *given: Refund) -> tuple[int, int]:
        count_sales(self.session, refunds.give_back(self.session, self.sale, given))
        return self.used

    @property
    def used(self) -> tuple[int, int]:
        found = counters(self.session)
        return found.get("total", (0, 0))[0], found.get("budget:USD", (0, 0))[0]


@on_both
def test_the_budget_comes_back_in_proportion_and_the_redemption_at_the_end(session: Session) -> None:
    shop = Shop(session)
    assert shop.used == (1, 100)
    assert shop.bring_back(_2=1) == (1, 100)
    assert shop.bring_back(_1=1) == (1, 67)
    assert shop.bring_back(_1=1) == (1, 34)
    assert shop.bring_back(_1=1) == (0, 0)
    assert shop.bring_back(_1=3) == (0, 0)
    assert shop.bring_back() == (0, 0)


@on_both
def test_a_void_gives_all_back_that_is_not_back_yet_and_once(session: Session) -> None:
    shop = Shop(session)
    shop.bring_back(_1=2)
    event = shop.keep("void", body(), of=shop.sale.event_id)
    for _ in range(2):
        assert shop.count(refunds.refund_of(event)) == (0, 0)
    assert shop.bring_back() == (0, 0)


@on_both
def test_two_refunds_of_one_batch_know_of_each_other(session: Session) -> None:
    shop = Shop(session)
    assert shop.count(*(Refund(str(uuid4()), NOON, {"1": 2}) for _ in range(3))) == (0, 0)


@on_both
def test_a_promotion_that_discounts_no_line_comes_back_with_the_whole_basket(session: Session) -> None:
    reward = {"promotion": "P", "kind": "cashback", "amount": 40}
    shop = Shop(session, lines=[("1", 3, 1000, 0), ("2", 1, 500, 0)], rewards=[reward])
    assert shop.used == (1, 40)
    assert shop.bring_back(_1=3) == (1, 10)
    assert shop.bring_back(_2=1) == (0, 0)


@on_both
@pytest.mark.parametrize(
    ("policy", "ended", "left"),
    [
        ("restore", True, (0, 0)),
        ("keep", False, (1, 100)),
        ("restore_if_valid", False, (0, 0)),
        ("restore_if_valid", True, (1, 100)),
    ],
)
def test_the_policy_of_the_promotion_decides(session: Session, policy: str, ended: bool, left: tuple[int, int]) -> None:
    publish(session, total=5, on_refund=policy)
    if ended:
        promotions.end(session, promotions.by_code(session, "P"), now=NOON)
    shop = Shop(session)
    assert shop.bring_back() == left
    assert refunds.waiting(session) == []


@on_both
def test_a_refund_that_came_before_its_sale_is_given_back_by_the_job(session: Session) -> None:
    shop = Shop(session)
    shop.keep("refund", {"basket": {"lines": [{"id": "1", "quantity": 3}]}}, of=shop.sale.event_id)
    shop.keep("void", body(), of=shop.sale.event_id)
    shop.keep("void", body(), of=str(uuid4()))
    assert len(refunds.waiting(session)) == 2
    rows = refunds.give_back_waiting(session)
    count_sales(session, rows)
    assert shop.used == (0, 0)
    assert refunds.waiting(session) == []
    assert refunds.give_back_waiting(session) == []


def test_the_jobs_run_on_an_empty_database(session: Session, app: Any) -> None:
    with app.app_context():
        assert (limit_jobs.expire(), limit_jobs.give_back()) == (0, 0)
