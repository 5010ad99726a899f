"""What is said to htmx, and what a browser without it gets instead."""

import json

import pytest
from flask import Flask, make_response

from portal.web import htmx


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),  # htmx swaps the whole body then
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),  # the back button wants a page
    ],
)
def test_a_fragment_goes_only_where_htmx_swaps_one(app: Flask, headers: dict[str, str], expected: bool) -> None:
    with app.test_request_context(headers=headers):
        assert htmx.wants_fragment() is expected


def test_a_browser_is_redirected_and_htmx_is_told_where_to_go(app: Flask) -> None:
    with app.test_request_context():
        answer = make_response(htmx.go("/there"))
        assert (answer.status_code, answer.headers["Location"]) == (303, "/there")
    with app.test_request_context(headers={"HX-Request": "true"}):
        answer = make_response(htmx.go("/there"))
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/there")


def test_events_are_announced_as_json(app: Flask) -> None:
    with app.test_request_context():
        answer = htmx.announce(make_response(""), {"saved": {"code": "LUNCH20"}})
    assert json.loads(answer.headers["HX-Trigger"]) == {"saved": {"code": "LUNCH20"}}
