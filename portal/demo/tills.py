"""The tills of the demo: enrolled as tills are, and seen in states that a chain's evening has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.db import transaction
from portal.models.catalogue import Store
from portal.models.device import Device
from portal.models.publication import StoreSync
from portal.models.usage import UsageEvent
from portal.services.sync import devices, publishing

FIRST_PUBLISHED = timedelta(days=2)
LAST_PUBLISHED = timedelta(hours=3)
ENROLLED = timedelta(days=20)
DEMO_IDS = "5"
"""The version digit of the event ids that the demo makes."""


@dataclass(frozen=True, slots=True)
class DemoTill:
    """A till of a store: how long ago it was seen, how many versions it is behind, what it has not sent yet."""

    store: str
    name: str
    seen: timedelta = timedelta(seconds=20)
    versions_behind: int = 0
    outbox: int = 0
    skew: timedelta = timedelta(milliseconds=300)


TILLS = [
    DemoTill("HK-NYC-1", "Counter 1"),
    DemoTill("HK-NYC-1", "Counter 2", outbox=2),
    DemoTill("HK-NYC-2", "Counter 1"),
    DemoTill("HK-NYC-3", "Bar", versions_behind=1),
    DemoTill("HK-NYC-3", "Terrace"),
    DemoTill("HK-CHI-1", "Counter 1", skew=timedelta(minutes=4)),
    DemoTill("HK-CHI-2", "Bar"),
    DemoTill("HK-CHI-2", "Dining room"),
    DemoTill("HK-DEN-1", "Counter 1", seen=timedelta(minutes=95), outbox=14),
    DemoTill("HK-LAX-1", "Counter 1"),
    DemoTill("HK-LAX-3", "Bar"),
    DemoTill("HK-LAX-3", "Terrace", seen=timedelta(minutes=40), outbox=5),
]
STORES = {till.store for till in TILLS}


def publish(settings: Settings, *, at: datetime, note: str) -> None:
    """Give the stores that have demo tills a version, where there is something new."""
    with transaction() as session:
        ids = list(session.scalars(select(Store.id).where(Store.code.in_(STORES))))
        publishing.publish_all(session, settings=settings, now=at, note=note, only=ids, catalogues=False)


def has_versions(number: int = 1) -> bool:
    """True when one of the stores has so many versions already."""
    with transaction() as session:
        query = select(StoreSync.store_id).join(Store).where(Store.code.in_(STORES), StoreSync.version >= number)
        return session.scalar(query.limit(1)) is not None


def enrol(*, now: datetime) -> int:
    """Enrol the tills that are missing, and let each be seen in its state; returns how many are new.

    A till that has sent sales of its own has become somebody's: it is left as it is.
    """
    added = 0
    devices.forget()
    for wanted in TILLS:
        with transaction() as session:
            store = session.scalars(select(Store).where(Store.code == wanted.store)).one()
            query = select(Device).where(Device.store_id == store.id, Device.name == wanted.name)
            device = session.scalars(query.order_by(Device.id).limit(1)).one_or_none()
            if device is None:
                code = devices.invite(session, store, wanted.name, by=None, now=now - ENROLLED)
                device = devices.enroll(session, code, now=now - ENROLLED).device
                added += 1
            row = session.get(StoreSync, store.id)
            is_free = device.revoked_at is None and not is_in_use(session, device)
        if is_free:
            see(wanted, device, store, row.version if row else 0, now - wanted.seen)
    return added


def is_in_use(session: Session, device: Device) -> bool:
    """True when somebody's own till has reported with it: those make event ids of version 7, the demo others."""
    own = func.substr(UsageEvent.event_id, 15, 1) != DEMO_IDS
    return bool(session.scalar(select(exists().where(UsageEvent.device_id == device.id, own))))


def see(wanted: DemoTill, device: Device, store: Store, newest: int, at: datetime) -> None:
    """Note what the till's headers would say."""
    version = newest - wanted.versions_behind
    devices.seen(
        transaction,
        devices.Till(device.id, device.public_id, store.id, store.code, store.currency, frozenset(), False),
        version=str(version) if version > 0 else None,
        engine="1",
        outbox=str(wanted.outbox),
        till_time=(at + wanted.skew).isoformat(),
        now=at,
    )
