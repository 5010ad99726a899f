"""What is wrong with a definition is said at the same field in the same words everywhere.

The command line (`portal evaluate`), the preview API and the builder each get every definition of the table; the
builder where its form can hold what is wrong.
"""

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask_login import login_user

from portal.engine import evaluate_case
from portal.web.builder_form import BuilderForm, form_name
from portal.web.promotions import pages
from tests.cast import Cast
from tests.pages import PagesClient
from tests.web.promotions.fields import posted

BASKET = {
    "currency": "USD",
    "at": "2026-11-20T12:00:00Z",
    "lines": [{"id": "1", "sku": "A", "unit_price": 100, "quantity": 1}],
}
PERCENT: dict[str, Any] = {"code": "WRONG", "type": "percent_discount", "currency": "USD", "rule": {"percent": 20}}


def percent(**changes: Any) -> dict[str, Any]:
    return {**PERCENT, **changes}


def of_type(kind: str, rule: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**PERCENT, "type": kind, "rule": rule, **changes}


# (why, the definition, the fields that are wrong, whether the builder's form can hold it)
WRONG: list[tuple[str, dict[str, Any], list[str], bool]] = [
    ("percent above 100", percent(rule={"percent": 101}), ["rule.percent"], True),
    ("percent of 0", percent(rule={"percent": 0}), ["rule.percent"], True),
    ("percent with three decimals", percent(rule={"percent": 12.345}), ["rule.percent"], True),
    ("percent in words", percent(rule={"percent": "twenty"}), ["rule.percent"], True),
    ("percent missing", percent(rule={}), ["rule.percent"], True),
    ("code with a space", percent(code="BAD CODE"), ["code"], True),
    ("code missing", {key: part for key, part in PERCENT.items() if key != "code"}, ["code"], True),
    ("currency in small letters", percent(currency="usd"), ["currency"], True),
    (
        "money without a currency",
        {k: v for k, v in percent(limits={"budget": 500}).items() if k != "currency"},
        ["currency"],
        True,
    ),
    ("amount of 0", of_type("amount_discount", {"amount": 0}), ["rule.amount"], True),
    ("amount in words", of_type("amount_discount", {"amount": "a lot"}), ["rule.amount"], True),
    ("pick without each_unit", of_type("amount_discount", {"amount": 5, "pick": "lowest_price"}), ["rule.pick"], True),
    (
        "max_units without each_unit",
        of_type("amount_discount", {"amount": 5, "max_units": 2}),
        ["rule.max_units"],
        True,
    ),
    ("none of percent, amount, price", of_type("combo", {"slots": [{}]}), ["rule"], True),
    ("two of percent, amount, price", of_type("combo", {"slots": [{}], "percent": 5, "price": 10}), ["rule"], True),
    ("slots without one", of_type("combo", {"slots": [], "price": 10}), ["rule.slots"], False),
    (
        "too many places",
        of_type("combo", {"slots": [{"quantity": 60}, {"quantity": 41}], "price": 10}),
        ["rule.slots"],
        True,
    ),
    ("a slot of 0", of_type("combo", {"slots": [{}, {"quantity": 0}], "price": 10}), ["rule.slots[1].quantity"], True),
    (
        "package without sku",
        of_type("package", {"contents": [{"quantity": 2}], "price": 10}),
        ["rule.contents[0].sku"],
        True,
    ),
    (
        "a sku with a slash",
        of_type("package", {"contents": [{"sku": "A/B"}], "price": 10}),
        ["rule.contents[0].sku"],
        True,
    ),
    (
        "two tiers alike",
        of_type("threshold", {"tiers": [{"at": 5, "amount": 1}, {"at": 5, "amount": 2}]}),
        ["rule.tiers[1].at"],
        True,
    ),
    ("tier without at", of_type("threshold", {"tiers": [{"amount": 1}]}), ["rule.tiers[0].at"], True),
    (
        "repeat with two tiers",
        of_type("threshold", {"tiers": [{"at": 5, "amount": 1}, {"at": 9, "amount": 2}], "repeat": True}),
        ["rule.repeat"],
        True,
    ),
    ("happy hour without hours", of_type("happy_hour", {"percent": 10}), ["schedule.windows"], True),
    (
        "a window that is no time",
        percent(schedule={"windows": [{"from": "9 am", "to": "25:00"}]}),
        ["schedule.windows[0].from", "schedule.windows[0].to"],
        True,
    ),
    ("weekday 8", percent(schedule={"weekdays": [8]}), ["schedule.weekdays[0]"], False),
    (
        "end before start",
        percent(schedule={"starts_at": "2026-12-01T00:00:00", "ends_at": "2026-11-01T00:00:00"}),
        ["schedule.ends_at"],
        True,
    ),
    ("a start that is no date", percent(schedule={"starts_at": "2026-13-01T00:00:00"}), ["schedule.starts_at"], True),
    ("an unknown time zone", percent(schedule={"timezone": "Europe/Nowhere"}), ["schedule.timezone"], True),
    (
        "an excluded date that is none",
        percent(schedule={"excluded_dates": ["2026-02-30"]}),
        ["schedule.excluded_dates[0]"],
        True,
    ),
    ("code trigger without a code", percent(trigger={"kind": "code"}), ["trigger.code"], True),
    ("a code without its trigger", percent(trigger={"code": "SAVE"}), ["trigger.code"], True),
    ("group without its mode", percent(stacking={"group": "summer"}), ["stacking.group"], True),
    ("mode group without a group", percent(stacking={"mode": "group"}), ["stacking.group"], True),
    (
        "original base without a percentage",
        of_type("amount_discount", {"amount": 5}, stacking={"base": "original"}),
        ["stacking.base"],
        True,
    ),
    ("remaining measure without a spend", percent(stacking={"measure": "remaining"}), ["stacking.measure"], True),
    ("an unknown choice", percent(targeting={"customers": "nice ones"}), ["targeting.customers"], True),
    ("a limit of 0", percent(limits={"per_basket": 0, "total": -1}), ["limits.per_basket", "limits.total"], True),
    (
        "birthday window below 0",
        percent(targeting={"birthday_window_days": -1}),
        ["targeting.birthday_window_days"],
        True,
    ),
    (
        "an experiment half filled in",
        percent(experiment={"unit": "store", "key": "k", "seed": "s"}),
        ["experiment.range"],
        True,
    ),
    ("both a quantity and a spend", percent(requires=[{"quantity": 1, "spend": 5}]), ["requires[0]"], True),
    ("neither quantity nor spend", percent(requires=[{}]), ["requires[0]"], True),
    (
        "reward without its promotion",
        of_type("cross_brand", {"earn": {"visits": 2}, "reward": {}}),
        ["rule.reward.promotion"],
        True,
    ),
    (
        "several at once",
        percent(code="B D", rule={"percent": 0}, limits={"total": 0}),
        ["code", "rule.percent", "limits.total"],
        True,
    ),
    ("an unknown key", percent(colour="red"), ["colour"], False),
    ("an unknown key of the rule", percent(rule={"percent": 5, "amount": 3}), ["rule.amount"], False),
    ("an unknown type", percent(type="two_for_one"), ["type"], False),
    ("a rule that is a list", percent(rule=[]), ["rule"], False),
]
IDS = [why for why, *_ in WRONG]


def on_the_command_line(definition: dict[str, Any]) -> dict[str, str]:
    errors = evaluate_case({"promotions": [definition], "basket": BASKET})["errors"]
    return {error["field"].removeprefix("promotions[0]").removeprefix("."): error["message"] for error in errors}


@pytest.mark.parametrize(("definition", "fields"), [row[1:3] for row in WRONG], ids=IDS)
def test_the_preview_api_says_what_the_command_line_says(
    client: PagesClient, cast: Cast, definition: dict[str, Any], fields: list[str]
) -> None:
    expected = on_the_command_line(definition)
    assert list(expected) == fields
    client.sign_in(cast.ada)
    answer = client.post("/api/v1/preview", json={"promotions": [definition], "basket": BASKET})
    assert answer.status_code == 422
    assert answer.json == {"errors": evaluate_case({"promotions": [definition], "basket": BASKET})["errors"]}


@pytest.mark.parametrize("definition", [row[1] for row in WRONG if row[3]], ids=[row[0] for row in WRONG if row[3]])
def test_the_builder_says_what_the_command_line_says(
    app: Flask, client: PagesClient, cast: Cast, definition: dict[str, Any]
) -> None:
    with app.test_request_context():
        login_user(cast.ada)
        fields = posted(pages.builder(BuilderForm(definition), None).get_data(as_text=True))
    client.sign_in(cast.ada)
    answer = client.htmx("POST", f"/new-promotion/{definition['type']}/check", data=multi(fields))
    assert answer.status_code == 422
    expected = {form_name(field): message for field, message in on_the_command_line(definition).items()}
    page = answer.get_data(as_text=True)
    assert listed(page) == expected
    assert page.count("data-wrong=") == len(expected), "nothing is said twice"
    assert at_fields(page) == set(expected.values()), "each message stands at its field, not only on top"


def multi(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Pairs as the test client posts them; it carries a token of its own."""
    data: dict[str, list[str]] = {}
    for name, text in pairs:
        if name == "csrf_token":
            continue
        data.setdefault(name, []).append(text)
    return data


def listed(page: str) -> dict[str, str]:
    """The list on top of the form: field and message."""
    found = re.findall(r'<li data-wrong="([^"]*)">(.*?)</li>', page, re.DOTALL)
    return {field: html.unescape(re.sub(r"<[^>]+>", "", words)).split(": ", 1)[1] for field, words in found}


def at_fields(page: str) -> set[str]:
    """The messages that stand at fields."""
    return {
        html.unescape(words).strip()
        for words in re.findall(r'note-problem"[^>]*><svg.*?</svg>(.*?)</p>', page, re.DOTALL)
    }
