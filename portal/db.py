"""The transaction: opened at the edge (view, job, command), never in a service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.extensions import db

__all__ = ["Session", "after_commit", "glance", "prepare", "prepare_sqlite", "reading", "transaction"]

Found = TypeVar("Found")

AFTER_COMMIT = "portal.after_commit"
BEGIN_OPTION = "portal_begin"


@contextmanager
def transaction() -> Iterator[Session]:
    """Give the session; commit at the end of the block, or roll back when it raises.

    What was registered with after_commit() runs once the commit has succeeded. A second transaction()
    inside the first, or changes made before it, are mistakes of the caller: RuntimeError.
    """
    session = db.session()
    if AFTER_COMMIT in session.info:
        raise RuntimeError("transaction() inside transaction(): only the edge opens one, services take the session")
    _leave_reading(session)
    calls: list[Callable[[], object]] = []
    session.info[AFTER_COMMIT] = calls
    try:
        # SQLite locks for writing here: a read that turns into a write later would fail at once, not wait.
        session.connection(execution_options={BEGIN_OPTION: "IMMEDIATE"})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info[AFTER_COMMIT]
    for call in calls:
        call()


def _leave_reading(session: Session) -> None:
    """End the read that came before (the signed-in user, say), and keep its rows loaded."""
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside of transaction(); they would be lost")
    session.commit()


def reading() -> Session:
    """The session for a page that only reads; nothing done with it is ever committed."""
    return db.session()


def glance(question: Callable[[Connection], Found]) -> Found:
    """Ask one short `question` outside of any transaction: on PostgreSQL one way there and back.

    Its connections have a pool of their own; where the server was away meanwhile, the question is asked once more.
    """
    engine: Any = db.engine
    if isinstance(engine, Connection):  # a test that takes everything back has but this one
        return question(engine)
    if engine.dialect.name != "sqlite":
        engine = _autocommitting(engine)
    try:
        with engine.connect() as connection:
            return question(connection)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    with engine.connect() as connection:
        return question(connection)


@cache
def _autocommitting(engine: Engine) -> Engine:
    """An engine beside `engine` whose connections begin nothing; it lets go of them together with the other."""
    beside = create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_size=8)
    event.listen(engine, "engine_disposed", lambda _: beside.dispose())
    return beside


def after_commit(session: Session, call: Callable[[], object]) -> None:
    """Run `call` when the running transaction has been committed; never, when it is rolled back."""
    if AFTER_COMMIT not in session.info:
        raise RuntimeError("after_commit() needs a running transaction()")
    session.info[AFTER_COMMIT].append(call)


def prepare(app: Flask) -> None:
    """Set SQLite up on every engine of the app: write-ahead log, foreign keys, waiting for locks, honest BEGIN."""
    with app.app_context():
        for engine in db.engines.values():
            if engine.dialect.name == "sqlite":
                prepare_sqlite(engine)


def prepare_sqlite(engine: Engine) -> None:
    """Make `engine` (SQLite) keep foreign keys, wait for locks, and begin a transaction when we say so."""
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(raw: Any, record: object) -> None:
    raw.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL"):
        raw.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    how = connection.get_execution_options().get(BEGIN_OPTION, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {how}")
