"""Which units make the sets of a combo, package or mix_match: every subset for small baskets, exact for large ones."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

from tests.oracle.measuring import most_filled
from tests.oracle.promotion import Promotion, Unit, limit, matches, slots_of

MOST_SUBSETS = 1000


@dataclass(frozen=True)
class Choice:
    """k sets of these units, and the saving before rounding, in ten-thousandths."""

    times: int
    units: tuple[Unit, ...]
    saving: int


def saving(promotion: Promotion, times: int, total: int) -> int:
    """What k sets of this sum save, in ten-thousandths of a minor unit."""
    rule = promotion["rule"]
    if rule.get("price") is not None:
        return (total - times * rule["price"]) * 10_000
    if rule.get("amount") is not None:
        return min(times * rule["amount"], total) * 10_000
    return total * rule["basis_points"]


def choose(promotion: Promotion, free: list[Unit], cost: Callable[[Unit], int]) -> Choice | None:
    """The sets with the greatest positive saving; ties: fewer sets, the greater sum, the earlier positions."""
    slots = slots_of(promotion)
    places = sum(quantity for _, quantity in slots)
    usable = [unit for unit in free if any(matches(selector, unit) for selector, _ in slots)]
    bound = limit(promotion, "per_basket")
    most = len(usable) // places if bound is None else min(bound, len(usable) // places)
    if promotion["rule"].get("pick") == "lowest_price":
        return cheapest(promotion, usable, cost, most, places)
    best: tuple[Any, ...] | None = None
    chosen: Choice | None = None
    for times in range(1, most + 1):
        for units in candidates(slots, times, places, usable, cost):
            total = sum(cost(unit) for unit in units)
            gain = saving(promotion, times, total)
            standing = (-gain, times, -total, tuple(unit.position for unit in units))
            if gain > 0 and (best is None or standing < best):
                best, chosen = standing, Choice(times, units, gain)
    return chosen


def cheapest(
    promotion: Promotion, usable: list[Unit], cost: Callable[[Unit], int], most: int, places: int
) -> Choice | None:
    """The greatest k whose cheapest units save something."""
    rising = sorted(usable, key=lambda unit: (cost(unit), -unit.position))
    for times in range(most, 0, -1):
        units = tuple(sorted(rising[: times * places], key=lambda unit: unit.position))
        gain = saving(promotion, times, sum(cost(unit) for unit in units))
        if gain > 0:
            return Choice(times, units, gain)
    return None


def candidates(
    slots: list[tuple[dict[str, Any], int]], times: int, places: int, usable: list[Unit], cost: Callable[[Unit], int]
) -> list[tuple[Unit, ...]]:
    """Every choice of units that fills k sets, ascending; for large baskets the one of greatest sum."""
    wanted = [(selector, quantity * times) for selector, quantity in slots]
    if comb(len(usable), times * places) <= MOST_SUBSETS:
        subsets = combinations(usable, times * places)
        return [subset for subset in subsets if most_filled(wanted, list(subset)) == times * places]
    greatest = dearest_first(wanted, usable, cost)
    return [greatest] if len(greatest) == times * places else []


def dearest_first(
    wanted: list[tuple[dict[str, Any], int]], usable: list[Unit], cost: Callable[[Unit], int]
) -> tuple[Unit, ...]:
    """Dearest first (the earlier of equals), kept while all that are kept can still be placed."""
    kept: list[Unit] = []
    for unit in sorted(usable, key=lambda unit: (-cost(unit), unit.position)):
        if most_filled(wanted, [*kept, unit]) == len(kept) + 1:
            kept.append(unit)
    return tuple(sorted(kept, key=lambda unit: unit.position))
