"""Reserve, commit, void: what stands after each, asked once or again, in order or not."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.errors import Invalid
from portal.services.limits import holds
from portal.services.limits.counters import count_sales
from portal.services.limits.expiring import expire
from portal.services.limits.redemptions import HoldAnswer, Redemption
from portal.services.sync.devices import Till
from tests.limits.world import NOON, counters, make_till, publish, sale

pytestmark = pytest.mark.databases("sqlite", "postgresql")


class Desk:
    """One till that asks for baskets; `minutes` after noon."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session, self.settings = session, settings
        self.till: Till = make_till(session)

    def ask(self, what: Any, basket: str = "B1", amount: int = 100, minutes: int = 0, **more: Any) -> HoldAnswer:
        request = Redemption(promotion="P", basket=basket, amount=amount, currency="USD").model_copy(update=more)
        now = NOON + timedelta(minutes=minutes)
        return what(self.session, self.till, request, settings=self.settings, now=now)

    def report(self, basket: str = "B1", **more: Any) -> dict[str, set[str]]:
        return count_sales(self.session, [sale(self.till, basket_code=basket, **more)])

    def expire(self, minutes: int) -> int:
        return expire(self.session, NOON + timedelta(minutes=minutes), settings=self.settings)

    @property
    def total(self) -> tuple[int, int]:
        return counters(self.session).get("total", (0, 0))


@pytest.fixture
def desk(session: Session, app: Flask) -> Desk:
    publish(session, total=2, budget=500, offline="online_only")
    return Desk(session, app.config["PORTAL"])


def test_a_hold_promises_for_fifteen_minutes_and_no_more_than_there_is(desk: Desk) -> None:
    answer = desk.ask(holds.reserve)
    assert (answer.status, answer.expires_at) == ("held", NOON + timedelta(minutes=15))
    assert desk.ask(holds.reserve, "B2").status == "held"
    refused = desk.ask(holds.reserve, "B3")
    assert (refused.status, refused.reason, refused.full) == ("refused", "limit_reached", ["total"])
    assert desk.total == (0, 2)
    assert counters(desk.session)["budget:USD"] == (0, 200)


def test_the_same_basket_may_ask_again(desk: Desk) -> None:
    desk.ask(holds.reserve)
    again = desk.ask(holds.reserve, amount=450, minutes=5)
    assert again.expires_at == NOON + timedelta(minutes=20)
    assert counters(desk.session)["budget:USD"] == (0, 450)
    too_much = desk.ask(holds.reserve, amount=501, minutes=6)
    assert (too_much.status, too_much.full, too_much.expires_at) == ("refused", ["budget"], again.expires_at)
    assert counters(desk.session)["budget:USD"] == (0, 450)
    desk.ask(holds.reserve, amount=50, minutes=6)
    assert (desk.total, counters(desk.session)["budget:USD"]) == ((0, 1), (0, 50))


def test_a_commit_counts_once_and_its_reported_sale_not_again(desk: Desk) -> None:
    desk.ask(holds.reserve)
    for _ in range(2):
        answer = desk.ask(holds.commit)
        assert (answer.status, answer.flags) == ("committed", [])
    assert desk.total == (1, 0)
    desk.report(amount_minor=90)
    assert (desk.total, counters(desk.session)["budget:USD"]) == ((1, 0), (90, 0))
    assert desk.ask(holds.reserve).status == "committed"
    assert desk.ask(holds.void).reason == "sale_reported"
    desk.report(amount_minor=90)  # another sale under the same basket id is a fact of its own
    assert desk.total == (2, 0)


def test_a_sale_that_is_reported_before_its_commit_settles_the_hold(desk: Desk) -> None:
    desk.ask(holds.reserve)
    desk.report()
    assert desk.total == (1, 0)
    assert desk.ask(holds.commit).status == "committed"
    assert desk.total == (1, 0)


@pytest.mark.parametrize("lost", ["never", "expired", "voided"])
def test_a_commit_whose_hold_is_lost_stands_and_is_flagged(desk: Desk, lost: str) -> None:
    if lost != "never":
        desk.ask(holds.reserve)
    if lost == "expired":
        assert desk.expire(16) == 1
    if lost == "voided":
        desk.ask(holds.void)
    assert desk.total == (0, 0)
    answer = desk.ask(holds.commit, minutes=20)
    assert (answer.status, answer.flags) == ("committed", ["hold_expired" if lost == "expired" else "hold_lost"])
    assert desk.ask(holds.commit, minutes=21).flags == ["hold_lost"]
    assert desk.total == (1, 0)
    desk.report()
    assert desk.total == (1, 0)


def test_a_late_commit_of_a_sale_that_was_reported_counts_nothing(desk: Desk) -> None:
    desk.report()
    assert desk.ask(holds.commit).flags == ["hold_lost"]
    assert desk.total == (1, 0)


def test_a_commit_beyond_the_limit_stands_and_says_so(desk: Desk) -> None:
    for basket in ("B1", "B2"):
        desk.ask(holds.commit, basket)
    assert desk.ask(holds.commit, "B3").flags == ["hold_lost", "over_limit"]
    assert desk.total == (3, 0)


def test_void_gives_back_and_may_be_repeated(desk: Desk) -> None:
    assert desk.ask(holds.void).reason == "no_hold"
    desk.ask(holds.reserve)
    for _ in range(2):
        assert desk.ask(holds.void).status == "voided"
        assert desk.total == (0, 0)


def test_a_commit_may_be_voided_and_the_basket_begin_anew(desk: Desk) -> None:
    for _ in range(3):
        desk.ask(holds.reserve)
        desk.ask(holds.commit)
        assert desk.total == (1, 0)
        desk.ask(holds.void)
        assert counters(desk.session) == {}
    desk.ask(holds.commit)
    desk.report()
    assert desk.total == (1, 0)


def test_a_basket_that_was_voided_and_sold_all_the_same_counts(desk: Desk) -> None:
    desk.ask(holds.reserve)
    desk.ask(holds.void)
    desk.report()
    assert desk.total == (1, 0)


def test_expired_holds_come_back_once(desk: Desk) -> None:
    desk.ask(holds.reserve)
    desk.ask(holds.reserve, "B2", minutes=1)
    assert [desk.expire(14), desk.expire(15), desk.expire(16), desk.expire(17)] == [0, 1, 1, 0]
    assert counters(desk.session) == {}
    assert desk.ask(holds.reserve, minutes=18).status == "held"


def test_a_hold_over_midnight_takes_from_the_new_day(desk: Desk) -> None:
    publish(desk.session, per_day=1, offline="online_only")
    desk.ask(holds.reserve, minutes=0)
    desk.ask(holds.reserve, minutes=24 * 60)
    assert {key for key in counters(desk.session) if key.startswith("per_day")} == {"per_day:2026-06-02"}


def test_what_cannot_be_promised_is_refused_with_its_reason(desk: Desk) -> None:
    publish(desk.session, per_customer=1, offline="online_only")
    assert desk.ask(holds.reserve).reason == "customer"
    assert desk.ask(holds.reserve, currency="EUR", customer="C").reason == "currency"
    assert desk.ask(holds.reserve, promotion="Q").reason == "not_live"
    assert desk.ask(holds.reserve, customer="C").status == "held"
    assert desk.ask(holds.reserve, "B2", customer="C").full == ["per_customer"]
    with pytest.raises(Invalid) as invalid:
        desk.ask(holds.reserve, vouchers=["V-1"])
    assert "not supported yet" in invalid.value.errors["vouchers"]
