"""Random valid definitions of every type with every option."""

from random import Random
from typing import Any

from tests.oracle.generate_world import (
    BRANDS,
    CHANNELS,
    SEGMENTS,
    SKUS,
    STORES,
    World,
    with_items,
)
from tests.oracle.reference import compile_definition

Entry = dict[str, Any]
PERCENTS = [10, 12.5, 15, 20, 33.33, 50, 50.0, 66.67, 99.99, 100, 0.01, 5]
TYPES = {
    "percent_discount": 5,
    "amount_discount": 6,
    "happy_hour": 3,
    "bogo": 6,
    "combo": 5,
    "package": 3,
    "mix_match": 5,
    "free_item": 5,
    "upsell": 5,
    "threshold": 6,
    "payment_discount": 3,
    "cashback": 4,
    "cross_brand": 2,
}
SPENDING = ("min_spend", "min_basket")


def definition(rng: Random, world: World, code: str) -> Entry:
    """One definition; without a currency or a measure where the contract wants it so."""
    kind = rng.choices(list(TYPES), list(TYPES.values()))[0]
    made: Entry = {"code": code, "type": kind, "rule": RULES[kind](rng, world)}
    if rng.random() < 0.2:
        made["requires"] = [required(rng, world) for _ in range(rng.randint(1, 2))]
    if rng.random() < 0.12:
        made["trigger"] = rng.choice(
            [{"kind": "code", "code": "SAVE10"}, {"kind": "code", "code": "xMAS"}, {"kind": "voucher"}, {}]
        )
    if kind == "happy_hour" or rng.random() < 0.2:
        made["schedule"] = schedule(rng, kind == "happy_hour")
    for key, chance, make in (("scope", 0.2, scope), ("targeting", 0.15, targeting), ("experiment", 0.06, experiment)):
        if rng.random() < chance:
            made[key] = make(rng)
    if rng.random() < 0.4:
        made["limits"] = limits(rng, world)
    if rng.random() < 0.6:
        made["stacking"] = stacking(rng)
    if rng.random() < 0.5:
        made["priority"] = rng.randint(-1, 2)
    if rng.random() < 0.1:
        made["name"] = "A name"
    if rng.random() < 0.9:
        made["currency"] = world.currency if rng.random() < 0.97 else "EUR"
    return mended(made, world)


def mended(made: Entry, world: World) -> Entry:
    """Without base or measure where they do nothing, with a currency where there is money."""
    for error in compile_definition(made).get("errors", []):
        if error["field"] in ("stacking.base", "stacking.measure"):
            del made["stacking"][error["field"].split(".")[1]]
        elif error["field"] == "currency":
            made["currency"] = world.currency
        else:
            raise ValueError(f"the generator made an invalid definition: {error} in {made}")
    return made


def percent(rng: Random) -> float:
    """A percentage, mostly a plain one."""
    return rng.choice(PERCENTS)


def amount(rng: Random, world: World) -> int:
    """An amount of the size of the prices."""
    return max(1, rng.choice([*world.prices, 1, 5, 50, 100, max(world.prices) // 2, 2 * max(world.prices)]))


def value(rng: Random, world: World, price_factor: int = 1) -> Entry:
    """Exactly one of percent, amount, price."""
    key = rng.choice(["percent", "amount", "price"])
    if key == "percent":
        return {"percent": percent(rng)}
    if key == "amount":
        return {"amount": amount(rng, world)}
    top = max(world.prices) * price_factor
    return {"price": rng.choice([0, top // 2, top * 2 // 3, max(0, top - 1), min(world.prices), rng.randint(0, top)])}


def minimums(rng: Random, world: World, *names: str) -> Entry:
    """Some minimums, mostly none."""
    made: Entry = {}
    for name in names:
        if rng.random() < 0.15:
            made[name] = rng.randint(1, 3) if name == "min_quantity" else amount(rng, world)
    return made


def percent_discount(rng: Random, world: World) -> Entry:
    made = {"percent": percent(rng), **minimums(rng, world, *SPENDING, "min_quantity")}
    if rng.random() < 0.5:
        made["on"] = rng.choice(["items", "basket"])
    return with_items(rng, world, made)


def amount_discount(rng: Random, world: World) -> Entry:
    made: Entry = {"amount": amount(rng, world), **minimums(rng, world, *SPENDING, "min_quantity")}
    made["on"] = rng.choice(["items", "basket", "each_unit", "each_unit"])
    if made["on"] == "each_unit" and rng.random() < 0.6:
        made["max_units"] = rng.randint(1, 4)
        if rng.random() < 0.6:
            made["pick"] = rng.choice(["highest_price", "lowest_price"])
    return with_items(rng, world, made)


def happy_hour(rng: Random, world: World) -> Entry:
    return with_items(rng, world, value(rng, world))


def part(rng: Random, world: World, most: int = 2) -> Entry:
    """A selector and a quantity."""
    made: Entry = {} if rng.random() < 0.5 else {"quantity": rng.randint(1, most)}
    return with_items(rng, world, made)


def bogo(rng: Random, world: World) -> Entry:
    made: Entry = {"buy": part(rng, world), "get": part(rng, world)}
    if rng.random() < 0.4:
        made["get"].pop("items", None)
    if rng.random() < 0.4:
        made["percent"] = percent(rng)
    if rng.random() < 0.5:
        made["pick"] = rng.choice(["highest_price", "lowest_price"])
    return made


def combo(rng: Random, world: World) -> Entry:
    slots = [part(rng, world) for _ in range(rng.choice([1, 2, 2, 2, 3]))]
    return {"slots": slots, **value(rng, world, len(slots))}


def package(rng: Random, world: World) -> Entry:
    contents = []
    for _ in range(rng.choice([1, 2, 2, 3])):
        content: Entry = {"sku": rng.choice(SKUS)}
        if rng.random() < 0.3:
            content["quantity"] = 2
        contents.append(content)
    top = max(world.prices) * len(contents)
    return {"contents": contents, "price": rng.randint(0, top)}


def mix_match(rng: Random, world: World) -> Entry:
    quantity = rng.choice([1, 2, 2, 3, 4])
    made: Entry = {"quantity": quantity, **value(rng, world, quantity)}
    if rng.random() < 0.35:
        made["pick"] = "lowest_price"
    return with_items(rng, world, made)


def gift(rng: Random, world: World) -> Entry:
    made: Entry = {"sku": rng.choice(SKUS)}
    if rng.random() < 0.4:
        made["quantity"] = rng.randint(1, 3)
    if rng.random() < 0.6:
        made["unit_price"] = rng.choice(world.prices)
    return made


def free_item(rng: Random, world: World) -> Entry:
    when = with_items(rng, world, {})
    roll = rng.random()
    if roll < 0.4:
        when["min_spend"] = amount(rng, world)
    elif roll < 0.8:
        when["quantity"] = rng.randint(1, 3)
    made: Entry = {"gift": gift(rng, world), "when": when}
    if rng.random() < 0.6:
        made["repeat"] = rng.random() < 0.7
    return made


def upsell(rng: Random, world: World) -> Entry:
    made = {"trigger": part(rng, world), "offer": part(rng, world), **value(rng, world)}
    if rng.random() < 0.6 and not made["offer"].get("items"):
        made["offer"]["items"] = {"skus": [rng.choice(SKUS)]}
    if rng.random() < 0.4:
        made["pick"] = rng.choice(["highest_price", "lowest_price"])
    if rng.random() < 0.5:
        made["message"] = rng.choice(["Fries?", ""])
    return made


def threshold(rng: Random, world: World) -> Entry:
    by_quantity = rng.random() < 0.4
    made: Entry = {"on": "quantity"} if by_quantity else {} if rng.random() < 0.5 else {"on": "spend"}
    if rng.random() < 0.25:
        return with_items(rng, world, {**made, "tiers": [amount_tier(rng, world, by_quantity)], "repeat": True})
    spots = [rng.randint(1, 5) if by_quantity else amount(rng, world) for _ in range(rng.randint(1, 3))]
    made["tiers"] = [{"at": spot, **tier_value(rng, world)} for spot in dict.fromkeys(spots)]
    return with_items(rng, world, made)


def amount_tier(rng: Random, world: World, by_quantity: bool) -> Entry:
    return {"at": rng.randint(1, 3) if by_quantity else amount(rng, world), "amount": amount(rng, world)}


def tier_value(rng: Random, world: World) -> Entry:
    return {"gift": gift(rng, world)} if rng.random() < 0.3 else value(rng, world)


def payment_discount(rng: Random, world: World) -> Entry:
    made: Entry = {"percent": percent(rng)} if rng.random() < 0.6 else {"amount": amount(rng, world)}
    if rng.random() < 0.5:
        made["methods"] = rng.sample(["card", "qr", "cash"], rng.randint(1, 3))
    if rng.random() < 0.25:
        made["bins"] = rng.sample(["41", "4111", "52"], rng.randint(1, 2))
    if rng.random() < 0.4:
        made["min_spend"] = amount(rng, world)
    return made


def cashback(rng: Random, world: World) -> Entry:
    made: Entry = {"percent": percent(rng)} if rng.random() < 0.6 else {"amount": amount(rng, world)}
    if rng.random() < 0.5:
        made["credit"] = rng.choice(["wallet", "points", "voucher"])
    if rng.random() < 0.3:
        made["expires_days"] = 30
    if rng.random() < 0.4:
        made["min_spend"] = amount(rng, world)
    return with_items(rng, world, made)


def cross_brand(rng: Random, world: World) -> Entry:
    earn: Entry = {"brands": rng.sample(BRANDS, rng.randint(1, 2))} if rng.random() < 0.9 else {}
    earn[rng.choice(["spend", "visits"])] = 5
    made: Entry = {"earn": earn, "reward": {"promotion": "THANKS"}}
    if rng.random() < 0.3:
        made["max_rewards"] = 2
    return made


RULES = {
    "percent_discount": percent_discount,
    "amount_discount": amount_discount,
    "happy_hour": happy_hour,
    "bogo": bogo,
    "combo": combo,
    "package": package,
    "mix_match": mix_match,
    "free_item": free_item,
    "upsell": upsell,
    "threshold": threshold,
    "payment_discount": payment_discount,
    "cashback": cashback,
    "cross_brand": cross_brand,
}


def required(rng: Random, world: World) -> Entry:
    """One requirement, mostly met."""
    asked = {"quantity": rng.choice([1, 1, 2])} if rng.random() < 0.7 else {"spend": amount(rng, world)}
    return with_items(rng, world, asked)


def schedule(rng: Random, needs_windows: bool) -> Entry:
    """Starts, ends, zones with gaps, windows across midnight, weekdays, excluded dates; mostly open."""
    made: Entry = {}
    if rng.random() < 0.4:
        made["starts_at"] = rng.choice(
            ["2026-01-01T00:00:00", "2026-03-29T02:30", "2026-11-20T12:00:00", "2026-11-20T05:00"]
        )
    if rng.random() < 0.3:
        made["ends_at"] = rng.choice(["2028-12-31T00:00", "2026-11-20T12:00:01", "2027-10-31T02:30:00"])
    if rng.random() < 0.4:
        made["timezone"] = rng.choice(
            ["Europe/Berlin", "Asia/Jakarta", "America/New_York", "UTC", "Australia/Lord_Howe"]
        )
    if rng.random() < 0.3:
        made["weekdays"] = rng.choice([[1, 2, 3, 4, 5], [5], [6, 7], [5, 4, 7]])
    if needs_windows or rng.random() < 0.4:
        made["windows"] = [window(rng) for _ in range(rng.randint(1, 2))]
    if rng.random() < 0.2:
        made["excluded_dates"] = rng.sample(["2026-11-20", "2026-11-21", "2026-11-19", "2026-12-25"], 2)
    return made


def window(rng: Random) -> Entry:
    """A window, mostly around noon."""
    start, end = rng.choice(
        [
            ("11:00", "14:00"),
            ("00:00", "24:00"),
            ("12:00", "12:01"),
            ("22:00", "13:00"),
            ("22:00", "02:00"),
            ("12:00", "12:00"),
        ]
    )
    made: Entry = {"from": start, "to": end}
    if rng.random() < 0.3:
        made["weekdays"] = rng.choice([[5], [4, 5], [6], []])
    return made


def scope(rng: Random) -> Entry:
    """Brands most of all."""
    made: Entry = {}
    if rng.random() < 0.6:
        made["brands"] = rng.sample(BRANDS, rng.choice([1, 1, 2]))
    if rng.random() < 0.3:
        made["stores"] = rng.sample(STORES, rng.randint(1, 2))
    if rng.random() < 0.15:
        made["exclude_stores"] = [rng.choice(STORES)]
    if rng.random() < 0.2:
        made["channels"] = rng.sample(CHANNELS, rng.randint(1, 2))
    return made


def targeting(rng: Random) -> Entry:
    """Who may have it."""
    made: Entry = {}
    if rng.random() < 0.4:
        made["segments"] = rng.sample(SEGMENTS, 2)
    if rng.random() < 0.2:
        made["exclude_segments"] = [rng.choice(SEGMENTS)]
    if rng.random() < 0.4:
        made["customers"] = rng.choice(["any", "known", "anonymous", "new", "returning"])
    if rng.random() < 0.3:
        made["birthday_window_days"] = rng.choice([0, 1, 3, 5, 400])
    return made


def experiment(rng: Random) -> Entry:
    """An arm of an experiment."""
    span = rng.choice([[0.0, 0.5], [0.5, 1], [0, 1.0], [0.3, 0.3], [0.1234, 0.9876]])
    return {
        "key": "exp1",
        "seed": rng.choice(["exp1", "", "é"]),
        "unit": rng.choice(["customer", "store", "basket"]),
        "range": span,
    }


def limits(rng: Random, world: World) -> Entry:
    """Limits, with caps that cut."""
    made: Entry = {}
    for name, chance in (("total", 0.15), ("per_store", 0.1), ("per_day", 0.1), ("per_customer", 0.15)):
        if rng.random() < chance:
            made[name] = rng.randint(1, 3)
    if rng.random() < 0.3:
        made["budget"] = amount(rng, world)
    if rng.random() < 0.5:
        made["per_basket"] = rng.randint(1, 3)
    if rng.random() < 0.45:
        made["max_discount"] = amount(rng, world)
    if rng.random() < 0.1:
        made["offline"] = rng.choice(["open", "leased", "online_only"])
    return made


def stacking(rng: Random) -> Entry:
    """Mode, group, base, measure, full_price_only."""
    made: Entry = {}
    mode = rng.choices(["stackable", "exclusive", "group"], [5, 2, 4])[0]
    if mode != "stackable" or rng.random() < 0.3:
        made["mode"] = mode
    if mode == "group":
        made["group"] = rng.choice(["g", "g", "h"])
    if rng.random() < 0.35:
        made["base"] = "original"
    if rng.random() < 0.5:
        made["measure"] = "remaining"
    if rng.random() < 0.2:
        made["full_price_only"] = True
    return made
