"""The demo's tills: enrolled once, in states that the tills' pages have words for."""

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from portal import clock
from portal.db import reading
from portal.demo import reported
from portal.demo import tills as demo
from portal.models.device import Device
from portal.models.usage import UsageApplied, UsageEvent
from portal.services.sync import no_loss, tills
from portal.services.sync.tills import Condition, Wanted


@pytest.fixture
def seen_now(loaded: Flask) -> None:
    """As a load that has just ended leaves them."""
    demo.enrol(now=clock.now())


def test_each_state_stands_in_some_store(seen_now: None) -> None:
    found = tills.search(reading(), Wanted(), now=clock.now(), limit=500)
    states = {row.code: (row.silent, row.behind, row.skewed) for row in found.rows if row.tills}
    assert states == {
        "HK-NYC-1": (0, 0, 0), "HK-NYC-2": (0, 0, 0), "HK-NYC-3": (0, 1, 0), "HK-CHI-1": (0, 0, 1),
        "HK-CHI-2": (0, 0, 0), "HK-DEN-1": (1, 0, 0), "HK-LAX-1": (0, 0, 0), "HK-LAX-3": (1, 0, 0),
    }  # fmt: skip
    assert (found.counts[Condition.FINE], found.quiet) == (4, 1)
    assert {row.version for row in found.rows if row.tills} == {2}


def test_a_second_enrolment_adds_none_and_leaves_a_till_that_is_in_use(seen_now: None) -> None:
    session = reading()
    device = session.scalars(select(Device).where(Device.name == "Terrace").order_by(Device.id)).first()
    assert device is not None
    before = device.last_seen_at
    own = session.scalars(select(UsageEvent.event_id).where(UsageEvent.device_id == device.id)).first()
    theirs = own[:14] + "7" + own[15:]
    rename(own, theirs)
    assert demo.enrol(now=clock.now()) == 0
    session.expire_all()
    assert device.last_seen_at == before
    assert session.scalar(select(func.count()).select_from(Device)) == len(demo.TILLS)
    rename(theirs, own)


def rename(old: str, new: str) -> None:
    """Give an event another id, as one of a till of somebody's own."""
    with demo.transaction() as writing:
        for table in (UsageApplied, UsageEvent):
            writing.execute(text("PRAGMA defer_foreign_keys=ON"))
            writing.execute(update(table).where(table.event_id == old).values(event_id=new))


def test_the_tills_have_reported_and_each_page_has_something_to_show(loaded: Flask) -> None:
    session = reading()
    equations = no_loss.summed(no_loss.check(session))
    assert (equations.broken, equations.conflict, equations.quarantined, equations.missing) == ([], 1, 1, 1)
    assert equations.accepted > 100
    judged = dict(session.execute(select(UsageEvent.pricing, func.count()).group_by(UsageEvent.pricing)).all())
    assert judged["differs"] == 3
    assert set(judged) == {"same", "differs"}


def test_a_second_report_adds_none(loaded: Flask) -> None:
    assert reported.report(loaded.config["PORTAL"], now=clock.now()) == 0
