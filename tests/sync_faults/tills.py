"""A chain of a few stores whose tills poll and report over HTTP, and remember what was acknowledged."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from bench import chain
from portal import clock
from portal.app import create_app
from portal.config import Settings
from portal.db import transaction
from portal.engine import PromotionCalculator
from portal.extensions import db
from portal.models.catalogue import Store
from portal.models.usage import UsageConflict, UsageEvent
from portal.services import promotions
from portal.services.sync import no_loss, publishing
from tests.serving import settings_of

V1 = "/api/sync/v1"
SETTLED = {"accepted", "duplicate", "conflict", "quarantined"}
TEN = {
    "code": "TEN",
    "name": "Ten percent",
    "type": "percent_discount",
    "rule": {"percent": 10, "on": "basket"},
    "limits": {"total": 1_000_000},
}
BASKET = {
    "currency": "EUR",
    "at": "2026-11-25T12:00:00Z",
    "lines": [{"id": "1", "sku": "LATTE", "unit_price": 1000, "quantity": 2}],
}
CALCULATOR = PromotionCalculator(
    {
        "engine": 1,
        "currency": "EUR",
        "promotions": [{"code": "TEN", "revision": 1, "type": "percent_discount", "rule": {"basis_points": 1000}}],
    }
)


@dataclass
class Chain:
    """A portal with tables, stores, tills and published promotions; `tokens` are those of its tills."""

    app: Flask
    settings: Settings
    tokens: list[str]

    def equations(self) -> list[no_loss.Equation]:
        """The no-loss equation of every till."""
        with self.app.app_context():
            found = no_loss.check(db.session())
            db.session.remove()
            return found

    def kept(self) -> list[str]:
        """The ids of all events that are kept, each as often as it is."""
        with self.app.app_context():
            found = list(db.session.scalars(select(UsageEvent.event_id)))
            found += list(db.session.scalars(select(UsageConflict.event_id)))
            db.session.remove()
            return found

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def chain_in(
    folder: Path, database_url: str, redis_url: str, *, tills: int = 4, more: list[dict[str, Any]] | None = None
) -> Chain:
    """A chain of two stores in an empty database."""
    settings = settings_of(folder, database_url, redis_url)
    app = create_app(settings)
    with app.app_context():
        db.create_all()
        with transaction() as session:
            stores = [
                Store(code=f"S{number}", name=f"Store {number}", timezone="Europe/Berlin", currency="EUR")
                for number in range(2)
            ]
            session.add_all(stores)
            session.flush()
            chosen = [(stores[number % 2].id, stores[number % 2].code) for number in range(tills)]
            tokens = chain.enrol_all(session, chosen, clock.now())
            for definition in [TEN, *(more or [])]:
                promotion = promotions.draft(session, definition=definition, by=None, now=clock.now())
                promotions.publish(session, promotion, now=clock.now())
        with transaction() as session:
            publishing.publish_all(session, settings=settings, now=clock.now())
    return Chain(app, settings, tokens)


@dataclass
class HttpTill:
    """One till: its outbox of events, what was acknowledged, and every status that it was answered."""

    port: int
    token: str
    number: int
    waiting: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    seq: int = 0
    etag: str = ""
    slowest: float = 0.0

    def sell(self, baskets: int = 1) -> None:
        """Close some baskets."""
        for _ in range(baskets):
            self.seq += 1
            at = clock.now()
            event_id = chain.uuid7(int(at.timestamp() * 1000))
            result = CALCULATOR.calculate_promotions(BASKET)
            code = f"{self.number}-{self.seq}"
            self.waiting.append(chain.sale(event_id, self.seq, code, BASKET, result, at.isoformat()))

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own; status 0 where no answer came."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        try:
            connection.request(method, V1 + path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (OSError, http.client.HTTPException):
            found = 0, {}, b""
        finally:
            connection.close()
        self.statuses.append(found[0])
        self.slowest = max(self.slowest, time.monotonic() - began)
        return found

    def poll(self) -> int:
        """Ask for the manifest."""
        status, headers, _ = self.ask("GET", "/manifest", **({"If-None-Match": self.etag} if self.etag else {}))
        self.etag = headers.get("etag", self.etag)
        return status

    def upload(self, most: int = 500) -> int:
        """Send what waits, and drop what was acknowledged."""
        sent = self.waiting[:most]
        status, _, body = self.ask("POST", "/usage", {"events": sent})
        if status == 200:
            for event, answer in zip(sent, json.loads(body)["outcomes"], strict=True):
                self.outcomes.append(answer["outcome"])
                if answer["outcome"] in SETTLED:
                    self.acknowledged[event["event_id"]] = answer["outcome"]
            self.waiting = [event for event in self.waiting if event["event_id"] not in self.acknowledged]
        return status


class Working:
    """Tills that sell, poll and report in threads of their own until they are told to stop."""

    def __init__(self, tills: list[HttpTill]) -> None:
        self.tills = tills
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(till,)) for till in tills]

    def __enter__(self) -> "Working":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(90)

    def _work(self, till: HttpTill) -> None:
        while not self._stop.is_set():
            till.sell(5)
            till.poll()
            till.upload()
            time.sleep(0.02)


def empty(tills: list[HttpTill], seconds: float = 30) -> None:
    """Report until nothing waits."""
    until = time.monotonic() + seconds
    for till in tills:
        while till.waiting:
            assert time.monotonic() < until, (
                f"{len(till.waiting)} events of a till were not taken: {till.statuses[-5:]}"
            )
            if till.upload() != 200:
                time.sleep(0.2)


def check_nothing_is_lost(chain: Chain, tills: list[HttpTill]) -> None:
    """Every acknowledged event is there, once; every number that was given is accounted for."""
    kept = chain.kept()
    assert len(kept) == len(set(kept))
    assert sorted(kept) == sorted(event for till in tills for event in till.acknowledged)
    equations = chain.equations()
    assert [each for each in equations if not each.holds] == []
    assert sorted(each.highest for each in equations) == sorted(till.seq for till in tills)
    assert sum(each.missing for each in equations) == 0
