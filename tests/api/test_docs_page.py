"""Swagger UI: from our own server, under our strict policy."""

import pytest
from playwright.sync_api import Page, expect

from tests.live import Live
from tests.pages import PagesClient


@pytest.mark.browser
def test_swagger_ui_shows_the_api_and_breaks_no_policy(live: Live, page: Page) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if live.url not in request.url else None)
    page.goto(f"{live.url}/api/docs")
    expect(page.locator("#operations-Programs-preview_preview")).to_be_visible(timeout=60_000)  # 1.4 MB of script
    page.locator("#operations-Programs-preview_preview .opblock-summary-control").click()
    expect(page.locator("#operations-Programs-preview_preview .responses-table").first).to_be_visible()
    assert [url for url in elsewhere if not url.startswith("data:")] == []


def test_the_page_of_the_api_has_the_policy_of_all_pages(client: PagesClient) -> None:
    answer = client.get("/api/docs")
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
