"""Definitions that fill every field of the builder: each type at least once, with everything around it."""

from typing import Any

COFFEE = {"categories": ["coffee"], "skus": ["COLA"], "brands": ["BEAN"], "tags": ["hot, strong", "new"]}
FOOD = {"categories": ["food"], "min_unit_price": 100, "max_unit_price": 2000, "exclude": {"skus": ["COOKIE"]}}

AROUND: dict[str, Any] = {
    "name": 'A "long" name, with commas & 1 < 2: 20% off',
    "description": "Asked for by the harbour stores.\nSecond line.",
    "requires": [{"items": FOOD, "quantity": 2}, {"spend": 1050}, {"items": {"brands": ["GRILL"]}, "spend": 1}],
    "schedule": {
        "starts_at": "2026-11-01T00:00:00",
        "ends_at": "2026-12-31T18:30:00",
        "timezone": "Europe/Berlin",
        "weekdays": [1, 2, 3, 4, 5],
        "windows": [{"from": "11:00", "to": "14:00"}, {"from": "22:00", "to": "24:00", "weekdays": [5, 6]}],
        "excluded_dates": ["2026-11-26", "2026-12-24"],
    },
    "scope": {"brands": ["BEAN"], "stores": ["S1", "S2"], "exclude_stores": ["S3"], "channels": ["dine_in"]},
    "targeting": {
        "segments": ["vip"],
        "exclude_segments": ["staff"],
        "customers": "known",
        "birthday_window_days": 0,
    },
    "limits": {
        "total": 1000,
        "per_customer": 2,
        "per_store": 50,
        "per_day": 10,
        "budget": 500000,
        "per_basket": 3,
        "max_discount": 1500,
        "offline": "leased",
        "on_refund": "keep",
    },
    "stacking": {"mode": "group", "group": "summer", "full_price_only": True},
    "priority": -5,
    "experiment": {"key": "exp1", "seed": "s", "unit": "customer", "range": [0, 0.5]},
    "funding": {"house": 60, "supplier, north": 40},
}


def promotion(kind: str, rule: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A definition of a type in USD."""
    return {"code": f"X-{kind[:8]}", "type": kind, "currency": "USD", "rule": rule, **more}


EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    (
        "percent_discount",
        promotion(
            "percent_discount",
            {
                "percent": 12.5,
                "on": "basket",
                "items": COFFEE,
                "min_spend": 1000,
                "min_basket": 2000,
                "min_quantity": 2,
            },
            **AROUND,
        ),
    ),
    (
        "amount_discount",
        promotion(
            "amount_discount",
            {"amount": 50, "on": "each_unit", "items": FOOD, "max_units": 3, "pick": "lowest_price"},
            trigger={"kind": "code", "code": "SAVE-50"},
        ),
    ),
    ("amount off the sum", promotion("amount_discount", {"amount": 500, "min_basket": 4000})),
    (
        "happy_hour",
        promotion(
            "happy_hour", {"price": 0, "items": COFFEE}, schedule={"windows": [{"from": "17:00", "to": "02:00"}]}
        ),
    ),
    (
        "bogo, one pool",
        promotion("bogo", {"buy": {"items": COFFEE, "quantity": 2}, "get": {"quantity": 1}, "pick": "highest_price"}),
    ),
    ("bogo, two pools", promotion("bogo", {"buy": {"items": COFFEE}, "get": {"items": FOOD}, "percent": 50})),
    ("bogo, any other item", promotion("bogo", {"buy": {"items": COFFEE}, "get": {"items": {}}})),
    (
        "combo",
        promotion(
            "combo", {"slots": [{"items": COFFEE}, {"quantity": 2}, {"items": FOOD, "quantity": 3}], "price": 1250}
        ),
    ),
    ("combo of anything", promotion("combo", {"slots": [{}, {}], "percent": 10})),
    ("package", promotion("package", {"contents": [{"sku": "LATTE", "quantity": 2}, {"sku": "COOKIE"}], "price": 990})),
    ("mix_match", promotion("mix_match", {"items": FOOD, "quantity": 3, "amount": 200, "pick": "lowest_price"})),
    (
        "free_item",
        promotion(
            "free_item",
            {
                "gift": {"sku": "COOKIE", "quantity": 2, "unit_price": 250},
                "when": {"items": COFFEE, "min_spend": 800},
                "repeat": True,
            },
            stacking={"measure": "remaining"},
        ),
    ),
    (
        "free item with two coffees",
        promotion("free_item", {"gift": {"sku": "COOKIE"}, "when": {"items": COFFEE, "quantity": 2}}),
    ),
    (
        "upsell",
        promotion(
            "upsell",
            {
                "trigger": {"items": {"skus": ["BURGER"]}, "quantity": 2},
                "offer": {"items": {"skus": ["FRIES"]}},
                "percent": 50,
                "message": "Fries at half price?",
                "pick": "highest_price",
            },
        ),
    ),
    (
        "threshold",
        promotion(
            "threshold",
            {
                "items": FOOD,
                "tiers": [{"at": 5000, "amount": 300}, {"at": 10000, "percent": 7.25}, {"at": 100, "price": 0}],
            },
        ),
    ),
    (
        "threshold of items, with a gift",
        promotion(
            "threshold",
            {"on": "quantity", "tiers": [{"at": 5, "gift": {"sku": "COOKIE", "quantity": 2, "unit_price": 250}}]},
        ),
    ),
    ("threshold again and again", promotion("threshold", {"tiers": [{"at": 5000, "amount": 300}], "repeat": True})),
    (
        "payment_discount",
        promotion(
            "payment_discount",
            {"methods": ["card", "wallet"], "bins": ["4111", "52"], "percent": 10, "min_spend": 1000},
        ),
    ),
    (
        "cashback",
        promotion(
            "cashback",
            {"amount": 150, "items": COFFEE, "min_spend": 500, "credit": "points", "expires_days": 30},
            trigger={"kind": "voucher"},
            stacking={"mode": "exclusive"},
        ),
    ),
    (
        "cross_brand",
        promotion(
            "cross_brand",
            {
                "earn": {"brands": ["BEAN", "GRILL"], "spend": 10000, "window_days": 30},
                "reward": {"promotion": "THANKS", "valid_days": 14},
                "max_rewards": 3,
            },
        ),
    ),
    ("cross_brand by visits", promotion("cross_brand", {"earn": {"visits": 5}, "reward": {"promotion": "THANKS"}})),
    ("yen have no decimals", promotion("amount_discount", {"amount": 500}) | {"currency": "JPY"}),
    (
        "dinars have three",
        promotion("amount_discount", {"amount": 500}, limits={"budget": 1234567}) | {"currency": "KWD"},
    ),
    (
        "no currency",
        {
            "code": "A",
            "type": "percent_discount",
            "rule": {"percent": 20},
            "schedule": {"ends_at": "2027-01-01T00:00:00"},
        },
    ),
]
