"""The JavaScript till against a real portal on a port: from the code that a person types to events that are known."""

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal import clock
from portal.config import ROOT, Settings
from portal.db import transaction
from portal.engine_javascript import find_node
from portal.extensions import db
from portal.models.catalogue import Store
from portal.models.usage import TillLog, UsageEvent
from portal.services import promotions
from portal.services.sync import devices, keys, no_loss, publishing
from tests.live import Live

V1 = "/api/sync/v1"
TEN = {"code": "TEN", "name": "Ten", "type": "percent_discount", "rule": {"percent": 10, "on": "basket"}}


def basket(code: str) -> dict[str, Any]:
    line = {"id": "1", "sku": "LATTE", "unit_price": 1000, "quantity": 2}
    return {"id": code, "currency": "EUR", "store": "S1", "at": "2026-11-25T12:00:00Z", "lines": [line]}


class NodeTill:
    """The till in a Node of its own; it may be ended and started again on the same files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        command = [find_node(), str(ROOT / "tests" / "till" / "driven.mjs"), str(self.folder)]
        self.node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def kill(self) -> None:
        self.node.kill()
        self.node.wait(10)

    def __call__(self, step: str, **given: Any) -> dict[str, Any]:
        assert self.node.stdin is not None
        assert self.node.stdout is not None
        self.node.stdin.write(json.dumps({"step": step, **given}) + "\n")
        self.node.stdin.flush()
        answer = self.node.stdout.readline()
        assert answer, f"the till ended at {step}"
        return json.loads(answer)


class World:
    """A portal with a store; what people do there."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.app = live.app
        self.settings: Settings = live.app.config["PORTAL"]
        self.do(lambda session: session.add(Store(code="S1", name="One", timezone="Europe/Berlin", currency="EUR")))

    def do(self, work: Callable[[Any], Any]) -> Any:
        with self.app.app_context():
            try:
                with transaction() as session:
                    return work(session)
            finally:
                db.session.remove()

    def store(self, session: Any) -> Store:
        return session.scalars(select(Store).where(Store.code == "S1")).one()

    def promote(self, *definitions: dict[str, Any]) -> None:
        def work(session: Any) -> None:
            for definition in definitions:
                promotion = promotions.draft(session, definition=definition, by=None, now=clock.now())
                promotions.publish(session, promotion, now=clock.now())

        self.do(work)
        self.publish()

    def publish(self) -> None:
        self.do(lambda session: publishing.publish_all(session, settings=self.settings, now=clock.now()))

    def invite(self) -> str:
        return self.do(lambda s: devices.invite(s, self.store(s), "Counter 1", by=None, now=clock.now()))


@pytest.fixture
def world(live: Live) -> World:
    return World(live)


@pytest.fixture
def till(world: World, tmp_path: Path) -> Iterator[NodeTill]:
    world.promote(TEN)
    till = NodeTill(tmp_path / "till")
    assert till("enroll", address=world.live.url, code=world.invite()) == {"store": "S1", "keys": 1}
    yield till
    till.kill()


def test_a_till_enrols_fetches_sells_offline_and_reports_once(world: World, till: NodeTill) -> None:
    assert till("poll")["took"] == 1
    assert till("poll")["status"] == 304
    till("network", isThere=False)
    assert till("poll")["status"] == 0
    sold = [till("sell", basket=basket(f"b-{number}")) for number in range(3)]
    assert [each["result"]["discount"] for each in sold] == [200] * 3
    assert till("upload")["sent"] == 0
    till.kill()
    till.start()
    body = till("waiting")["body"]
    assert [each["event_id"] for each in json.loads(body)["events"]] == [each["event"]["event_id"] for each in sold]
    assert till("upload") | {"waitS": 0} == {"sent": 3, "status": 200, "waitS": 0}
    assert till("waiting")["length"] == 0

    token = json.loads((till.folder / "enrolment").read_text())["token"]
    client = world.app.test_client()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    again = client.post(f"{V1}/usage", data=body, headers=headers)
    assert again.status_code == 200, again.text
    assert [each["outcome"] for each in again.json["outcomes"]] == ["duplicate"] * 3
    with world.app.app_context():
        assert db.session.query(UsageEvent).count() == 3
        assert [each.holds for each in no_loss.check(db.session())] == [True]


def test_a_bundle_that_was_tampered_with_on_the_way_is_refused_and_reported(world: World, till: NodeTill) -> None:
    till("tamper", path="/bundle/")
    assert till("poll")["refused"]["refused"] == "sha256"
    till("tamper", path="/manifest")
    assert till("poll")["version"] == 0
    till("tamper", path=None)
    assert till("poll")["took"] == 1
    till("upload")
    with world.app.app_context():
        kinds = list(db.session.scalars(select(TillLog.kind)))
    assert set(kinds) == {"bundle_refused"}


def test_a_roll_back_reaches_the_till_as_a_higher_version(world: World, till: NodeTill) -> None:
    till("poll")
    world.promote({**TEN, "code": "MORE", "rule": {"percent": 50, "on": "basket"}})
    assert till("poll")["took"] == 2
    assert till("sell", basket=basket("b-1"))["result"]["discount"] > 200
    world.do(lambda s: publishing.roll_back(s, world.store(s).id, 1, settings=world.settings, now=clock.now()))
    assert till("poll")["took"] == 3
    assert till("sell", basket=basket("b-2"))["result"]["discount"] == 200


def test_a_till_follows_the_servers_keys(world: World, till: NodeTill) -> None:
    till("poll")
    keys.rotate(world.settings.keys, signs_from=clock.now() + timedelta(seconds=2))
    world.publish()
    assert till("poll")["took"] == 2


def test_what_needs_the_servers_word_and_what_is_limited(world: World, till: NodeTill) -> None:
    world.promote(
        {**TEN, "code": "ASK", "limits": {"total": 5, "offline": "online_only"}},
        {**TEN, "code": "SLICE", "limits": {"total": 5, "offline": "leased"}},
    )
    till("poll")
    left = {each["promotion"]: each["reason"] for each in till("sell", basket=basket("b-1"))["leftOut"]}
    assert left == {}
    till("network", isThere=False)
    till("poll")
    left = {each["promotion"]: each["reason"] for each in till("sell", basket=basket("b-2"))["leftOut"]}
    assert left == {"ASK": "needs_server"}
    given = [till("sell", basket=basket(f"c-{number}"))["result"]["applied"] for number in range(6)]
    slices = [any(each["promotion"] == "SLICE" for each in applied) for applied in given]
    assert slices.count(True) <= 5
    assert slices[-1] is False
