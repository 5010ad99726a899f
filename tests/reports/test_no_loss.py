"""The no-loss equation: it holds however uploads come, and breaks when a row is gone."""

import random
from itertools import pairwise
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, select, update
from sqlalchemy.orm import Session

from jobs import reports
from portal import config
from portal.cli import portal
from portal.db import prepare_sqlite
from portal.models.columns import Base
from portal.models.device import Device, DeviceGap
from portal.models.usage import Quarantined, UsageConflict, UsageEvent
from portal.services.sync import no_loss, sequences, usage
from tests.reports.conftest import Upload
from tests.reports.tills import NOW, event_id, make_till, sale

MODELS = (UsageEvent, UsageConflict, Quarantined)


@pytest.mark.databases("sqlite", "postgresql")
def test_each_number_counts_once_and_the_sum_is_the_highest(session: Session, upload: Upload) -> None:
    upload([sale(1), sale(2), sale(3), sale(3, event_id=event_id(2)), {**sale(5), "kind": "?"}, sale(9)])
    upload([sale(1, device_seq=6)])
    (equation,) = no_loss.check(session)
    # Number 3 is accepted, and in conflict under the id of number 2: it counts as accepted. Number 6 is a conflict.
    assert (equation.highest, equation.accepted, equation.conflict, equation.quarantined, equation.missing) == (
        *(9, 4, 1, 1, 3),
    )
    assert equation.holds


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("harm", ["event", "gap", "mark", "both"])
def test_it_breaks_when_anything_is_gone(app: Flask, session: Session, upload: Upload, harm: str) -> None:
    upload([sale(1), sale(2), sale(5)])
    if harm in ("event", "both"):
        session.execute(delete(UsageEvent).where(UsageEvent.device_seq == 2))
    if harm == "gap":
        session.execute(delete(DeviceGap))
    if harm == "both":  # one is gone and another stands in the gap: the sum alone would not tell
        session.execute(update(UsageEvent).where(UsageEvent.device_seq == 5).values(device_seq=4))
        session.execute(update(DeviceGap).values(last_seq=5))
    if harm == "mark":
        session.execute(update(Device).values(usage_highest_seq=4))
    (equation,) = no_loss.check(session)
    assert not equation.holds
    assert no_loss.summed([equation]).broken == [equation]
    with app.app_context():
        assert reports.check_no_loss() == 1


def test_the_command_ends_with_1_when_it_does_not_hold(
    app: Flask, session: Session, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.app.create_app", lambda *_: app)
    upload([sale(1), sale(3)])
    good = CliRunner().invoke(portal, ["no-loss"])
    assert good.exit_code == 0, good.output
    assert "3 = 2 accepted + 0 conflict + 0 quarantined + 1 missing" in good.output
    assert "nothing is lost" in good.output
    session.execute(delete(UsageEvent).where(UsageEvent.device_seq == 1))
    bad = CliRunner().invoke(portal, ["no-loss"])
    assert bad.exit_code == 1
    assert "DOES NOT HOLD" in bad.output


@given(st.integers(1, 40), st.lists(st.lists(st.integers(1, 40), max_size=12), max_size=12))
def test_gaps_are_what_has_not_come(highest: int, batches: list[list[int]]) -> None:
    arrived: set[int] = set()
    mark, gaps = 0, []
    for batch in batches:
        mark, gaps = sequences.advanced(mark, gaps, sorted(set(batch)))
        arrived |= set(batch)
        assert mark == max(arrived, default=0)
        assert [n for first, last in gaps for n in range(first, last + 1)] == [
            n for n in range(1, mark + 1) if n not in arrived
        ]
        assert all(second[0] > first[1] + 1 for first, second in pairwise(gaps))


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A database of its own: each example begins with empty tables."""
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('any-order') / 'db.sqlite3'}")
    prepare_sqlite(engine)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def story() -> list[Any]:
    """Twelve numbers: sales, one id with two contents, one that can't be read, one that never comes (11)."""
    events = [sale(n) for n in (1, 2, 3, 4, 5, 8, 9, 10, 12)]
    return [*events, sale(6, event_id=event_id(1)), {**sale(7), "kind": "?"}]


def rows_of(session: Session) -> Any:
    usage_rows = session.execute(
        select(UsageEvent.event_id, UsageEvent.content_sha256, UsageEvent.device_seq, UsageEvent.body)
    ).all()
    both = session.execute(select(UsageConflict.event_id, UsageConflict.content_sha256)).all()
    # Of two contents under one id the first to come counts: together they are the same.
    contents = sorted({(row[0], row[1]) for row in [*usage_rows, *both]})
    kept = sorted(session.scalars(select(Quarantined.raw)))
    gaps = sorted(session.execute(select(DeviceGap.first_seq, DeviceGap.last_seq)))
    return contents, len(usage_rows), kept, gaps, session.scalars(select(Device.usage_highest_seq)).all()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), pieces=st.integers(1, 6), repeats=st.integers(0, 6))
def test_any_order_repetition_and_splitting_ends_in_the_same_rows(
    private: Any, app: Flask, seed: int, pieces: int, repeats: int
) -> None:
    chosen = random.Random(seed)
    events = story()
    sent = [*events, *(chosen.choice(events) for _ in range(repeats))]
    chosen.shuffle(sent)
    cuts = sorted(chosen.randrange(len(sent) + 1) for _ in range(pieces - 1))
    uploads = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    assert outcome_of(private, app, uploads) == outcome_of(private, app, [events])


def outcome_of(engine: Any, app: Flask, uploads: list[list[Any]]) -> Any:
    """The rows after `uploads`, each in a transaction of its own; the equation holds after every one."""
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    with Session(engine) as session, app.app_context():
        till = make_till(session)
        session.commit()
        for events in uploads:
            usage.upload(session, till, events, settings=config.current(), now=NOW)
            session.commit()
            assert all(equation.holds for equation in no_loss.check(session))
        return rows_of(session)
