"""What all tests share: the app, a session that is rolled back, a client that inspects pages, real servers."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from redis import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from portal import config, queue
from portal.app import create_app
from portal.config import Settings
from portal.db import AFTER_COMMIT
from portal.extensions import db
from tests.cast import Cast
from tests.live import Live, chromium, served
from tests.pages import PagesClient, use_pages_client
from tests.servers import postgres_server, redis_server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests marked databases("sqlite", "postgresql") once on each; all others run on SQLite."""
    mark = metafunc.definition.get_closest_marker("databases")
    if mark and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", mark.args, indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests run first, so that no process waits for one at the end, and without coverage, which others give."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.no_cover)


def pytest_collection_finish() -> None:
    """What thousands of collected tests hold is there to stay: the search for garbage need not look at it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis, one for each process of the test run."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL, one for each process of the test run: its maintenance database."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database: SQLite, or what the mark says."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'tests.sqlite3'}"
    return new_postgres_database(request.getfixturevalue("postgres_url"), "tests")


def new_postgres_database(server: str, name: str) -> str:
    """Make an empty database on `server` in the place of an older one; gives its address."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


def settings_for(folder: Path, redis_url: str, **more: str) -> Settings:
    """Settings of a portal in `folder`; htmx comes from the package, because tests have no internet."""
    given = {"INSTANCE": str(folder), "REDIS_URL": redis_url, "HTMX_SOURCE": "local", "LOG_LEVEL": "WARNING", **more}
    return config.read(given, env_file=None)


def new_app(settings: Settings) -> Flask:
    """A portal with empty tables."""
    app = create_app(settings)
    use_pages_client(app)
    with app.app_context():
        db.create_all()
    return app


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, redis_url: str, database_url: str) -> Iterator[Flask]:
    """The portal; its tables are there and stay empty, because `session` takes everything back."""
    app = new_app(settings_for(tmp_path_factory.mktemp("instance"), redis_url, DATABASE_URL=database_url))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session whose work, and that of every request and transaction() meanwhile, is taken back at the end.

    Flush before a request that shall see your rows; refresh the rows that a request changed.
    """
    with app.app_context():
        engine, engines = db.engine, db.engines
    with engine.connect() as connection:
        outer = connection.begin()
        connection.begin_nested()
        engines[None] = connection  # type: ignore[assignment]
        rows = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        rows.info[AFTER_COMMIT] = []
        yield rows
        rows.close()
        engines[None] = engine
        outer.rollback()


@pytest.fixture
def redis(app: Flask) -> Redis:
    """The app's Redis, empty."""
    with app.app_context():
        client = queue.connection()
    client.flushdb()
    return client


@pytest.fixture
def client(app: Flask, session: Session, redis: Redis) -> PagesClient:
    """A browser without htmx; nobody is signed in."""
    client = app.test_client()
    assert isinstance(client, PagesClient)
    return client


@pytest.fixture
def cast(session: Session) -> Cast:
    """The people of the tests: client.sign_in(cast.ada)."""
    return Cast(session)


@pytest.fixture
def live(tmp_path: Path, redis_url: str) -> Iterator[Live]:
    """A portal on a real port with a database of its own, empty, where work is committed."""
    with served(new_app(settings_for(tmp_path / "instance", redis_url))) as live:
        yield live


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a new profile; an error in its console fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))  # Playwright cannot take a built-in
    page.on(
        "console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None
    )
    yield page
    context.close()
    assert not errors, errors
