"""In a browser: each of the 13 types from an empty form to published, with the receipt that a guest would get."""

from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from portal.db import transaction
from portal.models.user import User
from portal.services import promotions, publications
from tests.cast import Cast
from tests.live import Live
from tests.menu import make_menu

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Build:
    """How a type is built: texts by field, choices by search, the kind of value; the basket, and what is printed."""

    card: str
    fields: dict[str, str]
    basket: list[tuple[int, str]]
    total: str
    printed: list[str]
    picks: list[tuple[str, str, str]] = field(default_factory=list)
    value: str = ""
    selects: dict[str, str] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)


BUILDS = [
    Build(
        "Percent off",
        {"rule.percent": "20", "rule.min_spend": "9.00"},
        [(2, "LATTE"), (1, "BURGER")],
        "USD 18.70",
        ["You savedUSD 1.80", "2 × Latte9.00"],
        [("Which items", "drin", "Drinks")],
    ),
    Build(
        "Amount off",
        {"rule.amount": "0.50"},
        [(3, "LATTE")],
        "USD 12.00",
        ["You savedUSD 1.50"],
        [("Which items", "coff", "Coffee")],
        selects={"rule.on": "each_unit"},
    ),
    Build(
        "Happy hour",
        {"rule.price": "2.50", "schedule.windows.0.from": "00:00", "schedule.windows.0.to": "24:00"},
        [(1, "COLA"), (1, "COOKIE")],
        "USD 5.00",
        ["You savedUSD 1.00"],
        [("Which items", "drin", "Drinks")],
        value="price",
    ),
    Build(
        "Spend more, save more",
        {"rule.tiers.0.at": "20.00", "rule.tiers.0.amount": "3.00"},
        [(2, "BURGER")],
        "USD 20.00",
        ["You savedUSD 3.00"],
        value="amount",
    ),
    Build(
        "Payment discount",
        {"rule.percent": "10", "rule.methods": "card"},
        [(1, "BURGER")],
        "USD 10.35",
        ["paid by card", "You savedUSD 1.15"],
    ),
    Build(
        "Buy one, get one",
        {"rule.buy.quantity": "1"},
        [(1, "LATTE"), (1, "ESPRESSO")],
        "USD 4.50",
        ["You savedUSD 3.00"],
        [("Items to buy", "coff", "Coffee")],
    ),
    Build(
        "Free item",
        {"rule.when.quantity": "2"},
        [(2, "LATTE")],
        "USD 9.00",
        ["Add for free: 1 × Cookie"],
        [("The gift", "cook", "Cookie"), ("Items to buy", "coff", "Coffee")],
    ),
    Build(
        "Add-on offer",
        {"rule.percent": "50", "rule.message": "Fries at half price?"},
        [(1, "BURGER"), (1, "FRIES")],
        "USD 13.50",
        ["You savedUSD 2.00"],
        [("Items bought", "burg", "Burgers"), ("Items offered", "frie", "Fries")],
    ),
    Build(
        "Combo",
        {"rule.price": "12.00"},
        [(1, "BURGER"), (1, "COLA")],
        "USD 12.00",
        ["You savedUSD 3.00"],
        [("Part 1", "burg", "Burgers"), ("Part 2", "drin", "Drinks")],
    ),
    Build(
        "Package",
        {"rule.price": "6.00"},
        [(1, "LATTE"), (1, "COOKIE")],
        "USD 6.00",
        ["You savedUSD 1.00"],
        [("Product 1", "latt", "Latte"), ("Product 2", "cook", "Cookie")],
    ),
    Build(
        "Mix and match",
        {"rule.quantity": "3", "rule.price": "7.00"},
        [(2, "COOKIE"), (1, "CROISSANT")],
        "USD 7.00",
        ["You savedUSD 1.20"],
        [("Which items", "past", "Pastries")],
    ),
    Build(
        "Cashback",
        {"rule.percent": "5"},
        [(2, "BURGER")],
        "USD 23.00",
        ["USD 1.15 back to the wallet"],
    ),
    Build(
        "Across brands",
        {"rule.earn.spend": "100.00", "rule.reward.promotion": "THANKS"},
        [(2, "LATTE"), (1, "COLA")],
        "USD 12.50",
        ["USD 9.00 towards the next voucher"],
        [("Brands to earn at", "bean", "Bean Bar")],
    ),
]


@pytest.fixture
def ada(live: Live, page: Page) -> User:
    """Ada, signed in to a portal with a menu."""
    with live.app.app_context(), transaction() as session:
        make_menu(session)
        user: User = Cast(session).ada
    live.sign_in(page, user)
    page.set_default_timeout(8000)
    return user


def write(page: Page, name: str, text: str) -> None:
    """Fill a field; a list behind a search takes words with Enter."""
    control = page.locator(f'[name="{name}"]')
    if control.is_visible():
        control.fill(text)
    else:
        search = control.locator("xpath=ancestor::*[@data-picker]").get_by_role("combobox")
        search.fill(text)
        search.press("Enter")


def pick(page: Page, label: str, words: str, option: str) -> None:
    """Search, and choose what is offered."""
    search = page.get_by_role("combobox", name=label, exact=True).first
    search.fill(words)
    search.locator("xpath=..").locator(f'[role=option][data-name="{option}"]').click()


def fill_basket(page: Page, lines: list[tuple[int, str]]) -> None:
    """Put lines into the basket that the promotion is tried on, once the preview stands still as for a person."""
    page.wait_for_load_state("networkidle")
    for position, (quantity, sku) in enumerate(lines):
        page.get_by_role("button", name="Add a line").click()
        page.locator(f'[name="basket.lines.{position}.quantity"]').fill(str(quantity))
        page.locator(f'[name="basket.lines.{position}.sku"]').fill(sku)


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.card)
def test_a_type_is_built_previewed_and_published(live: Live, page: Page, ada: User, build: Build) -> None:
    page.goto(f"{live.url}/new-promotion")
    page.get_by_role("link", name=build.card).click()
    expect(page.locator("html")).to_have_attribute("data-htmx", "local")
    if build.value:
        page.locator("[data-value-kind]").first.select_option(build.value)
    for name, word in build.selects.items():
        page.locator(f'[name="{name}"]').select_option(word)
    for label, words, option in build.picks:
        pick(page, label, words, option)
    for name, text in build.fields.items():
        write(page, name, text)
    fill_basket(page, build.basket)
    write(page, "name", "Built in a browser")
    write(page, "code", "BUILT")
    receipt = page.locator("#preview-result .receipt").first
    expect(receipt.locator(".total td")).to_have_text(build.total.replace(" ", "\N{NO-BREAK SPACE}"))
    for words in build.printed:
        expect(page.locator("#preview-result")).to_contain_text(words.replace("USD ", "USD\N{NO-BREAK SPACE}"))
    expect(page.locator("#preview-total")).to_contain_text(build.total.replace(" ", "\N{NO-BREAK SPACE}"))
    page.get_by_role("button", name="Check and publish").click()
    page.get_by_role("button", name="Publish now in all 2 stores").click()
    expect(page.locator(".alert-success")).to_contain_text("BUILT is published")
    with live.app.app_context(), transaction() as session:
        assert promotions.by_code(session, "BUILT").published_number == 1
        assert "BUILT" in publications.live(session).compiled


def test_typing_keeps_the_focus_and_shows_what_is_wrong_at_its_field(live: Live, page: Page, ada: User) -> None:
    page.goto(f"{live.url}/new-promotion/percent_discount")
    expect(page.locator("html")).to_have_attribute("data-htmx", "local")
    expect(page.locator("#preview-total")).to_contain_text("still open")
    assert page.locator(".note-problem").count() == 0, "nobody has typed anything yet"
    percent = page.locator('[name="rule.percent"]')
    percent.press_sequentially("200", delay=20)
    expect(page.locator("#f-rule-percent-notes")).to_contain_text("at most 100")
    expect(percent).to_be_focused()
    expect(percent).to_have_attribute("aria-invalid", "true")
    percent.fill("20")
    expect(page.locator("#f-rule-percent-notes")).to_be_empty()
    expect(page.locator("#preview-result .receipt")).to_be_visible()


def test_a_week_is_painted_and_rows_are_written(live: Live, page: Page, ada: User) -> None:
    page.goto(f"{live.url}/new-promotion/happy_hour")
    expect(page.locator("html")).to_have_attribute("data-htmx", "local")
    page.locator('[name="schedule.windows.0.from"]').fill("11:00")
    page.locator('[name="schedule.windows.0.to"]').fill("12:00")
    expect(page.locator('.hour[data-day="2"][data-hour="11"]')).to_have_attribute("data-held", "all")
    page.locator('.hour[data-day="0"][data-hour="12"]').click()
    rows = page.locator("[data-window]")
    expect(rows).to_have_count(2)
    expect(rows.nth(0).locator('[name$=".to"]')).to_have_value("13:00")
    expect(rows.nth(1).locator('[name$=".to"]')).to_have_value("12:00")
    page.get_by_role("button", name="Add a time").click()
    expect(page.locator('[name="schedule.windows.2.from"]')).to_be_focused()


def test_somebody_elses_save_is_not_lost(live: Live, page: Page, ada: User) -> None:
    definition = {"code": "SHARED", "type": "percent_discount", "rule": {"percent": 10}}
    with live.app.app_context(), transaction() as session:
        promotions.draft(session, definition=definition, by=ada.id, now=ada.created_at)
    page.goto(f"{live.url}/promotions/SHARED")
    expect(page.locator("html")).to_have_attribute("data-htmx", "local")
    with live.app.app_context(), transaction() as session:
        promotion, changed = promotions.by_code(session, "SHARED"), {**definition, "rule": {"percent": 11}}
        promotions.revise(session, promotion, definition=changed, expected=1, by=ada.id, now=ada.created_at)
    page.locator('[name="rule.percent"]').fill("12")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_role("alert")).to_contain_text("Ada saved SHARED (revision 2) while you were editing")
    expect(page.locator('[name="rule.percent"]')).to_have_value("12")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.locator(".alert-success")).to_contain_text("Saved as a draft")
    with live.app.app_context(), transaction() as session:
        assert promotions.by_code(session, "SHARED").draft_number == 3


def test_without_scripts_rows_are_added_and_the_receipt_is_a_page(live: Live, page: Page, ada: User) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(f"{live.url}/new-promotion/combo")
    plain.get_by_role("button", name="Add a part").click()
    for position, category in enumerate(("burgers", "sides", "drinks")):
        plain.locator(f'[name="rule.slots.{position}.items.categories"]').fill(category)
    plain.locator('[name="rule.price"]').fill("15.00")
    plain.get_by_role("button", name="Show the receipt").click()
    expect(plain.locator(".receipt .total td")).to_have_text("USD\N{NO-BREAK SPACE}15.00")
    context.close()
