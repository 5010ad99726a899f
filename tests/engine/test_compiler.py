"""PromotionCompiler: what a till is sent. Contract, sections 3 and 6."""

import pytest

from portal.engine import Invalid, PromotionCalculator, PromotionCompiler, compile_definition
from portal.engine.definition import TYPES

COMPILER = PromotionCompiler()


def compiled(**definition):
    return COMPILER.compile_promotion({"code": "P", "type": "percent_discount", "rule": {"percent": 10}} | definition)


def test_defaults_and_what_only_the_portal_needs_are_left_out():
    definition = {
        "code": "P",
        "name": "Ten off",
        "description": "for the board",
        "type": "percent_discount",
        "currency": None,
        "rule": {"percent": 12.5, "on": "items", "items": {"skus": [], "categories": ["b", "a"]}, "min_spend": None},
        "requires": [],
        "trigger": {"kind": "automatic"},
        "schedule": {"windows": [], "weekdays": [5, 1]},
        "scope": {"brands": [], "stores": ["S2", "S1"]},
        "targeting": {"customers": "any", "segments": []},
        "limits": {"total": None, "offline": "open", "on_refund": "keep"},
        "stacking": {"mode": "stackable", "base": "remaining", "full_price_only": False},
        "priority": 0,
        "experiment": None,
        "funding": {"house": 100},
    }
    assert COMPILER.compile_promotion(definition) == {
        "code": "P",
        "name": "Ten off",
        "type": "percent_discount",
        "rule": {"basis_points": 1250, "items": {"categories": ["a", "b"]}},
        "schedule": {"weekdays": [1, 5]},
        "scope": {"stores": ["S1", "S2"]},
        "limits": {"on_refund": "keep"},
    }


def test_any_item_to_get_is_another_rule_than_one_pool():
    one_pool = compiled(type="bogo", rule={"buy": {}, "get": {}})
    any_item = compiled(type="bogo", rule={"buy": {}, "get": {"items": {"skus": []}}})
    assert one_pool["rule"] == {"buy": {}, "get": {}}
    assert any_item["rule"] == {"buy": {}, "get": {"items": {}}}


def test_tiers_are_sorted_and_slots_stay_as_written():
    tiers = [{"at": 200, "percent": 10}, {"at": 100, "percent": 5}]
    threshold = compiled(type="threshold", currency="USD", rule={"tiers": tiers})
    assert [tier["at"] for tier in threshold["rule"]["tiers"]] == [100, 200]
    slots = [{"items": {"skus": ["B"]}}, {"items": {"skus": ["A"]}, "quantity": 1}]
    combo = compiled(type="combo", rule={"slots": slots, "percent": 5})
    assert combo["rule"]["slots"] == [{"items": {"skus": ["B"]}}, {"items": {"skus": ["A"]}}]


@pytest.mark.parametrize(
    ("local", "zone", "utc", "why"),
    [
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00Z", "in the gap: forward by the gap"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z", "ambiguous: the first"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00Z", "a gap of half an hour"),
        ("2026-01-01T00:00", "Pacific/Kiritimati", "2025-12-31T10:00:00Z", "fourteen hours ahead"),
        ("2026-06-01T12:00:30", "America/New_York", "2026-06-01T16:00:30Z", "seconds are kept"),
        ("0999-06-01T12:00:00", "UTC", "0999-06-01T12:00:00Z", "years have four digits"),
    ],
)
def test_a_zone_turns_start_and_end_into_utc(local, zone, utc, why):
    schedule = compiled(schedule={"starts_at": local, "timezone": zone})["schedule"]
    assert schedule == {"starts_at": utc}, why


def test_a_clock_change_may_not_turn_start_and_end_around():
    """02:30 moves to 03:30, beyond 03:10: the compiled promotion would end before it starts."""
    schedule = {"starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T03:10", "timezone": "Europe/Berlin"}
    with pytest.raises(Invalid) as refused:
        compiled(schedule=schedule)
    assert [problem["field"] for problem in refused.value.problems] == ["schedule.ends_at"]
    assert (
        compiled(schedule=schedule | {"timezone": "America/New_York"})["schedule"]["ends_at"] == "2026-03-29T07:10:00Z"
    )


def test_times_beyond_the_calendar_in_utc_are_refused():
    for schedule in ({"ends_at": "9999-12-31T23:59"}, {"starts_at": "0001-01-01T00:00"}):
        zone = "America/New_York" if "ends_at" in schedule else "Asia/Tokyo"
        with pytest.raises(Invalid):
            compiled(schedule=schedule | {"timezone": zone})
        assert compiled(schedule=schedule)["schedule"] == schedule


def test_without_a_zone_times_stay_as_written():
    assert compiled(schedule={"ends_at": "2026-12-01T00:00"})["schedule"] == {"ends_at": "2026-12-01T00:00"}


def test_numbers_come_in_one_form():
    promotion = compiled(
        type="mix_match",
        currency="USD",
        rule={"quantity": 2.0, "price": 500.0},
        experiment={"key": "", "seed": "", "unit": "store", "range": [0.0, 1.0]},
    )
    assert repr(promotion["rule"]) == "{'quantity': 2, 'price': 500}"
    assert repr(promotion["experiment"]["range"]) == "[0, 1]"


def test_an_invalid_definition_is_refused_with_every_problem():
    with pytest.raises(Invalid) as refused:
        COMPILER.compile_promotion({"type": "bogo", "rule": {"buy": {}}, "colour": "red"})
    assert [problem["field"] for problem in refused.value.problems] == ["rule.get", "colour", "code"]
    assert "rule.get is required" in str(refused.value)
    assert compile_definition(None) == {"errors": [{"field": "", "message": "must be an object, not null"}]}


def test_every_type_has_a_compiler_and_a_calculation_of_its_own():
    for kind in TYPES:
        assert callable(getattr(PromotionCompiler, f"compile_{kind}"))
        assert callable(getattr(PromotionCalculator, f"calculate_{kind}"))
