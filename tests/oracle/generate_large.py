"""Large cases: up to 200 lines with hundreds of units each, and 50 to 200 promotions of every type.

Definitions are drawn as for the small baskets; then every word is spread over a catalogue and quantities grow, so that
a promotion meets a part of the basket, as in a shop.
"""

import json
from functools import cache
from random import Random
from typing import Any

from portal.engine import PromotionCompiler
from tests.oracle.generate import basket
from tests.oracle.generate_bundles import left
from tests.oracle.generate_rules import definition
from tests.oracle.generate_world import BRANDS, CATEGORIES, SKUS, TAGS, World, make_world

Entry = dict[str, Any]
POOL = 300
SPREAD = {"skus": 15, "sku": 15, "categories": 4, "brands": 3, "brand": 3, "tags": 3}
QUANTITIES = [1, 1, 1, 2, 3, 5, 10, 40, 150, 300]
MOST_UNITS = 10_000


@cache
def catalogue(seed: int) -> tuple[World, list[Entry]]:
    """A world and the compiled promotions that the cases of many groups choose from."""
    rng = Random(f"large catalogue {seed}")
    world = make_world(rng)
    compiler = PromotionCompiler()
    pool = []
    for number in range(POOL):
        made = spread(rng, compiler.compile_promotion(definition(rng, world, f"P{number}")))
        made["rule"] = grown(rng, made["rule"])
        made.get("schedule", {}).pop("starts_at", None)
        pool.append(made)
    return world, pool


def large_group(seed: int) -> list[Entry]:
    """Two bundles with two baskets each."""
    rng = Random(f"large group {seed}")
    world, pool = catalogue(seed % 8)
    made = []
    for _ in range(2):
        promotions = rng.sample(pool, rng.randint(50, 200))
        bundle: Entry = {"engine": 1, "promotions": [stackable(rng, each) for each in promotions]}
        bundle["settings"] = {"resolution": rng.choice(["best", "best", "priority"]), "explain": rng.random() < 0.6}
        codes = [each["code"] for each in promotions]
        for _ in range(2):
            filled = {**basket(rng, world, codes[:20]), "lines": lines(rng, world)}
            made.append({"bundle": bundle, "basket": filled})
    return made


def stackable(rng: Random, promotion: Entry) -> Entry:
    """A promotion that mostly stacks or is in one of a few groups, so that many apply together."""
    stacking = {key: value for key, value in promotion.get("stacking", {}).items() if key not in ("mode", "group")}
    roll = rng.random()
    if roll < 0.25:
        stacking |= {"mode": "group", "group": f"g{rng.randint(1, 12)}"}
    elif roll < 0.27:
        stacking |= {"mode": "exclusive"}
    made = {**promotion, "stacking": stacking}
    if rng.random() < 0.05:
        made["remaining"] = left(rng)
    return made


def lines(rng: Random, world: World) -> list[Entry]:
    """20 to 200 lines, at most 10,000 units."""
    made: list[Entry] = []
    units = 0
    for number in range(rng.randint(20, 200)):
        quantity = rng.choice(QUANTITIES)
        if units + quantity > MOST_UNITS:
            break
        units += quantity
        price = rng.choice(world.prices) + rng.choice([0, 0, 1, 7, 250])
        line: Entry = {
            "id": str(number),
            "sku": rng.choice(SKUS),
            "categories": rng.sample(CATEGORIES, rng.randint(1, 2)),
            "brand": rng.choice(BRANDS),
            "tags": rng.sample(TAGS, rng.randint(0, 1)),
        }
        line = {**spread(rng, line), "unit_price": price, "quantity": quantity}
        if rng.random() < 0.2:
            line["floor_price"] = rng.choice([price, price // 2, price // 3])
        made.append(line)
    return made


def spread(rng: Random, value: Any, key: str = "") -> Any:
    """The words of a document, each one of several of a larger catalogue."""
    if isinstance(value, dict):
        return {inner_key: spread(rng, inner, inner_key) for inner_key, inner in value.items()}
    if isinstance(value, list):
        made = [spread(rng, inner, key) for inner in value]
        return made if not made or not isinstance(made[0], str) else sorted(set(made))
    return f"{value}{rng.randrange(SPREAD[key])}" if key in SPREAD and isinstance(value, str) else value


def grown(rng: Random, rule: Entry) -> Entry:
    """The rule with larger quantities here and there, and thresholds that a large basket just reaches."""
    made: Entry = json.loads(json.dumps(rule))
    for key in ("buy", "get", "trigger", "offer", "when", "gift"):
        if "quantity" in made.get(key, {}) and rng.random() < 0.4:
            made[key]["quantity"] *= rng.choice([2, 5, 30])
    if made.get("max_units") and rng.random() < 0.6:
        made["max_units"] *= rng.choice([5, 50])
    for part in (made, *made.get("tiers", [])):
        for key in ("min_spend", "min_basket", "at", "amount", "price"):
            if key in part and rng.random() < 0.4:
                part[key] *= rng.choice([5, 50, 500])
    seen: set[int] = set()
    for tier in made.get("tiers", []):
        while tier["at"] in seen:
            tier["at"] += 1
        seen.add(tier["at"])
    return made
