"""A place for state machines: each example begins with empty tables."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.extensions import db


@pytest.fixture
def place(app: Flask) -> Callable[[], AbstractContextManager[Session]]:
    """Gives a session whose work is taken back when it is left."""
    with app.app_context():
        engine = db.engine

    @contextmanager
    def empty() -> Iterator[Session]:
        with engine.connect() as connection:
            outer = connection.begin()
            with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
                yield session
            outer.rollback()

    return empty
