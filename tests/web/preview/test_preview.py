"""The preview: fragments beside the builder, and POST /api/v1/preview."""

import html
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal import clock
from portal.services import promotions
from tests.cast import Cast
from tests.menu import make_menu
from tests.pages import PagesClient

PERCENT: dict[str, Any] = {"code": "P", "name": "Twenty", "type": "percent_discount", "rule": {"percent": 20}}
BASKET = {
    "currency": "USD",
    "at": "2026-11-20T12:00:00Z",
    "lines": [{"id": "1", "sku": "LATTE", "categories": ["coffee"], "unit_price": 450, "quantity": 2}],
}


@pytest.fixture
def ada(client: PagesClient, cast: Cast, session: Session) -> PagesClient:
    """Ada's browser, with a menu in the portal."""
    make_menu(session)
    return client.sign_in(cast.ada)


def publish(session: Session, **definition: Any) -> None:
    promotion = promotions.draft(session, definition={**PERCENT, **definition}, by=None, now=clock.now())
    promotions.publish(session, promotion, now=clock.now())


def words(page: str) -> str:
    """A fragment's text, blanks as one."""
    text = html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL))
    return re.sub(r"\s+", " ", text.replace("\N{NO-BREAK SPACE}", " "))


def seen(ada: PagesClient, **fields: str) -> str:
    """The words of the preview of some fields of a percentage."""
    given = {"type": "percent_discount", "currency": "USD", "code": "P", "name": "Twenty", "rule.percent": "20"}
    answer = ada.htmx(
        "POST", "/preview/promotion", data=given | {key.replace("__", "."): v for key, v in fields.items()}
    )
    assert answer.status_code == 200
    return words(answer.get_data(as_text=True))


LATTES = {"basket__lines__0__sku": "LATTE", "basket__lines__0__quantity": "2"}


def test_the_receipt_has_lines_savings_and_totals(ada: PagesClient) -> None:
    text = seen(ada, **LATTES)
    for part in ("20% off everything", "2 × Latte 9.00", "Twenty −1.80", "Total USD 7.20", "You saved USD 1.80"):
        assert part in text


def test_a_price_can_be_changed_and_a_product_be_unknown(ada: PagesClient) -> None:
    assert "Total USD 8.00" in seen(ada, **LATTES, basket__lines__0__unit_price="5.00")
    unknown = {"basket__lines__0__sku": "TEA", "basket__lines__0__quantity": "1"}
    assert "Basket, line 1, unit price is required" in seen(ada, **unknown)
    assert "1 × TEA 3.00" in seen(ada, **unknown, basket__lines__0__unit_price="3.00")


def test_what_is_wrong_with_the_basket_stands_at_its_line(ada: PagesClient) -> None:
    lines = {"basket__lines__0__quantity": "", "basket__lines__1__sku": "LATTE", "basket__lines__1__quantity": "0"}
    assert "Basket, line 2, quantity must be a whole number from 1 on, not 0" in seen(ada, **lines)


def test_a_missing_code_does_not_keep_the_receipt_back(ada: PagesClient) -> None:
    text = seen(ada, **LATTES, code="", name="")
    assert "Still open before it can be published: Code is required" in text
    assert "This promotion −1.80" in text


def test_questions_left_open_are_answered_in_its_favour(ada: PagesClient) -> None:
    text = seen(
        ada,
        trigger__kind="code",
        trigger__code="SAVE",
        targeting__segments="vip",
        schedule__weekdays="1",
        scope__stores="S2",
        scope__channels="takeaway",
    )
    assert "Station Mon" in text
    assert "a guest it is for, with the code, takeaway" in text
    assert "You saved" in text


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"basket__guest": "anonymous", "targeting__customers": "known"}, "it is not for this guest"),
        ({"basket__store": "S1", "scope__stores": "S2"}, "it does not run in this store"),
        ({"basket__at": "2026-11-22T10:00", "schedule__weekdays": "1"}, "it does not run at this time"),
        (
            {"basket__codes": "OTHER", "trigger__kind": "code", "trigger__code": "SAVE"},
            "its code or voucher was not shown",
        ),
        ({"rule__min_spend": "10.00"}, "USD 1.00 more would be needed"),
        ({"rule__min_quantity": "4"}, "2 more items would be needed"),
    ],
)
def test_why_it_does_not_apply_is_said_in_words(ada: PagesClient, fields: dict[str, str], reason: str) -> None:
    assert f"It does not apply here: {reason}" in seen(ada, **LATTES, **fields)


def test_what_already_runs_is_shown_with_its_reasons(ada: PagesClient, session: Session) -> None:
    publish(session, code="ALSO", name="Ten more", rule={"percent": 10})
    publish(session, code="BIG", name="Big spender", currency="USD", rule={"percent": 5, "min_spend": 5000})
    publish(session, code="P", name="The one that is edited", rule={"percent": 90})
    text = seen(ada, **LATTES)
    assert "Together with what already runs: the guest pays USD 6.48" in text
    assert "Ten more −0.90" in text
    assert "Why not the other 1 promotion? Big spender USD 41.00 more would be needed" in text
    assert "The one that is edited" not in text


def test_warnings_stand_in_the_preview(ada: PagesClient) -> None:
    assert "are empty: every basket gets this" in seen(ada, **LATTES)


def test_the_sample_can_be_taken_over_and_changed(ada: PagesClient) -> None:
    form = {"type": "bogo", "currency": "USD", "rule.buy.items.categories": "coffee", "rule.buy.quantity": "2"}
    page = ada.htmx("POST", "/preview/lines?fill=1", data=form).get_data(as_text=True)
    lines = dict(re.findall(r'name="(basket\.lines[^"]+)"[^>]*value="([^"]*)"', page))
    assert lines["basket.lines.0.sku"] == "LATTE"
    more = ada.htmx("POST", "/preview/lines?add=1", data=form | lines).get_data(as_text=True)
    assert more.count('class="basket-line"') == page.count('class="basket-line"') + 1
    less = ada.htmx("POST", "/preview/lines?remove=0", data=form | lines).get_data(as_text=True)
    assert less.count('class="basket-line"') == page.count('class="basket-line"') - 1
    assert 'class="basket-line"' not in ada.htmx("POST", "/preview/lines?clear=1", data=form | lines).get_data(
        as_text=True
    )


def test_the_preview_is_a_page_without_htmx(ada: PagesClient) -> None:
    page = ada.post("/preview/promotion", data={"type": "percent_discount", "rule.percent": "20"}).get_data(
        as_text=True
    )
    assert "<title>Preview" in page


def test_the_api_answers_results_words_and_warnings(ada: PagesClient, session: Session) -> None:
    publish(session, code="ALSO", rule={"percent": 10})
    answer = ada.post("/api/v1/preview", json={"definition": PERCENT, "baskets": [BASKET, {**BASKET, "lines": []}]})
    assert answer.status_code == 200
    assert [each["total"] for each in answer.json["results"]] == [720, 0]
    assert answer.json["words"] == ["20% off everything"]
    assert answer.json["warnings"][0][0]["field"] == "limits"
    beside = ada.post("/api/v1/preview", json={"promotions": [PERCENT], "basket": BASKET, "with_live": True})
    assert [each["total"] for each in beside.json["results"]] == [648]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (None, [""]),
        ({}, ["promotions", "basket"]),
        ({"promotions": [PERCENT], "definition": PERCENT, "basket": BASKET}, ["definition"]),
        ({"promotions": [PERCENT, PERCENT], "basket": BASKET}, ["promotions[1].code"]),
        (
            {"definition": {**PERCENT, "rule": {"percent": 0}}, "basket": {}},
            ["definition.rule.percent", "basket.currency"],
        ),
        ({"promotions": [], "baskets": []}, ["baskets"]),
        ({"promotions": [], "baskets": [BASKET, {**BASKET, "at": "noon"}]}, ["baskets[1].at"]),
        ({"promotions": [], "basket": BASKET, "settings": {"resolution": "fair"}}, ["settings.resolution"]),
        ({"promotions": [], "basket": BASKET, "with_live": "yes", "colour": 1}, ["with_live", "colour"]),
    ],
)
def test_the_api_names_every_field_that_is_wrong(ada: PagesClient, body: Any, fields: list[str]) -> None:
    answer = ada.post("/api/v1/preview", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]][: len(fields)] == fields


def test_the_api_refuses_more_than_one_call_should_take(ada: PagesClient) -> None:
    many = [{**PERCENT, "code": f"P{number}"} for number in range(1001)]
    body = {"promotions": many, "baskets": [{**BASKET, "lines": []}] * 100}
    answer = ada.post("/api/v1/preview", json=body)
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (422, ["baskets"])
    assert "not 100100" in answer.json["errors"][0]["message"]


def test_the_api_wants_a_session_and_a_token(client: PagesClient, cast: Cast) -> None:
    body = {"definition": PERCENT, "basket": BASKET}
    assert client.post("/api/v1/preview", json=body).status_code == 401
    client.sign_in(cast.ada)
    assert client.post("/api/v1/preview", json=body, csrf=False).status_code == 400
    client.sign_in(cast.hal)
    assert client.post("/api/v1/preview", json=body).status_code == 403
