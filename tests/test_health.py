"""/healthz lives as long as the process; /readyz names the part that is away."""

from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import stamp
from redis import Redis

from portal import clock, queue
from tests.conftest import new_app, settings_for
from tests.pages import PagesClient


def ready_app(folder: Path, redis_url: str) -> Flask:
    """A portal whose migrations are at head."""
    app = new_app(settings_for(folder, redis_url))
    with app.app_context():
        stamp()
    return app


def checks(client: PagesClient) -> dict[str, str]:
    return {name: check["state"] for name, check in client.get("/readyz").json["checks"].items()}


def test_healthz_answers_while_the_process_lives(client: PagesClient) -> None:
    assert client.get("/healthz").json == {"state": "ok"}


def test_a_portal_with_all_its_parts_is_ready(tmp_path: Path, redis_url: str, redis: Redis) -> None:
    redis.set(queue.HEARTBEAT_KEY, clock.now().timestamp())
    answer = ready_app(tmp_path, redis_url).test_client().get("/readyz")
    assert (answer.status_code, answer.json["state"]) == (200, "ok")
    assert all(check["latency_ms"] >= 0 for check in answer.json["checks"].values())


def test_a_scheduler_that_never_ran_is_named(tmp_path: Path, redis_url: str, redis: Redis) -> None:
    answer = ready_app(tmp_path, redis_url).test_client().get("/readyz")
    assert answer.status_code == 503
    assert "no periodic job has run yet" in answer.json["checks"]["scheduler"]["detail"]


def test_a_scheduler_that_stopped_is_named(
    tmp_path: Path, redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    redis.set(queue.HEARTBEAT_KEY, moment.timestamp() - 100)
    answer = ready_app(tmp_path, redis_url).test_client().get("/readyz")
    assert "the last periodic job ran 100 s ago" in answer.json["checks"]["scheduler"]["detail"]


def test_missing_migrations_are_named_with_the_command(client: PagesClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "portal migrate" in answer.json["checks"]["migrations"]["detail"]


def test_without_redis_the_portal_says_so_and_goes_on(tmp_path: Path) -> None:
    client = ready_app(tmp_path, f"unix://{tmp_path}/nothing.sock").test_client()
    assert checks(client) == {"database": "ok", "migrations": "ok", "redis": "failed", "scheduler": "failed"}
    assert client.get("/sign-in").status_code == 200
    refused = client.post("/sign-in", data={"email": "nobody@tests.example", "password": "wrong-password"})
    assert refused.status_code == 422


def test_a_database_that_is_away_is_named_without_its_address(tmp_path: Path, redis_url: str) -> None:
    app = new_app(settings_for(tmp_path, redis_url))
    (tmp_path / "portal.sqlite3").rename(tmp_path / "gone")
    (tmp_path / "portal.sqlite3").mkdir()
    with app.app_context():
        from portal.extensions import db

        db.engine.dispose()
    answer = app.test_client().get("/readyz")
    assert answer.json["checks"]["database"]["state"] == "failed"
    assert str(tmp_path) not in answer.text
    assert app.test_client().get("/healthz").status_code == 200
