"""Seeded random cases: small baskets on which most promotions match; ties and rounding are frequent."""

from random import Random
from typing import Any

from tests.oracle.generate_rules import definition
from tests.oracle.generate_world import CHANNELS, MOMENTS, SEGMENTS, STORES, World, make_world
from tests.oracle.reference import compile_definition, evaluate

Entry = dict[str, Any]


def case(seed: int) -> Entry:
    """A valid case of `portal evaluate`."""
    rng = Random(f"case {seed}")
    world = make_world(rng)
    codes = [f"P{number}" for number in range(promotion_count(rng))]
    rng.shuffle(codes)
    filled = basket(rng, world, codes)
    promotions = [giving_definition(rng, world, code, filled) for code in codes]
    made: Entry = {"promotions": promotions, "basket": filled}
    add_settings(rng, made)
    left = remaining(rng, codes)
    if left:
        made["remaining"] = left
    return made


def giving_definition(rng: Random, world: World, code: str, filled: Entry) -> Entry:
    """A definition that mostly gives something on this basket: a few are drawn until one does."""
    made = definition(rng, world, code)
    for _ in range(rng.choice([0, 6, 12, 12])):
        answer = evaluate({"promotions": [made], "basket": filled})
        if answer["applied"] or answer["suggestions"]:
            break
        made = definition(rng, world, code)
    return made


def bundle_case(seed: int) -> Entry:
    """A valid case with a bundle of compiled promotions, some of a type that is not known here."""
    rng = Random(f"bundle {seed}")
    made = case(rng.randrange(10**9))
    compiled = [compile_definition(promotion) for promotion in made.pop("promotions")]
    for promotion in compiled:
        if rng.random() < 0.5:
            promotion["revision"] = rng.randint(1, 9)
        if rng.random() < 0.1:
            promotion["type"], promotion["rule"] = "lottery", {"odds": [1, 2.5], "percent": "x"}
        if rng.random() < 0.2:
            promotion["remaining"] = quota(rng)
    bundle: Entry = {"engine": 1, "currency": "USD", "promotions": compiled}
    settings = made.pop("settings", None)
    if settings is not None:
        bundle["settings"] = settings
    return {"bundle": bundle, **made}


def promotion_count(rng: Random) -> int:
    """Mostly a few; sometimes so many that more than 64 combinations would be tried."""
    return rng.choice([1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6]) if rng.random() < 0.96 else rng.randint(8, 12)


def add_settings(rng: Random, made: Entry) -> None:
    """best, priority, without explanations, or none at all."""
    if rng.random() < 0.5:
        return
    settings: Entry = {}
    if rng.random() < 0.7:
        settings["resolution"] = rng.choice(["best", "best", "priority"])
    if rng.random() < 0.2:
        settings["explain"] = rng.random() < 0.3
    made["settings"] = settings


def quota(rng: Random) -> Entry:
    """What remains of one promotion."""
    names = rng.sample(["total", "per_store", "per_day", "budget"], rng.randint(1, 2))
    return {name: rng.choice([1, 7, 60, 500]) if name == "budget" else rng.choice([1, 1, 5]) for name in names}


def remaining(rng: Random, codes: list[str]) -> Entry:
    """What remains of some promotions; seldom nothing."""
    left = {}
    for code in codes:
        if rng.random() < 0.12:
            left[code] = quota(rng)
            if rng.random() < 0.15:
                left[code][rng.choice(["total", "per_store", "per_day", "budget"])] = rng.choice([0, -3])
    return left


def basket(rng: Random, world: World, codes: list[str]) -> Entry:
    """A basket of the world, with most of what promotions ask for."""
    made: Entry = {
        "currency": world.currency,
        "at": rng.choice(MOMENTS[:3]) if rng.random() < 0.7 else rng.choice(MOMENTS),
    }
    if rng.random() < 0.8:
        made["id"] = f"b-{rng.randint(1, 50)}"
    if rng.random() < 0.85:
        made["store"] = rng.choice(STORES)
    if rng.random() < 0.85:
        made["channel"] = rng.choice(CHANNELS)
    if rng.random() < 0.75:
        made["customer"] = customer(rng, codes)
    if rng.random() < 0.85:
        made["payment"] = payment(rng)
    made["codes"] = rng.sample(["save10", "SAVE10", "Xmas", "other"], rng.randint(0, 3))
    made["vouchers"] = [{"code": f"V-{code}", "promotion": code} for code in codes if rng.random() < 0.5]
    made["lines"] = lines(rng, world)
    return made


def payment(rng: Random) -> Entry:
    """A payment, mostly by card."""
    made: Entry = {"method": rng.choice(["card", "card", "qr", "cash"])}
    if rng.random() < 0.7:
        made["bin"] = rng.choice(["411111", "41", "520000"])
    return made


def customer(rng: Random, codes: list[str]) -> Entry:
    """A customer, mostly known."""
    made: Entry = {}
    if rng.random() < 0.88:
        made["id"] = rng.choice(["C1", "C2", "C3", "É-😀"])
    if rng.random() < 0.7:
        made["segments"] = rng.sample(SEGMENTS, rng.randint(0, 2))
    if rng.random() < 0.7:
        made["birthday"] = rng.choice(
            ["1990-11-20", "1988-11-25", "2000-02-29", "1999-01-02", "1970-12-30", "1970-06-01"]
        )
    if rng.random() < 0.7:
        made["orders"] = rng.choice([0, 1, 3])
    if rng.random() < 0.5:
        made["usage"] = {code: rng.randint(0, 2) for code in codes if rng.random() < 0.5}
    return made


def lines(rng: Random, world: World) -> list[Entry]:
    """0 to 6 lines, at most 10 units."""
    made: list[Entry] = []
    units = 0
    for number in range(rng.choice([0, 1, 2, 2, 3, 3, 3, 4, 4, 5, 6]) if rng.random() < 0.8 else 6):
        product = rng.choice(world.products)
        quantity = rng.choice([1, 1, 1, 2, 2, 3])
        if units + quantity > 10:
            break
        units += quantity
        price = product["unit_price"] if rng.random() < 0.8 else rng.choice(world.prices)
        line = {**product, "id": str(number + 1), "unit_price": price, "quantity": quantity}
        if rng.random() < 0.25:
            line["floor_price"] = rng.choice([0, price, price // 2, price // 3, max(0, price - 1)])
        made.append(line)
    return made
