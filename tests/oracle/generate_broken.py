"""Valid cases with one to three mutations that make them invalid, or odd and still valid."""

import copy
from random import Random
from typing import Any

from tests.oracle.generate import bundle_case, case

Entry = dict[str, Any]
Place = tuple[Any, Any]
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    2.0,
    1.5,
    12.345,
    100.5,
    10**12,
    10**12 + 1,
    1e12,
    1e300,
    -0.0,
    10_001,
    "",
    "x",
    "A B",
    "a" * 64,
    "a" * 65,
    "2026-02-30",
    "2026-11-20",
    "24:00",
    "25:00",
    "9:00",
    "2026-11-20T12:00:00",
    "2026-11-20T12:00:00Z",
    "2026-11-20T12:00:60Z",
    "2026-11-20T12:00:00.5+07:00",
    "2026-11-20T12:00+24:00",
    "europe/berlin",
    "EUR",
    "items",
    "basket",
    "group",
    "code",
    "original",
    "remaining",
    "best",
    "P0",
    [],
    [None],
    [1],
    ["x"],
    [""],
    ["x", "x"],
    [0.5, 0.25],
    [0, 1],
    [0.12345, 1],
    {},
    {"x": 1},
    {"x": None},
    [{}],
    [[]],
    # What JavaScript reads, writes or orders in a way of its own.
    2**53 - 1,
    1e16,
    1e21,
    1e-7,
    5e-324,
    123456789012345680.0,
    0.1 + 0.2,
    -1.0,
    1000000000000.5,
    "😀" * 19,
    "é" * 37,
    "a😀" * 30,
    "\ud800",
    "\ud800" * 40,
    "\u2028\x7f\x00",
    '"\\/\b\f\n\r\t',
    "２０２６-11-20",
    "2026-11-20T12:00:00+07:00\n",
    "0000-01-01",
    "9999-12-31T23:59:59",
    {"__proto__": 1},
    {"constructor": {}, "toString": None},
    {"10": 1, "2": 1, "x": 1, "01": 1, "4294967295": 1, "4294967294": 1},
]
KEYS = [
    "foo",
    "percent",
    "basis_points",
    "amount",
    "price",
    "gift",
    "min_spend",
    "min_quantity",
    "quantity",
    "max_units",
    "pick",
    "group",
    "code",
    "items",
    "on",
    "spend",
    "visits",
    "timezone",
    "remaining",
    "description",
    "funding",
    "revision",
    "at",
    "floor_price",
    "currency",
    "windows",
    "bundle",
    "engine",
    "settings",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "length",
    "10",
    "2",
    "-1",
    "",
    "é😀",
]
SUPPLEMENTS: list[tuple[str, Any]] = [
    ("stacking", {"group": "g"}),
    ("stacking", {"mode": "group"}),
    ("stacking", {"base": "original"}),
    ("stacking", {"measure": "remaining"}),
    ("trigger", {"code": "X"}),
    ("trigger", {"kind": "code"}),
    ("schedule", {"starts_at": "2026-11-20T12:00", "ends_at": "2026-11-20T12:00:00"}),
    ("schedule", {"starts_at": "2026-11-20T12:00", "ends_at": "2026-11-20T11:00", "timezone": "Nowhere/Land"}),
    ("schedule", {}),
    ("schedule", None),
    ("currency", None),
    ("funding", 7),
    ("description", ["anything"]),
    ("limits", {"max_discount": 5}),
    ("limits", {"budget": 0}),
    ("experiment", {"key": "", "seed": "", "range": [0.5, 0.4]}),
    ("requires", [{"quantity": 1, "spend": 1}, {}]),
    ("requires", [{"items": {"min_unit_price": 5}, "quantity": 1}]),
    ("type", "lottery"),
    ("priority", 1.0),
    ("name", ""),
    ("scope", {"brands": None, "stores": ["S1", 2]}),
]


def broken_case(seed: int) -> Any:
    """A case with one to three mutations."""
    rng = Random(f"broken {seed}")
    make = bundle_case if rng.random() < 0.15 else case
    made = copy.deepcopy(make(rng.randrange(10**9)))
    for _ in range(rng.randint(1, 3)):
        made = mutated(rng, made)
    return made


def mutated(rng: Random, made: Any) -> Any:
    """One mutation."""
    places = places_of(made)
    if not places or rng.random() < 0.01:
        return rng.choice(ODD)
    mutation = rng.choice(
        [change, change, change, remove, stray, stray, repeat, supplement, supplement, reorder, crowd]
    )
    mutation(rng, made, places)
    return made


def places_of(value: Any) -> list[Place]:
    """Every (holder, key or index) of a document."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places_of(value[key])]


def change(rng: Random, made: Entry, places: list[Place]) -> None:
    """Another value, or the same number as a float."""
    holder, key = rng.choice(places)
    value = holder[key]
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.5:
        holder[key] = rng.choice([float(value), -value, value + 0.5, str(value)])
    else:
        holder[key] = copy.deepcopy(rng.choice(ODD))


def remove(rng: Random, made: Entry, places: list[Place]) -> None:
    """A key less."""
    holder, key = rng.choice(places)
    del holder[key]


def stray(rng: Random, made: Entry, places: list[Place]) -> None:
    """A key that mostly does not belong there, first or last."""
    holders = [made] if isinstance(made, dict) else []
    holders += [holder[key] for holder, key in places if isinstance(holder[key], dict)]
    if not holders:
        return
    holder = rng.choice(holders)
    key, value = rng.choice(KEYS), copy.deepcopy(rng.choice(ODD))
    rest = dict(holder)
    if rng.random() < 0.5:
        holder.clear()
    holder[key] = value
    for other, known in rest.items():
        holder.setdefault(other, known)


def repeat(rng: Random, made: Entry, places: list[Place]) -> None:
    """An entry of a list twice."""
    lists = [holder[key] for holder, key in places if isinstance(holder[key], list) and holder[key]]
    if lists:
        chosen = rng.choice(lists)
        chosen.insert(rng.randint(0, len(chosen)), copy.deepcopy(rng.choice(chosen)))


def supplement(rng: Random, made: Entry, places: list[Place]) -> None:
    """A promotion with something that does nothing in its place, or is half of a pair."""
    promotions = [holder[key] for holder, key in places if isinstance(holder[key], dict) and "rule" in holder[key]]
    if not promotions:
        return
    promotion = rng.choice(promotions)
    key, value = rng.choice(SUPPLEMENTS)
    if isinstance(promotion.get(key), dict) and isinstance(value, dict) and rng.random() < 0.7:
        promotion[key].update(copy.deepcopy(value))
    else:
        promotion[key] = copy.deepcopy(value)


def reorder(rng: Random, made: Entry, places: list[Place]) -> None:
    """The keys of every object in another order."""
    for value in [made, *[holder[key] for holder, key in places]]:
        if isinstance(value, dict):
            entries = list(value.items())
            rng.shuffle(entries)
            value.clear()
            value.update(entries)


def crowd(rng: Random, made: Entry, places: list[Place]) -> None:
    """More lines, units, slots or places than the bounds allow."""
    lists = [
        (key, holder[key])
        for holder, key in places
        if key in ("lines", "slots", "contents", "tiers") and isinstance(holder[key], list) and holder[key]
    ]
    if not lists:
        return
    key, chosen = rng.choice(lists)
    if rng.random() < 0.5 and isinstance(chosen[0], dict):
        chosen[0]["quantity"] = rng.choice([20, 10_001, 10**12] if key == "lines" else [99, 100, 101, 10**12])
        return
    extra = [copy.deepcopy(chosen[-1]) for _ in range(1001 if key == "lines" and rng.random() < 0.1 else 10)]
    for number, entry in enumerate(extra):
        if key == "lines" and isinstance(entry, dict):
            entry["id"] = f"x{number}"
    chosen.extend(extra)
