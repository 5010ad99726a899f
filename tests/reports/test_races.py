"""Uploads at the same time, on a real PostgreSQL with real commits: no deadlock, nothing twice."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.db import transaction
from portal.extensions import db
from portal.models.device import Device
from portal.models.limits import LimitCounter, LimitEntry
from portal.models.usage import UsageApplied, UsageConflict, UsageEvent
from portal.services.sync import no_loss, usage
from portal.services.sync.devices import Till
from portal.services.sync.inserts import insert_new
from tests.conftest import new_app, new_postgres_database, settings_for
from tests.reports.tills import NOW, given, make_till, sale

THREADS = 6


@pytest.fixture
def committed(tmp_path: Path, redis_url: str, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A portal on a PostgreSQL of its own where work is committed."""
    url = new_postgres_database(request.getfixturevalue("postgres_url"), "races")
    app = new_app(settings_for(tmp_path / "instance", redis_url, DATABASE_URL=url))
    yield app
    with app.app_context():
        db.engine.dispose()


def send(app: Flask, till: Till, events: list[Any]) -> list[str]:
    with app.app_context():
        with transaction() as session:
            answer = usage.upload(session, till, events, settings=app.config["PORTAL"], now=NOW)
        return [each.outcome for each in answer.outcomes]


def together(app: Flask, uploads: list[tuple[Till, list[Any]]]) -> list[list[str]]:
    """All uploads in threads of their own; an error of one is raised here."""
    with ThreadPoolExecutor(THREADS) as pool:
        return [each.result(60) for each in [pool.submit(send, app, till, events) for till, events in uploads]]


def shuffled(events: list[Any], seed: int) -> list[Any]:
    return random.Random(seed).sample(events, len(events))


def test_replays_of_an_unsorted_batch_at_the_same_time_count_it_once(committed: Flask) -> None:
    with committed.app_context(), transaction() as session:
        till = make_till(session)
    events = [sale(n, applied=[given(f"P{n % 7}", 10), given(f"P{n % 5}", 10)]) for n in range(1, 201)]
    answers = together(committed, [(till, shuffled(events, seed)) for seed in range(12)])
    assert sum(answer.count("accepted") for answer in answers) == 200
    assert sum(answer.count("duplicate") for answer in answers) == 200 * 11
    with committed.app_context():
        session = db.session()
        assert session.scalar(select(func.count()).select_from(UsageEvent)) == 200
        applied = session.scalar(select(func.count()).select_from(UsageApplied))
        assert session.scalar(select(func.count()).select_from(LimitEntry)) == applied
        used = select(func.sum(LimitCounter.used)).where(LimitCounter.dimension == "total")
        assert session.scalar(used) == applied
        assert session.scalar(select(Device.usage_highest_seq)) == 200
        assert no_loss.check(session)[0].holds


def test_tills_that_share_ids_and_promotions_do_not_wait_for_each_other_for_ever(committed: Flask) -> None:
    """Tills made from one copy: the same ids, half of them backwards, in transactions at the same time."""
    with committed.app_context(), transaction() as session:
        tills = [make_till(session, number) for number in range(1, THREADS + 1)]
    for turn in range(3):
        events = [sale(n, applied=[given(f"P{n % 7}", 10)]) for n in range(turn * 500 + 1, turn * 500 + 501)]
        answers = together(committed, [(till, events[:: (-1) ** place]) for place, till in enumerate(tills)])
        assert sum(answer.count("accepted") for answer in answers) == 500
        assert sum(answer.count("conflict") for answer in answers) == 500 * (THREADS - 1)
    with committed.app_context():
        session = db.session()
        assert session.scalar(select(func.count()).select_from(UsageConflict)) == 1500 * (THREADS - 1)
        assert all(equation.holds for equation in no_loss.check(session))


def test_the_rows_of_a_batch_are_written_in_the_order_of_their_ids(
    committed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Races show a wrong order only now and then; this shows it each time."""
    written: list[list[str]] = []

    def spy(session: Any, model: Any, rows: Any) -> Any:
        written.append([row["event_id"] for row in rows])
        return insert_new(session, model, rows)

    monkeypatch.setattr(usage, "insert_new", spy)
    with committed.app_context(), transaction() as session:
        till = make_till(session)
    send(committed, till, shuffled([sale(n) for n in range(1, 101)], 3))
    assert written == [sorted(written[0])]
