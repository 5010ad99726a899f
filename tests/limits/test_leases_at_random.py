"""Tills that go offline, lose answers, repeat and reorder what they send, with clocks that are minutes off.

Each till obeys the four rules of leases.py and reports within its lease's time. Whatever happens, what all tills sold
stays within the limit, reported or not, and in the end nothing is left reserved.
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.device import Stream
from portal.services import business_day
from portal.services.limits import leases, slices
from portal.services.limits.counters import count_sales
from portal.services.limits.expiring import expire
from portal.services.sync import sequences
from portal.services.sync.devices import Till
from tests.limits.world import NOON, counters, make_till, publish, sale

TILLS = st.integers(0, 1)
LIMIT, BUDGET, DAILY = 6, 400, 4


@dataclass
class Sold:
    """A sale as the till keeps it."""

    seq: int
    amount: int
    at: datetime
    is_sent: bool = False


@dataclass
class Client:
    """A till that obeys."""

    till: Till
    skew: timedelta
    held: dict[str, Any] | None = None
    etag: str | None = None
    sold: list[Sold] = field(default_factory=list)

    def beyond(self, document: dict[str, Any]) -> tuple[int, int]:
        """What it sold that `document` does not count: redemptions and money."""
        own = [each.amount for each in self.sold if each.seq > document["counted_through_seq"]]
        return len(own), sum(own)

    def line(self, document: dict[str, Any] | None) -> dict[str, Any] | None:
        return next((line for line in document["leases"] if line["promotion"] == "P"), None) if document else None

    def may_sell(self, amount: int, now: datetime) -> bool:
        line = self.line(self.held)
        if line is None or self.held is None or datetime.fromisoformat(line["until"]) <= now + self.skew:
            return False
        count, money = self.beyond(self.held)
        enough = line["count"] is None or count < line["count"]
        return enough and (line["amount"] is None or money + amount <= line["amount"])

    def receive(self, body: bytes, etag: str) -> None:
        """Take a document, unless it is older or too small for what was sold already."""
        document = json.loads(body)
        if self.held is not None and document["issued_at"] < self.held["issued_at"]:
            return
        line = self.line(document) or {"count": 0, "amount": 0}
        count, money = self.beyond(document)
        fits = (line["count"] is None or count <= line["count"]) and (line["amount"] is None or money <= line["amount"])
        if fits:
            self.held, self.etag = document, etag


class Leasing(RuleBasedStateMachine):
    """Two tills of two stores, one leased promotion with little to give: whoever is promised too much is found out."""

    place: Callable[[], AbstractContextManager[Session]]
    portal: Settings
    limits: dict[str, int]
    shares: dict[str, slices.StoreShare]

    def __init__(self) -> None:
        super().__init__()
        self.shares.update(dict.fromkeys(("S1", "S2"), slices.StoreShare(1, 1, "USD")))
        self.around = self.place()
        self.session = self.around.__enter__()
        self.now = NOON
        publish(self.session, offline="leased", **self.limits)
        skews = (-7, 9)
        self.clients = [
            Client(make_till(self.session, f"S{number % 2 + 1}"), timedelta(minutes=skew))
            for number, skew in enumerate(skews)
        ]

    def teardown(self) -> None:
        for client in self.clients:
            self.upload(client, client.sold)
        self.now += timedelta(hours=200)
        expire(self.session, self.now, settings=self.portal)
        found = counters(self.session)
        assert all(reserved == 0 for _, reserved in found.values()), found
        sold = [each for client in self.clients for each in client.sold]
        assert found.get("total", (0, 0)) == (len(sold), 0)
        assert found.get("budget:USD", (0, 0)) == (sum(each.amount for each in sold), 0)
        self.around.__exit__(None, None, None)

    def upload(self, client: Client, events: list[Sold]) -> None:
        """What C's upload does: numbers and counts in one transaction; all that was sent before counts nothing."""
        if not events:
            return
        zone, starts_at = self.portal.chain_timezone, self.portal.day_starts_at
        rows = [
            sale(
                client.till,
                source=f"usage:{client.till.public_id}-{each.seq}",
                amount_minor=each.amount,
                at=each.at,
                business_date=business_day.business_date(each.at, zone=zone, starts_at=starts_at),
            )
            for each in events
        ]
        highest = sequences.lock(self.session, client.till.device_id, Stream.USAGE)
        assert count_sales(self.session, rows) == {}, "a sale within its lease went over the limit"
        seqs = [each.seq for each in events]
        sequences.advance(self.session, client.till.device_id, Stream.USAGE, highest, seqs)
        for each in events:
            each.is_sent = True

    def ask(self, client: Client, etag: str | None) -> tuple[bytes, str]:
        return leases.document(self.session, client.till, settings=self.portal, now=self.now, if_none_match=etag)

    @rule(one=st.sampled_from([1, 9, 99]), two=st.sampled_from([1, 9, 99]))
    def guests_go_elsewhere(self, one: int, two: int) -> None:
        self.shares.update(S1=slices.StoreShare(one, 1, "USD"), S2=slices.StoreShare(two, 1, "USD"))

    @rule(number=TILLS)
    def fetch(self, number: int) -> None:
        client = self.clients[number]
        client.receive(*self.ask(client, client.etag))

    @rule(number=TILLS)
    def fetch_and_lose_the_answer(self, number: int) -> None:
        client = self.clients[number]
        self.ask(client, client.etag)

    @rule(number=TILLS, times=st.sampled_from([1, 9]), amount=st.sampled_from([1, 60]))
    def sell(self, number: int, times: int, amount: int) -> None:
        client = self.clients[number]
        for _ in range(times):
            if client.may_sell(amount, self.now):
                client.sold.append(Sold(len(client.sold) + 1, amount, self.now + client.skew))

    @rule(number=TILLS, data=st.data())
    def report_some_in_any_order(self, number: int, data: st.DataObject) -> None:
        client = self.clients[number]
        if client.sold:
            self.upload(client, data.draw(st.lists(st.sampled_from(client.sold), max_size=6, unique_by=id)))

    @rule(number=TILLS)
    def report_all(self, number: int) -> None:
        client = self.clients[number]
        self.upload(client, [each for each in client.sold if not each.is_sent])

    @rule(minutes=st.sampled_from([5, 60, 600, 2000]))
    def wait(self, minutes: int) -> None:
        later = self.now + timedelta(minutes=minutes)
        for client in self.clients:
            unsent = [each for each in client.sold if not each.is_sent]
            # Within the lease's time: 72 hours after the document by which it sold was made.
            if unsent and client.held is not None:
                issued = datetime.fromisoformat(client.held["issued_at"])
                if later >= issued + timedelta(hours=self.portal.offline_grace_hours):
                    self.upload(client, unsent)
        self.now = later

    @rule()
    def give_back_what_is_over(self) -> None:
        expire(self.session, self.now, settings=self.portal)

    @invariant()
    def nothing_is_exceeded(self) -> None:
        sold = [each for client in self.clients for each in client.sold]
        assert len(sold) <= self.limits.get("total", len(sold))
        assert sum(each.amount for each in sold) <= self.limits.get("budget", 10**9)
        found = counters(self.session)
        for dimension, key in (("total", "total"), ("budget", "budget:USD")):
            assert sum(found.get(key, (0, 0))) <= self.limits.get(dimension, 10**9)
        for key, (used, reserved) in found.items():
            if key.startswith("per_day") and "per_day" in self.limits:
                assert used + reserved <= self.limits["per_day"], (key, used, reserved)


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("limits", [{"total": LIMIT, "budget": BUDGET}, {"per_day": DAILY, "total": LIMIT}], ids=str)
def test_leases_at_random(
    place: Callable[[], AbstractContextManager[Session]],
    app: Flask,
    database_url: str,
    limits: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Here(Leasing):
        pass

    Here.shares = {}
    monkeypatch.setattr(slices, "shares", lambda *_, **__: Here.shares)
    Here.place, Here.portal, Here.limits = staticmethod(place), app.config["PORTAL"], limits
    examples = 60 if database_url.startswith("sqlite") else 20
    chosen = settings(max_examples=examples, stateful_step_count=30, deadline=None, derandomize=True)
    run_state_machine_as_test(Here, settings=chosen)
