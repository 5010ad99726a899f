"""What a promotion does to the units of a basket: the Outcome, and sharing a discount over units.

`runs` holds, line by line, the units that are alike: (how many, what each still costs, claimed). Nothing here changes
them: an Outcome says what each line becomes, and `apply` puts that in place. Source: contract, sections 1 and 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from portal.engine.basket import Run, Runs
from portal.engine.money import allocate, percent_of
from portal.engine.promotion import Promotion
from portal.engine.rules import ITEM, Gift, Value
from portal.engine.selectors import Matches, Selector

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


def apply(outcome: Outcome, runs: list[Runs], touched: int) -> tuple[list[Runs], int]:
    """The runs after an outcome, and the lines that were touched so far (bits); other lines are shared with `runs`."""
    if not outcome.changes:
        return runs, touched
    changed = runs.copy()
    for line, after, _, _ in outcome.changes:
        changed[line] = after
        touched |= 1 << line
    return changed, touched


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
        return discount_units(outcome, takes, weights_of(takes, matches), wanted, runs)
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


def weights_of(takes: list[Take], matches: Matches) -> list[int]:
    """What each unit can still lose: its remaining price minus its floor."""
    floors = matches.basket.floors
    return [take[4] - floors[take[0]] for take in takes]


def sum_of(takes: list[Take]) -> int:
    """What some units cost together."""
    return sum(take[3] * take[4] for take in takes)


def value_off_sum(promotion: Promotion, value: Value, takes: list[Take], matches: Matches, times: int = 1) -> int:
    """A percentage of the sum of some units, gross where the promotion says so, or `times` an amount off it."""
    left = sum_of(takes)
    if value.basis_points is None:
        return min(times * (value.amount or 0), left)
    base = left
    if promotion.base_original:
        prices = matches.basket.prices
        base = sum(take[3] * prices[take[0]] for take in takes)
    return min(percent_of(base, value.basis_points), left)
