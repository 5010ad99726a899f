"""The demo's tills: enrolled once, in states that the tills' pages have words for."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.db import reading
from portal.demo import tills as demo
from portal.models.device import Device
from portal.services.sync import tills
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
    with demo.transaction() as writing:
        writing.get(Device, device.id).last_upload_at = clock.now()
    assert demo.enrol(now=clock.now()) == 0
    session.expire_all()
    assert device.last_seen_at == before
    assert session.scalar(select(func.count()).select_from(Device)) == len(demo.TILLS)
    with demo.transaction() as writing:
        writing.get(Device, device.id).last_upload_at = None
