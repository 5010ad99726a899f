"""The rule of each type as the calculator holds it: a small frozen class, read from the compiled rule.

conditions.py says what a rule asks for, rewards.py what it gives. Source: contract, section 3, "The rules, by type".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.engine.definition import COMPILED_RULES
from portal.engine.money import WHOLE
from portal.engine.selectors import Selector

Values = dict[str, Any]
ITEM, BASKET, PAYMENT, REWARD = range(4)
"""The phases, in the order of application: contract, section 5."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is taken off: exactly one of basis points, an amount or a price (minor units)."""

    basis_points: int | None
    amount: int | None
    price: int | None

    @classmethod
    def of(cls, rule: Values) -> Value:
        return cls(rule.get("basis_points"), rule.get("amount"), rule.get("price"))


@dataclass(frozen=True, slots=True)
class DiscountRule:
    """percent_discount, amount_discount and happy_hour: a value off matching units, on their sum or off each."""

    items: Selector
    value: Value
    each_unit: bool
    max_units: int | None
    cheapest: bool


@dataclass(frozen=True, slots=True)
class BogoRule:
    """Buy some, get some at a percentage off; without `get` both come from one pool."""

    buy: Selector
    get: Selector | None
    buy_quantity: int
    get_quantity: int
    basis_points: int
    dearest: bool


@dataclass(frozen=True, slots=True)
class SetRule:
    """combo, package and mix_match: sets that fill every slot, for a value."""

    slots: tuple[tuple[Selector, int], ...]
    value: Value
    cheapest: bool

    @property
    def places(self) -> int:
        return sum(quantity for _, quantity in self.slots)


@dataclass(frozen=True, slots=True)
class Gift:
    """Units that are given: those of the basket become free, missing ones are named."""

    selector: Selector
    sku: str
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class FreeItemRule:
    """A gift when `items` reach a spend or a number of units."""

    gift: Gift
    items: Selector
    min_spend: int | None
    quantity: int
    repeat: bool


@dataclass(frozen=True, slots=True)
class UpsellRule:
    """With the trigger bought, offered units get the value; missing ones are suggested."""

    trigger: Selector
    offer: Selector
    trigger_quantity: int
    offer_quantity: int
    value: Value
    pick: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Tier:
    """From `at` on (a spend or a number of units) this value or gift."""

    at: int
    value: Value
    gift: Gift | None


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """The highest tier that is reached; `tiers` are sorted by `at`."""

    items: Selector
    on_spend: bool
    tiers: tuple[Tier, ...]
    repeat: bool

    @property
    def has_gifts(self) -> bool:
        return any(tier.gift for tier in self.tiers)


@dataclass(frozen=True, slots=True)
class PaymentRule:
    """A value off what is left to pay."""

    items: Selector
    value: Value


@dataclass(frozen=True, slots=True)
class CashbackRule:
    """A value given back after the purchase."""

    items: Selector
    value: Value
    credit: str


@dataclass(frozen=True, slots=True)
class CrossBrandRule:
    """Net spend or a visit at the earn brands."""

    items: Selector
    visits: bool


def _discount_rule(rule: Values, select: Any) -> DiscountRule:
    each_unit = rule.get("on") == "each_unit"
    cheapest = rule.get("pick") == "lowest_price"
    return DiscountRule(select(rule.get("items")), Value.of(rule), each_unit, rule.get("max_units"), cheapest)


def _happy_hour_rule(rule: Values, select: Any) -> DiscountRule:
    return DiscountRule(select(rule.get("items")), Value.of(rule), "basis_points" not in rule, None, False)


def _bogo_rule(rule: Values, select: Any) -> BogoRule:
    buy, get = rule["buy"], rule["get"]
    return BogoRule(
        select(buy.get("items")),
        select(get["items"]) if get.get("items") is not None else None,
        buy.get("quantity", 1),
        get.get("quantity", 1),
        rule.get("basis_points", WHOLE),
        rule.get("pick") == "highest_price",
    )


def _combo_rule(rule: Values, select: Any) -> SetRule:
    return _set_rule([(slot.get("items"), slot.get("quantity", 1)) for slot in rule["slots"]], rule, select)


def _package_rule(rule: Values, select: Any) -> SetRule:
    return _set_rule([({"skus": [part["sku"]]}, part.get("quantity", 1)) for part in rule["contents"]], rule, select)


def _mix_match_rule(rule: Values, select: Any) -> SetRule:
    return _set_rule([(rule.get("items"), rule["quantity"])], rule, select)


def _set_rule(slots: list[tuple[Values | None, int]], rule: Values, select: Any) -> SetRule:
    quantities: dict[Selector, int] = {}
    for items, quantity in slots:
        selector = select(items)
        quantities[selector] = quantities.get(selector, 0) + quantity
    return SetRule(tuple(quantities.items()), Value.of(rule), rule.get("pick") == "lowest_price")


def _gift(gift: Values, select: Any) -> Gift:
    return Gift(select({"skus": [gift["sku"]]}), gift["sku"], gift.get("quantity", 1), gift.get("unit_price", 0))


def _free_item_rule(rule: Values, select: Any) -> FreeItemRule:
    when = rule["when"]
    return FreeItemRule(
        _gift(rule["gift"], select),
        select(when.get("items")),
        when.get("min_spend"),
        when.get("quantity", 1),
        rule.get("repeat", False),
    )


def _upsell_rule(rule: Values, select: Any) -> UpsellRule:
    trigger, offer = rule["trigger"], rule["offer"]
    return UpsellRule(
        select(trigger.get("items")),
        select(offer.get("items")),
        trigger.get("quantity", 1),
        offer.get("quantity", 1),
        Value.of(rule),
        rule.get("pick"),
        rule.get("message"),
    )


def _threshold_rule(rule: Values, select: Any) -> ThresholdRule:
    tiers = sorted(rule["tiers"], key=lambda tier: tier["at"])
    return ThresholdRule(
        select(rule.get("items")),
        rule.get("on", "spend") == "spend",
        tuple(
            Tier(tier["at"], Value.of(tier), _gift(tier["gift"], select) if "gift" in tier else None) for tier in tiers
        ),
        rule.get("repeat", False),
    )


def _payment_rule(rule: Values, select: Any) -> PaymentRule:
    return PaymentRule(select(None), Value.of(rule))


def _cashback_rule(rule: Values, select: Any) -> CashbackRule:
    return CashbackRule(select(rule.get("items")), Value.of(rule), rule.get("credit", "wallet"))


def _cross_brand_rule(rule: Values, select: Any) -> CrossBrandRule:
    return CrossBrandRule(select({"brands": rule["earn"].get("brands", [])}), "visits" in rule["earn"])


RULES: dict[str, Callable[[Values, Callable[[Values | None], Selector]], Any]] = {
    "percent_discount": _discount_rule,
    "amount_discount": _discount_rule,
    "happy_hour": _happy_hour_rule,
    "bogo": _bogo_rule,
    "combo": _combo_rule,
    "package": _package_rule,
    "mix_match": _mix_match_rule,
    "free_item": _free_item_rule,
    "upsell": _upsell_rule,
    "threshold": _threshold_rule,
    "payment_discount": _payment_rule,
    "cashback": _cashback_rule,
    "cross_brand": _cross_brand_rule,
}
assert RULES.keys() == COMPILED_RULES.keys()
