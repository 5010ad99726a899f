"""What must hold between two answers of an engine, whatever the right answer is: for both engines, on random cases."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import pytest

from portal.engine import PromotionCalculator, evaluate_case
from portal.engine_javascript import find_node
from tests.oracle.door import ROOT, Door
from tests.oracle.generate_bundles import huge_group, resolution_group, valid_group
from tests.oracle.generate_world import BRANDS

pytestmark = pytest.mark.slow

Case = dict[str, Any]
Result = dict[str, Any]
FROZEN = (find_node(), str(ROOT / "tests" / "oracle" / "frozen.mjs"))
BRANDED = {"scope": {"brands": sorted(BRANDS)}}
MONEY = ("unit_price", "floor_price", "min_unit_price", "max_unit_price", "amount", "price", "min_spend", "min_basket")
LIMITS_OF_MONEY = ("budget", "max_discount")


class Python:
    """The engine in this process."""

    def prices(self, cases: Sequence[Case]) -> list[Result]:
        return [evaluate_case(json.loads(json.dumps(case))) for case in cases]


class JavaScript:
    """The engine behind Node."""

    def __init__(self) -> None:
        self.door = Door()

    def prices(self, cases: Sequence[Case]) -> list[Result]:
        self.door.send([json.dumps(case).encode() for case in cases])
        return [json.loads(answer) for answer in self.door.receive(len(cases))]


@pytest.fixture(scope="module", params=["python", "javascript"])
def prices(request: pytest.FixtureRequest) -> Iterator[Callable[[Sequence[Case]], list[Result]]]:
    if request.param == "python":
        yield Python().prices
        return
    javascript = JavaScript()
    yield javascript.prices
    javascript.door.close()


def cases_of(seed: int) -> list[Case]:
    """A few hundred valid cases."""
    return valid_group(seed) + resolution_group(seed) + huge_group(seed)


def test_the_order_in_which_promotions_are_given_changes_nothing(prices):
    cases = cases_of(101)
    assert prices([shuffled(case, number) for number, case in enumerate(cases)]) == prices(cases)


def shuffled(case: Case, seed: int) -> Case:
    promotions = list(case["bundle"]["promotions"])
    Random(seed).shuffle(promotions)
    return {**case, "bundle": {**case["bundle"], "promotions": promotions}}


def test_the_order_of_words_and_of_keys_changes_nothing(prices):
    cases = cases_of(102)
    assert prices([reordered(case, number) for number, case in enumerate(cases)]) == prices(cases)


def reordered(case: Case, seed: int) -> Case:
    rng = Random(seed)

    def walked(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            entries = list(value.items())
            rng.shuffle(entries)
            return {inner_key: walked(inner, inner_key) for inner_key, inner in entries}
        if isinstance(value, list):
            entries = [walked(inner, "") for inner in value]
            if key not in ("lines", "range"):
                rng.shuffle(entries)
            return entries
        return value

    made: Case = walked(case, "")
    return made


def test_a_line_split_in_two_changes_no_figure_of_its_units(prices):
    cases = [case for case in cases_of(103) if longest_line(case)[1] > 1]
    split = [with_a_line_split(case, number) for number, case in enumerate(cases)]
    for case, whole, parted in zip(cases, prices(cases), prices(split), strict=True):
        line = longest_line(case)[0]
        halves = parted["lines"][line : line + 2]
        parted["lines"][line : line + 2] = [joined(whole["lines"][line]["id"], halves, whole["applied"])]
        assert parted == whole, case


def longest_line(case: Case) -> tuple[int, int]:
    """The place and the quantity of the line with the most units."""
    quantities = [line["quantity"] for line in case["basket"]["lines"]] or [0]
    return quantities.index(max(quantities)), max(quantities)


def with_a_line_split(case: Case, seed: int) -> Case:
    place, quantity = longest_line(case)
    first = Random(seed).randint(1, quantity - 1)
    lines = list(case["basket"]["lines"])
    lines[place : place + 1] = [
        {**lines[place], "quantity": first},
        {**lines[place], "id": "other half", "quantity": quantity - first},
    ]
    return {**case, "basket": {**case["basket"], "lines": lines}}


def joined(name: str, halves: list[Result], applied: list[Result]) -> Result:
    """Two lines of a result as one."""
    adjustments = []
    for code in [entry["promotion"] for entry in applied]:
        own = [each for half in halves for each in half["adjustments"] if each["promotion"] == code]
        if own:
            sums = {key: sum(each[key] for each in own) for key in ("amount", "quantity")}
            adjustments.append({"promotion": code, **sums})
    sums = {key: sum(half[key] for half in halves) for key in ("gross", "discount", "net")}
    return {"id": name, **sums, "adjustments": adjustments}


def test_a_line_that_no_promotion_sees_changes_nothing_else(prices):
    cases = [branded(case) for case in cases_of(104)]
    wider = [with_a_stranger(case, number) for number, case in enumerate(cases)]
    for case, before, after in zip(cases, prices(cases), prices(wider), strict=True):
        [stranger] = [line for line in after["lines"] if line["id"] == "stranger"]
        assert stranger == {"id": "stranger", "gross": 14, "discount": 0, "net": 14, "adjustments": []}
        after["lines"].remove(stranger)
        expected = {**before, "subtotal": before["subtotal"] + 14, "total": before["total"] + 14}
        assert after == expected, case


def branded(case: Case) -> Case:
    """The case with promotions that see the units of our brands only."""
    promotions = [{**promotion, **BRANDED} for promotion in case["bundle"]["promotions"]]
    return {**case, "bundle": {**case["bundle"], "promotions": promotions}}


def with_a_stranger(case: Case, seed: int) -> Case:
    lines = list(case["basket"]["lines"])
    stranger = {"id": "stranger", "sku": "A", "brand": "NO BRAND OF OURS", "unit_price": 7, "quantity": 2}
    lines.insert(Random(seed).randint(0, len(lines)), {**stranger, "categories": ["drinks", "coffee", "food"]})
    return {**case, "basket": {**case["basket"], "lines": lines}}


def test_a_promotion_of_a_type_that_is_not_known_changes_only_what_is_not_applied(prices):
    cases = cases_of(105)
    unknown = {"code": "A-LOTTERY", "type": "lottery", "priority": 9, "stacking": {"mode": "exclusive"}, "rule": 7}
    more = [with_promotions(case, [unknown, *case["bundle"]["promotions"]]) for case in cases]
    entry = {"promotion": "A-LOTTERY", "reason": "unsupported", "detail": {}}
    for case, before, after in zip(cases, prices(cases), prices(more), strict=True):
        explains = case["bundle"].get("settings", {}).get("explain", True)
        assert after == {**before, "not_applied": [entry, *before["not_applied"]] if explains else []}


def with_promotions(case: Case, promotions: list[Any]) -> Case:
    return {**case, "bundle": {**case["bundle"], "promotions": promotions}}


def test_without_explanations_only_the_explanations_are_missing(prices):
    cases = cases_of(106)
    explained, silent = (prices([explaining(case, wanted) for case in cases]) for wanted in (True, False))
    assert silent == [{**result, "not_applied": []} for result in explained]
    assert any(result["not_applied"] for result in explained)


def explaining(case: Case, wanted: bool) -> Case:
    settings = {**case["bundle"].get("settings", {}), "explain": wanted}
    return {**case, "bundle": {**case["bundle"], "settings": settings}}


def test_every_promotion_is_applied_or_not_and_never_both(prices):
    cases = [explaining(case, True) for case in cases_of(107)]
    for case, result in zip(cases, prices(cases), strict=True):
        told = [entry["promotion"] for entry in result["applied"] + result["not_applied"]]
        assert sorted(told) == sorted(promotion["code"] for promotion in case["bundle"]["promotions"])


def test_figures_add_up_and_no_unit_goes_below_its_floor(prices):
    cases = cases_of(108)
    for case, result in zip(cases, prices(cases), strict=True):
        for line, given in zip(result["lines"], case["basket"]["lines"], strict=True):
            assert line["gross"] == given["unit_price"] * given["quantity"]
            assert line["discount"] == sum(adjustment["amount"] for adjustment in line["adjustments"])
            assert line["net"] == line["gross"] - line["discount"] >= given.get("floor_price", 0) * given["quantity"]
        assert result["discount"] == sum(line["discount"] for line in result["lines"])
        assert result["discount"] == sum(entry["discount"] for entry in result["applied"])
        assert result["total"] == result["subtotal"] - result["discount"]


def test_a_thousand_times_the_money_keeps_the_choice_of_a_promotion_alone(prices):
    # Alone, as sharing rounds to the minor unit: what a later promotion sees is not in proportion. A percentage
    # is rounded too, so its discount may be off by half a minor unit of the small basket.
    cases = [alone for case in valid_group(109) + resolution_group(109) for alone in ones(case)]
    for case, small, large in zip(cases, prices(cases), prices([scaled(case) for case in cases]), strict=True):
        if not small["applied"] or "errors" in large:
            continue  # a thousand times the largest amounts is beyond the bounds
        assert abs(large["discount"] - 1000 * small["discount"]) <= 500, case
        assert [{**entry, "discount": 0} for entry in large["applied"]] == [
            {**entry, "discount": 0} for entry in small["applied"]
        ]
        assert (large["gifts"], large["suggestions"]) == (small["gifts"], small["suggestions"])
        if all(quantities_of(each) for each in (small, large)):
            assert discounted_lines(small) <= discounted_lines(large)


def ones(case: Case) -> list[Case]:
    """A case for each promotion; one with the experiments and limits as they are."""
    return [
        {"bundle": {"engine": 1, "promotions": [promotion]}, "basket": case["basket"]}
        for promotion in case["bundle"]["promotions"]
    ]


def quantities_of(result: Result) -> list[int]:
    return [adjustment["quantity"] for line in result["lines"] for adjustment in line["adjustments"]]


def discounted_lines(result: Result) -> set[str]:
    return {line["id"] for line in result["lines"] if line["discount"]}


def scaled(case: Case) -> Case:
    """The case with every amount of money a thousand times as large."""

    def walked(value: Any, key: str, spend_tiers: bool) -> Any:
        if isinstance(value, dict):
            spend_tiers = value.get("on", "spend") == "spend" if "tiers" in value else spend_tiers
            return {inner_key: walked(inner, inner_key, spend_tiers) for inner_key, inner in value.items()}
        if isinstance(value, list):
            return [walked(inner, "", spend_tiers) for inner in value]
        money = key in MONEY or key in LIMITS_OF_MONEY or key == "spend" or (key == "at" and spend_tiers)
        return value * 1000 if money and isinstance(value, int) else value

    return walked(copy.deepcopy(case), "", False)


def test_pricing_twice_and_after_others_gives_the_same_and_changes_neither_basket_nor_bundle_in_python():
    for case in cases_of(110)[::3]:
        bundle, before = case["bundle"], copy.deepcopy(case)
        calculator = PromotionCalculator(bundle)
        first = calculator.calculate_promotions(case["basket"])
        as_given = copy.deepcopy(first)
        for other in valid_group(111)[::12]:
            calculator.calculate_promotions(other["basket"])
        assert calculator.calculate_promotions(case["basket"]) == first == as_given
        assert case == before
        assert json.dumps(case) == json.dumps(before)


def test_pricing_twice_and_after_others_gives_the_same_and_changes_neither_basket_nor_bundle_in_javascript():
    cases, others = cases_of(110)[::3], valid_group(111)[::12]
    baskets = [other["basket"] for other in others]
    with Door(FROZEN) as door:
        door.send([json.dumps({**case, "others": baskets}).encode() for case in cases])
        answers = [json.loads(answer) for answer in door.receive(len(cases))]
    for case, answer in zip(cases, answers, strict=True):
        assert answer["problems"] == [], case
        assert answer["result"] == evaluate_case({"bundle": case["bundle"], "basket": case["basket"]})
