"""The transaction at the edge: commits whole, rolls back whole, and says when it is misused."""

import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal import clock
from portal.db import after_commit, reading, transaction
from portal.extensions import db
from portal.models.user import Role, User
from tests.conftest import new_app, settings_for

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def person(name: str) -> User:
    email = f"{name}@tests.example"
    return User(email=email, name=name, role=Role.ANALYST, password_hash="!", created_at=clock.now())


def people(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0


def test_a_transaction_commits_and_then_calls_what_was_registered(app: Flask, session: Session) -> None:
    called = []
    with app.app_context():
        with transaction() as rows:
            rows.add(person("ada"))
            after_commit(rows, lambda: called.append(people(reading())))
            assert called == []
        assert called == [1]


def test_an_error_rolls_everything_back_and_calls_nothing(app: Flask, session: Session) -> None:
    called = []
    with app.app_context():
        with pytest.raises(KeyError), transaction() as rows:
            rows.add(person("ada"))
            after_commit(rows, lambda: called.append("never"))
            raise KeyError
        assert people(reading()) == 0
    assert called == []


def test_what_a_test_commits_is_gone_in_the_next_one(session: Session) -> None:
    assert people(session) == 0


def test_a_transaction_inside_a_transaction_is_a_mistake(app: Flask, session: Session) -> None:
    with app.app_context(), transaction(), pytest.raises(RuntimeError, match="only the edge opens one"), transaction():
        pass


def test_changes_made_before_a_transaction_are_a_mistake(app: Flask, session: Session) -> None:
    with app.app_context():
        reading().add(person("ada"))
        with pytest.raises(RuntimeError, match="outside of transaction"), transaction():
            pass


def test_after_commit_needs_a_transaction(app: Flask, session: Session) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match="needs a running transaction"):
        after_commit(reading(), lambda: None)


def test_rows_read_before_a_transaction_stay_loaded_after_it(app: Flask, session: Session) -> None:
    session.add(person("ada"))
    session.flush()
    with app.app_context():
        ada = reading().scalars(select(User)).one()
        with transaction() as rows:
            rows.add(person("ben"))
        statements = []
        db.session.connection().execute(text("SELECT 1"))
        ada_name = ada.name
        assert (ada_name, statements) == ("ada", [])


def test_moments_come_back_in_utc_and_naive_ones_are_refused(app: Flask, session: Session) -> None:
    session.add(person("ada"))
    session.flush()
    session.expire_all()
    assert session.scalars(select(User)).one().created_at.utcoffset().total_seconds() == 0
    naive = person("ben")
    naive.created_at = clock.now().replace(tzinfo=None)
    session.add(naive)
    with pytest.raises(Exception, match="needs a time zone"):
        session.flush()


def test_writers_on_sqlite_wait_for_each_other(tmp_path: Path, redis_url: str) -> None:
    """With a deferred BEGIN the second writer would fail at once with "database is locked"."""
    app = new_app(settings_for(tmp_path, redis_url))
    failures: list[Exception] = []

    def write(name: str) -> None:
        try:
            for number in range(10):
                with app.app_context(), transaction() as rows:
                    count = people(rows)
                    rows.add(person(f"{name}{number}-{count}"))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert (failures, people(reading())) == ([], 40)
        assert reading().execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert reading().execute(text("PRAGMA foreign_keys")).scalar() == 1
