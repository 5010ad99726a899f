"""A definition shown in the builder and sent back unchanged is the same definition."""

from typing import Any

import pytest
from flask import Flask
from flask_login import login_user
from sqlalchemy.orm import Session

from portal.engine import PromotionValidator
from portal.web.builder_form import BuilderForm
from portal.web.definition_form import join_words, read_form, split_words, with_row, without_row
from portal.web.promotions import pages
from tests.cast import Cast
from tests.pages import problems
from tests.web.promotions.examples import EXAMPLES
from tests.web.promotions.fields import posted


@pytest.fixture
def signed_in(app: Flask, session: Session, cast: Cast) -> Any:
    """A request of Ada's."""
    with app.test_request_context():
        login_user(cast.ada)
        yield


def sent_back(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition after a way through the form."""
    page = pages.builder(BuilderForm(definition), None).get_data(as_text=True)
    assert problems(page, whole=True) == []
    return read_form(posted(page))


@pytest.mark.parametrize("definition", [each for _, each in EXAMPLES], ids=[why for why, _ in EXAMPLES])
def test_a_definition_comes_back_as_it_was(signed_in: None, definition: dict[str, Any]) -> None:
    assert PromotionValidator().validate_promotion(definition) == []
    assert sent_back(definition) == definition


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        (("rule", "percent"), "abc"),
        (("rule", "min_spend"), "1,000"),
        (("limits", "total"), "a few"),
        (("schedule", "starts_at"), "next Monday"),
        (("schedule", "excluded_dates"), ["24.12.2026"]),
        (("stacking", "mode"), "sometimes"),
        (("currency",), "dollars"),
    ],
)
def test_what_cannot_be_read_stays_as_it_was_typed(signed_in: None, path: tuple[str, ...], typed: Any) -> None:
    definition: dict[str, Any] = {"code": "A", "type": "percent_discount", "currency": "USD", "rule": {"percent": 20}}
    holder = definition
    for step in path[:-1]:
        holder = holder.setdefault(step, {})
    holder[path[-1]] = typed
    assert sent_back(definition) == definition


def test_a_decimal_comma_is_read_as_a_point() -> None:
    pairs = [("type", "percent_discount"), ("currency", "USD"), ("rule.percent", "12,5"), ("rule.min_spend", "9,90")]
    assert read_form(pairs)["rule"] == {"percent": 12.5, "min_spend": 990}


def test_an_end_without_a_time_means_the_end_of_that_day() -> None:
    pairs = [("type", "percent_discount"), ("schedule.ends_at.date", "2026-12-31"), ("schedule.ends_at.time", "")]
    assert read_form(pairs)["schedule"] == {"ends_at": "2027-01-01T00:00:00"}


def test_rows_are_added_and_removed() -> None:
    definition: dict[str, Any] = {"rule": {"slots": [{"quantity": 1}, {"quantity": 2}]}}
    with_row(definition, "rule.slots")
    without_row(definition, "rule.slots.0")
    without_row(definition, "rule.slots.9")
    with_row(definition, "requires")
    assert definition == {"rule": {"slots": [{"quantity": 2}, {}]}, "requires": [{}]}


@pytest.mark.parametrize("words", [["a", "b c"], ["a, b", 'say "hi"'], []])
def test_words_with_commas_survive(words: list[str]) -> None:
    assert split_words(join_words(words)) == words
