"""A change is published by a job, the clock by the schedule; people publish, roll back and release by command."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from redis import Redis
from sqlalchemy import select

from jobs.schedule import PERIODIC
from jobs.worker import PortalWorker
from portal import clock, queue
from portal.commands import sync
from portal.db import reading, transaction
from portal.models.catalogue import Store
from portal.models.publication import StorePublication, StoreSync
from portal.queue import JobName
from portal.services import promotions
from portal.services.sync import keys, manifests
from tests.conftest import new_app, settings_for

DEFINITION = {"code": "P", "type": "percent_discount", "rule": {"percent": 10}}


@pytest.fixture
def chain(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A portal whose work is committed, with two stores; commands find it."""
    app = new_app(settings_for(tmp_path / "chain", redis_url))
    with app.app_context(), transaction() as session:
        for code in ("S1", "S2"):
            session.add(Store(code=code, name=code, timezone="Europe/Berlin", currency="EUR"))
    monkeypatch.setattr("portal.app.create_app", lambda: app)
    return app


def publish(app: Flask, **parts: object) -> None:
    with app.app_context(), transaction() as session:
        definition = {**DEFINITION, **parts}
        promotion = promotions.draft(session, definition=definition, by=None, now=clock.now())
        promotions.publish(session, promotion, now=clock.now())


def work(app: Flask) -> None:
    PortalWorker(app, app.config["PORTAL"]).work(burst=True, logging_level="WARNING")


def versions(app: Flask) -> dict[str, list[int]]:
    query = select(Store.code, StorePublication.version).join(Store).order_by(StorePublication.version)
    found: dict[str, list[int]] = {}
    with app.app_context():
        for code, version in reading().execute(query):
            found.setdefault(code, []).append(version)
    return found


def run(*arguments: str) -> str:
    result = CliRunner().invoke(sync.sync, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_a_change_is_published_by_the_worker_once_it_is_committed(chain: Flask, redis: Redis) -> None:
    publish(chain)
    assert versions(chain) == {}
    work(chain)
    assert versions(chain) == {"S1": [1], "S2": [1]}
    publish(chain, code="Q", scope={"stores": ["S2"]})
    work(chain)
    assert versions(chain) == {"S1": [1], "S2": [1, 2]}


def test_many_changes_of_one_transaction_ask_for_one_job(chain: Flask, redis: Redis) -> None:
    with chain.app_context(), transaction() as session:
        for code in "ABC":
            promotion = promotions.draft(session, definition=DEFINITION | {"code": code}, by=None, now=clock.now())
            promotions.publish(session, promotion, now=clock.now())
    with chain.app_context():
        assert [job.func_name for job in queue.queue().jobs] == [str(JobName.PUBLISH)]


def test_the_schedule_publishes_every_30_seconds_and_signs_old_manifests_anew(
    chain: Flask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [each.every_seconds for each in PERIODIC if each.job is JobName.RENEW] == [30]
    from jobs import publishing

    publish(chain, schedule={"starts_at": (clock.now() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%S")})
    with chain.app_context():
        assert publishing.renew() == 2  # without the promotion, whose start is beyond the horizon
        first = manifests.etag(reading(), 1)
    later = clock.now() + timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: later)
    with chain.app_context():
        assert publishing.renew() == 2  # now it is within
        assert manifests.etag(reading(), 1, now=later) != first
    evening = later + timedelta(hours=7)
    monkeypatch.setattr(clock, "now", lambda: evening)
    with chain.app_context():
        assert manifests.etag(reading(), 1, now=evening) is None
        assert publishing.renew() == 0
        assert manifests.etag(reading(), 1, now=evening) is not None


def test_commands_publish_roll_back_and_release(chain: Flask, redis: Redis) -> None:
    publish(chain)
    assert "2 stores" in run("publish")
    publish(chain, code="Q")
    assert "1 store got" in run("publish", "--store", "S1")
    assert "as version 3" in run("rollback", "S1", "1")
    assert "1 store got" in run("publish")
    assert versions(chain) == {"S1": [1, 2, 3], "S2": [1, 2]}
    assert "has version 4" in run("release", "S1")
    assert versions(chain)["S1"] == [1, 2, 3, 4]
    wrong = CliRunner().invoke(sync.sync, ["rollback", "S9", "1"])
    assert (wrong.exit_code, "no store S9" in wrong.output) == (1, True)


def test_a_rotation_by_command_tells_the_tills_first(chain: Flask, redis: Redis) -> None:
    run("publish")
    folder = chain.config["PORTAL"].keys
    old = keys.active(folder).id
    assert "2 stores were told" in run("keys", "rotate")
    assert keys.active(folder).id == old
    assert "announced" in run("keys", "list")
    run("keys", "rotate", "--at-once")
    with chain.app_context():
        bodies = reading().scalars(select(StoreSync.manifest)).all()
    assert {json.loads(body)["key_id"] for body in bodies} == {keys.active(folder).id} != {old}
