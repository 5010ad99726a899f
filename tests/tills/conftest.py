"""A store with tills, a token of one of them, and a portal whose work is committed on either database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models.catalogue import Store
from portal.models.device import Device
from portal.models.publication import Content, ContentKind, StorePublication, StoreSync
from portal.services.sync import devices
from tests.conftest import new_app, new_postgres_database, settings_for

NOW = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """No token of an earlier test is believed."""
    devices.forget()
    yield
    devices.forget()


@pytest.fixture
def committed(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, database_url: str) -> Iterator[Flask]:
    """A portal with a database of its own, of the kind that the mark says, where work is committed."""
    fresh = f"sqlite:///{tmp_path / 'tills.sqlite3'}"
    if not database_url.startswith("sqlite"):
        fresh = new_postgres_database(request.getfixturevalue("postgres_url"), "tills")
    app = new_app(settings_for(tmp_path / "instance", redis_url, DATABASE_URL=fresh))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def counted(app: Flask) -> Callable[[], Iterator[list[str]]]:
    """with counted() as statements: every statement meanwhile."""

    @contextmanager
    def count() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(connection, cursor, statement, *rest):
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
                statements.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return count


def make_store(session: Session, code: str = "S1", name: str = "Pier 1", city: str = "Boston") -> Store:
    """A store without tills."""
    store = Store(code=code, name=name, city=city, timezone="America/New_York", currency="USD")
    session.add(store)
    session.flush()
    return store


def make_till(
    session: Session, store: Store, name: str = "Counter 1", *, at: datetime = NOW, **changes: object
) -> Device:
    """A till of a store, enrolled through its code at `at`, with changes."""
    device = devices.enroll(session, devices.invite(session, store, name, by=None, now=at), now=at).device
    for key, value in changes.items():
        setattr(device, key, value)
    session.flush()
    return device


def publish(session: Session, store: Store, *moments: datetime) -> StoreSync:
    """Versions 1, 2 ... of a store, given at these moments, all of the same empty bundle."""
    if session.get(Content, "0" * 64) is None:
        plain = b'{"currency":"USD","engine":1,"promotions":[],"settings":{"resolution":"best"}}'
        kept = {"length": len(plain), "plain": plain, "gzip": b"", "zstd": b"", "created_at": moments[0]}
        session.add(Content(sha256="0" * 64, kind=ContentKind.BUNDLE, **kept))
        session.flush()
    for version, at in enumerate(moments, start=1):
        session.add(StorePublication(store_id=store.id, version=version, sha256="0" * 64, published_at=at))
    row = StoreSync(
        store_id=store.id,
        version=len(moments),
        sha256="0" * 64,
        published_at=moments[-1],
        manifest=b"{}",
        manifest_etag="0" * 64,
        manifest_signature="",
        manifest_issued_at=moments[-1],
        key_id="0" * 16,
    )
    session.add(row)
    session.flush()
    return row


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@contextmanager
def counting(session: Session) -> Iterator[list[str]]:
    """Every statement of this session meanwhile."""
    statements: list[str] = []

    def note(connection, cursor, statement, *rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            statements.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)
