"""The life of a limit, told at random: what was reserved, committed, voided, reported, given back, raised, lowered.

The model knows each basket on its own; the counters must come to the sum of the baskets after every step.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.services.limits import holds
from portal.services.limits.counters import count_sales
from portal.services.limits.expiring import expire
from portal.services.limits.redemptions import HoldAnswer, Redemption
from tests.limits.world import NOON, counters, make_till, publish, sale

BASKETS = st.integers(0, 5)
AMOUNTS = st.integers(0, 120)


@dataclass(frozen=True)
class Basket:
    """What is known of one basket: its hold's amount and end, its commit, its reported sale; None is not there."""

    held: int | None = None
    until: datetime = NOON
    committed: int | None = None
    reported: int | None = None
    refunded: bool = False

    @property
    def used(self) -> tuple[int, int]:
        amount = self.reported if self.reported is not None else self.committed
        return (0, 0) if amount is None or self.refunded else (1, amount)


class Life(RuleBasedStateMachine):
    """Six baskets at one till, one promotion with a total and a budget."""

    place: Callable[[], AbstractContextManager[Session]]
    portal: Settings

    def __init__(self) -> None:
        super().__init__()
        self.around = self.place()
        self.session = self.around.__enter__()
        self.till = make_till(self.session)
        self.now = NOON
        self.limit, self.budget = 3, 300
        publish(self.session, total=self.limit, budget=self.budget, offline="online_only")
        self.baskets = {number: Basket() for number in range(6)}

    def teardown(self) -> None:
        self.now += timedelta(minutes=16)
        expire(self.session, self.now, settings=self.portal)
        found = counters(self.session)
        assert all(reserved == 0 for _, reserved in found.values())
        self.around.__exit__(None, None, None)

    def ask(self, what: Any, number: int, amount: int) -> HoldAnswer:
        request = Redemption(promotion="P", basket=str(number), amount=amount, currency="USD")
        return what(self.session, self.till, request, settings=self.portal, now=self.now)

    def note(self, number: int, **changes: Any) -> None:
        self.baskets[number] = replace(self.baskets[number], **changes)

    @property
    def used(self) -> tuple[int, int]:
        return sum(b.used[0] for b in self.baskets.values()), sum(b.used[1] for b in self.baskets.values())

    @property
    def reserved(self) -> tuple[int, int]:
        held = [b.held for b in self.baskets.values() if b.held is not None]
        return len(held), sum(held)

    @rule(number=BASKETS, amount=AMOUNTS)
    def reserve(self, number: int, amount: int) -> None:
        basket = self.baskets[number]
        if basket.reported is not None:
            return
        answer = self.ask(holds.reserve, number, amount)
        if basket.committed is not None:
            assert answer.status == "committed"
            return
        count = self.used[0] + self.reserved[0] - (basket.held is not None) + 1
        minor = self.used[1] + self.reserved[1] - (basket.held or 0) + amount
        fits = count <= self.limit and (minor <= self.budget or amount == 0)
        assert (answer.status == "held") is fits, answer
        if fits:
            self.note(number, held=amount, until=self.now + timedelta(minutes=15))

    @rule(number=BASKETS, amount=AMOUNTS)
    def commit(self, number: int, amount: int) -> None:
        basket = self.baskets[number]
        answer = self.ask(holds.commit, number, amount)
        assert answer.status == "committed"
        if basket.committed is None and basket.reported is None:
            assert bool(set(answer.flags) & {"hold_lost", "hold_expired"}) is (
                basket.held is None or basket.until <= self.now
            )
            self.note(number, committed=amount)
        self.note(number, held=None)

    @rule(number=BASKETS)
    def void(self, number: int) -> None:
        answer = self.ask(holds.void, number, 0)
        if self.baskets[number].reported is None:
            assert answer.status == "voided"
            self.note(number, held=None, committed=None)

    @rule(number=BASKETS, amount=AMOUNTS, times=st.integers(1, 2))
    def report(self, number: int, amount: int, times: int) -> None:
        basket = self.baskets[number]
        amount = amount if basket.reported is None else basket.reported
        row = sale(self.till, basket_code=str(number), source=f"usage:{number}", amount_minor=amount)
        for _ in range(times):
            count_sales(self.session, [row])
        self.note(number, held=None, reported=amount)

    @rule(number=BASKETS, times=st.integers(1, 2))
    def refund(self, number: int, times: int) -> None:
        amount = self.baskets[number].reported
        if amount is None:
            return
        row = sale(self.till, basket_code=str(number), source=f"usage:r{number}", redemptions=-1, amount_minor=-amount)
        for _ in range(times):
            count_sales(self.session, [row])
        self.note(number, refunded=True)

    @rule(limit=st.integers(1, 6), budget=st.integers(1, 600))
    def change(self, limit: int, budget: int) -> None:
        self.limit, self.budget = limit, budget
        publish(self.session, total=limit, budget=budget, offline="online_only")

    @rule(minutes=st.integers(1, 10))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: any(b.held is not None for b in self.baskets.values()))
    @rule()
    def give_back_expired(self) -> None:
        over = [n for n, b in self.baskets.items() if b.held is not None and b.until <= self.now]
        assert expire(self.session, self.now, settings=self.portal) == len(over)
        for number in over:
            self.note(number, held=None)

    @invariant()
    def the_counters_are_the_sum_of_the_baskets(self) -> None:
        found = counters(self.session)
        total, money = found.get("total", (0, 0)), found.get("budget:USD", (0, 0))
        assert (total[0], money[0]) == self.used
        assert (total[1], money[1]) == self.reserved
        assert found.get("per_store:S1", (0, 0)) == total


@pytest.mark.databases("sqlite", "postgresql")
def test_the_life_of_a_limit(
    place: Callable[[], AbstractContextManager[Session]], app: Flask, database_url: str
) -> None:
    class Here(Life):
        pass

    Here.place, Here.portal = staticmethod(place), app.config["PORTAL"]
    examples = 100 if database_url.startswith("sqlite") else 20
    chosen = settings(max_examples=examples, stateful_step_count=30, deadline=None, derandomize=True)
    run_state_machine_as_test(Here, settings=chosen)
