"""PromotionValidator: problems by group, and what is doubtful. The kinds of errors are in tests/cases."""

import pytest

from portal.engine import PromotionValidator

VALIDATOR = PromotionValidator()


def definition(**changes):
    return {"code": "P", "type": "percent_discount", "rule": {"percent": 10, "min_quantity": 2}} | changes


def fields(problems):
    return [problem["field"] for problem in problems]


WRONG = definition(
    type="percent_discount",
    rule={"percent": 0, "items": {"skus": ["A B"]}},
    requires=[{"items": {}}],
    schedule={"ends_at": "tomorrow"},
    scope={"stores": "S1"},
    targeting={"customers": "all"},
    limits={"budget": 0},
)


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("validate_dates", ["schedule.ends_at"]),
        ("validate_scope", ["scope.stores", "targeting.customers"]),
        ("validate_rules", ["rule.percent", "rule.items.skus[0]", "requires[0]"]),
        ("validate_discount_values", ["rule.percent", "limits.budget"]),
    ],
)
def test_problems_can_be_asked_for_by_group(check, expected):
    assert fields(getattr(VALIDATOR, check)(WRONG)) == expected


def test_a_valid_definition_has_no_problems():
    assert VALIDATOR.validate_promotion(definition()) == []


def test_an_invalid_one_gets_no_warnings_before_it_is_mended():
    assert VALIDATOR.warnings(WRONG) == []
    assert VALIDATOR.warnings([]) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "USD", "rule": {"percent": 5, "items": {"min_unit_price": 9, "max_unit_price": 8}}},
         "rule.items.max_unit_price"),
        ({"rule": {"percent": 5, "items": {"skus": ["A"], "exclude": {"skus": ["A"]}}}}, "rule.items.exclude.skus"),
        ({"schedule": {"starts_at": "2026-11-23T00:00", "ends_at": "2026-11-24T00:00", "weekdays": [3]}}, "schedule"),
        ({"rule": {"percent": 100, "items": {"skus": ["A"]}}}, "rule.percent"),
        ({"rule": {"percent": 10}}, "limits"),
        ({"type": "threshold", "currency": "USD", "rule": {"tiers": [{"at": 2, "amount": 9}, {"at": 5, "amount": 8}]}},
         "rule.tiers[1].amount"),
        ({"type": "bogo", "rule": {"buy": {"items": {"skus": []}}, "get": {}}}, "rule.buy"),
        ({"funding": {"house": 50, "supplier": 40}}, "funding"),
    ],
)  # fmt: skip
def test_what_hardly_anybody_means_is_a_warning(changes, field):
    assert fields(VALIDATOR.warnings(definition(**changes))) == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"schedule": {"starts_at": "2026-11-23T00:00", "ends_at": "2026-11-24T00:00", "weekdays": [1]}},
        {"schedule": {"starts_at": "2026-11-23T00:00", "ends_at": "2026-11-23T01:00",
                      "windows": [{"from": "22:00", "to": "02:00", "weekdays": [7]}]}},
        {"schedule": {"starts_at": "2026-11-23T00:00"}},
        {"rule": {"percent": 100, "items": {"skus": ["A"]}}, "limits": {"total": 5}},
        {"funding": {"house": 60, "supplier": 40}},
        {"type": "bogo", "rule": {"buy": {"items": {"skus": ["A"]}}, "get": {}}},
    ],
)  # fmt: skip
def test_what_is_meant_is_no_warning(changes):
    assert VALIDATOR.warnings(definition(**changes)) == []
