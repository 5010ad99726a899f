"""Groups of cases with compiled bundles: one world's promotions and baskets, combined anew for each case.

Making a promotion that gives something costs more than pricing it does, so a group draws a few dozen of them once.
"""

import copy
from random import Random
from typing import Any

from portal.engine import Invalid, PromotionCalculator, PromotionCompiler
from tests.oracle.generate import basket, promotion_count, quota
from tests.oracle.generate_broken import mutated
from tests.oracle.generate_names import renamed
from tests.oracle.generate_resolution import promotion as resolution_promotion
from tests.oracle.generate_resolution import resolution_world
from tests.oracle.generate_rules import definition
from tests.oracle.generate_world import World, make_world, product

Entry = dict[str, Any]
GROUP = 96
POOL = 20
BASKETS = 8
HUGE = [10**12, 10**12 - 1, 999_999_999_999, 333_333_333_333, 2**39, 10**11 + 7, 94_906_267, 10**6, 3, 2, 1]
HUGE_KEYS = ("amount", "price", "unit_price", "at", "min_spend", "min_basket", "budget", "max_discount", "per_basket")


def valid_group(seed: int) -> list[Entry]:
    """Small baskets on which most promotions match."""
    return group(Random(f"valid group {seed}"))


def names_group(seed: int) -> list[Entry]:
    """The same with names that mean something to JavaScript, or need care as text."""
    rng = Random(f"names group {seed}")
    return [renamed(rng, made) for made in group(rng)]


def huge_group(seed: int) -> list[Entry]:
    """Amounts up to 10**12, whose products pass 2**53 by far, beside small ones."""
    rng = Random(f"huge group {seed}")
    prices = rng.choice(
        [
            [10**11, 10**11 - 1, 33_333_333_333, 7],
            [99_999_999_999, 66_666_666_667, 1, 0],
            [12_345_678_901, 98_765_432_109, 10**10, 3],
            [10**12 // 10, 10**12 // 10 - 1, 2**36 + 1, 2**33],
        ]
    )
    world = World("USD", [product(rng, sku, prices) for sku in ("A", "B", "C")], prices)
    return group(rng, world)


def resolution_group(seed: int) -> list[Entry]:
    """Cases about which promotions are taken: most give something alone, and meet."""
    rng = Random(f"resolution group {seed}")
    made: list[Entry] = []
    while len(made) < GROUP:
        world, basket, spend = resolution_world(rng)
        number = rng.choice([2, 3, 3, 4, 4, 5, 5, 6]) if rng.random() < 0.95 else 10
        promotions = [meeting(rng, world, f"P{each}", spend, basket) for each in range(number)]
        for _ in range(4):
            bundle = {"engine": 1, "promotions": rng.sample(promotions, rng.randint(2, number))}
            made.append({"bundle": bundle, "basket": {**basket, "lines": other_lines(rng, basket["lines"])}})
    return made


def meeting(rng: Random, world: World, code: str, spend: int, basket: Entry) -> Entry:
    """A compiled promotion that mostly gives something on this basket."""
    for _ in range(rng.choice([1, 4, 4])):
        made = _compiled(resolution_promotion(rng, world, code, spend))
        calculator = calculator_of(made)
        if calculator and gives(calculator, [basket]):
            break
    return made


def other_lines(rng: Random, lines: list[Entry]) -> list[Entry]:
    """The lines of a basket in another order and number."""
    made = [dict(line) for line in lines]
    rng.shuffle(made)
    for line in made:
        if rng.random() < 0.2:
            line["quantity"] = rng.randint(1, 3)
    return made


def broken_group(seed: int) -> list[Any]:
    """Cases of which each has one to three mutations, most of them mistakes."""
    rng = Random(f"broken group {seed}")
    cases: list[Any] = group(rng)
    if rng.random() < 0.3:
        cases = [renamed(rng, made) for made in cases]
    broken = []
    for made in cases:
        broken_case = copy.deepcopy(made)
        for _ in range(rng.randint(1, 3)):
            broken_case = mutated(rng, broken_case)
        broken.append(broken_case)
    return broken


def group(rng: Random, world: World | None = None) -> list[Entry]:
    """The cases of one world; of one that is given, the amounts are blown up."""
    huge, world = world is not None, world or make_world(rng)
    codes = [f"P{number}" for number in range(POOL)]
    baskets = [basket(rng, world, codes) for _ in range(BASKETS)]
    pool = [giving(rng, world, code, baskets, huge) for code in codes]
    fitting = [[made for made, calculator in pool if calculator and gives(calculator, [each])] for each in baskets]
    everything = [made for made, _ in pool]
    cases = []
    for _ in range(GROUP):
        chosen = rng.randrange(BASKETS)
        cases.append(combined(rng, fitting[chosen], everything, baskets[chosen]))
    return cases


def giving(
    rng: Random, world: World, code: str, baskets: list[Entry], huge: bool
) -> tuple[Entry, PromotionCalculator | None]:
    """A compiled promotion that mostly gives something on one of the first baskets, and its calculator."""
    for _ in range(rng.choice([1, 6, 6, 6])):
        made = _compiled(definition(rng, world, code))
        larger = inflated(rng, made) if huge else made
        made = larger if calculator_of(larger) else made
        calculator = calculator_of(made)
        if calculator and gives(calculator, baskets[:3]):
            break
    return made, calculator


def calculator_of(compiled: Entry) -> PromotionCalculator | None:
    """A calculator of one promotion; None for one that is blown up beyond what is valid."""
    try:
        return PromotionCalculator({"engine": 1, "promotions": [compiled]})
    except Invalid:
        return None


def gives(calculator: PromotionCalculator, baskets: list[Entry]) -> bool:
    """True where something is applied or suggested on some basket."""
    results = (calculator.calculate_promotions(each) for each in baskets)
    return any(result["applied"] or result["suggestions"] for result in results)


def _compiled(made: Entry) -> Entry:
    return PromotionCompiler().compile_promotion(made)


def inflated(rng: Random, promotion: Entry) -> Entry:
    """A promotion with huge numbers in its rule and limits."""
    made = copy.deepcopy(promotion)
    inflate(rng, made["rule"])
    inflate(rng, made.get("limits", {}))
    return made


def inflate(rng: Random, holder: Any) -> None:
    """Huge numbers in place of some amounts of a rule, and of the quantities that no bound keeps small."""
    if isinstance(holder, list):
        for entry in holder:
            inflate(rng, entry)
    if not isinstance(holder, dict):
        return
    for key, value in holder.items():
        if key in ("gift", "when", "buy", "get", "offer", "trigger") and rng.random() < 0.25:
            value["quantity"] = rng.choice(HUGE)
            if key == "when":
                value.pop("min_spend", None)
        if key in HUGE_KEYS and rng.random() < 0.4:
            holder[key] = rng.choice(HUGE)
        elif key not in ("items", "slots", "contents"):
            inflate(rng, value)


def combined(rng: Random, fitting: list[Entry], everything: list[Entry], filled: Entry) -> Entry:
    """A case with a basket and some promotions, mostly of those that give something on it."""
    number = promotion_count(rng)
    promotions = rng.sample(fitting, min(len(fitting), max(1, number * 3 // 4)))
    others = [each for each in everything if each not in promotions]
    promotions += rng.sample(others, max(0, number - len(promotions)))
    rng.shuffle(promotions)
    promotions = [varied(rng, each) for each in promotions]
    bundle: Entry = {"engine": 1, "currency": filled["currency"], "promotions": promotions}
    made: Entry = {"bundle": bundle, "basket": filled}
    if rng.random() < 0.5:
        bundle["settings"] = {"resolution": rng.choice(["best", "best", "priority"])}
        if rng.random() < 0.2:
            bundle["settings"]["explain"] = rng.random() < 0.3
    if rng.random() < 0.1:
        made["remaining"] = {rng.choice(promotions)["code"]: left(rng)}
    return made


def left(rng: Random) -> Entry:
    """What remains of one promotion; seldom nothing."""
    made = quota(rng)
    if rng.random() < 0.2:
        made[rng.choice(["total", "per_store", "per_day", "budget"])] = rng.choice([0, -3])
    return made


def varied(rng: Random, promotion: Entry) -> Entry:
    """A promotion of the pool in another place among the others."""
    made = dict(promotion)
    if rng.random() < 0.4:
        made["priority"] = rng.randint(-1, 2)
    if rng.random() < 0.3:
        stacking = {key: value for key, value in made.get("stacking", {}).items() if key not in ("mode", "group")}
        made["stacking"] = {**stacking, **rng.choice([{}, {}, {"mode": "exclusive"}, grouped("g"), grouped("h")])}
    if rng.random() < 0.2:
        made["revision"] = rng.randint(0, 9)
    if rng.random() < 0.1:
        made["remaining"] = left(rng)
    if rng.random() < 0.03:
        made["type"], made["rule"] = "lottery", {"odds": [1, 2.5], "percent": "x"}
    return made


def grouped(name: str) -> Entry:
    """Stacking within a group."""
    return {"mode": "group", "group": name}
