"""Inviting a till in a browser: the code is shown, the page sees the till come, and the list has it."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal import clock
from portal.db import transaction
from portal.services.sync import devices
from tests.cast import Cast
from tests.live import Live
from tests.tills.conftest import make_store, make_till

pytestmark = pytest.mark.browser


@pytest.fixture
def signed_in(live: Live, page: Page) -> Page:
    """The administrator's browser; the portal has one store with one till."""
    with live.app.app_context(), transaction() as session:
        make_till(session, make_store(session), "Bar", at=clock.now(), last_seen_at=clock.now())
        live.sign_in(page, Cast(session).root)
    return page


def test_an_invited_till_appears(live: Live, signed_in: Page) -> None:
    page = signed_in
    page.goto(f"{live.url}/tills")
    page.get_by_role("link", name="Pier 1").press("Enter")
    page.get_by_label("Name of the till").fill("Counter 9")
    page.keyboard.press("Enter")
    code = page.locator(".one-use-code").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){2}", code)
    expect(page.locator("main").get_by_role("status")).to_contain_text("Waiting for Counter 9")
    with live.app.app_context(), transaction() as session:
        devices.enroll(session, code.lower(), now=clock.now())
    expect(page.locator("main").get_by_role("status")).to_contain_text("Counter 9 is enrolled.", timeout=10_000)
    page.get_by_role("link", name="See it among the tills").click()
    expect(page.get_by_role("heading", name="Counter 9")).to_be_visible()
    page.goto(f"{live.url}/tills")
    expect(page.get_by_role("row", name=re.compile("Pier 1"))).to_contain_text("2")


def test_a_till_is_revoked_with_the_keyboard_alone(live: Live, signed_in: Page) -> None:
    page = signed_in
    page.goto(f"{live.url}/tills/S1")
    page.get_by_role("link", name="Revoke").press("Enter")
    expect(page.get_by_role("heading", name="Revoke Bar?")).to_be_visible()
    page.get_by_role("button", name="Revoke").press("Enter")
    expect(page.locator("main").get_by_role("status")).to_contain_text("Bar is revoked.")
    expect(page.get_by_role("heading", name="Bar", exact=True)).to_have_count(0)


def test_nothing_is_cut_off_on_a_phone(live: Live, signed_in: Page) -> None:
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/tills", "/tills/S1"):
        page.goto(live.url + path)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_searching_changes_the_list_and_the_address(live: Live, signed_in: Page) -> None:
    page = signed_in
    page.goto(f"{live.url}/tills")
    page.get_by_label("Search").fill("nowhere")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/tills\?q=nowhere"))
    page.get_by_role("link", name="Show all stores").click()
    expect(page.get_by_role("link", name="Pier 1")).to_be_visible()
