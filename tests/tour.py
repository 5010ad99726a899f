"""The pictures of docs/tour.md: `make tour` starts the portal on demo data of its own and photographs it.

Each picture is taken at 1440 and 390 px, in light and dark.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from portal.demo import PASSWORD
from tests.live import chromium

PICTURES = Path(__file__).parents[1] / "docs" / "tour"
MARKETER = "ada@demo.example"
WIDTHS = {1440: 1000, 390: 844}
MOST_SECONDS_TO_START = 300
SETTLED_MS = 1500
"""The preview answers a moment after the page; nothing on the page says that no more will come."""


@contextmanager
def running_portal() -> Iterator[str]:
    """The address of a portal with fresh demo data, as `make run` starts it."""
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="tour") as instance:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        env = os.environ | {"INSTANCE": instance, "PORT": str(port)}
        process = subprocess.Popen([sys.executable, "-m", "portal.cli", "run"], env=env)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + MOST_SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2)
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise SystemExit("The portal did not start; what it printed is above.")


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail").fill(MARKETER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/promotions")


def with_errors(page: Page) -> None:
    """A happy hour as somebody in a hurry leaves it."""
    page.locator("[name='code']").fill("HAPPY HOUR")
    page.locator("[name='rule.percent']").fill("120")
    page.get_by_role("button", name="Check and publish").click()
    page.wait_for_load_state("networkidle")


SIGNED_IN: list[tuple[str, str, Callable[[Page], None] | None]] = [
    ("list", "/promotions", None),
    ("choose", "/new-promotion", None),
    ("builder", "/promotions/GRILL-LUNCH", None),
    ("builder-errors", "/new-promotion/happy_hour", with_errors),
    ("products", "/catalogue/products", None),
]


def photograph(browser: Browser, url: str) -> None:
    """Take every picture."""
    for width, height in WIDTHS.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{url}/sign-in")
            _keep(page, f"sign-in-{width}-{scheme}")
            sign_in(page, url)
            for name, address, act in SIGNED_IN:
                page.goto(url + address)
                page.wait_for_load_state("networkidle")
                if act:
                    act(page)
                _keep(page, f"{name}-{width}-{scheme}")
            context.close()


def _keep(page: Page, name: str) -> None:
    page.evaluate("scrollTo(0, 0)")  # what sticks to the screen belongs at the top of a picture of the whole page
    page.wait_for_timeout(SETTLED_MS)
    whole = (page.viewport_size or {"width": 0})["width"] > 1000  # on a phone bars stick to the screen, not to the page
    page.screenshot(path=PICTURES / f"{name}.png", full_page=whole, animations="disabled")
    print(name, flush=True)


def main() -> None:
    """Start, photograph, stop."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_portal() as url, chromium() as browser:
        photograph(browser, url)


if __name__ == "__main__":
    main()
