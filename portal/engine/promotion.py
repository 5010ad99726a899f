"""A compiled promotion as the calculator holds it: parsed once per bundle, its selectors in the index.

Source: contract, sections 3 and 6.
"""

from __future__ import annotations

from typing import Any

from portal.engine import gates
from portal.engine.rules import (
    BASKET,
    ITEM,
    PAYMENT,
    REWARD,
    RULES,
    BogoRule,
    CashbackRule,
    CrossBrandRule,
    DiscountRule,
    FreeItemRule,
    PaymentRule,
    SetRule,
    ThresholdRule,
    UpsellRule,
)
from portal.engine.selectors import Selector, SelectorIndex

Values = dict[str, Any]

BUNDLES = frozenset(("bogo", "combo", "package", "mix_match", "free_item", "upsell"))


class Promotion:
    """One promotion of a bundle. `rank` orders by priority, then code; selectors stay within the scope's brands."""

    __slots__ = (
        "applied_head",
        "asks_for_items_only",
        "base_original",
        "bundle",
        "cap",
        "claims",
        "code",
        "conditions",
        "currency",
        "discounts",
        "full_price_only",
        "gates",
        "group",
        "kind",
        "measures_remaining",
        "mode",
        "per_basket",
        "phase",
        "rank",
        "reads",
        "requires",
        "rule",
        "seen",
    )

    def __init__(self, document: Values, index: SelectorIndex) -> None:
        self.code: str = document["code"]
        self.kind: str = document["type"]
        self.currency: str | None = document.get("currency")
        self.rank = 0
        limits, stacking = document.get("limits", {}), document.get("stacking", {})
        remaining = document.get("remaining", {})
        self.gates = gates.of(document)
        self.per_basket: int | None = limits.get("per_basket")
        budget = remaining.get("budget", limits.get("budget"))
        self.cap = min((cap for cap in (limits.get("max_discount"), budget) if cap is not None), default=None)
        self.mode: str = stacking.get("mode", "stackable")
        self.group: str | None = stacking.get("group")
        self.base_original = stacking.get("base") == "original"
        self.full_price_only = bool(stacking.get("full_price_only"))
        self.bundle = self.kind in BUNDLES
        self.applied_head = {"promotion": self.code, "type": self.kind}
        if "revision" in document:
            self.applied_head["revision"] = document["revision"]
        self._read_rule(document, index, frozenset(document.get("scope", {}).get("brands", ())), stacking)

    def _read_rule(self, document: Values, index: SelectorIndex, brands: frozenset[str], stacking: Values) -> None:
        rule = document["rule"]

        def select(items: Values | None) -> Selector:
            return index.add(items, brands)

        self.seen = select(None)
        self.phase = _phase(self.kind, rule)
        self.rule = RULES[self.kind](rule, select)
        self.requires = [
            (select(entry.get("items")), entry.get("quantity"), entry.get("spend"))
            for entry in document.get("requires", ())
        ]
        self.conditions = tuple(rule.get(key) for key in ("min_spend", "min_basket", "min_quantity"))
        simple = isinstance(self.rule, (DiscountRule, PaymentRule, CashbackRule, CrossBrandRule))
        self.asks_for_items_only = simple and not self.requires and not any(self.conditions)
        reads_at_its_turn = self.kind in ("payment_discount", "cashback") and "min_spend" in rule
        self.measures_remaining = stacking.get("measure") == "remaining" or reads_at_its_turn
        self.discounts = _discounted(self)
        self.claims = self.discounts if self.bundle else ()
        self.reads = {*self.discounts, *((self.seen,) if self.measures_remaining else ())}


def _phase(kind: str, rule: Values) -> int:
    if kind == "threshold" or (kind in ("percent_discount", "amount_discount") and rule.get("on") == "basket"):
        return BASKET
    return {"payment_discount": PAYMENT, "cashback": REWARD, "cross_brand": REWARD}.get(kind, ITEM)


def _discounted(promotion: Promotion) -> tuple[Selector, ...]:
    """The selectors of the units that a promotion could discount, claim or accrue on: section 5, "contested"."""
    rule = promotion.rule
    if isinstance(rule, BogoRule):
        return (rule.buy,) if rule.get is None else (rule.buy, rule.get)
    if isinstance(rule, SetRule):
        return tuple(selector for selector, _ in rule.slots)
    if isinstance(rule, FreeItemRule):
        return (rule.gift.selector,)
    if isinstance(rule, UpsellRule):
        return (rule.offer,)
    if isinstance(rule, ThresholdRule):
        return (rule.items, *(tier.gift.selector for tier in rule.tiers if tier.gift))
    return (rule.items,)
