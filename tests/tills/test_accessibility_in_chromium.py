"""What axe finds on the tills' pages, wide and narrow, light and dark."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from portal import clock
from portal.db import transaction
from portal.models.device import DeviceGap
from portal.services import promotions
from portal.services.sync import alerts, devices, publishing, store_tills
from tests.cast import Cast
from tests.live import Live
from tests.tills.conftest import make_store, make_till

pytestmark = pytest.mark.browser

LONG = "A-name-without-any-space-that-is-so-long-that-it-fits-into-no-column-of-a-telephone-at-all"


@pytest.fixture(params=[(1440, "light"), (390, "dark")], ids=lambda p: f"{p[0]} {p[1]}")
def looking(request: pytest.FixtureRequest, live: Live, browser: Browser) -> Iterator[tuple[Page, str]]:
    """The administrator's browser, and a till's public id; one store has every trouble, one is rolled back."""
    width, scheme = request.param
    now, settings = clock.now(), live.app.config["PORTAL"]
    before = now - timedelta(hours=3)
    with live.app.app_context(), transaction() as session:
        stores = [make_store(session, f"S{n}", name) for n, name in enumerate(("Pier 1", LONG, "Empty"))]
        publishing.publish_all(session, settings=settings, now=before)
        definition = {"code": "LONG", "name": LONG, "type": "percent_discount", "rule": {"percent": 20}}
        promotions.publish(session, promotions.draft(session, definition=definition, by=None, now=now), now=now)
        publishing.publish_all(session, settings=settings, now=now - timedelta(hours=1))
        till = make_till(session, stores[0], LONG, at=before, bundle_version=1, clock_skew_ms=10**9, outbox_length=5)
        session.add(DeviceGap(device_id=till.id, stream="usage", first_seq=1, last_seq=9))
        make_till(session, stores[1], at=before, bundle_version=2, last_seen_at=now)
        devices.revoke(session, make_till(session, stores[0], "Old", at=before), now=now)
        devices.invite(session, stores[0], LONG, by=None, now=now)
        publishing.roll_back(session, stores[1].id, 1, settings=settings, now=now)
        store_tills.suspend(session, stores[1], now=now)
        alerts.compare(session, now=now)
        root = Cast(session).root
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=live.url)
    page = context.new_page()
    live.sign_in(page, root)
    yield page, till.public_id
    context.close()


def findings(page: Page) -> list[str]:
    """What axe calls a violation, and text that is wider than the page."""
    found = [
        f"{each['id']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in Axe().run(page).response["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*found, *(["the page scrolls sideways"] if wide else [])]


def test_axe_finds_nothing_on_the_tills_pages(looking: tuple[Page, str]) -> None:
    page, public_id = looking
    for path in (
        "/tills",
        "/tills?is=silent&q=pier",
        "/tills?q=nothing",
        "/tills/S0",
        "/tills/S1",
        "/tills/S2",
        "/tills/S0/invitations/4",
        "/tills/S0/suspend",
        f"/tills/S0/tills/{public_id}/revoke",
    ):
        page.goto(path)
        assert findings(page) == [], path
    page.get_by_role("button", name="Revoke").wait_for()
    page.goto(f"/tills/S0/tills/{public_id}/rotate")
    page.get_by_role("button", name="Renew the token").click()
    page.locator(".one-use").wait_for()
    assert findings(page) == []
    page.goto("/tills/S0")
    page.get_by_label("Name of the till").fill("Counter 3")
    page.get_by_role("button", name="Invite a till").click()
    page.locator(".one-use-code").wait_for()
    page.get_by_text("From a command line instead").click()
    assert findings(page) == []
