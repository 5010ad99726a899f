"""What must hold of every result, whatever the promotions and the basket."""

from __future__ import annotations

import copy
from itertools import combinations, product
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.engine import evaluate_case
from tests.oracle.generate import case as random_case

Values = dict[str, Any]
SEEDS = st.integers(min_value=0, max_value=10**6)
AT = "2026-11-20T12:00:00+07:00"
PRICES = st.sampled_from([0, 1, 99, 100, 100, 250, 333, 500])
SOME = settings(max_examples=60, deadline=None, derandomize=True)


def line(number: int, price: int, **more: Any) -> Values:
    """A line of one unit."""
    return {"id": str(number), "sku": f"S{number}", "unit_price": price, "quantity": 1, **more}


def basket(*lines: Values) -> Values:
    """A basket of lines in USD."""
    return {"currency": "USD", "at": AT, "lines": list(lines)}


def priced(promotions: list[Values], lines: list[Values]) -> Values:
    """The result of promotions on lines."""
    return evaluate_case({"promotions": promotions, "basket": basket(*lines)})


def promotion(code: str, kind: str, rule: Values, **more: Any) -> Values:
    """A definition in USD."""
    return {"code": code, "type": kind, "currency": "USD", "rule": rule, **more}


@SOME
@given(SEEDS)
def test_the_amounts_add_up(seed: int) -> None:
    result = evaluate_case(random_case(seed))
    assert result["total"] == result["subtotal"] - result["discount"] >= 0
    assert result["subtotal"] == sum(entry["gross"] for entry in result["lines"])
    assert result["discount"] == sum(entry["discount"] for entry in result["lines"])
    assert result["discount"] == sum(entry["discount"] for entry in result["applied"])
    for entry in result["lines"]:
        assert entry["net"] == entry["gross"] - entry["discount"]
        assert entry["discount"] == sum(part["amount"] for part in entry["adjustments"])
        assert all(part["amount"] > 0 and part["quantity"] > 0 for part in entry["adjustments"])


@SOME
@given(SEEDS)
def test_each_promotion_s_discount_is_shared_exactly(seed: int) -> None:
    result = evaluate_case(random_case(seed))
    for entry in result["applied"]:
        shares = [
            part["amount"]
            for priced_line in result["lines"]
            for part in priced_line["adjustments"]
            if part["promotion"] == entry["promotion"]
        ]
        assert sum(shares) == entry["discount"]


@SOME
@given(SEEDS)
def test_no_line_goes_below_its_floor(seed: int) -> None:
    case = random_case(seed)
    for given_line, result in zip(case["basket"]["lines"], evaluate_case(case)["lines"], strict=True):
        assert result["net"] >= given_line["quantity"] * given_line.get("floor_price", 0)


@SOME
@given(SEEDS)
def test_no_unit_goes_below_its_floor(seed: int) -> None:
    """With one unit a line, what a line costs is what its unit costs."""
    case = singled(random_case(seed))
    for given_line, result in zip(case["basket"]["lines"], evaluate_case(case)["lines"], strict=True):
        assert given_line.get("floor_price", 0) <= result["net"] <= given_line["unit_price"]


def singled(case: Values) -> Values:
    """The case with every unit on a line of its own, in the same order."""
    made = copy.deepcopy(case)
    made["basket"]["lines"] = [
        {**entry, "id": f"{entry['id']}-{index}", "quantity": 1}
        for entry in case["basket"]["lines"]
        for index in range(entry["quantity"])
    ]
    return made


@SOME
@given(SEEDS)
def test_splitting_lines_into_units_changes_nothing_but_the_lines(seed: int) -> None:
    """Units are ordered by line, then by index, so a line split in place keeps the order and with it every tie.

    Moving the parts of a line apart would change which of two equal units is the earlier one, and so which line bears
    the odd cent: the contract says so, and nothing is asserted about it.
    """
    case = random_case(seed)
    whole, split = evaluate_case(case), evaluate_case(singled(case))
    assert {key: value for key, value in whole.items() if key != "lines"} == {
        key: value for key, value in split.items() if key != "lines"
    }
    for entry in whole["lines"]:
        parts = [part for part in split["lines"] if part["id"].rsplit("-", 1)[0] == entry["id"]]
        assert sum(part["discount"] for part in parts) == entry["discount"]


@SOME
@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_in_which_promotions_are_given_does_not_matter(seed: int, shuffler: Random) -> None:
    case = random_case(seed)
    shuffled = {**case, "promotions": list(case["promotions"])}
    shuffler.shuffle(shuffled["promotions"])
    assert evaluate_case(shuffled) == evaluate_case(case)


@SOME
@given(SEEDS)
def test_every_promotion_is_either_applied_or_explained(seed: int) -> None:
    case = random_case(seed)
    case.setdefault("settings", {})["explain"] = True
    result = evaluate_case(case)
    applied = [entry["promotion"] for entry in result["applied"]]
    left_out = [entry["promotion"] for entry in result["not_applied"]]
    assert sorted(applied + left_out) == sorted(entry["code"] for entry in case["promotions"])
    assert left_out == sorted(left_out)


@SOME
@given(SEEDS)
def test_explanations_change_no_money(seed: int) -> None:
    case = random_case(seed)
    explained = evaluate_case({**case, "settings": {**case.get("settings", {}), "explain": True}})
    silent = evaluate_case({**case, "settings": {**case.get("settings", {}), "explain": False}})
    assert silent == {**explained, "not_applied": []}


@SOME
@given(SEEDS)
def test_a_basket_is_priced_the_same_twice_and_left_as_it_was(seed: int) -> None:
    case = random_case(seed)
    before = copy.deepcopy(case)
    assert evaluate_case(case) == evaluate_case(case)
    assert case == before


SLOTS = st.lists(
    st.tuples(st.lists(st.sampled_from(["X", "Y", "Z"]), min_size=1, max_size=2, unique=True), st.integers(1, 2)),
    min_size=1,
    max_size=2,
)
VALUES = st.one_of(
    st.fixed_dictionaries({"price": st.integers(0, 900)}),
    st.fixed_dictionaries({"amount": st.integers(1, 600)}),
    st.fixed_dictionaries({"percent": st.sampled_from([10, 33.33, 50, 100])}),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(SLOTS, VALUES, st.lists(st.tuples(st.sampled_from(["X", "Y", "Z"]), PRICES), min_size=1, max_size=6))
def test_sets_save_as_much_as_the_best_choice_of_units(
    slots: list[tuple[list[str], int]], value: Values, units: list[tuple[str, int]]
) -> None:
    rule = {"slots": [{"items": {"categories": words}, "quantity": number} for words, number in slots], **value}
    lines = [line(number, price, categories=[word]) for number, (word, price) in enumerate(units)]
    assert priced([promotion("C", "combo", rule)], lines)["discount"] == best_saving(slots, value, units)


def best_saving(slots: list[tuple[list[str], int]], value: Values, units: list[tuple[str, int]]) -> int:
    """The greatest saving over every number of sets and every choice of units, rounded half up."""
    places = [words for words, number in slots for _ in range(number)]
    best = 0
    for times in range(1, len(units) // len(places) + 1):
        for chosen in combinations(range(len(units)), times * len(places)):
            if fills(places * times, [units[index][0] for index in chosen]):
                total = sum(units[index][1] for index in chosen)
                best = max(best, saving(value, times, total))
    return (best + 5000) // 10_000


def saving(value: Values, times: int, total: int) -> int:
    """What sets save, in ten-thousandths."""
    if "price" in value:
        return (total - times * value["price"]) * 10_000
    if "amount" in value:
        return min(times * value["amount"], total) * 10_000
    return total * round(value["percent"] * 100)


def fills(places: list[list[str]], words: list[str]) -> bool:
    """True when each unit can take one place: tried unit by unit."""
    if not words:
        return True
    return any(
        words[0] in place and fills(places[:index] + places[index + 1 :], words[1:])
        for index, place in enumerate(places)
    )


@SOME
@given(st.lists(PRICES, min_size=1, max_size=8), st.integers(1, 3), st.integers(1, 2), st.booleans())
def test_no_unit_is_claimed_twice(prices: list[int], buy: int, get: int, dear: bool) -> None:
    """Two bundles over one pool: no item-phase promotion touches a unit that the first one claimed."""
    rule = {"buy": {"quantity": buy}, "get": {"quantity": get}, "pick": "highest_price" if dear else "lowest_price"}
    lines = [line(number, price) for number, price in enumerate(prices)]
    both = [
        promotion("A", "bogo", rule, priority=2),
        promotion("B", "mix_match", {"quantity": 1, "percent": 50}, priority=1),
        promotion("C", "percent_discount", {"percent": 10}),
    ]
    result = evaluate_case({"promotions": both, "basket": basket(*lines), "settings": {"resolution": "priority"}})
    for entry in result["lines"]:
        assert len(entry["adjustments"]) <= 1
    times = next((entry["times"] for entry in result["applied"] if entry["promotion"] == "A"), 0)
    touched = sum(entry["discount"] > 0 for entry in result["lines"])
    assert touched <= len(prices) - times * buy


VALUED = st.tuples(
    st.sampled_from(["percent_discount", "amount_discount", "mix_match", "bogo"]),
    st.sampled_from(["stackable", "stackable", "exclusive", "g", "h"]),
    st.integers(1, 90),
    st.sampled_from([["X"], ["Y"], ["X", "Y"]]),
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(VALUED, min_size=1, max_size=5), st.lists(st.tuples(st.sampled_from("XY"), PRICES), max_size=5))
def test_best_is_no_worse_than_any_combination_the_contract_tries(
    drawn: list[tuple[str, str, int, list[str]]], units: list[tuple[str, int]]
) -> None:
    """Each combination that the contract tries is priced on its own: all of its members given alone."""
    lines = [line(number, price, categories=[word]) for number, (word, price) in enumerate(units)]
    promotions = [valued(number, *entry) for number, entry in enumerate(drawn)]
    result = priced(promotions, lines)
    tried = [priced(members, lines)["discount"] for members in combinations_of(promotions, lines)]
    assert result["discount"] == max(tried, default=0)


def valued(number: int, kind: str, mode: str, size: int, words: list[str]) -> Values:
    """A promotion of a kind and a mode."""
    items = {"items": {"categories": words}}
    rule: Values = {
        "percent_discount": {"percent": size, **items},
        "amount_discount": {"amount": size, "on": "each_unit", **items},
        "mix_match": {"quantity": 2, "percent": size, **items},
        "bogo": {"buy": items, "get": {}, "percent": size},
    }[kind]
    stacking = {"mode": "group", "group": mode} if mode in "gh" else {"mode": mode}
    return promotion(f"P{number}", kind, rule, stacking=stacking)


def combinations_of(promotions: list[Values], lines: list[Values]) -> list[list[Values]]:
    """Stackable ones with or without each bundle, one of each group; and each exclusive alone: of the candidates.

    A bundle that meets no other item-phase promotion may be left out here too: that never gives more, as nothing else
    changes with it.
    """
    candidates = [entry for entry in promotions if priced([entry], lines)["applied"]]
    exclusive = [[entry] for entry in candidates if entry["stacking"]["mode"] == "exclusive"]
    bundles = [e for e in candidates if e["stacking"]["mode"] == "stackable" and e["type"] in ("bogo", "mix_match")]
    sure = [e for e in candidates if e["stacking"]["mode"] == "stackable" and e not in bundles]
    groups = [[e for e in candidates if e["stacking"].get("group") == name] for name in "gh"]
    picks = list(product(*[group for group in groups if group]))
    made = []
    for size in range(len(bundles) + 1):
        for kept in combinations(bundles, size):
            made += [[*sure, *kept, *pick] for pick in picks]
    return made + exclusive
