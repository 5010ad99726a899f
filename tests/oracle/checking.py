"""What is wrong with a case: single values by their shape, then the checks across fields where those are valid."""

from typing import Any

from tests.oracle import kinds, shapes
from tests.oracle.instants import local_seconds, meant_instant
from tests.oracle.problems import Path, Problems


def problems_of_case(case: Any) -> list[dict[str, str]]:
    """Every problem of a case of `portal evaluate`, in the contract's order."""
    problems = Problems()
    check_case(problems, case)
    return problems.listed(case)


def problems_of_definition(definition: Any) -> list[dict[str, str]]:
    """Every problem of one definition."""
    problems = Problems()
    check_promotion(problems, (), definition, compiled=False)
    return problems.listed(definition)


def check_case(problems: Problems, case: Any) -> None:
    """The case as a whole."""
    names = ("promotions", "basket", "settings", "remaining", "bundle")
    bundled = isinstance(case, dict) and case.get("bundle") is not None
    kinds.object_of("basket" if bundled else "promotions basket", **dict.fromkeys(names, kinds.anything))(
        problems, (), case
    )
    if not isinstance(case, dict):
        return
    given = {key: value for key, value in case.items() if value is not None}
    if bundled:
        for key in ("promotions", "settings"):
            if key in given:
                problems.add((key,), "a bundle stands in place of it")
        check_bundle(problems, ("bundle",), given["bundle"])
    else:
        if "promotions" in given:
            check_promotions(problems, ("promotions",), given["promotions"], compiled=False)
        if "settings" in given:
            shapes.settings(problems, ("settings",), given["settings"])
    if "basket" in given:
        check_basket(problems, ("basket",), given["basket"])
    if "remaining" in given:
        check_remaining(problems, given)


def check_bundle(problems: Problems, path: Path, bundle: Any) -> None:
    """A bundle; of one with a newer engine nothing else is read."""
    engine = bundle.get("engine") if isinstance(bundle, dict) else None
    if isinstance(engine, int | float) and not isinstance(engine, bool) and engine > 1:
        problems.add(path + ("engine",), "is newer than this engine")
        return
    kinds.object_of(
        "engine promotions",
        engine=kinds.integer(1, 1),
        currency=kinds.currency,
        settings=shapes.settings,
        promotions=kinds.anything,
        golden=kinds.anything,
        voucher_keys=kinds.anything,
    )(problems, path, bundle)
    if isinstance(bundle, dict) and bundle.get("promotions") is not None:
        check_promotions(problems, path + ("promotions",), bundle["promotions"], compiled=True)


def check_promotions(problems: Problems, path: Path, promotions: Any, compiled: bool) -> None:
    """A list of promotions, no code twice."""
    if not isinstance(promotions, list):
        problems.add(path, "must be a list")
        return
    seen = set()
    for index, promotion in enumerate(promotions):
        check_promotion(problems, path + (index,), promotion, compiled)
        if isinstance(promotion, dict) and promotion.get("code") is not None:
            place = path + (index, "code")
            if problems.clean(place):
                if promotion["code"] in seen:
                    problems.add(place, "is there twice")
                seen.add(promotion["code"])


def check_remaining(problems: Problems, case: dict[str, Any]) -> None:
    """What remains, by code; of an unknown code nothing is read."""
    if not isinstance(case["remaining"], dict):
        problems.add(("remaining",), "must be an object")
        return
    codes, all_known = known_codes(problems, case)
    for code, left in case["remaining"].items():
        if left is not None and code in codes:
            shapes.remaining(problems, ("remaining", code), left)
        elif left is not None and all_known:
            problems.add(("remaining", code), "is not among the promotions")


def known_codes(problems: Problems, case: dict[str, Any]) -> tuple[set[str], bool]:
    """The codes of the promotions that can be read, and whether those are all."""
    path: Path = ("promotions",)
    promotions = case.get("promotions")
    if case.get("bundle") is not None:
        path = ("bundle", "promotions")
        promotions = case["bundle"].get("promotions") if isinstance(case["bundle"], dict) else None
    if not isinstance(promotions, list) or problems.found.get(("bundle", "engine"), "").endswith("this engine"):
        return set(), False
    codes = set()
    for index, promotion in enumerate(promotions):
        place = path + (index, "code")
        twice = problems.found.get(place) == "is there twice"
        if isinstance(promotion, dict) and (twice or problems.clean(place)):
            codes.add(promotion["code"])
        else:
            codes.add("")
    return codes - {""}, "" not in codes


def check_basket(problems: Problems, path: Path, basket: Any) -> None:
    """A basket, with its bounds."""
    shapes.basket(problems, path, basket)
    if not isinstance(basket, dict) or not isinstance(basket.get("lines"), list):
        return
    place = path + ("lines",)
    ids: set[str] = set()
    for index, line in enumerate(basket["lines"]):
        if isinstance(line, dict):
            check_line(problems, place + (index,), line, ids)
    check_bounds(problems, place, basket["lines"])


def check_line(problems: Problems, path: Path, line: dict[str, Any], ids: set[str]) -> None:
    """A line's id is its own, its floor is not above its price."""
    if line.get("id") is not None and problems.clean(path + ("id",)):
        if line["id"] in ids:
            problems.add(path + ("id",), "is there twice")
        ids.add(line["id"])
    both = len(present(line, "floor_price", "unit_price")) == 2
    valid = all(problems.clean(path + (key,)) for key in ("floor_price", "unit_price"))
    if both and valid and line["floor_price"] > line["unit_price"]:
        problems.add(path + ("floor_price",), "is above the unit price")


def check_bounds(problems: Problems, path: Path, lines: list[Any]) -> None:
    """At most 1,000 lines, 10,000 units, a subtotal of 10**12."""
    if len(lines) > 1000:
        problems.add(path, "has more than 1,000 lines")
    places = [path + (index,) for index in range(len(lines))]
    if not all(isinstance(line, dict) for line in lines):
        return
    counted = all(problems.clean(place + ("quantity",)) for place in places)
    if counted and sum(line["quantity"] for line in lines) > 10_000:
        problems.add(path, "has more than 10,000 units")
    priced = all(problems.clean(place + ("unit_price",)) for place in places)
    if counted and priced and sum(int(line["quantity"]) * int(line["unit_price"]) for line in lines) > kinds.LIMIT:
        problems.add(path, "has a subtotal above 10**12")


def check_promotion(problems: Problems, path: Path, promotion: Any, compiled: bool) -> None:
    """One definition or compiled promotion."""
    rules = shapes.COMPILED_RULES if compiled else shapes.RULES
    kind = promotion.get("type") if isinstance(promotion, dict) else None
    if compiled and isinstance(kind, str) and kind != "" and kind not in rules:
        shapes.unsupported(problems, path, promotion)
        return
    (shapes.compiled if compiled else shapes.definition)(problems, path, promotion)
    if not isinstance(promotion, dict):
        return
    rule = promotion.get("rule")
    if isinstance(kind, str) and kind in rules and rule is not None:
        rules[kind](problems, path + ("rule",), rule)
        if isinstance(rule, dict):
            check_rule(problems, path + ("rule",), kind, rule)
            check_base_and_measure(problems, path, kind, rule, promotion)
    if kind == "happy_hour":
        check_windows(problems, path, promotion)
    check_requires(problems, path, promotion)
    check_trigger(problems, path, promotion)
    check_schedule(problems, path, promotion)
    check_group(problems, path, promotion)
    check_range(problems, path, promotion)
    check_currency(problems, path, promotion, kind, rule)


def present(holder: Any, *keys: str) -> list[str]:
    """Which of the keys are there and not null."""
    return [key for key in keys if isinstance(holder, dict) and holder.get(key) is not None]


def exactly_one(problems: Problems, path: Path, holder: Any, *keys: str) -> None:
    """Exactly one of the keys; the check is made where those that are there are valid."""
    there = present(holder, *keys)
    if isinstance(holder, dict) and all(problems.clean(path + (key,)) for key in there) and len(there) != 1:
        problems.add(path, "needs exactly one of " + ", ".join(keys))


def rate_name(problems: Problems, path: Path) -> str:
    """What a percentage is called in this rule or tier."""
    return "basis_points" if "basis_points" in problems.page_orders.get(path, []) else "percent"


def check_rule(problems: Problems, path: Path, kind: str, rule: dict[str, Any]) -> None:
    """The checks across the fields of a rule."""
    rate = rate_name(problems, path)
    if kind in ("happy_hour", "combo", "mix_match", "upsell"):
        exactly_one(problems, path, rule, rate, "amount", "price")
    if kind in ("payment_discount", "cashback"):
        exactly_one(problems, path, rule, rate, "amount")
    if kind == "amount_discount":
        check_each_unit(problems, path, rule)
    if kind == "cross_brand" and isinstance(rule.get("earn"), dict):
        exactly_one(problems, path + ("earn",), rule["earn"], "spend", "visits")
    if kind == "free_item" and len(present(rule.get("when"), "min_spend", "quantity")) == 2:
        exactly_one(problems, path + ("when",), rule["when"], "min_spend", "quantity")
    if kind == "threshold":
        check_tiers(problems, path, rule)
    check_places(problems, path, kind, rule)


def check_each_unit(problems: Problems, path: Path, rule: dict[str, Any]) -> None:
    """`max_units` and `pick` belong to each_unit, `pick` to `max_units`."""
    if not problems.clean(path + ("on",)):
        return
    each_unit = rule.get("on") == "each_unit"
    for key in present(rule, "max_units", "pick"):
        if not each_unit:
            problems.add(path + (key,), "only with each_unit")
    if each_unit and present(rule, "pick") and not present(rule, "max_units"):
        problems.add(path + ("pick",), "only with max_units")


def check_tiers(problems: Problems, path: Path, rule: dict[str, Any]) -> None:
    """Each tier gives one thing, no two have the same `at`, `repeat` wants one tier with an amount."""
    tiers = rule.get("tiers")
    if not isinstance(tiers, list):
        return
    seen = set()
    for index, tier in enumerate(tiers):
        place = path + ("tiers", index)
        exactly_one(problems, place, tier, rate_name(problems, place), "amount", "price", "gift")
        if present(tier, "at") and problems.clean(place + ("at",)):
            if tier["at"] in seen:
                problems.add(place + ("at",), "is there twice")
            seen.add(tier["at"])
    can_repeat = len(tiers) == 1 and present(tiers[0], "amount")
    if rule.get("repeat") is True and problems.clean(path + ("tiers",)) and not can_repeat:
        problems.add(path + ("repeat",), "only with one tier that gives an amount")


def check_places(problems: Problems, path: Path, kind: str, rule: dict[str, Any]) -> None:
    """A set has at most 10 slots and 100 places."""
    key = {"combo": "slots", "package": "contents", "mix_match": "quantity"}.get(kind)
    if key is None or rule.get(key) is None:
        return
    if kind == "mix_match":
        if problems.clean(path + (key,)) and rule[key] > 100:
            problems.add(path + (key,), "is more than 100 places")
        return
    parts = rule[key]
    if isinstance(parts, list) and len(parts) > 10:
        problems.add(path + (key,), "is more than 10 slots")
    if isinstance(parts, list) and all(isinstance(part, dict) for part in parts):
        counted = all(problems.clean(path + (key, index, "quantity")) for index in range(len(parts)))
        if counted and sum(1 if part.get("quantity") is None else part["quantity"] for part in parts) > 100:
            problems.add(path + (key,), "is more than 100 places")


def check_base_and_measure(
    problems: Problems, path: Path, kind: str, rule: dict[str, Any], promotion: dict[str, Any]
) -> None:
    """`base: original` wants a percentage of the promotion's own, `measure: remaining` a spend that it reads."""
    stacking = promotion.get("stacking")
    if not isinstance(stacking, dict):
        return
    if stacking.get("base") == "original" and takes_no_percentage(problems, path + ("rule",), kind, rule):
        problems.add(path + ("stacking", "base"), "the rule takes no percentage")
    if stacking.get("measure") == "remaining" and reads_no_spend(problems, path + ("rule",), kind, rule):
        problems.add(path + ("stacking", "measure"), "the rule reads no spend")


def takes_no_percentage(problems: Problems, path: Path, kind: str, rule: dict[str, Any]) -> bool:
    """True where it is certain that `base: original` has nothing to do."""
    if kind not in ("percent_discount", "happy_hour", "payment_discount", "cashback", "threshold"):
        return True
    parts = (rule.get("tiers") or []) if kind == "threshold" else [rule]
    if not problems.clean(path + ("tiers",)) or any(present(part, "percent", "basis_points") for part in parts):
        return False
    return any(present(part, "amount", "price", "gift") for part in parts)


def reads_no_spend(problems: Problems, path: Path, kind: str, rule: dict[str, Any]) -> bool:
    """True where it is certain that `measure: remaining` has nothing to do."""
    if kind == "threshold":
        return problems.clean(path + ("on",)) and rule.get("on") == "quantity"
    holder = rule.get("when") if kind == "free_item" else rule
    if kind == "free_item" and not problems.clean(path + ("when",)):
        return False
    return not present(holder, "min_spend", "min_basket")


def check_windows(problems: Problems, path: Path, promotion: dict[str, Any]) -> None:
    """A happy hour has windows."""
    schedule = promotion.get("schedule")
    place = path + ("schedule", "windows")
    if schedule is None or (isinstance(schedule, dict) and schedule.get("windows") in (None, [])):
        problems.add(place, "a happy hour needs windows")


def check_requires(problems: Problems, path: Path, promotion: dict[str, Any]) -> None:
    """Each requirement asks a quantity or a spend."""
    if isinstance(promotion.get("requires"), list):
        for index, wanted in enumerate(promotion["requires"]):
            exactly_one(problems, path + ("requires", index), wanted, "quantity", "spend")


def check_trigger(problems: Problems, path: Path, promotion: dict[str, Any]) -> None:
    """A `code` and the kind `code` go together."""
    trigger = promotion.get("trigger")
    place = path + ("trigger",)
    if not isinstance(trigger, dict) or not problems.clean(place + ("kind",)):
        return
    wants_code = trigger.get("kind") == "code"
    if wants_code and not present(trigger, "code"):
        problems.add(place + ("code",), "is required")
    if present(trigger, "code") and not wants_code:
        problems.add(place + ("code",), "only with the kind code")


def check_group(problems: Problems, path: Path, promotion: dict[str, Any]) -> None:
    """A `group` and the mode `group` go together."""
    stacking = promotion.get("stacking")
    place = path + ("stacking",)
    if not isinstance(stacking, dict) or not problems.clean(place + ("mode",)):
        return
    wants_group = stacking.get("mode") == "group"
    if wants_group and not present(stacking, "group"):
        problems.add(place + ("group",), "is required")
    if present(stacking, "group") and not wants_group:
        problems.add(place + ("group",), "only with the mode group")


def check_schedule(problems: Problems, path: Path, promotion: dict[str, Any]) -> None:
    """A promotion ends after it starts."""
    schedule = promotion.get("schedule") or {}
    place = path + ("schedule",)
    if len(present(schedule, "starts_at", "ends_at")) < 2:
        return
    if not all(problems.clean(place + (key,)) for key in ("starts_at", "ends_at")):
        return
    instants = [schedule[key].endswith("Z") for key in ("starts_at", "ends_at")]
    if instants[0] != instants[1]:
        return
    start, end = (local_seconds(schedule[key]) for key in ("starts_at", "ends_at"))
    if end > start and schedule.get("timezone") is not None and problems.clean(place + ("timezone",)):
        start, end = (meant_instant(schedule[key], schedule["timezone"]) for key in ("starts_at", "ends_at"))
    if end <= start:
        problems.add(place + ("ends_at",), "is not later than starts_at")


def check_range(problems: Problems, path: Path, promotion: dict[str, Any]) -> None:
    """An experiment's range is two numbers, the lower first."""
    experiment = promotion.get("experiment")
    place = path + ("experiment", "range")
    if not isinstance(experiment, dict) or not isinstance(experiment.get("range"), list):
        return
    if not problems.clean(place):
        return
    if len(experiment["range"]) != 2:
        problems.add(place, "must be two numbers")
    elif experiment["range"][0] > experiment["range"][1]:
        problems.add(place, "the lower number comes first")


def check_currency(problems: Problems, path: Path, promotion: dict[str, Any], kind: Any, rule: Any) -> None:
    """A currency is required where valid money stands in the rule, the requirements or the limits."""
    if promotion.get("currency") is not None:
        return
    known = isinstance(kind, str) and kind in shapes.RULES
    places = money_in_rule(path + ("rule",), kind, rule) if known and isinstance(rule, dict) else []
    places += money_in_list(path + ("requires",), promotion.get("requires"), "spend")
    limits = promotion.get("limits")
    places += [path + ("limits", key) for key in present(limits, "budget", "max_discount")]
    if any(problems.clean(place) for place in places):
        problems.add(path + ("currency",), "is required where there is money")


def money_in_rule(path: Path, kind: str, rule: dict[str, Any]) -> list[Path]:
    """Where a rule holds money."""
    keys = {
        "percent_discount": ("min_spend", "min_basket"),
        "amount_discount": ("amount", "min_spend", "min_basket"),
        "package": ("price",),
        "payment_discount": ("amount", "min_spend"),
        "cashback": ("amount", "min_spend"),
        "happy_hour": ("amount", "price"),
        "combo": ("amount", "price"),
        "mix_match": ("amount", "price"),
        "upsell": ("amount", "price"),
    }.get(kind, ())
    places = [path + (key,) for key in present(rule, *keys)]
    for key, inner_keys in {"gift": ("unit_price",), "when": ("min_spend",), "earn": ("spend",)}.items():
        places += [path + (key, inner) for inner in present(rule.get(key), *inner_keys)]
    for key in ("buy", "get", "trigger", "offer", "when"):
        if isinstance(rule.get(key), dict):
            places += money_in_selector(path + (key, "items"), rule[key].get("items"))
    places += money_in_list(path + ("slots",), rule.get("slots"))
    return places + money_in_selector(path + ("items",), rule.get("items")) + money_in_tiers(path, kind, rule)


def money_in_tiers(path: Path, kind: str, rule: dict[str, Any]) -> list[Path]:
    """Where the tiers of a threshold hold money; `at` is money where spend is counted."""
    if kind != "threshold" or not isinstance(rule.get("tiers"), list):
        return []
    places = []
    for index, tier in enumerate(rule["tiers"]):
        place = path + ("tiers", index)
        keys = ("at", "amount", "price") if rule.get("on") in (None, "spend") else ("amount", "price")
        places += [place + (key,) for key in present(tier, *keys)]
        places += [
            place + ("gift", key) for key in present(tier.get("gift") if isinstance(tier, dict) else None, "unit_price")
        ]
    return places


def money_in_list(path: Path, parts: Any, *keys: str) -> list[Path]:
    """Where a list of parts holds money: in its keys and in its selectors."""
    places: list[Path] = []
    for index, entry in enumerate(parts if isinstance(parts, list) else []):
        places += [path + (index, key) for key in present(entry, *keys)]
        if isinstance(entry, dict):
            places += money_in_selector(path + (index, "items"), entry.get("items"))
    return places


def money_in_selector(path: Path, selector: Any) -> list[Path]:
    """The price bounds of a selector."""
    return [path + (key,) for key in present(selector, "min_unit_price", "max_unit_price")]
