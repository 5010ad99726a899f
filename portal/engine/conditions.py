"""What a promotion asks of the items in the basket, and how often that is met.

Conditions are taken on the basket as rung up; where a promotion measures what remains, its spends are read once more
at its turn. Source: contract, sections 4 and 5.
"""

from __future__ import annotations

from collections.abc import Callable

from portal.engine.basket import Runs
from portal.engine.promotion import Promotion
from portal.engine.rules import BogoRule, FreeItemRule, Gift, SetRule, ThresholdRule, Tier, UpsellRule
from portal.engine.selectors import Matches, Selector
from portal.engine.sets import Slots

Missing = tuple[str, int]
"""Why a condition does not hold: (`minimum_spend`, minor units) or (`missing_items`, units)."""


def missing(promotion: Promotion, matches: Matches) -> Missing | None:
    """What the basket as rung up lacks for a promotion; None when it has all."""
    if promotion.asks_for_items_only:
        return None if matches.lines(promotion.rule.items) else ("missing_items", 1)
    min_spend, min_basket, min_quantity = promotion.conditions
    items = getattr(promotion.rule, "items", promotion.seen)
    spend = units = 0
    if min_spend is not None:
        spend = min_spend - matches.spend(items)
    if min_basket is not None:
        spend = max(spend, min_basket - matches.spend(promotion.seen))
    for selector, quantity, at_least in promotion.requires:
        if at_least is not None:
            spend = max(spend, at_least - matches.spend(selector))
        else:
            units = max(units, quantity - matches.units(selector))
    own_spend, own_units = _OF_RULE.get(type(promotion.rule), _no_items)(promotion, matches)
    spend = max(spend, own_spend)
    if spend > 0:
        return "minimum_spend", spend
    if min_quantity is not None:
        units = max(units, min_quantity - matches.units(items))
    elif own_units > 0:
        units = max(units, own_units)
    return ("missing_items", units) if units > 0 else None


def missing_at_its_turn(promotion: Promotion, matches: Matches, runs: list[Runs]) -> int:
    """What the remaining prices lack of the spends that a promotion reads at its turn; 0 when they suffice."""
    min_spend, min_basket, _ = promotion.conditions
    rule = promotion.rule
    lacking = 0
    if min_spend is not None:
        lacking = min_spend - spend_of(runs, matches.lines(rule.items))
    if min_basket is not None:
        lacking = max(lacking, min_basket - spend_of(runs, matches.lines(promotion.seen)))
    if isinstance(rule, FreeItemRule):
        lacking = max(lacking, _free_item_lacks(rule, matches, runs))
    if isinstance(rule, ThresholdRule):
        lacking = max(lacking, _tiers_lack(rule, matches, runs))
    return max(lacking, 0)


def spend_of(runs: list[Runs], lines: list[int]) -> int:
    """What the units of some lines cost at the prices of `runs`."""
    return sum(units * price for line in lines for units, price, _ in runs[line])


def units_of(runs: list[Runs], lines: list[int]) -> int:
    """How many units some lines have."""
    return sum(units for line in lines for units, _, _ in runs[line])


def _no_items(promotion: Promotion, matches: Matches) -> tuple[int, int]:
    return 0, 0 if matches.lines(promotion.rule.items) else 1


def _bogo(promotion: Promotion, matches: Matches) -> tuple[int, int]:
    rule = promotion.rule
    if rule.get is None:
        return 0, rule.buy_quantity + rule.get_quantity - matches.units(rule.buy)
    return 0, _set_lacks(((rule.buy, rule.buy_quantity), (rule.get, rule.get_quantity)), matches)


def _set(promotion: Promotion, matches: Matches) -> tuple[int, int]:
    return 0, _set_lacks(promotion.rule.slots, matches)


def _set_lacks(slots: tuple[tuple[Selector, int], ...], matches: Matches) -> int:
    """The places of one complete set minus the most that can be filled at once."""
    lacking = taken = 0
    for selector, quantity in slots:
        own = matches.mask((selector,))
        if own & taken:
            return _overlapping_set_lacks(slots, matches)
        taken |= own
        lacking += max(quantity - matches.units(selector), 0)
    return lacking


def _overlapping_set_lacks(slots: tuple[tuple[Selector, int], ...], matches: Matches) -> int:
    quantities = matches.basket.quantities
    filled = Slots([(matches.lines(selector), quantity) for selector, quantity in slots])
    return filled.places - filled.most_filled(lambda line: quantities[line])


def _free_item(promotion: Promotion, matches: Matches) -> tuple[int, int]:
    rule = promotion.rule
    lacking = _free_item_lacks(rule, matches, matches.rung_up)
    return (lacking, 0) if rule.min_spend is not None else (0, lacking)


def _free_item_lacks(rule: FreeItemRule, matches: Matches, runs: list[Runs]) -> int:
    need = rule.quantity if rule.min_spend is None else rule.min_spend
    return need - measured_without(rule.gift, rule.gift.quantity, rule.items, matches, runs, rule.min_spend is not None)


def _upsell(promotion: Promotion, matches: Matches) -> tuple[int, int]:
    rule = promotion.rule
    return 0, rule.trigger_quantity - trigger_units(rule, matches)


def trigger_units(rule: UpsellRule, matches: Matches) -> int:
    """Units that match the trigger and not the offer."""
    offered = set(matches.lines(rule.offer))
    quantities = matches.basket.quantities
    return sum(quantities[line] for line in matches.lines(rule.trigger) if line not in offered)


def _threshold(promotion: Promotion, matches: Matches) -> tuple[int, int]:
    rule = promotion.rule
    lacking = _tiers_lack(rule, matches, matches.rung_up)
    return (lacking, 0) if rule.on_spend else (0, lacking)


def _tiers_lack(rule: ThresholdRule, matches: Matches, runs: list[Runs]) -> int:
    """What the nearest tier lacks; 0 or less when one is reached."""
    if runs is matches.rung_up and not rule.has_gifts:
        return rule.tiers[0].at - (matches.spend(rule.items) if rule.on_spend else matches.units(rule.items))
    measured = tier_measure(rule, matches, runs)
    return min(tier.at - measured(tier) for tier in rule.tiers)


def tier_measure(rule: ThresholdRule, matches: Matches, runs: list[Runs]) -> Callable[[Tier], int]:
    """How a tier is measured: the spend or units of the matching items, a gift tier without its own gift."""
    lines = matches.lines(rule.items)
    if runs is matches.rung_up:
        whole = matches.spend(rule.items) if rule.on_spend else matches.units(rule.items)
    else:
        whole = spend_of(runs, lines) if rule.on_spend else units_of(runs, lines)

    def measured(tier: Tier) -> int:
        if tier.gift is None:
            return whole
        return whole - _taken_out(tier.gift, tier.gift.quantity, set(lines), matches, runs, rule.on_spend)

    return measured


def measured_without(
    gift: Gift, gifts: int, items: Selector, matches: Matches, runs: list[Runs], on_spend: bool
) -> int:
    """The spend or units of `items` in the basket without its first `gifts` gift units."""
    lines = matches.lines(items)
    whole = spend_of(runs, lines) if on_spend else units_of(runs, lines)
    return whole - _taken_out(gift, gifts, set(lines), matches, runs, on_spend)


def _taken_out(gift: Gift, gifts: int, counted: set[int], matches: Matches, runs: list[Runs], on_spend: bool) -> int:
    """What the first `gifts` gift units add to the spend or units of the `counted` lines."""
    total = 0
    for line in matches.lines(gift.selector):
        for units, price, _ in runs[line]:
            taken = min(units, gifts)
            gifts -= taken
            if line in counted:
                total += taken * price if on_spend else taken
        if not gifts:
            break
    return total


_OF_RULE: dict[type, Callable[[Promotion, Matches], tuple[int, int]]] = {
    BogoRule: _bogo,
    SetRule: _set,
    FreeItemRule: _free_item,
    UpsellRule: _upsell,
    ThresholdRule: _threshold,
}
