"""The shell in Chromium: htmx with and without its CDN, colours, phone, accessibility."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect

from portal.config import HTMX_CDN_URL
from portal.db import transaction
from portal.models.catalogue import Brand, Category, Product, Store
from portal.services import users
from portal.web.assets.views import location
from tests.conftest import new_app, settings_for
from tests.live import Live, served

PASSWORD = "a long enough one"


def filled(app: Flask) -> Flask:
    """A person and sixty products."""
    with app.app_context(), transaction() as session:
        users.create_user(session, email="ada@tests.example", name="Ada", role="marketer", password=PASSWORD)
        bean, drinks = Brand(code="BEAN", name="Bean Bar"), Category(code="drinks", name="Drinks")
        session.add(Store(code="S1", name="Pier", timezone="America/New_York", currency="USD", brand=bean))
        for n in range(60):
            name = "Latte" if n == 7 else f"Product {n}"
            row = Product(sku=f"P{n:02}", name=name, price_minor=n, currency="USD", brand=bean, categories=[drinks])
            session.add(row)
    return app


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Live]:
    """A portal that asks the CDN for htmx; a test decides what the CDN answers."""
    folder = tmp_path_factory.mktemp("instance")
    with served(filled(new_app(settings_for(folder, redis_url, HTMX_SOURCE="cdn")))) as live:
        yield live


def sign_in(page: Page, portal: Live, to: str = "/catalogue/products") -> None:
    page.goto(f"{portal.url}/sign-in?next={to}")
    page.get_by_label("E-mail").fill("ada@tests.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{to}")


def from_cdn(page: Page, answer) -> None:
    page.route(HTMX_CDN_URL, answer)


def real(route: Route) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
    route.fulfill(path=location("htmx", "htmx.min.js"), headers=headers)


def forged(route: Route) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
    route.fulfill(body="window.forged = true", headers=headers)


def silent(route: Route) -> None:
    """Accepts, and never answers."""


def late(route: Route) -> None:
    time.sleep(2.5)
    real(route)


@pytest.mark.parametrize(
    ("answer", "source"),
    [(real, "cdn"), (lambda route: route.abort(), "local"), (forged, "local"), (silent, "local"), (late, "local")],
    ids=["it answers", "it is blocked", "it answers something else", "it never answers", "it answers late"],
)
def test_htmx_works_whatever_the_cdn_does(page: Page, portal: Live, answer, source: str):
    from_cdn(page, answer)
    sign_in(page, portal)
    page.locator(f"html[data-htmx={source}]").wait_for(state="attached", timeout=6000)
    assert page.evaluate("[htmx.version, htmx.config.allowEval, window.forged]") == ["2.0.3", False, None]
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if "q=latte" in request.url else None)
    page.get_by_label("Search").fill("latte")
    expect(page.get_by_role("status").filter(has_text="product")).to_have_text("1 product")
    expect(page).to_have_url(f"{portal.url}/catalogue/products?q=latte")
    if answer is late:
        page.wait_for_timeout(2000)
        page.get_by_label("Search").fill("product 5")
        expect(page.get_by_role("status").filter(has_text="product")).to_have_text("15 products")
    assert len(calls) == 1  # one htmx, not two


@pytest.fixture
def ada(page: Page, portal: Live) -> Page:
    """Ada, signed in, at the products; the CDN is blocked."""
    from_cdn(page, lambda route: route.abort())
    sign_in(page, portal)
    page.locator("html[data-htmx]").wait_for(state="attached")
    return page


def test_more_rows_come_in_place_and_the_list_ends_by_itself(ada: Page):
    rows = ada.locator("tr[data-opens]")
    expect(rows).to_have_count(25)
    for count in (50, 60):
        ada.get_by_role("link", name="Show more").click()
        expect(rows).to_have_count(count)
    expect(ada.get_by_role("link", name="Show more")).to_have_count(0)


def test_a_row_opens_on_click_and_by_keyboard(ada: Page, portal: Live):
    ada.locator("tr[data-opens]").first.locator("td").nth(2).click()
    expect(ada).to_have_url(f"{portal.url}/catalogue/products/P00")
    ada.go_back()
    ada.get_by_role("link", name="Product 1", exact=True).focus()
    ada.keyboard.press("Enter")
    expect(ada).to_have_url(f"{portal.url}/catalogue/products/P01")


def test_back_leads_to_the_list_as_it_was(ada: Page, portal: Live):
    ada.get_by_label("Search").fill("latte")
    expect(ada).to_have_url(f"{portal.url}/catalogue/products?q=latte")
    expect(ada.locator("tr[data-opens]")).to_have_count(1)
    ada.get_by_role("link", name="Latte", exact=True).click()
    expect(ada.get_by_role("heading", name="Latte")).to_be_visible()
    ada.go_back()
    expect(ada.locator("tr[data-opens]")).to_have_count(1)
    expect(ada.get_by_role("navigation").first).to_be_visible()


def test_a_failure_is_told_and_what_was_typed_stays(ada: Page):
    ada.route("**/catalogue/products?q=*", lambda route: route.abort())
    ada.get_by_label("Search").fill("latte")
    expect(ada.locator("#toasts")).to_contain_text("The portal did not answer")
    expect(ada.get_by_label("Search")).to_have_value("latte")


def test_the_first_tab_stop_skips_to_the_content(ada: Page):
    ada.keyboard.press("Tab")
    expect(ada.get_by_role("link", name="Skip to the content")).to_be_focused()
    ada.keyboard.press("Enter")
    expect(ada.locator("main")).to_be_focused()


def test_colours_follow_the_system_until_a_person_chooses(ada: Page):
    ada.emulate_media(color_scheme="dark")
    expect(ada.locator("html[data-bs-theme=dark]")).to_be_attached()
    ada.emulate_media(color_scheme="light")
    expect(ada.locator("html[data-bs-theme=light]")).to_be_attached()
    ada.get_by_text("Ada", exact=True).first.click()
    ada.get_by_text("Dark", exact=True).click()
    expect(ada.locator("html[data-bs-theme=dark]")).to_be_attached()
    ada.reload()
    expect(ada.locator("html[data-bs-theme=dark]")).to_be_attached()


def test_on_a_phone_the_navigation_is_a_bar_of_four(ada: Page, portal: Live):
    ada.set_viewport_size({"width": 390, "height": 844})
    expect(ada.locator(".side-nav")).to_be_hidden()
    bar = ada.locator(".bar-nav > ul > li")
    expect(bar).to_have_count(4)
    ada.locator(".bar-nav").get_by_text("More").click()
    ada.locator(".bar-nav").get_by_role("link", name="Stores").click()
    expect(ada).to_have_url(f"{portal.url}/catalogue/stores")


def test_a_file_is_imported_from_the_list_to_the_list(ada: Page, tmp_path: Path):
    file = tmp_path / "menu.csv"
    file.write_text("code,name\nWOK,Wok House\nbad code,X\n")
    ada.locator(".side-nav").get_by_role("link", name="Brands").click()
    ada.get_by_role("link", name="Import").click()
    ada.get_by_label("CSV file").set_input_files(file)
    ada.get_by_role("button", name="Look at what it would do").click()
    expect(ada.get_by_role("table", name="Rows that are left out")).to_contain_text("'bad code' is no code")
    assert violations(ada) == []
    ada.get_by_role("button", name="Save 1 brand, leave 1 row out").click()
    expect(ada.get_by_role("link", name="Wok House")).to_be_visible()


PAGES = [
    "/sign-in",
    "/catalogue/products",
    "/catalogue/products?q=nothing-like-it",
    "/catalogue/products/P03",
    "/catalogue/new/stores",
    "/catalogue/categories",
    "/catalogue/customers",
    "/catalogue/import/products",
    "/nothing-here",
]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_the_screen(browser: Browser, portal: Live, width: int, scheme: str):
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    from_cdn(page, lambda route: route.abort())
    found = [(address, problem) for address in PAGES for problem in problems(page, portal, address)]
    context.close()
    assert found == []


def problems(page: Page, portal: Live, address: str) -> list[str]:
    """What axe finds on a page, and whether it is wider than the screen."""
    if address == PAGES[1]:
        sign_in(page, portal, address)
    page.goto(portal.url + address)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return violations(page) + ["too wide"] * wide


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": tags}).response["violations"]
    return [f"{problem['id']}: {problem['nodes'][0]['html']}" for problem in found]
