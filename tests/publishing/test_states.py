"""Publish, roll back, release, change, in any order: versions never fall, and a hash never changes its content."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.db import reading, transaction
from portal.extensions import db
from portal.models.catalogue import Store
from portal.models.publication import Content, StorePublication, StoreSync
from portal.services import promotions
from portal.services.sync import contents, keys, manifests, publishing
from tests.conftest import new_app, settings_for
from tests.publishing.conftest import NOW

STORES = ("S1", "S2")


class Publishing(RuleBasedStateMachine):
    """Two stores on a database of their own; `seen` and `known` remember what tills saw."""

    app: ClassVar[Flask]

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.count = 0
        self.seen: dict[str, tuple[int, str]] = {}
        self.known: dict[str, bytes] = {}
        self.held: set[str] = set()
        with self.app.app_context():
            db.drop_all()
            db.create_all()
            with transaction() as session:
                for code in STORES:
                    session.add(Store(code=code, name=code, timezone="UTC", currency="EUR"))

    @property
    def config(self) -> object:
        return self.app.config["PORTAL"]

    @rule(scope=some.sampled_from([{}, {"stores": ["S1"]}, {"exclude_stores": ["S1"]}]), days=some.integers(-1, 20))
    def add_a_promotion(self, scope: dict[str, object], days: int) -> None:
        self.count += 1
        starts = (self.now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")
        definition = {"code": f"P{self.count}", "type": "percent_discount", "rule": {"percent": 10}, "scope": scope}
        with self.app.app_context(), transaction() as session:
            promotion = promotions.draft(
                session, definition=definition | {"schedule": {"starts_at": starts}}, by=None, now=self.now
            )
            promotions.publish(session, promotion, now=self.now)

    @precondition(lambda self: self.count)
    @rule(data=some.data())
    def pause_or_resume(self, data: some.DataObject) -> None:
        code = f"P{data.draw(some.integers(1, self.count))}"
        with self.app.app_context(), transaction() as session:
            promotion = promotions.by_code(session, code)
            change = promotions.resume if promotion.state_set == "paused" else promotions.pause
            change(session, promotion, now=self.now)

    @rule()
    def publish(self) -> None:
        self._publish()
        before = self._versions()
        assert self._publish() == 0  # again, without a change: nothing
        assert self._versions() == before

    @precondition(lambda self: self.seen)
    @rule(data=some.data())
    def roll_back(self, data: some.DataObject) -> None:
        code = data.draw(some.sampled_from(sorted(self.seen)))
        version = self.seen[code][0]
        if version > 1:
            older = data.draw(some.integers(1, version - 1))
            with self.app.app_context(), transaction() as session:
                store_id = self._id(session, code)
                publishing.roll_back(session, store_id, older, settings=self.config, now=self.now)
                wanted = select(StorePublication.sha256).where(
                    StorePublication.store_id == store_id, StorePublication.version == older
                )
                assert session.get(StoreSync, store_id).sha256 == session.scalar(wanted)
            self.held.add(code)

    @precondition(lambda self: self.held)
    @rule(data=some.data())
    def release(self, data: some.DataObject) -> None:
        code = data.draw(some.sampled_from(sorted(self.held)))
        with self.app.app_context(), transaction() as session:
            publishing.release(session, self._id(session, code), settings=self.config, now=self.now)
        self.held.discard(code)

    @rule(hours=some.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def rotate(self) -> None:
        keys.rotate(self.app.config["PORTAL"].keys)

    @rule()
    def renew(self) -> None:
        with self.app.app_context(), transaction() as session:
            manifests.renew(session, settings=self.config, now=self.now)

    @invariant()
    def versions_never_fall_and_contents_never_change(self) -> None:
        if not hasattr(self, "seen"):
            return
        with self.app.app_context():
            session = reading()
            for code, row in self._rows(session).items():
                version, sha256 = self.seen.get(code, (0, ""))
                assert row.version >= version
                assert row.version > version or row.sha256 == sha256
                self.seen[code] = row.version, row.sha256
                told = json.loads(row.manifest)
                assert (told["version"], told["sha256"], told["store"]) == (row.version, row.sha256, code)
            for sha256, plain in session.execute(select(Content.sha256, Content.plain)):
                assert hashlib.sha256(plain).hexdigest() == sha256
                assert self.known.setdefault(sha256, plain) == plain
            assert self.known.keys() == set(session.scalars(select(Content.sha256)))
            session.rollback()
        for given in self._versions().values():
            assert given == list(range(1, len(given) + 1))

    def _publish(self) -> int:
        with self.app.app_context(), transaction() as session:
            held = {code: row.version for code, row in self._rows(session).items() if code in self.held}
            count = publishing.publish_all(session, settings=self.config, now=self.now)
            assert {code: row.version for code, row in self._rows(session).items() if code in self.held} == held
            return count

    def _rows(self, session: object) -> dict[str, StoreSync]:
        return {row.store.code: row for row in session.scalars(select(StoreSync).options(joinedload(StoreSync.store)))}

    def _id(self, session: object, code: str) -> int:
        return session.scalars(select(Store.id).where(Store.code == code)).one()

    def _versions(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        with self.app.app_context():
            query = select(StorePublication.store_id, StorePublication.version).order_by(StorePublication.version)
            for store_id, version in reading().execute(query):
                found.setdefault(store_id, []).append(version)
            reading().rollback()
        return found


def test_in_any_order_versions_never_fall(redis_url: str, tmp_path: Path) -> None:
    app = new_app(settings_for(tmp_path / "chain", redis_url))
    machine = type("Machine", (Publishing,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    with app.app_context():
        db.engine.dispose()


def test_bytes_of_a_rolled_back_version_are_still_served(redis_url: str, tmp_path: Path) -> None:
    app = new_app(settings_for(tmp_path / "chain", redis_url))
    config = app.config["PORTAL"]
    with app.app_context():
        with transaction() as session:
            session.add(Store(code="S1", name="x", timezone="UTC", currency="EUR"))
            session.flush()
            publishing.publish_all(session, settings=config, now=NOW)
            first = session.get(StoreSync, 1).sha256
            definition = {"code": "P", "type": "percent_discount", "rule": {"percent": 10}}
            promotion = promotions.draft(session, definition=definition, by=None, now=NOW)
            promotions.publish(session, promotion, now=NOW)
            publishing.publish_all(session, settings=config, now=NOW)
        for encoding in ("identity", "gzip", "zstd"):
            assert contents.bytes_for(reading(), 1, first, encoding)
        with pytest.raises(KeyError):
            contents.bytes_for(reading(), 1, first, "br")
        db.engine.dispose()
