"""Seeded cases about which promotions are taken: bundles that meet, spends read late, full prices wanted."""

from random import Random
from typing import Any

from tests.oracle.generate_rules import RULES, mended
from tests.oracle.generate_world import BRANDS, World

Entry = dict[str, Any]
SKUS = ["A", "B", "C"]
BUNDLES = ["bogo", "combo", "package", "mix_match", "free_item", "upsell"]
OTHERS = ["percent_discount", "amount_discount", "happy_hour"]
LATE = ["threshold", "payment_discount", "cashback", "percent_discount", "amount_discount"]


def resolution_case(seed: int) -> Entry:
    """A case where leaving a promotion out is often better, and where the order of readings matters."""
    rng = Random(f"resolution {seed}")
    world, basket, spend = resolution_world(rng)
    promotions = [promotion(rng, world, f"P{number}", spend) for number in range(rng.choice([2, 3, 3, 4, 4, 5]))]
    if rng.random() < 0.05:
        promotions += [promotion(rng, world, f"Q{number}", spend) for number in range(5)]
    return {"promotions": promotions, "basket": basket}


def resolution_world(rng: Random) -> tuple[World, Entry, int]:
    """A world, a small basket of it and what that costs (at least 1)."""
    prices = rng.choice([[100, 100, 200, 300], [99, 333, 450], [0, 10, 10, 11]])
    products: list[Entry] = [
        {"sku": sku, "unit_price": rng.choice(prices), "brand": rng.choice(BRANDS)} for sku in SKUS
    ]
    lines: list[Entry] = [
        {**rng.choice(products), "id": str(number), "quantity": rng.choice([1, 1, 2])}
        for number in range(rng.randint(2, 4))
    ]
    for line in lines:
        if rng.random() < 0.1:
            line["floor_price"] = line["unit_price"] // 2
    spend = sum(line["unit_price"] * line["quantity"] for line in lines)
    basket = {"currency": "USD", "at": "2026-11-20T12:00:00Z", "payment": {"method": "card"}, "lines": lines}
    return World("USD", products, prices), basket, max(1, spend)


def promotion(rng: Random, world: World, code: str, spend: int) -> Entry:
    """A promotion that is eligible on most baskets."""
    late = rng.random() < 0.5
    kind = rng.choice(LATE) if late else rng.choice([*BUNDLES, *BUNDLES, *OTHERS])
    rule = RULES[kind](rng, world)
    for key in ("min_spend", "min_basket", "min_quantity", "bins", "methods"):
        rule.pop(key, None)
    made: Entry = {"code": code, "type": kind, "currency": "USD", "rule": rule, "stacking": stacking(rng)}
    if late:
        read_late(rng, made, spend)
    if kind == "happy_hour":
        made["schedule"] = {"windows": [{"from": "00:00", "to": "24:00"}]}
    if rng.random() < 0.4:
        made["scope"] = {"brands": [rng.choice(BRANDS)]}
    if rng.random() < 0.5:
        made["priority"] = rng.randint(-1, 2)
    if rng.random() < 0.3:
        made["limits"] = {"per_basket": rng.randint(1, 2)}
    return mended(made, world)


def read_late(rng: Random, made: Entry, spend: int) -> None:
    """A spend near what the basket costs, read when the turn comes, or an `at` of a tier."""
    asked = max(1, spend * rng.choice([20, 50, 75, 90, 100]) // 100)
    if made["type"] == "threshold":
        if made["rule"].get("on") != "quantity":
            made["rule"]["tiers"][0]["at"] = asked
            unlike = [tier for tier in made["rule"]["tiers"][1:] if tier["at"] != asked]
            made["rule"]["tiers"] = [made["rule"]["tiers"][0], *unlike]
    elif made["type"] in ("payment_discount", "cashback"):
        if rng.random() < 0.6:
            made["rule"]["min_spend"] = asked
    else:
        made["rule"][rng.choice(["min_spend", "min_basket"])] = asked
    if rng.random() < 0.6:
        made["stacking"]["measure"] = "remaining"


def stacking(rng: Random) -> Entry:
    """Mostly stackable, often only on units at full price."""
    made: Entry = {"mode": rng.choices(["stackable", "exclusive", "group"], [8, 1, 2])[0]}
    if made["mode"] == "group":
        made["group"] = rng.choice(["g", "h"])
    if rng.random() < 0.3:
        made["full_price_only"] = True
    return made
