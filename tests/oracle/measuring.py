"""What the conditions count: spends and quantities, and how much is missing."""

from collections.abc import Callable
from typing import Any

from tests.oracle.promotion import SETS, Promotion, Unit, limit, matches, one_pool, seen, slots_of

Price = Callable[[Unit], int]
Reason = tuple[str, dict[str, int]]


def gross(unit: Unit) -> int:
    """The price as rung up."""
    return unit.gross


def shortfall(promotion: Promotion, units: list[Unit]) -> Reason | None:
    """minimum_spend or missing_items on the basket as rung up, each with the greatest amount missing."""
    mine = seen(promotion, units)
    spends = spend_gaps(promotion, mine, gross) + [
        wanted["spend"] - spend(matching(wanted.get("items"), mine), gross)
        for wanted in promotion.get("requires") or []
        if wanted.get("spend") is not None
    ]
    if max(spends, default=0) > 0:
        return ("minimum_spend", {"missing": max(spends)})
    counts = unit_gaps(promotion, mine) + [
        wanted["quantity"] - len(matching(wanted.get("items"), mine))
        for wanted in promotion.get("requires") or []
        if wanted.get("quantity") is not None
    ]
    if max(counts, default=0) > 0:
        return ("missing_items", {"missing": max(counts)})
    return None


def matching(selector: dict[str, Any] | None, units: list[Unit]) -> list[Unit]:
    """The units that a selector takes."""
    return [unit for unit in units if matches(selector, unit)]


def spend(units: list[Unit], price: Price) -> int:
    """The sum of the units' prices."""
    return sum(price(unit) for unit in units)


def spend_gaps(promotion: Promotion, mine: list[Unit], price: Price) -> list[int]:
    """What is missing to each spend that the rule reads (0 or less: nothing)."""
    rule, kind = promotion["rule"], promotion["type"]
    if kind == "free_item":
        when = rule["when"]
        if when.get("min_spend") is None:
            return []
        return [when["min_spend"] - spend(matching(when.get("items"), without_gifts(mine, rule["gift"], 1)), price)]
    if kind == "threshold":
        if rule.get("on") == "quantity":
            return []
        return [min(tier["at"] - spend(tier_units(promotion, tier, mine), price) for tier in rule["tiers"])]
    gaps = []
    if rule.get("min_spend") is not None:
        gaps.append(rule["min_spend"] - spend(matching(rule.get("items"), mine), price))
    if rule.get("min_basket") is not None:
        gaps.append(rule["min_basket"] - spend(mine, price))
    return gaps


def unit_gaps(promotion: Promotion, mine: list[Unit]) -> list[int]:
    """How many units are missing, by each condition of the rule (0 or less: none)."""
    rule, kind = promotion["rule"], promotion["type"]
    if kind in SETS:
        return [places_missing(slots_of(promotion), mine)]
    if kind == "bogo":
        return [places_missing(bogo_places(promotion), mine)]
    if kind == "upsell":
        return [(rule["trigger"].get("quantity") or 1) - len(triggering(promotion, mine))]
    if kind == "free_item":
        when = rule["when"]
        if when.get("min_spend") is not None:
            return []
        counted = matching(when.get("items"), without_gifts(mine, rule["gift"], 1))
        return [(when.get("quantity") or 1) - len(counted)]
    if kind == "threshold":
        if rule.get("on") != "quantity":
            return []
        return [min(tier["at"] - len(tier_units(promotion, tier, mine)) for tier in rule["tiers"])]
    found = touched(promotion, mine)
    return [(rule.get("min_quantity") or 1) - len(found)]


def touched(promotion: Promotion, mine: list[Unit]) -> list[Unit]:
    """The matching units of a rule with one selector (cross_brand: those of the earn brands)."""
    rule = promotion["rule"]
    if promotion["type"] == "cross_brand":
        brands = rule["earn"].get("brands") or []
        return [unit for unit in mine if not brands or unit.brand in brands]
    return matching(rule.get("items"), mine)


def without_gifts(mine: list[Unit], gift: dict[str, Any], times: int) -> list[Unit]:
    """The units without the first `times * quantity` of the gift (as many as are there)."""
    gifts = [unit for unit in mine if unit.sku == gift["sku"]]
    left_out = gifts[: times * (gift.get("quantity") or 1)]
    return [unit for unit in mine if unit not in left_out]


def tier_units(promotion: Promotion, tier: dict[str, Any], mine: list[Unit]) -> list[Unit]:
    """What a tier counts: the matching units, without the first of its own gift."""
    counted = mine if tier.get("gift") is None else without_gifts(mine, tier["gift"], 1)
    return matching(promotion["rule"].get("items"), counted)


def tier_reached(promotion: Promotion, mine: list[Unit], price: Price) -> dict[str, Any] | None:
    """The highest tier reached."""
    reached = []
    for tier in promotion["rule"]["tiers"]:
        counted = tier_units(promotion, tier, mine)
        measure = len(counted) if promotion["rule"].get("on") == "quantity" else spend(counted, price)
        if measure >= tier["at"]:
            reached.append(tier)
    return max(reached, key=lambda tier: tier["at"], default=None)


def multiples(promotion: Promotion, tier: dict[str, Any], mine: list[Unit], price: Price) -> int:
    """How often a repeating threshold applies."""
    counted = tier_units(promotion, tier, mine)
    measure = len(counted) if promotion["rule"].get("on") == "quantity" else spend(counted, price)
    return at_most(measure // tier["at"], limit(promotion, "per_basket"))


def at_most(times: int, bound: int | None) -> int:
    """The times, bounded where there is a bound."""
    return times if bound is None else min(times, bound)


def gift_times(promotion: Promotion, mine: list[Unit], price: Price) -> int:
    """How often a free_item's condition is met by the basket without as many of its gifts."""
    rule = promotion["rule"]
    when, gift = rule["when"], rule["gift"]
    present = sum(unit.sku == gift["sku"] for unit in mine)

    def met(times: int) -> bool:
        counted = matching(when.get("items"), without_gifts(mine, gift, times))
        if when.get("min_spend") is not None:
            return spend(counted, price) >= times * when["min_spend"]
        return len(counted) >= times * (when.get("quantity") or 1)

    bound = limit(promotion, "per_basket")
    most = at_most(10**13, bound) if rule.get("repeat") else 1
    times = 0
    # One more time takes more gifts out and asks for more: once it fails it fails for good.
    while times < most and times <= present and met(times + 1):
        times += 1
    if times <= present:
        return times
    # From here on no gift is left to take out, and the condition divides.
    counted = matching(when.get("items"), without_gifts(mine, gift, times))
    if when.get("min_spend") is not None:
        return min(most, spend(counted, price) // when["min_spend"])
    return min(most, len(counted) // (when.get("quantity") or 1))


def triggering(promotion: Promotion, mine: list[Unit]) -> list[Unit]:
    """The units of an upsell that match the trigger and not the offer."""
    rule = promotion["rule"]
    return [
        unit
        for unit in mine
        if matches(rule["trigger"].get("items"), unit) and not matches(rule["offer"].get("items"), unit)
    ]


def bogo_places(promotion: Promotion) -> list[tuple[dict[str, Any], int]]:
    """The places of one bogo set: (selector, quantity)."""
    buy, get = promotion["rule"]["buy"], promotion["rule"]["get"]
    pool = buy.get("items") or {}
    wanted = pool if one_pool(promotion) else get["items"]
    return [(pool, buy.get("quantity") or 1), (wanted, get.get("quantity") or 1)]


def places_missing(slots: list[tuple[dict[str, Any], int]], units: list[Unit]) -> int:
    """The places of one set minus the most that can be filled at once."""
    return sum(quantity for _, quantity in slots) - most_filled(slots, units)


def most_filled(slots: list[tuple[dict[str, Any], int]], units: list[Unit]) -> int:
    """The most places that the units can fill, each unit one place: unit by unit, moving earlier ones aside."""
    selectors = [selector for selector, quantity in slots for _ in range(min(quantity, len(units)))]
    fitting = {unit.position: [place for place, one in enumerate(selectors) if matches(one, unit)] for unit in units}
    taken: dict[int, Unit] = {}

    def seat(unit: Unit, tried: set[int]) -> bool:
        for place in fitting[unit.position]:
            if place in tried:
                continue
            tried.add(place)
            if place not in taken or seat(taken[place], tried):
                taken[place] = unit
                return True
        return False

    return sum(seat(unit, set()) for unit in units)
