"""Sixteen clients at once, each with a connection of its own: of a limit of 100 exactly 100 are promised."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal import clock
from portal.db import transaction
from portal.extensions import db
from portal.services.limits import holds
from portal.services.limits.counters import count_sales
from portal.services.limits.redemptions import Redemption
from tests.conftest import new_app, new_postgres_database, settings_for
from tests.limits.world import counters, make_till, publish, sale

CLIENTS, LIMIT = 16, 100


@pytest.fixture
def running(tmp_path: Path, redis_url: str, database_url: str, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A portal on a database of its own, where work is committed."""
    more = {}
    if not database_url.startswith("sqlite"):
        more["DATABASE_URL"] = new_postgres_database(request.getfixturevalue("postgres_url"), "races")
    app = new_app(settings_for(tmp_path / "instance", redis_url, **more))
    with app.app_context():
        db.engine.dispose()
    yield app
    with app.app_context():
        db.engine.dispose()


def race(app: Flask, name: str) -> list[str]:
    """150 baskets of one promotion, asked for by 16 clients; gives the answers."""
    with app.app_context(), transaction() as session:
        publish(session, name, total=LIMIT, budget=1_000_000, offline="online_only")
        till = make_till(session)

    def client(number: int) -> list[str]:
        found = []
        for basket in range(number, 150, CLIENTS):
            request = Redemption(promotion=name, basket=f"{name}-{basket}", amount=100, currency="USD")
            with app.app_context():
                asked: dict[str, Any] = {"settings": app.config["PORTAL"], "now": clock.now()}
                with transaction() as session:
                    answer = holds.reserve(session, till, request, **asked)
                if answer.status == "held" and basket % 2:
                    with transaction() as session:
                        holds.commit(session, till, request, **asked)
                found.append(answer.status)
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [status for found in pool.map(client, range(CLIENTS)) for status in found]


def exactly_the_limit(app: Flask, rounds: int) -> None:
    for number in range(rounds):
        answers = race(app, f"P{number}")
        assert (answers.count("held"), answers.count("refused")) == (LIMIT, 50)
        with app.app_context(), transaction() as session:
            assert sum(counters(session, f"P{number}")["total"]) == LIMIT


@pytest.mark.databases("sqlite", "postgresql")
def test_exactly_one_hundred_of_a_hundred(running: Flask) -> None:
    """Fifty rounds, over HTTP: python -m tests.sync_faults.race --rounds 50."""
    exactly_the_limit(running, 3)


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_sales_in_other_orders_at_once_count_once_and_nobody_waits_for_ever(running: Flask) -> None:
    with running.app_context(), transaction() as session:
        till = make_till(session)
    rows = [sale(till, code, customer_code=f"C{n % 7}") for n in range(60) for code in ("P", "Q", "R")]

    def client(number: int) -> None:
        mine = rows[number * 7 :] + rows[: number * 7]
        with running.app_context():
            for _ in range(3):
                with transaction() as session:
                    count_sales(session, mine[::-1] if number % 2 else mine)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client, range(8)))
    with running.app_context(), transaction() as session:
        assert counters(session, "P")["total"] == (60, 0)
