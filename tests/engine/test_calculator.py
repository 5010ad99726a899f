"""The calculator as a whole: index, explanations, reuse. Single rules are in tests/cases."""

import copy
import json
import random
from pathlib import Path

import pytest

from portal.engine import Invalid, PromotionCalculator, PromotionCompiler

WORKLOAD = Path(__file__).parents[2] / "bench" / "workload"


def bundle_of(definitions, **settings):
    compiled = [PromotionCompiler().compile_promotion(definition) for definition in definitions]
    return {"engine": 1, "settings": settings, "promotions": compiled}


def basket(*lines, **more):
    return {"currency": "USD", "at": "2026-11-22T12:00:00Z", "lines": list(lines)} | more


def line(sku, price, quantity=1, **more):
    return {"id": sku, "sku": sku, "unit_price": price, "quantity": quantity} | more


@pytest.mark.parametrize("density", ["sparse", "dense"])
def test_the_index_leaves_out_only_what_does_not_apply(density):
    """Without explanations only promotions that a basket touches are asked; nothing else may change."""
    definitions = json.loads((WORKLOAD / f"promotions_{density}_100.json").read_text())
    baskets = json.loads((WORKLOAD / "baskets_20.json").read_text())
    quick = PromotionCalculator(bundle_of(definitions, explain=False))
    thorough = PromotionCalculator(bundle_of(definitions, explain=True))
    for each in baskets:
        expected = thorough.calculate_promotions(each)
        told = {row["promotion"] for row in (*expected["applied"], *expected["not_applied"])}
        assert told == {definition["code"] for definition in definitions}
        assert quick.calculate_promotions(each) == expected | {"not_applied": []}


INDEXED = [
    {"code": "CODE", "type": "percent_discount", "rule": {"percent": 1}, "trigger": {"kind": "code", "code": "Save"}},
    {"code": "VOUCHER", "type": "percent_discount", "rule": {"percent": 1}, "trigger": {"kind": "voucher"}},
    {"code": "TAG", "type": "percent_discount", "rule": {"percent": 1, "items": {"tags": ["new"]}}},
    {"code": "BRAND", "type": "percent_discount", "rule": {"percent": 1, "items": {"brands": ["BEAN"]}}},
    {"code": "NEEDS", "type": "percent_discount", "rule": {"percent": 1},
     "requires": [{"items": {"skus": ["TEA"]}, "quantity": 1}]},
    {"code": "SPEND", "type": "threshold", "currency": "USD", "rule": {"tiers": [{"at": 1000, "percent": 1}]}},
    {"code": "COUNT", "type": "threshold", "rule": {"on": "quantity", "tiers": [{"at": 2, "percent": 1}]}},
]  # fmt: skip


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (basket(line("A", 500)), set()),
        (basket(line("A", 500), codes=["sAVE"]), {"CODE"}),
        (basket(line("A", 500), vouchers=[{"code": "1", "promotion": "VOUCHER"}]), {"VOUCHER"}),
        (basket(line("A", 500, tags=["new"])), {"TAG"}),
        (basket(line("A", 500, brand="BEAN")), {"BRAND"}),
        (basket(line("TEA", 500)), {"NEEDS"}),
        (basket(line("A", 1000)), {"SPEND"}),
        (basket(line("A", 400, 2)), {"COUNT"}),
    ],
)
def test_every_way_into_the_index_finds_its_promotion(offered, expected):
    result = PromotionCalculator(bundle_of(INDEXED, explain=False)).calculate_promotions(offered)
    assert {row["promotion"] for row in result["applied"]} == expected


def test_a_basket_is_left_as_it_was_and_prices_the_same_twice():
    definitions = json.loads((WORKLOAD / "promotions_dense_100.json").read_text())
    given = json.loads((WORKLOAD / "baskets_20.json").read_text())[0]
    before, calculator = copy.deepcopy(given), PromotionCalculator(bundle_of(definitions))
    assert calculator.calculate_promotions(given) == calculator.calculate_promotions(given)
    assert given == before


def test_the_order_of_the_promotions_in_the_bundle_changes_nothing():
    definitions = json.loads((WORKLOAD / "promotions_dense_100.json").read_text())
    given = json.loads((WORKLOAD / "baskets_20.json").read_text())[3]
    expected = PromotionCalculator(bundle_of(definitions)).calculate_promotions(given)
    random.Random(7).shuffle(definitions)
    assert PromotionCalculator(bundle_of(definitions)).calculate_promotions(given) == expected


def test_a_wrong_basket_or_bundle_is_refused_by_field():
    calculator = PromotionCalculator(bundle_of(INDEXED))
    with pytest.raises(Invalid) as refused:
        calculator.calculate_promotions(basket(line("A", -1)))
    assert [problem["field"] for problem in refused.value.problems] == ["lines[0].unit_price"]
    with pytest.raises(Invalid) as refused:
        PromotionCalculator({"engine": 2, "promotions": "whatever"})
    assert [problem["field"] for problem in refused.value.problems] == ["engine"]


def test_nulls_and_integral_floats_are_read_as_what_they_mean():
    calculator = PromotionCalculator(bundle_of(INDEXED))
    usual = basket(line("TEA", 1000, 2))
    unusual = basket(line("TEA", 1000.0, 2.0, tags=None, brand=None), store=None, customer=None)
    assert calculator.calculate_promotions(unusual) == calculator.calculate_promotions(usual)


def test_a_type_that_this_engine_does_not_know_is_skipped_and_the_sale_goes_on():
    bundle = bundle_of(INDEXED[:3])
    bundle["promotions"].append({"code": "NEXT", "type": "lottery", "rule": {"odds": 3}, "new_key": 1})
    result = PromotionCalculator(bundle).calculate_promotions(basket(line("A", 500, tags=["new"])))
    assert result["total"] == 495
    assert {"promotion": "NEXT", "reason": "unsupported", "detail": {}} in result["not_applied"]


@pytest.mark.parametrize("code", [["P"], {}, 7, "A B"])
def test_a_code_that_is_none_is_an_error_under_a_type_that_this_engine_does_not_know_too(code):
    with pytest.raises(Invalid) as refused:
        PromotionCalculator({"engine": 1, "promotions": [{"code": code, "type": "lottery"}]})
    assert [problem["field"] for problem in refused.value.problems] == ["promotions[0].code"]


@pytest.mark.parametrize("kind", ["", None, 7])
def test_what_names_no_type_at_all_is_an_error_and_not_a_newer_type(kind):
    with pytest.raises(Invalid) as refused:
        PromotionCalculator({"engine": 1, "promotions": [{"code": "P", "type": kind, "rule": {}}]})
    assert [problem["field"] for problem in refused.value.problems] == ["promotions[0].type"]


def test_ten_thousand_units_in_a_thousand_lines_are_priced():
    lines = [line(f"A{number}", number, 10) for number in range(1000)]
    definitions = [
        {"code": "HALF", "type": "bogo", "rule": {"buy": {}, "get": {}, "pick": "highest_price"}},
        {"code": "SET", "type": "mix_match", "currency": "USD", "rule": {"quantity": 3, "price": 100}},
        {"code": "TEN", "type": "percent_discount", "rule": {"percent": 10, "on": "basket"}},
    ]
    result = PromotionCalculator(bundle_of(definitions)).calculate_promotions(basket(*lines))
    assert result["subtotal"] == sum(range(1000)) * 10
    assert result["discount"] == sum(row["discount"] for row in result["applied"])
    with pytest.raises(Invalid):
        PromotionCalculator(bundle_of(definitions)).calculate_promotions(basket(*lines, line("B", 1)))
