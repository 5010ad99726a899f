"""How reported sales are counted towards limits: once, whole, and flagged where they go over."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from portal.models.limits import LimitEntry
from portal.services.limits import taking
from portal.services.limits.counters import count_sales, limits_of
from tests.limits.world import NOON, TODAY, counters, make_till, publish, sale

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_limits_are_those_of_live_promotions_that_have_any(session: Session) -> None:
    publish(session, "P", total=5, offline="leased")
    publish(session, "FREE", max_discount=100)
    found = limits_of(session)
    assert set(found) == {"P"}
    assert (found["P"].total, found["P"].offline, found["P"].on_refund) == (5, "leased", "restore")
    publish(session, "P", total=6)
    assert limits_of(session)["P"].total == 6


def test_a_sale_counts_in_every_dimension(session: Session) -> None:
    count_sales(session, [sale(make_till(session), customer_code="C1", amount_minor=250)])
    assert counters(session) == {
        "total": (1, 0),
        "per_store:S1": (1, 0),
        "per_day:2026-06-01": (1, 0),
        "per_customer:C1": (1, 0),
        "budget:USD": (250, 0),
    }


def test_a_replay_counts_nothing_twice(session: Session) -> None:
    row = sale(make_till(session))
    for rows in ([row], [row, row], [row, sale(make_till(session))]):
        count_sales(session, rows)
    assert counters(session)["total"] == (2, 0)
    assert session.scalar(select(func.count()).select_from(LimitEntry)) == 2


def test_the_sales_beyond_a_limit_are_counted_and_named(session: Session) -> None:
    publish(session, total=2)
    till = make_till(session)
    rows = [sale(till, source=f"usage:{number}") for number in range(4)]
    assert count_sales(session, rows) == {"usage:2": {"P"}, "usage:3": {"P"}}
    assert counters(session)["total"] == (4, 0)


@pytest.mark.parametrize(
    ("limits", "rows", "over"),
    [
        ({"per_store": 1}, [{}, {"store_code": "S2"}], set()),
        ({"per_store": 1}, [{}, {}], {"1"}),
        ({"per_day": 1}, [{}, {"business_date": TODAY.replace(day=2)}], set()),
        ({"per_day": 1}, [{}, {}], {"1"}),
        ({"per_customer": 1}, [{}, {}], set()),
        ({"per_customer": 1}, [{"customer_code": "A"}, {"customer_code": "B"}], set()),
        ({"per_customer": 1}, [{"customer_code": "A"}, {"customer_code": "A"}], {"1"}),
        ({"budget": 150}, [{}, {}], {"1"}),
        ({"budget": 150}, [{}, {"currency": "EUR"}], set()),
        ({"total": 1}, [{}, {"redemptions": -1, "amount_minor": -100}, {}], set()),
    ],
)
def test_each_limit_looks_at_its_own_counter(
    session: Session, limits: dict[str, int], rows: list[dict[str, Any]], over: set[str]
) -> None:
    publish(session, **limits)
    till = make_till(session)
    found = count_sales(session, [sale(till, **({"source": str(number)} | row)) for number, row in enumerate(rows)])
    assert set(found) == over


def test_what_is_taken_is_taken_from_all_counters_or_from_none(session: Session) -> None:
    keys = taking.keys_of("S1", TODAY, "USD")
    limits: dict[str, int | None] = {"total": 10, "per_store": 2, "budget": 1000}
    assert taking.take(session, "P", keys, count=2, minor=900, limits=limits) == frozenset()
    before = counters(session)
    assert taking.take(session, "P", keys, count=1, minor=200, limits=limits) == {"per_store", "budget"}
    assert counters(session) == before
    assert before["total"] == (0, 2)
    taking.change_reserved(session, {("P", "total", ""): -2})
    assert "total" not in counters(session)


def test_what_is_used_leaves_less_to_take(session: Session) -> None:
    count_sales(session, [sale(make_till(session)) for _ in range(3)])
    keys = {"total": ""}
    assert taking.take(session, "P", keys, count=3, minor=0, limits={"total": 5}) == {"total"}
    assert taking.take(session, "P", keys, count=2, minor=0, limits={"total": 5}) == frozenset()


def test_five_hundred_events_are_counted_at_once(session: Session, database_url: str) -> None:
    publish(session, "P", total=10_000)
    till = make_till(session)
    rows = [sale(till, code, customer_code=f"C{n}") for n in range(500) for code in ("P", "Q")]
    again = [replace(row, source=f"usage:again-{n}", at=NOON) for n, row in enumerate(rows)]
    count_sales(session, rows)
    asked: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note := lambda *arguments: asked.append(arguments[2]))
    assert count_sales(session, again) == {}
    event.remove(connection, "before_cursor_execute", note)
    assert len(asked) <= 20
    assert counters(session)["total"] == (1000, 0)
