"""Leases: how a limit is divided among tills, renewed, lowered, and what comes back when."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.device import Device, DeviceGap, Stream
from portal.services.limits import leases, slices
from portal.services.limits.counters import count_sales
from portal.services.limits.expiring import expire
from portal.services.sync.devices import Till
from tests.limits.world import NOON, TODAY, counters, make_till, publish, sale

pytestmark = pytest.mark.databases("sqlite", "postgresql")


class Chain:
    """Tills that ask for their leases; `hours` after noon."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session, self.settings = session, settings

    def ask(self, till: Till, held: str | None = None, hours: float = 0) -> tuple[dict[str, Any], str]:
        now = NOON + timedelta(hours=hours)
        body, etag = leases.document(self.session, till, settings=self.settings, now=now, if_none_match=held)
        return json.loads(body), etag

    def count(self, till: Till, held: str | None = None, hours: float = 0) -> int:
        return self.ask(till, held, hours)[0]["leases"][0]["count"]

    def report(self, till: Till, number: int, seq: int = 0, **more: Any) -> dict[str, set[str]]:
        if seq:
            change = update(Device).where(Device.id == till.device_id).values(usage_highest_seq=seq)
            self.session.execute(change)
        return count_sales(self.session, [sale(till, **more) for _ in range(number)])

    @property
    def total(self) -> tuple[int, int]:
        return counters(self.session).get("total", (0, 0))


@pytest.fixture
def chain(session: Session, app: Flask) -> Iterator[Chain]:
    slices.forget()
    yield Chain(session, app.config["PORTAL"])
    slices.forget()


def test_tills_share_what_is_left(chain: Chain) -> None:
    publish(chain.session, total=100, budget=10_000, offline="leased")
    one, two = make_till(chain.session, "S1"), make_till(chain.session, "S2")
    body, _ = chain.ask(one)
    assert body["leases"] == [
        {
            "promotion": "P",
            "count": 50,
            "amount": 5_000,
            "currency": "USD",
            "until": (NOON + timedelta(hours=72)).isoformat(),
        }
    ]
    assert (body["store"], body["device"], body["counted_through_seq"]) == ("S1", one.public_id, 0)
    assert chain.count(two) == 50
    assert counters(chain.session) == {
        "total": (0, 100),
        "per_store:S1": (0, 50),
        "per_store:S2": (0, 50),
        "budget:USD": (0, 10_000),
    }


def test_promotions_that_are_not_leased_or_not_of_this_store_have_no_slice(chain: Chain) -> None:
    publish(chain.session, total=100, offline="open")
    assert chain.ask(make_till(chain.session))[0]["leases"] == []
    assert counters(chain.session) == {}


def test_nothing_new_is_the_same_document(chain: Chain) -> None:
    publish(chain.session, total=100, offline="leased")
    till = make_till(chain.session)
    first = chain.ask(till)
    assert chain.ask(till, first[1], hours=35) == first
    renewed = chain.ask(till, first[1], hours=36)
    assert renewed[1] != first[1]
    assert renewed[0]["leases"][0]["until"] == (NOON + timedelta(hours=108)).isoformat()


def test_reported_sales_are_spent_from_the_slice(chain: Chain) -> None:
    publish(chain.session, total=10, offline="leased")
    till = make_till(chain.session)
    assert chain.count(till) == 10
    chain.report(till, 3, seq=3)
    assert chain.total == (3, 7)
    body, _ = chain.ask(till)
    assert (body["leases"][0]["count"], body["counted_through_seq"]) == (7, 3)
    assert chain.report(till, 8, seq=11) != {}
    assert chain.total == (11, 0)
    assert chain.count(till) == 0


def test_a_gap_holds_back_what_is_counted_through(chain: Chain) -> None:
    publish(chain.session, total=10, offline="leased")
    till = make_till(chain.session)
    chain.report(till, 1, seq=9)
    chain.session.add(DeviceGap(device_id=till.device_id, stream=Stream.USAGE, first_seq=4, last_seq=5))
    chain.session.flush()
    assert chain.ask(till)[0]["counted_through_seq"] == 3


def test_a_smaller_promise_is_taken_back_when_the_till_shows_that_it_holds_it(chain: Chain) -> None:
    publish(chain.session, total=100, offline="leased")
    one, two = make_till(chain.session), make_till(chain.session)
    slices.forget()
    first = chain.ask(one)[1]
    chain.report(make_till(chain.session, "S9"), 0)
    publish(chain.session, total=20, offline="leased")
    body, second = chain.ask(one, first)
    offered = body["leases"][0]["count"]
    assert offered <= 10
    assert chain.total == (0, 50)
    assert chain.count(two) == 0
    chain.ask(one, first)
    assert chain.total == (0, 50)
    chain.ask(one, f'"{second}"')
    assert chain.total == (0, offered)
    assert chain.count(two) == 20 - offered or chain.count(two) == 10


def test_a_promotion_that_ends_gives_its_slices_back_on_proof(chain: Chain) -> None:
    publish(chain.session, total=100, offline="leased")
    till = make_till(chain.session)
    chain.ask(till)
    publish(chain.session, total=100, offline="open")
    body, etag = chain.ask(till)
    assert body["leases"] == []
    assert chain.total == (0, 100)
    chain.ask(till, etag)
    assert chain.total == (0, 0)


def test_a_silent_till_keeps_its_slice_for_the_grace_and_an_hour(chain: Chain) -> None:
    publish(chain.session, total=100, offline="leased")
    till = make_till(chain.session)
    chain.ask(till)
    given = [expire(chain.session, NOON + timedelta(hours=hours), settings=chain.settings) for hours in (72, 73, 74)]
    assert given == [0, 1, 0]
    assert chain.total == (0, 0)
    chain.report(till, 2)
    assert chain.total == (2, 0)
    assert chain.count(till, hours=75) == 98


def test_a_daily_limit_is_leased_day_by_day(chain: Chain) -> None:
    publish(chain.session, per_day=10, offline="leased")
    till = make_till(chain.session)
    body, etag = chain.ask(till)
    assert body["leases"][0]["until"] == "2026-06-02T08:00:00+00:00"
    assert counters(chain.session)["per_day:2026-06-01"] == (0, 10)
    chain.report(till, 2)
    assert chain.count(till, etag, hours=21) == 8
    found = counters(chain.session)
    assert (found["per_day:2026-06-01"], found["per_day:2026-06-02"]) == ((2, 0), (0, 8))
    chain.report(till, 1, business_date=TODAY)
    found = counters(chain.session)
    assert (found["per_day:2026-06-01"], found["per_day:2026-06-02"]) == ((3, 0), (0, 7))


def test_a_full_day_waits_without_a_promise(chain: Chain) -> None:
    publish(chain.session, per_day=4, offline="leased")
    one, two = make_till(chain.session), make_till(chain.session)
    chain.ask(one), chain.ask(two)
    tomorrow = TODAY + timedelta(days=1)
    count_sales(chain.session, [sale(make_till(chain.session, "S2"), business_date=tomorrow) for _ in range(3)])
    body, etag = chain.ask(one, hours=21)
    assert body["leases"][0]["count"] == 0
    assert counters(chain.session)["per_day:2026-06-02"] == (3, 0)
    assert chain.count(one, etag, hours=21) == 1
    assert counters(chain.session)["per_day:2026-06-02"] == (3, 1)


def test_shares_follow_sales() -> None:
    from portal.services.limits.counters import Limits

    known = {"A": slices.StoreShare(75, 1, "USD"), "B": slices.StoreShare(25, 2, "USD")}
    limits = Limits("P", "P", "USD", total=100, per_store=60, budget=1000)
    definition = {"code": "P", "currency": "USD"}
    one = slices.slice_of(limits, definition, known, "A", TODAY, {})
    assert (one.count, one.minor) == (60, 750)
    two = slices.slice_of(limits, definition, known, "B", TODAY, {("P", "total", ""): (20, 0)})
    assert (two.count, two.minor) == (10, 125)
    only = definition | {"scope": {"stores": ["B"]}}
    assert slices.slice_of(limits, only, known, "B", TODAY, {}).minor == 500
