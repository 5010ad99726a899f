"""Forty promotions as a grocer runs them at once, on categories and brands of the till data."""

from typing import Any

Definition = dict[str, Any]

DEPARTMENTS = [
    "DELI",
    "PASTRY",
    "PRODUCE",
    "MEAT",
    "MEAT-PCKGD",
    "DRUG-GM",
    "GROCERY",
    "NUTRITION",
    "SEAFOOD",
    "SALAD-BAR",
]
CATEGORIES = [
    "grocery.soft-drinks", "grocery.cheese", "grocery.bag-snacks", "grocery.frozen-pizza", "grocery.cold-cereal",
    "grocery.soup", "grocery.canned-juices", "deli.deli-meats", "meat.beef", "meat-pckgd.lunchmeat",
]  # fmt: skip


def definition(code: str, kind: str, rule: Definition, **rest: Any) -> Definition:
    """A definition in US dollars."""
    return {"code": code, "type": kind, "currency": "USD", "rule": rule, **rest}


def forty() -> list[Definition]:
    """Ten of each kind: a department's happy hour, a category's percent, any three, and the basket's own."""
    lunch = {"weekdays": [1, 2, 3, 4, 5], "windows": [{"from": "11:00", "to": "14:00"}]}
    hours = [
        definition(f"HOUR-{brand}", "happy_hour", {"percent": 10}, schedule=lunch, scope={"brands": [brand]})
        for brand in DEPARTMENTS
    ]
    percents = [
        definition(f"OFF-{number}", "percent_discount", {"percent": 5 + number, "items": {"categories": [category]}})
        for number, category in enumerate(CATEGORIES)
    ]
    threes = [
        definition(f"THREE-{number}", "mix_match", {"items": {"categories": [category]}, "quantity": 3, "percent": 15})
        for number, category in enumerate(CATEGORIES)
    ]
    return hours + percents + threes + whole_basket()


def whole_basket() -> list[Definition]:
    """Promotions of the other types, most of them on the basket as a whole."""
    milk, cereal = {"categories": ["grocery.fluid-milk-products"]}, {"categories": ["grocery.cold-cereal"]}
    group = {"mode": "group", "group": "basket"}
    known, five = {"customers": "known"}, {"percent": 5, "credit": "points"}
    offer = {"trigger": {"items": milk}, "offer": {"items": cereal}, "percent": 10}
    earn = {
        "earn": {"brands": ["DELI"], "spend": 2000, "window_days": 30},
        "reward": {"promotion": "X", "valid_days": 7},
    }
    tiers = [{"at": 1500, "amount": 100}, {"at": 3000, "amount": 300}]
    return [
        definition("A", "percent_discount", {"percent": 10, "on": "basket", "min_basket": 5000}, stacking=group),
        definition("B", "amount_discount", {"amount": 500, "on": "basket", "min_basket": 4000}, stacking=group),
        definition("STEPS", "threshold", {"items": {"brands": ["PRODUCE"]}, "tiers": tiers}),
        definition("BACK", "cashback", five, targeting={**known, "segments": ["age-25-34", "age-35-44"]}),
        definition("DELI-TO-X", "cross_brand", earn, targeting=known),
        definition("BREAKFAST", "combo", {"slots": [{"items": milk}, {"items": cereal}], "amount": 75}),
        definition("MILK-CEREAL", "upsell", offer),
        definition("SECOND", "bogo", {"buy": {"items": {"categories": ["grocery.soup"]}}, "get": {}, "percent": 50}),
        definition("SPREE", "percent_discount", {"percent": 3, "items": {"tags": ["own-brand"]}}, priority=-1),
        definition("ALONE", "amount_discount", {"amount": 900, "on": "basket", "min_basket": 9000},
                   stacking={"mode": "exclusive"}),
    ]  # fmt: skip
