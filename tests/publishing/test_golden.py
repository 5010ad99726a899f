"""Golden baskets: made from the promotions alone, few and small, and the types of a bundle apply in them."""

import json
import subprocess
import sys
import time

import pytest

from portal.config import ROOT
from portal.engine import PromotionCalculator, PromotionCompiler
from portal.services.sync.golden import golden

SETTINGS = {"resolution": "best", "explain": False}
EVERY_TYPE = [
    {"type": "percent_discount", "rule": {"percent": 10, "items": {"categories": ["drinks"]}, "min_spend": 9000}},
    {"type": "amount_discount", "rule": {"amount": 100, "on": "each_unit", "items": {"skus": ["A"]}}},
    {"type": "happy_hour", "rule": {"percent": 50}, "schedule": {"windows": [{"from": "22:00", "to": "02:00"}]}},
    {"type": "bogo", "rule": {"buy": {"items": {"tags": ["x"]}, "quantity": 3}, "get": {"quantity": 2}}},
    {"type": "combo", "rule": {"slots": [{"items": {"brands": ["B"]}}, {"items": {"skus": ["C"]}}], "price": 5000}},
    {"type": "package", "rule": {"contents": [{"sku": "D", "quantity": 2}, {"sku": "E"}], "price": 100}},
    {"type": "mix_match", "rule": {"items": {"categories": ["food"]}, "quantity": 7, "percent": 20}},
    {"type": "free_item", "rule": {"gift": {"sku": "G"}, "when": {"min_spend": 20000}}},
    {
        "type": "upsell",
        "rule": {"trigger": {"items": {"skus": ["F"]}}, "offer": {"items": {"skus": ["H"]}}, "percent": 5},
    },
    {"type": "threshold", "rule": {"tiers": [{"at": 10000, "percent": 5}, {"at": 90000, "amount": 700}]}},
    {"type": "payment_discount", "rule": {"methods": ["wallet"], "bins": ["4111"], "percent": 5}},
    {"type": "cashback", "rule": {"percent": 5}, "targeting": {"customers": "returning", "segments": ["vip"]}},
    {
        "type": "cross_brand",
        "rule": {
            "earn": {"brands": ["B"], "visits": 3, "window_days": 30},
            "reward": {"promotion": "P", "valid_days": 9},
        },
    },
]
MORE = [
    {"trigger": {"kind": "code", "code": "SAVE"}},
    {"trigger": {"kind": "voucher"}},
    {"scope": {"brands": ["B"], "channels": ["app"]}},
    {"targeting": {"customers": "new"}},
    {"targeting": {"birthday_window_days": 0}},
    {"limits": {"per_customer": 1}},
    {"requires": [{"items": {"skus": ["R"]}, "quantity": 4}]},
    {"experiment": {"key": "e", "seed": "e", "unit": "store", "range": [0, 1]}},
    {"schedule": {"starts_at": "2027-02-28T09:30:00", "weekdays": [2], "excluded_dates": ["2027-03-02"]}},
    {"schedule": {"starts_at": "2020-01-01T00:00:00", "ends_at": "2020-01-01T00:01:00", "timezone": "Asia/Tokyo"}},
    {"schedule": {"ends_at": "2026-01-01T00:00:00"}},
]


def compiled(parts: dict[str, object]) -> dict[str, object]:
    whole = {"code": "P", "type": "percent_discount", "rule": {"percent": 10}, "currency": "USD", **parts}
    return PromotionCompiler().compile_promotion(whole) | {"revision": 1}


@pytest.mark.parametrize("parts", [*EVERY_TYPE, *MORE], ids=lambda parts: json.dumps(parts)[:60])
def test_each_promotion_has_a_basket_in_which_it_applies(parts: dict[str, object]) -> None:
    baskets = golden([compiled(parts)], "USD", SETTINGS)
    applied = {each["name"]: [entry["promotion"] for entry in each["result"]["applied"]] for each in baskets}
    assert applied["P"] == ["P"]


def test_every_type_of_a_bundle_gets_a_basket_up_to_eight() -> None:
    promotions = [compiled({**parts, "code": f"P{number:02}"}) for number, parts in enumerate(EVERY_TYPE)]
    names = [each["name"] for each in golden(promotions, "USD", SETTINGS)]
    assert names == ["nothing for anybody", *(f"P{number:02}" for number in range(8)), "all of these"]


def test_they_are_the_calculators_over_the_very_bundle_and_the_same_each_time() -> None:
    promotions = [compiled({**parts, "code": f"P{number:02}"}) for number, parts in enumerate(EVERY_TYPE)]
    found = golden(promotions, "USD", SETTINGS)
    calculator = PromotionCalculator({"engine": 1, "currency": "USD", "settings": SETTINGS, "promotions": promotions})
    assert [calculator.calculate_promotions(each["basket"]) for each in found] == [each["result"] for each in found]
    assert golden(promotions, "USD", SETTINGS) == found


def test_a_bundle_without_promotions_has_one_too() -> None:
    [only] = golden([], "JPY", SETTINGS)
    assert only["result"]["total"] == only["result"]["subtotal"] > 0


def test_figures_that_no_basket_can_reach_do_not_stop_a_publication() -> None:
    huge = {"items": {"min_unit_price": 10**12}, "min_quantity": 500}
    assert [each["name"] for each in golden([compiled({"rule": {"percent": 1, **huge}})], "USD", SETTINGS)] == [
        "nothing for anybody"
    ]


def test_a_thousand_promotions_cost_little() -> None:
    promotions = [
        compiled({"code": f"P{number:04}", "rule": {"percent": 10, "items": {"categories": [f"c{number % 50}"]}}})
        for number in range(1000)
    ]
    began = time.perf_counter()
    found = golden(promotions, "USD", SETTINGS)
    assert time.perf_counter() - began < 1  # usually 0.06 s
    assert len(found) <= 10
    assert len(json.dumps(found)) < 100_000


def test_the_tills_engine_comes_to_the_same() -> None:
    parts = [*EVERY_TYPE, *MORE]
    promotions = [compiled({**each, "code": f"P{number:02}"}) for number, each in enumerate(parts)]
    bundles = [promotions, *([each] for each in promotions)]
    cases, expected = [], []
    for each in bundles:
        bundle = {"engine": 1, "currency": "USD", "settings": SETTINGS, "promotions": each}
        found = golden(each, "USD", SETTINGS)
        cases += [{"bundle": bundle, "basket": one["basket"]} for one in found]
        expected += [one["result"] for one in found]
    text = "\n".join(json.dumps(case) for case in cases)
    command = [sys.executable, "-m", "portal.cli", "evaluate", "--engine", "js", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT)
    assert [json.loads(line) for line in done.stdout.splitlines()] == expected
