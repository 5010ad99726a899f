"""Publishing at the same time, on real connections whose work is committed: versions have no gaps and no doubles."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.db import reading, transaction
from portal.extensions import db
from portal.models.catalogue import Store
from portal.models.publication import StorePublication, StoreSync
from portal.services import promotions
from portal.services.sync import contents, manifests, publishing, views_of_bundle
from tests.conftest import new_app, new_postgres_database, settings_for

pytestmark = pytest.mark.databases("sqlite", "postgresql")
STORES = 5


@pytest.fixture
def chain(tmp_path: Path, redis_url: str, database_url: str, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A portal with stores on a database of its own."""
    own = f"sqlite:///{tmp_path / 'races.sqlite3'}"
    if not database_url.startswith("sqlite"):
        own = new_postgres_database(request.getfixturevalue("postgres_url"), "races")
    app = new_app(settings_for(tmp_path / "chain", redis_url, DATABASE_URL=own))
    with app.app_context(), transaction() as session:
        for number in range(STORES):
            session.add(Store(code=f"S{number}", name="x", timezone="UTC", currency="EUR"))
    yield app
    with app.app_context():
        db.engine.dispose()


def change(app: Flask, code: str) -> None:
    with app.app_context(), transaction() as session:
        definition = {"code": code, "type": "percent_discount", "rule": {"percent": 10}}
        promotion = promotions.draft(session, definition=definition, by=None, now=clock.now())
        promotions.publish(session, promotion, now=clock.now())


def publish(app: Flask, only: list[int] | None = None) -> int:
    with app.app_context(), transaction() as session:
        return publishing.publish_all(session, settings=app.config["PORTAL"], now=clock.now(), only=only)


def together(*calls: Callable[[], object]) -> list[object]:
    """Run the calls at the same time; gives what they gave. Fails with the first error."""
    given: list[object] = []
    errors: list[BaseException] = []
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        try:
            start.wait()
            given.append(call())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return given


def versions(app: Flask) -> dict[int, list[int]]:
    query = select(StorePublication.store_id, StorePublication.version)
    found: dict[int, list[int]] = {}
    with app.app_context():
        for store_id, version in reading().execute(query.order_by(StorePublication.version)):
            found.setdefault(store_id, []).append(version)
    return found


def test_the_first_publication_by_many_at_once_is_one_version(chain: Flask, database_url: str) -> None:
    change(chain, "P")
    counts = together(
        lambda: publish(chain), lambda: publish(chain), lambda: publish(chain, [3]), lambda: publish(chain)
    )
    assert sum(counts) == STORES
    assert versions(chain) == {store_id: [1] for store_id in range(1, STORES + 1)}


def test_many_changes_published_at_once_leave_no_gap_and_no_change_behind(chain: Flask, database_url: str) -> None:
    publish(chain)

    def work(name: str) -> None:
        for number in range(6):
            change(chain, f"{name}{number}")
            publish(chain)

    together(lambda: work("a"), lambda: work("b"), lambda: work("c"))
    for given in versions(chain).values():
        assert given == list(range(1, len(given) + 1))
    with chain.app_context():
        session = reading()
        assert len(views_of_bundle.of_store(session, 1).promotions) == 18
        for row in session.scalars(select(StoreSync)):
            told = json.loads(row.manifest)
            assert (told["version"], told["sha256"]) == (row.version, row.sha256)
            assert row.version == versions(chain)[row.store_id][-1]
            assert len(contents.plain_bytes(session, row.sha256)) == told["length"]


def test_a_publication_that_waited_never_brings_back_the_older_state(chain: Flask, database_url: str) -> None:
    """It reads the promotions once it has the lock, not before."""
    change(chain, "P0")
    publish(chain)
    waiting = threading.Thread(target=lambda: publish(chain))
    with chain.app_context(), transaction() as session:
        publishing._locked(session, None)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        definition = {"code": "P1", "type": "percent_discount", "rule": {"percent": 10}}
        promotion = promotions.draft(session, definition=definition, by=None, now=clock.now())
        promotions.publish(session, promotion, now=clock.now())
        publishing.publish_all(session, settings=chain.config["PORTAL"], now=clock.now())
    waiting.join(20)
    assert versions(chain)[1] == [1, 2]
    with chain.app_context():
        assert set(views_of_bundle.of_store(reading(), 1).promotions) == {"P0", "P1"}


@pytest.mark.databases("postgresql")  # SQLite has one writer, which the second one waits for
def test_whoever_was_not_the_first_to_publish_a_store_looks_again(chain: Flask, database_url: str) -> None:
    change(chain, "P0")
    second = threading.Thread(target=lambda: publish(chain))
    with chain.app_context(), transaction() as session:
        publishing.publish_all(session, settings=chain.config["PORTAL"], now=clock.now())
        together(lambda: change(chain, "P1"))
        second.start()
        second.join(0.7)
        assert second.is_alive()
    second.join(20)
    assert versions(chain)[1] == [1, 2]
    with chain.app_context():
        assert set(views_of_bundle.of_store(reading(), 1).promotions) == {"P0", "P1"}


def test_only_one_signs_an_old_manifest_anew(chain: Flask, database_url: str) -> None:
    publish(chain)
    later = clock.now() + manifests.SIGNED_ANEW_AFTER
    settings = chain.config["PORTAL"]

    def fetch() -> str:
        with chain.app_context(), transaction() as session:
            return manifests.current(session, 1, settings=settings, now=later).etag

    def renew() -> int:
        with chain.app_context(), transaction() as session:
            return manifests.renew(session, settings=settings, now=later, store_id=1)

    assert sum(together(renew, renew, renew, renew)) == 1
    assert len(set(together(fetch, fetch, fetch, fetch))) == 1


@pytest.mark.databases("postgresql")  # SQLite has one writer: whoever signs anew waits for it
def test_a_manifest_is_served_while_its_store_is_being_published(chain: Flask, database_url: str) -> None:
    publish(chain)
    settings, later = chain.config["PORTAL"], clock.now() + manifests.SIGNED_ANEW_AFTER
    found: list[manifests.Manifest] = []

    def fetch() -> None:
        with chain.app_context(), transaction() as session:
            found.append(manifests.current(session, 1, settings=settings, now=later))

    with chain.app_context(), transaction() as session:
        publishing._locked(session, None)
        thread = threading.Thread(target=fetch)
        thread.start()
        thread.join(10)
        assert len(found) == 1
