"""What axe finds on the pages of promotions, wide and narrow, light and dark; and the drawer of the narrow builder."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from portal import clock
from portal.db import transaction
from portal.services import promotions
from tests.cast import Cast
from tests.live import Live
from tests.menu import make_menu

pytestmark = pytest.mark.browser

LONG = "A name that is so long that nobody has ever read it to its end, neither on a receipt nor on a screen"


@pytest.fixture(params=[(1440, "light"), (390, "dark")], ids=["wide and light", "narrow and dark"])
def looking(request: pytest.FixtureRequest, live: Live, browser: Browser) -> Iterator[Page]:
    """Ada's browser in a size and a colour scheme, with two promotions in the portal."""
    width, scheme = request.param
    with live.app.app_context(), transaction() as session:
        make_menu(session)
        ada = Cast(session).ada
        for code, name in (("LONG", LONG), ("SHORT", "Short")):
            definition = {"code": code, "name": name, "type": "percent_discount", "rule": {"percent": 20}}
            promotion = promotions.draft(session, definition=definition, by=ada.id, now=clock.now())
            promotions.publish(session, promotion, now=clock.now())
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=live.url)
    page = context.new_page()
    page.set_default_timeout(8000)
    live.sign_in(page, ada)
    yield page
    context.close()


def settled(page: Page) -> None:
    """Wait until htmx has come and the preview has been asked."""
    expect(page.locator("html")).to_have_attribute("data-htmx", "local")
    expect(page.locator("#preview-total")).not_to_be_empty()


def findings(page: Page) -> list[str]:
    """What axe calls a violation, and text that is wider than the page."""
    found = [
        f"{each['id']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in Axe().run(page).response["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*found, *(["the page scrolls sideways"] if wide else [])]


def test_axe_finds_nothing_on_the_pages_of_promotions(looking: Page) -> None:
    for path in (
        "/promotions",
        "/promotions?q=nothing",
        "/new-promotion",
        "/promotions/LONG/end",
        "/promotions/LONG/revisions",
    ):
        looking.goto(path)
        assert findings(looking) == [], path


@pytest.mark.parametrize(
    "path", ["/promotions/LONG", "/new-promotion/combo", "/new-promotion/happy_hour", "/new-promotion/threshold"]
)
def test_axe_finds_nothing_on_the_builder_open_and_with_errors(looking: Page, path: str) -> None:
    looking.goto(path)
    settled(looking)
    for fold in looking.locator("#builder details").all():
        fold.evaluate("fold => { fold.open = true }")
    looking.locator('[name="limits.per_basket"]').fill("none")
    looking.get_by_role("button", name="Check and publish").click()
    expect(looking.locator(".alert-danger")).to_be_focused()
    assert looking.locator("#section-limits").get_attribute("open") is not None
    toggle = looking.locator("[data-preview-toggle]")
    if toggle.is_visible():
        toggle.click()
        expect(toggle).to_have_attribute("aria-expanded", "true")
    assert findings(looking) == []


def test_the_total_is_always_in_view(looking: Page) -> None:
    looking.goto("/promotions/LONG")
    settled(looking)
    expect(looking.locator("#preview-total")).to_contain_text("pays")
    looking.locator(".builder-actions").scroll_into_view_if_needed()
    expect(looking.locator("#preview-total")).to_be_in_viewport()
