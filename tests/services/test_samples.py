"""A basket to try a promotion on: what is left open is filled in so that the promotion applies."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.engine import PromotionCompiler
from portal.services import previews, samples
from tests.menu import make_menu
from tests.web.promotions.examples import EXAMPLES

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
BROKEN: list[dict[str, Any]] = [
    {"code": "A", "type": "combo", "rule": {"slots": "two", "percent": 5}, "scope": [], "schedule": "soon"},
    {"code": "A", "type": "free_item", "rule": {"gift": {"sku": 5}, "when": []}, "targeting": {"segments": "vip"}},
    {"code": "A", "type": "threshold", "rule": {"tiers": [1, {"at": "x"}]}, "requires": [None, {"spend": "x"}]},
]


def given(session: Session, definition: dict[str, Any]) -> dict[str, Any]:
    """The result on the basket that was filled in."""
    trial = samples.trial(session, definition, {}, zone="UTC", now=NOW)
    assert trial.basket["lines"]
    return previews.alone([PromotionCompiler().compile_promotion(definition)], trial.basket, {})


@pytest.mark.parametrize("definition", [each for _, each in EXAMPLES], ids=[why for why, _ in EXAMPLES])
@pytest.mark.parametrize("has_menu", [True, False], ids=["menu", "empty catalogue"])
def test_every_example_applies_to_its_sample(session: Session, definition: dict[str, Any], has_menu: bool) -> None:
    if has_menu:
        make_menu(session)
    simple = {key: part for key, part in definition.items() if key not in ("experiment", "requires")}
    result = given(session, simple)
    assert result["applied"] or result["suggestions"], result["not_applied"]


@pytest.mark.parametrize("definition", BROKEN)
def test_a_definition_that_is_wrong_anywhere_still_gets_a_basket(session: Session, definition: dict[str, Any]) -> None:
    make_menu(session)
    assert samples.trial(session, definition, {}, zone="UTC", now=NOW).basket["currency"] == "USD"


@pytest.mark.parametrize(
    ("targeting", "customer"),
    [
        ({"customers": "new"}, {"id": "guest", "orders": 0}),
        ({"customers": "returning"}, {"id": "guest", "orders": 5}),
        ({"customers": "anonymous", "segments": ["vip"]}, None),
        ({"birthday_window_days": 3}, {"id": "guest", "birthday": "1990-11-22"}),
    ],
)
def test_the_guest_is_one_that_it_is_for(session: Session, targeting: dict[str, Any], customer: Any) -> None:
    definition = {"code": "A", "type": "percent_discount", "rule": {"percent": 5}, "targeting": targeting}
    assert samples.trial(session, definition, {}, zone="UTC", now=NOW).basket.get("customer") == customer


def test_the_time_is_the_next_at_which_it_runs(session: Session) -> None:
    schedule = {"starts_at": "2026-12-01T00:00:00", "windows": [{"from": "17:00", "to": "18:00", "weekdays": [5]}]}
    definition = {"code": "A", "type": "percent_discount", "rule": {"percent": 5}, "schedule": schedule}
    assert samples.trial(session, definition, {}, zone="UTC", now=NOW).basket["at"] == "2026-12-04T17:00:00+00:00"


def test_what_was_filled_in_stays(session: Session) -> None:
    make_menu(session)
    definition = {"code": "A", "type": "percent_discount", "rule": {"percent": 5}}
    wanted = {"store": "S2", "at": "2026-11-23T08:00", "lines": [{"sku": "LATTE", "quantity": 3, "unit_price": 1}]}
    trial = samples.trial(session, definition, wanted, zone="UTC", now=NOW)
    assert trial.basket["at"] == "2026-11-23T08:00:00-05:00"
    assert trial.basket["store"] == "S2"
    latte = {"id": "1", "sku": "LATTE", "quantity": 3, "unit_price": 1, "brand": "BEAN"}
    assert trial.basket["lines"] == [{**latte, "categories": ["coffee", "drinks"], "tags": []}]
    assert trial.names == {"LATTE": "Latte"}
    assert trial.assumed == frozenset()
