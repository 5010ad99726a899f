"""The small world of the random cases: a handful of products, few prices, moments near every kind of boundary."""

from dataclasses import dataclass
from random import Random
from typing import Any

Entry = dict[str, Any]
SKUS = ["A", "B", "C", "D"]
CATEGORIES = ["drinks", "coffee", "food"]
BRANDS = ["BEAN", "GRILL"]
TAGS = ["new", "vegan"]
STORES = ["S1", "S2"]
CHANNELS = ["dine_in", "kiosk"]
SEGMENTS = ["vip", "club", "staff"]
# A Friday noon most of the time; a night, both Berlin changes, a leap day's neighbour, the year's end.
MOMENTS = [
    "2026-11-20T12:00:00+07:00",
    "2026-11-20T12:00:00.999+07:00",
    "2026-11-20T12:00Z",
    "2026-11-20T00:00:00+07:00",
    "2026-11-21T01:00:00+07:00",
    "2026-11-20T23:59:59+07:00",
    "2026-11-22T13:30:00-05:30",
    "2026-03-29T03:29:59+02:00",
    "2026-03-29T03:30:00+02:00",
    "2026-10-25T02:15:00+01:00",
    "2026-10-25T02:15:00+02:00",
    "2026-12-31T22:30:00-08:00",
    "2027-03-01T09:00:00+00:00",
    "2028-02-29T09:00:00+14:00",
]
PRICES = [
    [0, 1, 2, 3, 5],
    [100, 100, 200, 300, 500],
    [99, 199, 333, 450, 999],
    [7, 10, 10, 11, 13, 0],
    [1000, 900, 1000, 333],
    [10**10, 10**10 + 1, 33_333_333_333, 7],
]


@dataclass(frozen=True)
class World:
    """What the promotions and the basket of one case are made of."""

    currency: str
    products: list[Entry]
    prices: list[int]


def make_world(rng: Random) -> World:
    """2 to 4 products with what selectors ask for."""
    prices = rng.choice(PRICES[:5] if rng.random() < 0.93 else PRICES)
    products = [product(rng, sku, prices) for sku in SKUS[: rng.randint(2, 4)]]
    return World(rng.choice(["USD", "USD", "JPY"]), products, prices)


def product(rng: Random, sku: str, prices: list[int]) -> Entry:
    """One product."""
    made: Entry = {"sku": sku, "unit_price": rng.choice(prices)}
    if rng.random() < 0.9:
        made["categories"] = rng.sample(CATEGORIES, rng.randint(1, 2))
    if rng.random() < 0.8:
        made["brand"] = rng.choice(BRANDS)
    if rng.random() < 0.4:
        made["tags"] = rng.sample(TAGS, rng.randint(0, 2))
    return made


def selector(rng: Random, world: World) -> Entry | None:
    """A selector that mostly takes something; None or {} takes everything."""
    roll = rng.random()
    if roll < 0.25:
        return None if rng.random() < 0.5 else {}
    made: Entry = {}
    if roll < 0.6:
        made["skus"] = rng.sample(SKUS, rng.randint(1, 2))
    elif roll < 0.85:
        made["categories"] = rng.sample(CATEGORIES, rng.randint(1, 2))
    else:
        key, words = rng.choice([("brands", BRANDS), ("tags", TAGS)])
        made[key] = rng.sample(words, rng.randint(1, 2))
        if rng.random() < 0.3:
            made["skus"] = [rng.choice(SKUS)]
    if rng.random() < 0.12:
        made[rng.choice(["min_unit_price", "max_unit_price"])] = rng.choice(world.prices)
    if rng.random() < 0.12:
        key, words = rng.choice([("skus", SKUS), ("categories", CATEGORIES), ("brands", BRANDS), ("tags", TAGS)])
        made["exclude"] = {key: [rng.choice(words)]}
    return made


def with_items(rng: Random, world: World, holder: Entry) -> Entry:
    """The holder, with a selector under `items` where one was drawn."""
    chosen = selector(rng, world)
    return holder if chosen is None else {**holder, "items": chosen}
