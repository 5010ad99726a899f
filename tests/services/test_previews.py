"""A preview beside the live set is what one calculator over everything would say."""

import json
from pathlib import Path
from typing import Any

import pytest

from portal.engine import PromotionCalculator, PromotionCompiler
from portal.services import previews
from portal.services.publications import Live

WORKLOAD = Path(__file__).parents[2] / "bench" / "workload"
DRAFTS: list[dict[str, Any]] = [
    {"code": "DRAFT", "type": "percent_discount", "rule": {"percent": 20}},
    {"code": "DRAFT", "type": "percent_discount", "rule": {"percent": 40}, "stacking": {"mode": "exclusive"}},
    {"code": "p0001", "type": "mix_match", "currency": "EUR", "rule": {"quantity": 3, "price": 900}},
    {
        "code": "DRAFT",
        "type": "threshold",
        "currency": "EUR",
        "rule": {"tiers": [{"at": 1000, "amount": 500}]},
        "priority": 9,
    },
]


def load(name: str) -> Any:
    return json.loads((WORKLOAD / f"{name}.json").read_text())


@pytest.fixture(scope="module", params=["sparse", "dense"])
def live(request: pytest.FixtureRequest) -> Live:
    compiler = PromotionCompiler()
    definitions = {each["code"]: each for each in load(f"promotions_{request.param}_100")}
    compiled = {code: compiler.compile_promotion(each) for code, each in definitions.items()}
    return Live(request.param, definitions, compiled)


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: f"{draft['type']} {draft['code']}")
@pytest.mark.parametrize("resolution", ["best", "priority"])
def test_together_is_exactly_what_one_calculator_says(live: Live, draft: dict[str, Any], resolution: str) -> None:
    compiled = PromotionCompiler().compile_promotion(draft)
    everything = {**live.compiled, draft["code"]: compiled}.values()
    whole = PromotionCalculator({"engine": 1, "settings": {"resolution": resolution}, "promotions": list(everything)})
    for basket in load("baskets_20")[:6]:
        found = previews.together(live, [compiled], basket, {"resolution": resolution})
        assert found == whole.calculate_promotions(basket)


def test_without_explanations_no_reasons_are_given(live: Live) -> None:
    compiled = PromotionCompiler().compile_promotion(DRAFTS[0])
    assert previews.together(live, [compiled], load("baskets_5")[0], {"explain": False})["not_applied"] == []


def test_the_live_set_is_read_once_for_a_basket(live: Live) -> None:
    beside, basket = previews.beside(live), load("baskets_20")[0]
    assert beside.reach(basket, {}) is beside.reach(dict(basket), {})
    assert previews.beside(live) is beside
    for number in range(previews.MOST_BASKETS + 1):
        beside.reach({**basket, "id": str(number)}, {})
    assert len(beside._reached) == previews.MOST_BASKETS
