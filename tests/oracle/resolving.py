"""Which of the candidates are applied: every combination tried by a full application, or the walk by priority."""

from itertools import product
from typing import Any

from tests.oracle.giving import Turn, could_claim, could_discount, new_state, take_turn
from tests.oracle.promotion import BUNDLES, Promotion, Unit, order, phase, rank, seen, stacking

MOST_COMBINATIONS = 64


def apply(members: list[Promotion], units: list[Unit]) -> list[tuple[Promotion, Turn]]:
    """Each member's turn, in order of application, on a fresh basket."""
    state = new_state(units)
    return [(promotion, take_turn(promotion, state)) for promotion in sorted(members, key=order)]


def alone(promotion: Promotion, units: list[Unit]) -> Turn:
    """The promotion alone on the basket."""
    return apply([promotion], units)[0][1]


def benefit(members: list[Promotion], units: list[Unit]) -> int:
    """What the members together give."""
    return sum(turn.benefit for _, turn in apply(members, units))


def mode(promotion: Promotion) -> str:
    """stackable, exclusive or group."""
    return stacking(promotion, "mode", "stackable")


def conflict(one: Promotion, other: Promotion) -> bool:
    """An exclusive conflicts with every other, members of a group with each other."""
    if "exclusive" in (mode(one), mode(other)):
        return True
    return mode(one) == mode(other) == "group" and one["stacking"]["group"] == other["stacking"]["group"]


def by_priority(candidates: list[Promotion]) -> list[Promotion]:
    """Walk by rank, take each that conflicts with none already taken."""
    taken: list[Promotion] = []
    for promotion in sorted(candidates, key=rank):
        if not any(conflict(promotion, member) for member in taken):
            taken.append(promotion)
    return taken


def best(candidates: list[Promotion], units: list[Unit]) -> list[Promotion]:
    """The combination or exclusive with the greatest benefit."""
    ranked = sorted(candidates, key=rank)
    tried = [(combination, 0) for combination in combinations(ranked, units)]
    tried += [([promotion], 1) for promotion in ranked if mode(promotion) == "exclusive"]
    if len(tried) > 1:
        tried = [entry for entry in tried if entry[0]]

    def standing(entry: tuple[list[Promotion], int]) -> tuple[Any, ...]:
        members, exclusive = entry
        places = sorted(ranked.index(member) for member in members)
        return (-benefit(members, units), exclusive, -len(members), places)

    return min(tried, key=standing)[0]


def combinations(ranked: list[Promotion], units: list[Unit]) -> list[list[Promotion]]:
    """All stackable candidates, with or without each contested one, and one member of each group."""
    stackable = [promotion for promotion in ranked if mode(promotion) == "stackable"]
    contested = [promotion for promotion in stackable if is_contested(promotion, ranked, units)]
    sure = [promotion for promotion in stackable if promotion not in contested]
    names = sorted({promotion["stacking"]["group"] for promotion in ranked if mode(promotion) == "group"})
    groups = [[p for p in ranked if mode(p) == "group" and p["stacking"]["group"] == name] for name in names]
    number = 2 ** len(contested)
    for group in groups:
        number *= len(group)
    if number > MOST_COMBINATIONS:
        return [stackable + [min(group, key=lambda p: (-alone(p, units).benefit, rank(p))) for group in groups]]
    made = []
    for kept in product([True, False], repeat=len(contested)):
        chosen = [promotion for promotion, keep in zip(contested, kept, strict=True) if keep]
        made += [sure + chosen + list(members) for members in product(*groups)]
    return made


def is_contested(promotion: Promotion, ranked: list[Promotion], units: list[Unit]) -> bool:
    """True where leaving the stackable promotion out could be better for the shopper."""
    others = [other for other in ranked if other is not promotion]
    if promotion["type"] in BUNDLES:
        mine = could_claim(promotion, units)
        for other in others:
            if phase(other) == "item" and any(unit in mine for unit in reach(other, units)):
                return True
    if phase(promotion) == "reward":
        return False
    touched = could_discount(promotion, units)
    later = [other for other in others if order(other) > order(promotion) and reads_remaining(other)]
    return any(unit in touched for other in later for unit in seen(other, units))


def reach(promotion: Promotion, units: list[Unit]) -> list[Unit]:
    """The units of the selectors by which an item-phase promotion discounts or claims."""
    return could_claim(promotion, units) if promotion["type"] in BUNDLES else could_discount(promotion, units)


def reads_remaining(promotion: Promotion) -> bool:
    """True for a promotion that reads a spend on remaining prices when its turn comes."""
    if stacking(promotion, "measure", "rung_up") == "remaining":
        return True
    return promotion["type"] in ("payment_discount", "cashback") and promotion["rule"].get("min_spend") is not None
