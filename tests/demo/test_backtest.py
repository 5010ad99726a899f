"""Two drafts over the grocer's whole year, through the engine, give the figures that others computed."""

from datetime import date

import pytest

from portal.demo import cases, journey, wholesale
from portal.services.backtests import Outcome

TEN_FROM_50 = {
    "code": "A",
    "type": "percent_discount",
    "currency": "USD",
    "rule": {"percent": 10, "on": "basket", "min_basket": 5000},
}
FIVE_FROM_40 = {
    "code": "B",
    "type": "amount_discount",
    "currency": "USD",
    "rule": {"amount": 500, "on": "basket", "min_basket": 4000},
}
BUNDLE = cases.bundle_of({"promotions": [TEN_FROM_50, FIVE_FROM_40]})

# shared/reference/analytics.json, figures.backtest and figures.overall; computed there by SQL and by pandas.
A_BASKETS, A_DISCOUNT, A_SALES = 26_201, 24_468_419, 244_671_558
B_BASKETS, B_DISCOUNT, B_HOUSEHOLDS = 35_186, 17_593_000, 2_170
YEAR_BASKETS, YEAR_SALES = 155_848, 459_603_958


@pytest.mark.slow
def test_the_whole_year_gives_exactly_the_reference_baskets_and_cents() -> None:
    told = wholesale.replay_between(BUNDLE, journey.FIRST_DAY, journey.LAST_DAY, alone=True)
    a, b = told.outcomes["A"], told.outcomes["B"]
    assert (told.baskets, told.sales) == (YEAR_BASKETS, YEAR_SALES)
    assert (a.baskets, a.discount, a.sales) == (A_BASKETS, A_DISCOUNT, A_SALES)
    assert (b.baskets, b.discount, len(b.customers)) == (B_BASKETS, B_DISCOUNT, B_HOUSEHOLDS)


def test_a_week_through_the_engine_equals_plain_sums() -> None:
    first, last = date(2017, 8, 1), date(2017, 8, 7)
    told = wholesale.replay_piece(BUNDLE, first, last, True, 0)
    sums: dict[int, int] = {}
    rows = journey.rows_between(first, last)
    for basket, units, cents in zip(rows.basket, rows.units, rows.unit_cents, strict=True):
        sums[basket] = sums.get(basket, 0) + units * cents
    large, middle = [s for s in sums.values() if s >= 5000], [s for s in sums.values() if s >= 4000]
    a, b = told.outcomes["A"], told.outcomes["B"]
    assert (a.baskets, a.discount, a.sales) == (len(large), sum((s + 5) // 10 for s in large), sum(large))
    assert (b.baskets, b.discount) == (len(middle), 500 * len(middle))


def test_together_each_promotion_reads_what_the_other_left() -> None:
    bundle = cases.bundle_of({"promotions": [TEN_FROM_50, {**FIVE_FROM_40, "priority": 1}]})
    told = wholesale.replay_piece(bundle, date(2017, 8, 1), date(2017, 8, 1), False, 0)
    assert told.discount == sum(outcome.discount for outcome in told.outcomes.values())
    alone = wholesale.replay_piece(bundle, date(2017, 8, 1), date(2017, 8, 1), True, 0)
    assert told.outcomes["B"] == alone.outcomes["B"]
    assert told.outcomes["A"].discount < alone.outcomes["A"].discount


def test_cashback_is_counted_as_given_back_later() -> None:
    back = {"code": "C", "type": "cashback", "currency": "USD", "rule": {"amount": 100, "min_spend": 4000}}
    bundle = cases.bundle_of({"promotions": [back]})
    outcome = wholesale.replay_piece(bundle, date(2017, 8, 1), date(2017, 8, 1), False, 0).outcomes["C"]
    assert outcome.rewards == 100 * outcome.baskets > 0
    assert outcome.discount == 0


def test_the_days_are_cut_without_a_gap_or_an_overlap() -> None:
    cut = wholesale.spans(date(2017, 1, 1), date(2017, 1, 10), 3)
    assert cut == [
        (date(2017, 1, 1), date(2017, 1, 3)),
        (date(2017, 1, 4), date(2017, 1, 6)),
        (date(2017, 1, 7), date(2017, 1, 10)),
    ]
    assert wholesale.spans(date(2017, 1, 1), date(2017, 1, 1), 8) == [(date(2017, 1, 1), date(2017, 1, 1))]


def test_parts_of_a_replay_add_up() -> None:
    one, other = Outcome(2, 30, 5, 400, {"a", "b"}), Outcome(1, 10, 0, 100, {"b", "c"})
    one.add(other)
    assert one == Outcome(3, 40, 5, 500, {"a", "b", "c"})
