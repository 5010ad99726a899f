"""htmx comes from its CDN; where that fails in any way, from the portal itself, and pages go on working."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from portal.config import HTMX_CDN_URL
from portal.web.assets.views import location
from tests.conftest import new_app, settings_for
from tests.live import Live, served

HTMX = location("htmx", "htmx.min.js")
OPEN = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}


def honest(route: Route) -> None:
    route.fulfill(body=HTMX.read_text(), headers=OPEN)


def forged(route: Route) -> None:
    route.fulfill(body=HTMX.read_text() + "\nwindow.forged = true;", headers=OPEN)


def away(route: Route) -> None:
    route.abort("connectionrefused")


def failing(route: Route) -> None:
    route.fulfill(status=503, body="")


def silent(route: Route) -> None:
    """Take the request and never answer."""


@pytest.fixture
def from_cdn(tmp_path: Path, redis_url: str) -> Iterator[Live]:
    """A portal that trusts the CDN first."""
    with served(new_app(settings_for(tmp_path, redis_url, HTMX_SOURCE="cdn"))) as live:
        yield live


@pytest.mark.browser
@pytest.mark.parametrize(
    ("cdn", "source"), [(honest, "cdn"), (away, "local"), (failing, "local"), (silent, "local"), (forged, "local")]
)
def test_htmx_arrives_whatever_the_cdn_does(
    from_cdn: Live, page: Page, cdn: Callable[[Route], None], source: str
) -> None:
    page.route(HTMX_CDN_URL, cdn)
    page.goto(f"{from_cdn.url}/sign-in")
    page.wait_for_selector("html[data-htmx]", state="attached", timeout=15_000)
    assert page.evaluate("document.documentElement.dataset.htmx") == source
    assert page.evaluate("window.htmx.version") == "2.0.3"
    assert page.evaluate("window.forged") is None


@pytest.mark.browser
def test_the_setting_local_asks_no_cdn_at_all(live: Live, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live.url}/sign-in")
    page.wait_for_selector("html[data-htmx]", state="attached", timeout=15_000)
    assert [address for address in asked if not address.startswith(live.url)] == []
