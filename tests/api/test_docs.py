"""docs/sync.md: its curl session is run, block by block in one shell, against a real server."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal import clock
from portal.config import ROOT, current
from portal.db import transaction
from portal.services.sync import devices, publishing
from tests.api.conftest import LUNCH20, make_guest_and_goods, make_promotion, make_store
from tests.live import Live

PAGE = ROOT / "docs" / "sync.md"
ONLINE5 = {**LUNCH20, "code": "ONLINE5", "scope": {"channels": ["web"]}}
ONLINE5["limits"] = {"total": 100, "offline": "online_only"}
MARK = "-----next block-----"


@dataclass(frozen=True, slots=True)
class Block:
    """Commands, and what they print."""

    commands: str
    printed: str


def blocks() -> Iterator[Block]:
    """The fenced `sh` blocks of the page, each with the `text` block that follows it."""
    fences = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for number, (language, content) in enumerate(fences):
        if language == "sh":
            follows = fences[number + 1] if number + 1 < len(fences) else ("", "")
            yield Block(content, follows[1] if follows[0] == "text" else "")


@pytest.fixture
def code(live: Live) -> str:
    """The code of a till of a store with a published bundle, as the store's page gives it."""
    with live.app.app_context():
        with transaction() as session:
            store = make_store(session)
            make_guest_and_goods(session)
            make_promotion(session, LUNCH20)
            make_promotion(session, ONLINE5)
        with transaction() as session:
            publishing.publish_all(session, settings=current(), now=clock.now())
            return devices.invite(session, store, "Counter 1", by=None, now=clock.now())


def test_the_session_of_the_page_prints_what_the_page_says(live: Live, code: str, tmp_path: Path) -> None:
    session = list(blocks())
    assert len(session) >= 8
    script = "set -euo pipefail\n" + f"\necho; echo {MARK}\n".join(block.commands for block in session)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PORTAL": live.url, "CODE": code, "HOME": str(tmp_path)}
    ran = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    printed = [part.strip() for part in ran.stdout.split(MARK)]
    assert printed == [block.printed.strip() for block in session], ran.stderr
    assert ran.returncode == 0, ran.stderr


def test_the_page_names_every_route_outcome_and_status(live: Live) -> None:
    text = PAGE.read_text()
    prefix = "/api/sync/v1"
    for rule in live.app.url_map.iter_rules():
        if rule.rule.startswith(prefix):
            address = rule.rule.removeprefix(prefix).partition("<")[0].rstrip("/")
            assert address.lstrip("/") in text, address
    for word in ("accepted", "duplicate", "conflict", "quarantined", "retry", "401", "403", "426", "429", "503"):
        assert f"`{word}`" in text or f"| {word}" in text or f" {word} " in text, word
