"""What each type gives when its turn comes: one function a type, from the units as they are to an Outcome.

`runs` holds, line by line, the units that are alike: (how many, what each still costs, claimed). The functions change
nothing; an Outcome says what each line becomes, and `apply` puts that in place. Source: contract, sections 1, 3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from portal.engine.basket import Run, Runs
from portal.engine.conditions import measured_without, tier_measure, trigger_units
from portal.engine.money import allocate, percent_of
from portal.engine.promotion import ITEM, Gift, Promotion, Value
from portal.engine.selectors import Matches, Selector
from portal.engine.sets import SetChoice, Slots

Take = tuple[int, int, int, int, int]
"""Units that are taken: (line, run, first unit within the run, how many, what each costs)."""
Piece = tuple[int, int, int, int, bool]
"""Units of a line that change: (run, first unit within the run, how many, off each, claimed)."""
Change = tuple[int, Runs, int, int]
"""A line that changes: (line, its runs afterwards, what is off, units with a discount above 0)."""


class Outcome:
    """What one promotion gives at its turn; all zero and empty when it gives nothing.

    `worth` is the benefit to the shopper: discount, cashback and the price of gifts to add (minor units).
    """

    __slots__ = ("changes", "discount", "gift", "promotion", "reward", "suggestion", "times", "unmet", "worth")

    def __init__(self, promotion: Promotion, times: int = 1) -> None:
        self.promotion = promotion
        self.times = times
        self.discount = 0
        self.worth = 0
        self.changes: list[Change] = []
        self.gift: dict[str, Any] | None = None
        self.reward: dict[str, Any] | None = None
        self.suggestion: dict[str, Any] | None = None
        self.unmet = 0
        """What a spend that is read on remaining prices lacks (minor units)."""

    @property
    def gives(self) -> bool:
        return bool(self.discount or self.gift or self.reward)

    def adding(self, gift: Gift, units: int) -> None:
        """Name gift units that are not in the basket."""
        if units > 0:
            self.gift = {"promotion": self.promotion.code, "sku": gift.sku, "quantity": units}
            self.worth += units * gift.unit_price

    def settle(self, wanted: int, most: int) -> int:
        """Note the discount: what is wanted, at most the cap and what the units can lose (`most`)."""
        cap = self.promotion.cap
        amount = min(wanted, most) if cap is None else min(wanted, most, cap)
        if amount > 0:
            self.discount = amount
            self.worth += amount
            return amount
        return 0


def apply(outcome: Outcome, runs: list[Runs]) -> list[Runs]:
    """The runs after an outcome; lines that it leaves alone are shared with `runs`."""
    if not outcome.changes:
        return runs
    changed = runs.copy()
    for line, after, _, _ in outcome.changes:
        changed[line] = after
    return changed


def discount_units(
    outcome: Outcome, takes: list[Take], weights: list[int], wanted: int, runs: list[Runs], bought: Iterable[Take] = ()
) -> Outcome:
    """Share `wanted` over `takes` by `weights` (what each unit can lose).

    A bundle claims the units that it takes and those that are `bought` with them.
    """
    groups = [(take[3], weight) for take, weight in zip(takes, weights, strict=True)]
    amount = outcome.settle(wanted, sum(units * weight for units, weight in groups))
    if not amount:
        return outcome
    claims = outcome.promotion.bundle
    pieces: dict[int, list[Piece]] = {}
    for take, (share, extra) in zip(takes, allocate(amount, groups), strict=True):
        line, run, first, units, _ = take
        own = pieces.setdefault(line, [])
        if extra:
            own.append((run, first, extra, share + 1, claims))
        if units > extra:
            own.append((run, first + extra, units - extra, share, claims))
    _change(outcome, pieces, bought, runs)
    return outcome


def claim_units(outcome: Outcome, takes: list[Take], runs: list[Runs]) -> None:
    """Claim units that nothing is taken off."""
    _change(outcome, {}, takes, runs)


def _change(outcome: Outcome, pieces: dict[int, list[Piece]], claimed: Iterable[Take], runs: list[Runs]) -> None:
    for line, run, first, units, _ in claimed:
        pieces.setdefault(line, []).append((run, first, units, 0, True))
    for line, own in pieces.items():
        own.sort()
        off = sum(count * each for _, _, count, each, _ in own)
        discounted = sum(count for _, _, count, each, _ in own if each)
        outcome.changes.append((line, _changed_line(runs[line], own), off, discounted))


def _changed_line(before: Runs, pieces: list[Piece]) -> Runs:
    after: list[Run] = []
    upcoming = iter(pieces)
    piece = next(upcoming, None)
    for position, (units, price, claimed) in enumerate(before):
        done = 0
        while piece is not None and piece[0] == position:
            _, first, count, off, claims = piece
            if first > done:
                _append(after, first - done, price, claimed)
            _append(after, count, price - off, claimed or claims)
            done = first + count
            piece = next(upcoming, None)
        if done < units:
            _append(after, units - done, price, claimed)
    return tuple(after)


def _append(runs: list[Run], units: int, price: int, claimed: bool) -> None:
    """Add units to the runs of a line; alike neighbours are one run."""
    if runs:
        last = runs[-1]
        if last[1] == price and last[2] is claimed:
            runs[-1] = (last[0] + units, price, claimed)
            return
    runs.append((units, price, claimed))


def discount_sum(
    promotion: Promotion, items: Selector, value: Value, matches: Matches, runs: list[Runs], times: int = 1
) -> Outcome:
    """A percentage or `times` an amount off the sum of the units of `items` that the promotion may take.

    The same as discount_units over all of free_units, in one go: most of a till's time is spent here.
    """
    outcome, lines = Outcome(promotion, times), matches.lines(items)
    if promotion.full_price_only:
        takes = free_units(promotion, lines, matches, runs)
        wanted = value_off_sum(promotion, value, takes, matches, times)
        return discount_units(outcome, takes, _weights(takes, matches), wanted, runs)
    floors, claimed_too = matches.basket.floors, promotion.phase != ITEM
    left = total = 0
    groups = []
    for line in lines:
        floor = floors[line]
        for units, price, claimed in runs[line]:
            if claimed_too or not claimed:
                weight = price - floor
                left += units * price
                total += units * weight
                groups.append((units, weight))
    if value.basis_points is None:
        wanted = times * (value.amount or 0)
    elif promotion.base_original:
        wanted = percent_of(_gross_of_free(lines, claimed_too, matches, runs), value.basis_points)
    else:
        wanted = percent_of(left, value.basis_points)
    amount = outcome.settle(min(wanted, left), total)
    if amount:
        _change_whole_runs(outcome, lines, allocate(amount, groups, total), claimed_too, runs)
    return outcome


def _gross_of_free(lines: list[int], claimed_too: bool, matches: Matches, runs: list[Runs]) -> int:
    prices = matches.basket.prices
    return sum(units * prices[line] for line in lines for units, _, claimed in runs[line] if claimed_too or not claimed)


def _change_whole_runs(
    outcome: Outcome, lines: list[int], shares: list[tuple[int, int]], claimed_too: bool, runs: list[Runs]
) -> None:
    """Take shares, (off each, units that lose one more), off all runs of some lines that may be taken, in order."""
    upcoming, changes = iter(shares), outcome.changes
    for line in lines:
        before = runs[line]
        if len(before) == 1:
            units, price, claimed = before[0]
            if claimed and not claimed_too:
                continue
            share, extra = next(upcoming)
            if not extra:
                if share:
                    changes.append((line, ((units, price - share, claimed),), units * share, units))
            elif extra == units:
                changes.append((line, ((units, price - share - 1, claimed),), units * share + units, units))
            else:
                after = ((extra, price - share - 1, claimed), (units - extra, price - share, claimed))
                changes.append((line, after, units * share + extra, units if share else extra))
        else:
            change = _change_some_runs(line, before, upcoming, claimed_too)
            if change[2]:
                changes.append(change)


def _change_some_runs(line: int, before: Runs, upcoming: Iterator[tuple[int, int]], claimed_too: bool) -> Change:
    """The change of a line whose units are not all alike."""
    off = discounted = 0
    after: list[Run] = []
    for run in before:
        units, price, claimed = run
        if claimed and not claimed_too:
            _append(after, *run)
            continue
        share, extra = next(upcoming)
        off += units * share + extra
        discounted += units if share else extra
        if extra:
            _append(after, extra, price - share - 1, claimed)
        if units > extra:
            _append(after, units - extra, price - share, claimed)
    return line, tuple(after), off, discounted


def free_units(promotion: Promotion, lines: Iterable[int], matches: Matches, runs: list[Runs]) -> list[Take]:
    """The units of some lines that a promotion may take: in the item phase unclaimed ones, and where it wants full
    prices those without a discount."""
    claimed_too = promotion.phase != ITEM
    takes = []
    full_prices = matches.basket.prices if promotion.full_price_only else None
    for line in lines:
        for run, (units, price, claimed) in enumerate(runs[line]):
            if (claimed_too or not claimed) and (full_prices is None or price == full_prices[line]):
                takes.append((line, run, 0, units, price))
    return takes


def _weights(takes: list[Take], matches: Matches) -> list[int]:
    """What each unit can still lose: its remaining price minus its floor."""
    floors = matches.basket.floors
    return [take[4] - floors[take[0]] for take in takes]


def _sum(takes: list[Take]) -> int:
    return sum(take[3] * take[4] for take in takes)


def value_off_sum(promotion: Promotion, value: Value, takes: list[Take], matches: Matches, times: int = 1) -> int:
    """A percentage of the sum of some units, gross where the promotion says so, or `times` an amount off it."""
    left = _sum(takes)
    if value.basis_points is None:
        return min(times * (value.amount or 0), left)
    base = left
    if promotion.base_original:
        prices = matches.basket.prices
        base = sum(take[3] * prices[take[0]] for take in takes)
    return min(percent_of(base, value.basis_points), left)


def _savings(value: Value, takes: list[Take]) -> list[int]:
    """What an amount or a price would take off each unit, floors aside."""
    if value.amount is not None:
        return [min(value.amount, take[4]) for take in takes]
    return [max(take[4] - (value.price or 0), 0) for take in takes]


def _off_each(outcome: Outcome, takes: list[Take], savings: list[int], matches: Matches, runs: list[Runs]) -> Outcome:
    """Take a saving off each unit, down to its floor; a cap is shared by the uncut savings."""
    uncut = [min(saving, most) for saving, most in zip(savings, _weights(takes, matches), strict=True)]
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
    wanted = percent_of(_sum(gotten), rule.basis_points)
    return discount_units(Outcome(promotion, times), gotten, _weights(gotten, matches), wanted, runs, bought)


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
    total = _sum(chosen)
    wanted = _saving_of(value)(sets, total)
    if value.basis_points is not None:
        wanted = percent_of(total, value.basis_points)
    return discount_units(Outcome(promotion, sets), chosen, _weights(chosen, matches), wanted, runs)


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
    discount_units(outcome, freed, _weights(freed, matches), _sum(freed), runs)
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
        discount_units(outcome, chosen, _weights(chosen, matches), wanted_off, runs)
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
        spend = _sum(free_units(promotion, lines, matches, runs))
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
