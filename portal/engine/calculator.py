"""PromotionCalculator: a bundle, read and indexed once, applied to any number of baskets.

Source: contract, sections 5 and 6.
"""

from __future__ import annotations

from typing import Any

from portal.engine.basket import Basket, read_basket
from portal.engine.bundle import read_bundle
from portal.engine.conditions import missing
from portal.engine.money import percent_of
from portal.engine.outcome import Outcome
from portal.engine.promotion import Promotion
from portal.engine.reach import Reach
from portal.engine.rewards import (
    calculate_bogo,
    calculate_cashback,
    calculate_cross_brand,
    calculate_discount,
    calculate_free_item,
    calculate_payment_discount,
    calculate_sets,
    calculate_threshold,
    calculate_upsell,
)
from portal.engine.rules import BogoRule, DiscountRule, ThresholdRule, Value
from portal.engine.selectors import Matches, Selector, SelectorIndex
from portal.engine.stacking import (
    Candidate,
    Choice,
    apply_all,
    conflict,
    resolve_best,
    resolve_by_priority,
    turn_of,
)

Values = dict[str, Any]
Reason = tuple[str, Values]


class PromotionCalculator:
    """The promotions of a bundle, ready for baskets. Holds no state of a basket, so threads may share one."""

    calculate_percent_discount = staticmethod(calculate_discount)
    calculate_amount_discount = staticmethod(calculate_discount)
    calculate_happy_hour = staticmethod(calculate_discount)
    calculate_bogo = staticmethod(calculate_bogo)
    calculate_combo = staticmethod(calculate_sets)
    calculate_package = staticmethod(calculate_sets)
    calculate_mix_match = staticmethod(calculate_sets)
    calculate_free_item = staticmethod(calculate_free_item)
    calculate_upsell = staticmethod(calculate_upsell)
    calculate_threshold = staticmethod(calculate_threshold)
    calculate_payment_discount = staticmethod(calculate_payment_discount)
    calculate_cashback = staticmethod(calculate_cashback)
    calculate_cross_brand = staticmethod(calculate_cross_brand)

    def __init__(self, bundle: Any) -> None:
        """Read a bundle (contract, section 6). Raises Invalid when it can't be used."""
        promotions, settings = read_bundle(bundle)
        self._index = SelectorIndex()
        self.explain: bool = settings.get("explain", True)
        self.resolution: str = settings.get("resolution", "best")
        self._unsupported = sorted(each["code"] for each in promotions if "rule" not in each)
        supported = sorted(
            (each for each in promotions if "rule" in each), key=lambda each: (-each.get("priority", 0), each["code"])
        )
        self._promotions = [Promotion(document, self._index) for document in supported]
        for rank, promotion in enumerate(self._promotions):
            promotion.rank = rank
        self._reach = Reach(supported, self._promotions)

    def calculate_promotions(self, basket: Any) -> Values:
        """The result of a basket (contract, section 6). Raises Invalid for a basket that can't be used."""
        return self.price(read_basket(basket))

    def price(self, basket: Basket) -> Values:
        """The result of a basket that was read already."""
        matches = Matches(basket, self._index.touched(basket.lines))
        reasons: dict[str, Reason] = {}
        candidates, suggesting = self._candidates(matches, reasons)
        if self.resolution == "best":
            choice = resolve_best(candidates, matches)
        else:
            choice = apply_all(resolve_by_priority(candidates), matches)
        result = _result(basket, choice, suggesting)
        if self.explain:
            _explain_the_rest(candidates, choice, suggesting, reasons)
            reasons.update((code, ("unsupported", {})) for code in self._unsupported)
            result["not_applied"] = [
                {"promotion": code, "reason": reason, "detail": detail}
                for code, (reason, detail) in sorted(reasons.items())
            ]
        return result

    def _candidates(self, matches: Matches, reasons: dict[str, Reason]) -> tuple[list[Candidate], list[Outcome]]:
        """The eligible promotions that alone give something, and the outcomes that only suggest, by rank."""
        candidates, suggesting = [], []
        basket = matches.basket
        possible = self._promotions if self.explain else self._reach.of(matches, self._index)
        for promotion in possible:
            reason = _first_reason(promotion, basket, matches)
            if reason is None:
                if surely_gives(promotion, matches):
                    candidates.append(Candidate(promotion, matches))
                    continue
                outcome = turn_of(promotion, matches, matches.rung_up)
                if outcome.gives:
                    candidates.append(Candidate(promotion, matches, outcome))
                    continue
                if outcome.suggestion:
                    suggesting.append(outcome)
                    continue
                reason = ("no_benefit", {})
            reasons[promotion.code] = reason
        return candidates, suggesting


def surely_gives(promotion: Promotion, matches: Matches) -> bool:
    """True when it is plain from the sums that, alone on the basket, a promotion gives a discount.

    False where it has to be computed. Sharing a discount is the costly part, and alone it is seldom asked for.
    """
    rule = promotion.rule
    if isinstance(rule, DiscountRule):
        if rule.max_units is not None or rule.value.price is not None:
            return False
        return _comes_to_something(rule.value, rule.items, matches)
    if isinstance(rule, ThresholdRule):
        values = [tier.value for tier in rule.tiers if tier.gift is None and tier.value.price is None]
        return len(values) == len(rule.tiers) and all(
            _comes_to_something(value, rule.items, matches) for value in values
        )
    if isinstance(rule, BogoRule) and not matches.has_floors:
        prices = matches.basket.prices
        least = min(prices[line] for line in matches.lines(rule.get or rule.buy))
        return percent_of(least * rule.get_quantity, rule.basis_points) > 0
    return False


def _comes_to_something(value: Value, items: Selector, matches: Matches) -> bool:
    wanted = value.amount or percent_of(matches.spend(items), value.basis_points or 0)
    return wanted > 0 and matches.capacity(items) > 0


def _first_reason(promotion: Promotion, basket: Basket, matches: Matches) -> Reason | None:
    for reason, lets_through in promotion.gates:
        if not lets_through(basket):
            return reason, {}
    lacking = missing(promotion, matches)
    return None if lacking is None else (lacking[0], {"missing": lacking[1]})


def _explain_the_rest(
    candidates: list[Candidate], choice: Choice, suggesting: list[Outcome], reasons: dict[str, Reason]
) -> None:
    """Reasons of what was eligible and still did not apply."""
    members = {member.promotion.code for member in choice.members}
    for outcome in suggesting:
        reasons[outcome.promotion.code] = ("suggested", {})
    for outcome in choice.outcomes:
        if not outcome.gives:
            reasons[outcome.promotion.code] = _reason_at_its_turn(outcome)
    for candidate in candidates:
        promotion = candidate.promotion
        if promotion.code not in members:
            against = [each.promotion for each in choice.members if conflict(promotion, each.promotion)]
            reasons[promotion.code] = ("not_best", {"lost_to": sorted(each.code for each in against)})


def _reason_at_its_turn(outcome: Outcome) -> Reason:
    if outcome.unmet:
        return "minimum_spend", {"missing": outcome.unmet}
    return ("suggested", {}) if outcome.suggestion else ("no_benefit", {})


def _result(basket: Basket, choice: Choice, suggesting: list[Outcome]) -> Values:
    """The result document of the winning outcomes; `not_applied` is left empty."""
    adjustments = _adjustments(choice.outcomes)
    discount = 0
    lines = []
    for position, line in enumerate(basket.lines):
        gross = basket.quantities[position] * basket.prices[position]
        own = adjustments.get(position, [])
        off = sum([adjustment["amount"] for adjustment in own])
        discount += off
        lines.append({"id": line["id"], "gross": gross, "discount": off, "net": gross - off, "adjustments": own})
    given = [outcome for outcome in choice.outcomes if outcome.gives]
    return {
        "subtotal": basket.subtotal,
        "discount": discount,
        "total": basket.subtotal - discount,
        "currency": basket.currency,
        "lines": lines,
        "applied": [
            {**outcome.promotion.applied_head, "discount": outcome.discount, "times": outcome.times}
            for outcome in given
        ],
        "rewards": [outcome.reward for outcome in given if outcome.reward],
        "gifts": [outcome.gift for outcome in given if outcome.gift],
        "suggestions": [each.suggestion for each in (*choice.outcomes, *suggesting) if each.suggestion],
        "not_applied": [],
    }


def _adjustments(outcomes: list[Outcome]) -> dict[int, list[Values]]:
    """For each line what each promotion took off it, in order of application."""
    by_line: dict[int, list[Values]] = {}
    for outcome in outcomes:
        if not outcome.discount:
            continue
        code = outcome.promotion.code
        for line, _, off, units in outcome.changes:
            if off:
                by_line.setdefault(line, []).append({"promotion": code, "amount": off, "quantity": units})
    return by_line
