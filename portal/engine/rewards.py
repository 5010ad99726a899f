"""What each type gives when its turn comes: one function a type, from the units as they are to an Outcome.

Source: contract, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from portal.engine.basket import Runs
from portal.engine.conditions import measured_without, tier_measure, trigger_units
from portal.engine.money import percent_of
from portal.engine.outcome import (
    Outcome,
    Take,
    claim_units,
    discount_sum,
    discount_units,
    free_units,
    sum_of,
    value_off_sum,
    weights_of,
)
from portal.engine.promotion import Promotion
from portal.engine.rules import Gift, Value
from portal.engine.selectors import Matches
from portal.engine.sets import SetChoice, Slots


def _savings(value: Value, takes: list[Take]) -> list[int]:
    """What an amount or a price would take off each unit, floors aside."""
    if value.amount is not None:
        return [min(value.amount, take[4]) for take in takes]
    return [max(take[4] - (value.price or 0), 0) for take in takes]


def _off_each(outcome: Outcome, takes: list[Take], savings: list[int], matches: Matches, runs: list[Runs]) -> Outcome:
    """Take a saving off each unit, down to its floor; a cap is shared by the uncut savings."""
    uncut = [min(saving, most) for saving, most in zip(savings, weights_of(takes, matches), strict=True)]
    wanted = sum(take[3] * saving for take, saving in zip(takes, uncut, strict=True))
    return discount_units(outcome, takes, uncut, wanted, runs)


def cheapest_first(take: Take) -> tuple[int, int, int]:
    """Sort key: by remaining price; among equal prices the earlier unit counts as the dearer."""
    return take[4], -take[0], -take[1]


def dearest_first(take: Take) -> tuple[int, int, int]:
    """Sort key: the reverse of cheapest_first."""
    return -take[4], take[0], take[1]


def _first_units(takes: list[Take], count: int) -> list[Take]:
    """The first `count` units of some takes, of each the earliest."""
    chosen = []
    for line, run, first, units, price in takes:
        if count <= 0:
            break
        taken = min(units, count)
        chosen.append((line, run, first, taken, price))
        count -= taken
    return chosen


def _cheapest_units(takes: list[Take], count: int) -> list[Take]:
    """The `count` cheapest units, of equal ones the latest."""
    chosen = []
    for line, run, first, units, price in sorted(takes, key=cheapest_first):
        if count <= 0:
            break
        taken = min(units, count)
        chosen.append((line, run, first + units - taken, taken, price))
        count -= taken
    return chosen


def _picked(takes: list[Take], count: int | None, cheapest: bool) -> list[Take]:
    if count is None:
        return takes
    return _cheapest_units(takes, count) if cheapest else _first_units(sorted(takes, key=dearest_first), count)


def calculate_discount(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """percent_discount and amount_discount: off the sum of the matching units, or an amount off each of them."""
    rule = promotion.rule
    if not rule.each_unit:
        return discount_sum(promotion, rule.items, rule.value, matches, runs)
    takes = free_units(promotion, matches.lines(rule.items), matches, runs)
    if rule.max_units is not None:
        takes = sorted(_picked([take for take in takes if take[4]], rule.max_units, rule.cheapest))
    return _off_each(Outcome(promotion), takes, _savings(rule.value, takes), matches, runs)


def calculate_bogo(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """Of the free units some are bought and some get the percentage off: contract, section 4."""
    rule = promotion.rule
    pool = free_units(promotion, matches.lines(rule.buy), matches, runs)
    if rule.get is None:
        times, bought, gotten = _one_pool(promotion, pool)
    else:
        times, bought, gotten = _two_pools(promotion, pool, matches, runs)
    gotten.sort()
    wanted = percent_of(sum_of(gotten), rule.basis_points)
    return discount_units(Outcome(promotion, times), gotten, weights_of(gotten, matches), wanted, runs, bought)


def _at_most(promotion: Promotion, times: int) -> int:
    return times if promotion.per_basket is None else min(times, promotion.per_basket)


def _one_pool(promotion: Promotion, pool: list[Take]) -> tuple[int, list[Take], list[Take]]:
    rule = promotion.rule
    buy, get = rule.buy_quantity, rule.get_quantity
    times = _at_most(promotion, sum(take[3] for take in pool) // (buy + get))
    dearest = sorted(pool, key=dearest_first)
    if not rule.dearest:
        return times, _first_units(dearest, times * buy), _cheapest_units(pool, times * get)
    bought: list[Take] = []
    gotten: list[Take] = []
    for position, unit in enumerate(_single_units(_first_units(dearest, times * (buy + get)))):
        (bought if position % (buy + get) < buy else gotten).append(unit)
    return times, bought, gotten


def _single_units(takes: list[Take]) -> Iterable[Take]:
    for line, run, first, units, price in takes:
        for offset in range(units):
            yield line, run, first + offset, 1, price


def _two_pools(
    promotion: Promotion, pool: list[Take], matches: Matches, runs: list[Runs]
) -> tuple[int, list[Take], list[Take]]:
    rule = promotion.rule
    buy_lines = set(matches.lines(rule.buy))
    get_lines = matches.lines(rule.get)
    offered = free_units(promotion, get_lines, matches, runs)
    buyable = sum(take[3] for take in pool)
    gettable = sum(take[3] for take in offered)
    either = buyable + sum(take[3] for take in offered if take[0] not in buy_lines)
    buy, get = rule.buy_quantity, rule.get_quantity
    times = _at_most(promotion, min(buyable // buy, gettable // get, either // (buy + get)))
    spare, wanted = buyable - times * buy, times * get
    gotten: list[Take] = []
    left = {take[:2]: take for take in pool}
    for take in sorted(offered, key=dearest_first if rule.dearest else cheapest_first):
        line, run, _, units, price = take
        taken = min(units, wanted, spare) if line in buy_lines else min(units, wanted)
        if not taken:
            continue
        wanted -= taken
        first = 0 if rule.dearest else units - taken
        gotten.append((line, run, first, taken, price))
        if line in buy_lines:
            spare -= taken
            left[line, run] = (line, run, taken if rule.dearest else 0, units - taken, price)
    rest = sorted((take for take in left.values() if take[3]), key=dearest_first)
    return times, _first_units(rest, times * buy), gotten


def calculate_sets(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """combo, package and mix_match: the complete sets of free units with the greatest saving."""
    rule, value = promotion.rule, promotion.rule.value
    slots = Slots([(matches.lines(selector), quantity) for selector, quantity in rule.slots])
    takes = sorted(free_units(promotion, slots.masks, matches, runs), key=dearest_first)
    units: dict[int, int] = {}
    for take in takes:
        units[take[0]] = units.get(take[0], 0) + take[3]
    most = _at_most(promotion, slots.most_sets(units))
    if not most:
        return Outcome(promotion)
    if rule.cheapest:
        chosen, sets = _cheapest_units(takes, most * slots.places), most
    else:
        choice = SetChoice(slots, [(slots.masks[take[0]], take[3], take[4]) for take in takes])
        sets = choice.best_number(most, _saving_of(value))
        counts = choice.dearest(sets)[1]
        chosen = [(*take[:3], count, take[4]) for take, count in zip(takes, counts, strict=True) if count]
    chosen.sort()
    total = sum_of(chosen)
    wanted = _saving_of(value)(sets, total)
    if value.basis_points is not None:
        wanted = percent_of(total, value.basis_points)
    return discount_units(Outcome(promotion, sets), chosen, weights_of(chosen, matches), wanted, runs)


def _saving_of(value: Value) -> Callable[[int, int], int]:
    """The saving of `sets` sets whose units cost `total`; of a percentage, for comparison, in basis points."""
    if value.price is not None:
        price = value.price
        return lambda sets, total: total - sets * price
    if value.amount is not None:
        amount = value.amount
        return lambda sets, total: min(sets * amount, total)
    return lambda _, total: total


def calculate_free_item(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """Gift units in the basket become free, missing ones are named."""
    rule = promotion.rule
    times = _free_item_times(promotion, matches, runs if promotion.measures_remaining else matches.rung_up)
    return _give(Outcome(promotion, times), rule.gift, times * rule.gift.quantity, matches, runs)


def _free_item_times(promotion: Promotion, matches: Matches, runs: list[Runs]) -> int:
    """The greatest number of times that the basket without the gifts of all of them still meets the condition."""
    rule = promotion.rule
    on_spend = rule.min_spend is not None
    need = rule.min_spend if on_spend else rule.quantity

    def measured(times: int) -> int:
        return measured_without(rule.gift, times * rule.gift.quantity, rule.items, matches, runs, on_spend)

    high = _at_most(promotion, measured(0) // need) if rule.repeat else 1
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        if measured(middle) >= middle * need:
            low = middle
        else:
            high = middle - 1
    return low


def _give(outcome: Outcome, gift: Gift, quantity: int, matches: Matches, runs: list[Runs]) -> Outcome:
    """Free the earliest gift units that still cost something or never did, and name what is missing."""
    promotion, prices = outcome.promotion, matches.basket.prices
    lines = matches.lines(gift.selector)
    present = sum(units for line in lines for units, price, _ in runs[line] if price or not prices[line])
    takes = free_units(promotion, lines, matches, runs)
    freed = _first_units([take for take in takes if take[4] or not prices[take[0]]], quantity)
    outcome.adding(gift, quantity - present)
    discount_units(outcome, freed, weights_of(freed, matches), sum_of(freed), runs)
    if outcome.gift and not outcome.discount and promotion.bundle:
        claim_units(outcome, freed, runs)
    return outcome


def calculate_upsell(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """Offered units get the value, as many as the triggers allow; those that are not in the basket are suggested."""
    rule = promotion.rule
    times = _at_most(promotion, trigger_units(rule, matches) // rule.trigger_quantity)
    outcome, wanted = Outcome(promotion, times), times * rule.offer_quantity
    lines = matches.lines(rule.offer)
    takes = [take for take in free_units(promotion, lines, matches, runs) if take[4]]
    if rule.value.basis_points is None:
        by_take = dict(zip(takes, _savings(rule.value, takes), strict=True))
        takes = [take for take in takes if by_take[take]]
        if rule.pick is None:
            takes = sorted(takes, key=lambda take: (-by_take[take], take[0], take[1]))
            chosen = sorted(_first_units(takes, wanted))
        else:
            chosen = sorted(_picked(takes, wanted, rule.pick == "lowest_price"))
        _off_each(outcome, chosen, _savings(rule.value, chosen), matches, runs)
    else:
        chosen = sorted(_picked(takes, wanted, rule.pick == "lowest_price"))
        wanted_off = value_off_sum(promotion, rule.value, chosen, matches)
        discount_units(outcome, chosen, weights_of(chosen, matches), wanted_off, runs)
    offered = matches.units(rule.offer)
    if offered < wanted:
        suggestion = {"promotion": promotion.code, "quantity": wanted - offered, "message": rule.message}
        outcome.suggestion = suggestion
    return outcome


def calculate_threshold(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """The highest tier that is reached, once or, repeating, once per multiple."""
    rule = promotion.rule
    measured = tier_measure(rule, matches, runs if promotion.measures_remaining else matches.rung_up)
    tier = next((tier for tier in reversed(rule.tiers) if measured(tier) >= tier.at), None)
    if tier is None:
        return Outcome(promotion)
    times = _at_most(promotion, measured(tier) // tier.at) if rule.repeat else 1
    outcome = Outcome(promotion, times)
    if tier.gift is not None:
        return _give(outcome, tier.gift, tier.gift.quantity, matches, runs)
    if tier.value.price is None:
        return discount_sum(promotion, rule.items, tier.value, matches, runs, times)
    takes = free_units(promotion, matches.lines(rule.items), matches, runs)
    return _off_each(outcome, takes, _savings(tier.value, takes), matches, runs)


def calculate_payment_discount(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """Off what is left to pay."""
    return discount_sum(promotion, promotion.rule.items, promotion.rule.value, matches, runs)


def calculate_cashback(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """Given back after the purchase, at most what the units still cost, floors or not."""
    rule, outcome = promotion.rule, Outcome(promotion)
    takes = free_units(promotion, matches.lines(rule.items), matches, runs)
    amount = value_off_sum(promotion, rule.value, takes, matches)
    if promotion.cap is not None:
        amount = min(amount, promotion.cap)
    if amount > 0:
        reward = {"promotion": promotion.code, "kind": "cashback", "amount": amount, "credit": rule.credit}
        outcome.reward, outcome.worth = reward, amount
    return outcome


def calculate_cross_brand(promotion: Promotion, matches: Matches, runs: list[Runs]) -> Outcome:
    """Net spend at the earn brands, or one visit; a job issues the voucher."""
    rule, outcome = promotion.rule, Outcome(promotion)
    lines = matches.lines(rule.items)
    head = {"promotion": promotion.code, "kind": "cross_brand"}
    if rule.visits:
        outcome.reward = {**head, "visits": 1} if lines else None
    else:
        spend = sum_of(free_units(promotion, lines, matches, runs))
        outcome.reward = {**head, "amount": spend} if spend else None
    return outcome


CALCULATIONS: dict[str, Callable[[Promotion, Matches, list[Runs]], Outcome]] = {
    "percent_discount": calculate_discount,
    "amount_discount": calculate_discount,
    "happy_hour": calculate_discount,
    "bogo": calculate_bogo,
    "combo": calculate_sets,
    "package": calculate_sets,
    "mix_match": calculate_sets,
    "free_item": calculate_free_item,
    "upsell": calculate_upsell,
    "threshold": calculate_threshold,
    "payment_discount": calculate_payment_discount,
    "cashback": calculate_cashback,
    "cross_brand": calculate_cross_brand,
}
