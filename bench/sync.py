"""How fast tills are served: `python -m bench.sync [--seconds 5]`.

A PostgreSQL (without fsync: it measures us, not the disk), a Redis and gunicorn as `make run` starts it, 2 workers of
threads, on the loopback of this machine; bench/chain.py has the chain. The load comes from the same cores, over raw
sockets that stay open (bench/load.py). In the same run the same app answers `/hello`, a route that does nothing, loaded
the same way: compare the ratios to it, they hold from machine to machine. Prints a table with the aims that the
project set itself and, last, one line of JSON; exits with 1 where an aim is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from bench import chain
from bench.engine import compiled
from bench.load import Measured, Next, again, ask, each_of, load, request
from portal import clock
from portal.app import create_app
from portal.config import Settings
from portal.db import transaction
from portal.engine import PromotionCalculator
from portal.extensions import db
from portal.models.catalogue import Store
from portal.models.usage import UsageEvent
from portal.services.sync import publishing
from tests.servers import postgres_server, redis_server
from tests.serving import gunicorn, settings_of

V1 = "/api/sync/v1"
FIRST_SYNC = 100
USAGE_TILLS, USAGE_BATCHES, BATCH = 8, 10, 500
Row = dict[str, Any]


@dataclass
class Bench:
    """What the measurements share."""

    app: Flask
    settings: Settings
    seconds: float
    port: int = 0
    tokens: list[str] = field(default_factory=list)

    def loaded(self, following: list[Next], seconds: float | None = None, connections: int = 8) -> Measured:
        """A load from one process for each of `following`."""
        return load(self.port, [(connections, each) for each in following], seconds or self.seconds)


def row(what: str, value: float, unit: str, aim: float | None = None, *, most: bool = False, **more: Any) -> Row:
    """A line of the table; with `most` the aim is to stay below it."""
    met = None if aim is None else (value < aim if most else value >= aim)
    return {"what": what, "value": round(value, 2), "unit": unit, "aim": aim, "most": most, "met": met, **more}


def line_of(found: Row) -> str:
    """A row as it is printed."""
    aim = "" if found["aim"] is None else f"{'<' if found['most'] else '>='} {found['aim']:g}"
    verdict = {None: "", True: "met", False: "MISSED"}[found["met"]]
    notes = ", ".join(f"{key} {value}" for key, value in found.items() if key not in Row(row("", 0, "")))
    return f"{found['what']:42}{found['value']:>12,.1f} {found['unit']:12}{aim:>12}  {verdict:8}{notes}"


def refuse_failures(what: str, found: Measured, *wanted: int) -> None:
    """End the command where anything but `wanted` was answered: such figures mean nothing."""
    if set(found.statuses) - set(wanted):
        sys.exit(f"{what}: answers were {dict(found.statuses)}")


def publish_timed(bench: Bench) -> tuple[int, float]:
    """Publish what changed; how many stores got a version, and the seconds."""
    began = time.perf_counter()
    with bench.app.app_context(), transaction() as session:
        count = publishing.publish_all(session, settings=bench.settings, now=clock.now())
    return count, time.perf_counter() - began


def filled(bench: Bench) -> None:
    """The chain without promotions, and a till in each store."""
    with bench.app.app_context():
        db.create_all()
        with transaction() as session:
            chain.fill_catalogue(session)
            stores = [(each.id, each.code) for each in session.scalars(select(Store).order_by(Store.id))]
            bench.tokens = chain.enrol_all(session, stores, clock.now())


def with_promotions(bench: Bench, definitions: list[dict[str, Any]]) -> None:
    """Let the chain have some promotions."""
    with bench.app.app_context(), transaction() as session:
        chain.publish(session, definitions, clock.now())


def first_sync(bench: Bench) -> Row:
    """Manifest, bundle and leases of a till that has nothing, one after the other, for 50 tills."""
    times = []
    for token in bench.tokens[:50]:
        began = time.perf_counter()
        status, _, body = ask(bench.port, request("GET", f"{V1}/manifest", token))
        assert status == 200, body
        sha256 = json.loads(body)["sha256"]
        raw = request("GET", f"{V1}/bundle/{sha256}", token, **{"Accept_Encoding": "gzip"})
        assert ask(bench.port, raw)[0] == 200
        assert ask(bench.port, request("GET", f"{V1}/leases", token))[0] == 200
        times.append(time.perf_counter() - began)
    median = sorted(times)[len(times) // 2] * 1000
    return row(f"first sync of {FIRST_SYNC} promotions", median, "ms", 50, most=True, worst_ms=round(max(times) * 1000))


def hello(bench: Bench) -> Row:
    """What the server does at most."""
    found = bench.loaded([again(request("GET", "/hello"))] * 2)
    refuse_failures("hello", found, 200)
    return row("hello", found.per_second, "/s")


def beside(bench: Bench, raw: list[Next]) -> tuple[Measured, float]:
    """A load, and its rate as a share of what `/hello` does right before and right after it (per cent)."""
    rates = [bench.loaded([again(request("GET", "/hello"))] * 2, bench.seconds / 2).per_second]
    found = bench.loaded(raw)
    rates.append(bench.loaded([again(request("GET", "/hello"))] * 2, bench.seconds / 2).per_second)
    return found, 100 * found.per_second / (sum(rates) / 2)


def polls(bench: Bench) -> Iterator[Row]:
    """Polls of 200 tills that have what is in force."""
    requests = []
    for token in bench.tokens[:200]:
        _, headers, _ = ask(bench.port, request("GET", f"{V1}/manifest", token))
        told = {"If_None_Match": headers["etag"], "X_Bundle_Version": "2", "X_Engine": "1", "X_Outbox": "0"}
        requests.append(request("GET", f"{V1}/manifest", token, **told))
    bench.loaded([each_of(requests)] * 2, 1)  # tokens are looked up once in 30 s
    found, share = beside(bench, [each_of(requests)] * 2)
    refuse_failures("polls", found, 304)
    yield row("polls answered 304", found.per_second, "/s", 1500, p99_ms=round(found.percentile(0.99), 1))
    yield row("  of hello", share, "%", 40)


def bundles(bench: Bench) -> Iterator[Row]:
    """The bundle of 1,001 promotions, compressed with gzip once and for all."""
    _, _, body = ask(bench.port, request("GET", f"{V1}/manifest", bench.tokens[0]))
    path = f"{V1}/bundle/{json.loads(body)['sha256']}"
    raw = request("GET", path, bench.tokens[0], **{"Accept_Encoding": "gzip"})
    size = len(ask(bench.port, raw)[2])
    found, share = beside(bench, [again(raw)] * 2)
    refuse_failures("bundles", found, 200)
    yield row("bundles of 1,000 promotions", found.per_second, "/s", bytes=size)
    yield row("  of hello", share, "%", 50)


def usage(bench: Bench) -> Iterator[Row]:
    """Batches of 500 sales from 8 tills at a time, prepared beforehand."""
    promotions = compiled("sparse", 1000)[:300]
    bundle = {"engine": 1, "currency": "EUR", "settings": {"explain": False}, "promotions": promotions}
    calculate = PromotionCalculator(bundle).calculate_promotions
    bodies = chain.usage_bodies(calculate, range(USAGE_TILLS), USAGE_BATCHES, BATCH, clock.now())
    sent = [
        [request("POST", f"{V1}/usage", bench.tokens[till], body) for body in bodies[till]]
        for till in range(USAGE_TILLS)
    ]
    halves = (sent[: USAGE_TILLS // 2], sent[USAGE_TILLS // 2 :])
    following = [in_order_of_tills(half) for half in halves]
    found = bench.loaded(following, 600, connections=USAGE_TILLS // 2)
    refuse_failures("usage", found, 200)
    wanted = USAGE_TILLS * USAGE_BATCHES * BATCH
    with bench.app.app_context():
        kept = db.session.scalar(select(func.count()).select_from(UsageEvent))
    assert kept == wanted, f"{kept} events are kept of {wanted}"
    each = len(bodies[0][0]) // BATCH
    rate = wanted / found.seconds
    yield row("usage events in batches of 500", rate, "/s", 5000, bytes_each=each, p99_ms=round(found.percentile(0.99)))


def in_order_of_tills(sent: list[list[bytes]]) -> Next:
    """Connection i sends the batches of till i."""
    return lambda number, count, *_: sent[number][count] if count < len(sent[number]) else None


def redemptions(bench: Bench) -> Iterator[Row]:
    """Reserve, then commit, of one promotion by 8 tills at a time: all on one counter."""
    pairs = 400
    run = clock.now().strftime("%H%M%S")

    def following_of(process: int) -> Next:
        requests = []
        for number in range(pairs * 4):
            token = bench.tokens[100 + process * 4 + number % 4]
            about = {"promotion": chain.ASKED, "basket": f"{run}-{process}-{number}", "amount": 100, "currency": "EUR"}
            requests.append(
                [request("POST", f"{V1}/redemptions/{step}", token, about) for step in ("reserve", "commit")]
            )

        def following(number: int, sent: int, answer: bytes) -> bytes | None:
            at = (sent // 2) * 4 + number
            return requests[at][sent % 2] if at < len(requests) else None

        return following

    found = bench.loaded([following_of(0), following_of(1)], connections=4)
    refuse_failures("redemptions", found, 200)
    yield row("reserve and commit", found.per_second / 2, "pairs/s", 300)
    yield row("  99 % of these requests", found.percentile(0.99), "ms", 60, most=True)


def measured(bench: Bench) -> Iterator[Row]:
    """Everything, one row after the other."""
    with_promotions(bench, chain.definitions()[:FIRST_SYNC])
    publish_timed(bench)
    with served(bench):
        yield first_sync(bench)
    with_promotions(bench, chain.definitions()[FIRST_SYNC:])
    count, seconds = publish_timed(bench)
    assert count == chain.STORES, f"{count} stores got a version"
    yield row("publish 1,000 promotions to 1,000 stores", seconds, "s", 30, most=True)
    with bench.app.app_context(), transaction() as session:
        chain.change(session, chain.of_group(7, 20), clock.now())
    count, seconds = publish_timed(bench)
    assert count == chain.STORES // chain.GROUPS, f"{count} stores got a version"
    yield row("publish after one changed, to its stores", seconds, "s", 2, most=True, stores=count)
    with served(bench):
        yield hello(bench)
        yield from polls(bench)
        yield from bundles(bench)
        yield from usage(bench)
    with_promotions(bench, [chain.asked_first()])
    publish_timed(bench)
    with served(bench):
        yield from redemptions(bench)


@contextmanager
def served(bench: Bench) -> Iterator[None]:
    """gunicorn meanwhile."""
    with gunicorn(bench.settings, "bench.hello:app") as running:
        bench.port = running.port
        yield


@contextmanager
def portal(seconds: float) -> Iterator[Bench]:
    """An empty portal on a PostgreSQL and a Redis of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres_server() as server, redis_server() as redis:
        settings = settings_of(Path(folder), server, redis)
        bench = Bench(create_app(settings), settings, seconds)
        filled(bench)
        yield bench
        with bench.app.app_context():
            db.engine.dispose()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="for each load that goes by time")
    given = parser.parse_args()
    busy = os.getloadavg()[0]
    if busy > 1:
        print(f"This machine is busy (load {busy:.1f}): figures are too low, ratios are rough.", file=sys.stderr)
    rows = []
    with portal(given.seconds) as bench:
        for found in measured(bench):
            print(line_of(found), flush=True)
            rows.append(found)
    print(json.dumps({"bench": "sync", "load": busy, "rows": rows}))
    sys.exit(any(found["met"] is False for found in rows))


if __name__ == "__main__":
    main()
