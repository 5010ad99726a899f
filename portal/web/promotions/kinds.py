"""The 13 types as people choose between them: families, a sentence in a shopper's words, a receipt of two lines."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of promotion. `receipt` has lines of (text, amount); `start` is the rule of an empty form."""

    type: str
    name: str
    sentence: str
    receipt: tuple[tuple[str, str], tuple[str, str]]
    icon: str
    start: dict[str, Any]


FAMILIES: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    (
        "Money off",
        (
            Kind(
                "percent_discount",
                "Percent off",
                "Everything from the bakery is 20% off",
                (("2 Croissants", "6.00"), ("20% off bakery", "−1.20")),
                "percent",
                {},
            ),
            Kind(
                "amount_discount",
                "Amount off",
                "5.00 off when I spend 40.00",
                (("Lunch for two", "42.00"), ("5.00 off", "−5.00")),
                "cash-coin",
                {},
            ),
            Kind(
                "happy_hour",
                "Happy hour",
                "Cocktails cost 6.00 from five to seven",
                (("Mojito", "9.50"), ("Happy hour", "−3.50")),
                "clock",
                {},
            ),
            Kind(
                "threshold",
                "Spend more, save more",
                "3.00 off from 50.00, 10.00 off from 100.00",
                (("Your groceries", "104.00"), ("Spend and save", "−10.00")),
                "bar-chart-steps",
                {"tiers": [{}]},
            ),
            Kind(
                "payment_discount",
                "Payment discount",
                "10% off when I pay with the house card",
                (("Dinner", "60.00"), ("House card", "−6.00")),
                "credit-card",
                {},
            ),
        ),
    ),
    (
        "Buy and get",
        (
            Kind(
                "bogo",
                "Buy one, get one",
                "Buy two coffees, get the cheaper one free",
                (("2 Coffees", "8.00"), ("Cheaper one free", "−3.50")),
                "gift",
                {"buy": {}, "get": {}},
            ),
            Kind(
                "free_item",
                "Free item",
                "A cookie is free when I buy two coffees",
                (("2 Coffees, cookie", "10.50"), ("Free cookie", "−2.50")),
                "bag-heart",
                {"gift": {}, "when": {}},
            ),
            Kind(
                "upsell",
                "Add-on offer",
                "With a burger, fries are half price",
                (("Burger, fries", "14.00"), ("Fries half price", "−2.00")),
                "plus-circle",
                {"trigger": {}, "offer": {}},
            ),
        ),
    ),
    (
        "Bundles",
        (
            Kind(
                "combo",
                "Combo",
                "Any burger, any side and any drink for 12.00",
                (("Burger, fries, cola", "15.50"), ("Menu price", "−3.50")),
                "grid",
                {"slots": [{}, {}]},
            ),
            Kind(
                "package",
                "Package",
                "The breakfast set for 9.90",
                (("Coffee, bagel, juice", "12.40"), ("Breakfast set", "−2.50")),
                "box-seam",
                {"contents": [{}, {}]},
            ),
            Kind(
                "mix_match",
                "Mix and match",
                "Any three pastries for 7.00",
                (("3 Pastries", "9.00"), ("Any 3 for 7.00", "−2.00")),
                "shuffle",
                {},
            ),
        ),
    ),
    (
        "Rewards",
        (
            Kind(
                "cashback",
                "Cashback",
                "5% of my bill comes back to my wallet",
                (("Dinner", "40.00"), ("Back to your wallet", "2.00")),
                "arrow-return-left",
                {},
            ),
            Kind(
                "cross_brand",
                "Across brands",
                "Spend 100.00 at the coffee bar, get a voucher for the grill",
                (("Coffee bar", "18.00"), ("Towards your voucher", "18.00")),
                "arrow-left-right",
                {"earn": {}, "reward": {}},
            ),
        ),
    ),
)

KINDS: dict[str, Kind] = {kind.type: kind for _, kinds in FAMILIES for kind in kinds}


def start(kind: str, currency: str) -> dict[str, Any]:
    """The definition behind an empty form of a type."""
    definition: dict[str, Any] = {"type": kind, "currency": currency, "rule": _copied(KINDS[kind].start)}
    if kind == "happy_hour":
        definition["schedule"] = {"windows": [{}]}
    return definition


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(entry) for key, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list) else value
