"""Alerts: what is wrong with a till from when to when. Looking again changes nothing that stands."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, contains_eager

from portal.models.catalogue import Store
from portal.models.device import AlertKind, Device, TillAlert
from portal.models.publication import StoreSync
from portal.services.sync import trouble
from portal.services.sync.inserts import insert_missing

log = logging.getLogger(__name__)

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Changed:
    """How many alerts were opened and ended."""

    opened: int
    ended: int


def compare(session: Session, *, now: datetime) -> Changed:
    """Open an alert for each trouble that has none, end those whose trouble is over; tills that were revoked too."""
    wrong = _wrong(session, now)
    query = select(TillAlert.id, TillAlert.device_id, TillAlert.kind).where(TillAlert.ended_at.is_(None))
    opened = {(row.device_id, AlertKind(row.kind)): row.id for row in session.execute(query)}
    fresh = sorted(wrong.keys() - opened.keys())
    over = sorted(opened[key] for key in opened.keys() - wrong.keys())
    for start in range(0, len(over), CHUNK):
        ids = over[start : start + CHUNK]
        session.execute(update(TillAlert).where(TillAlert.id.in_(ids)).values(ended_at=now))
    insert_missing(session, TillAlert, [_row(key, wrong[key]) for key in fresh])
    for _, kind in fresh:
        found = wrong[_, kind]
        log.warning("till %s (%s) of %s is %s: %s", found.name, found.public_id, found.code, kind, found.detail)
    return Changed(len(fresh), len(over))


def of_store(session: Session, store_id: int, *, most: int = 20) -> list[TillAlert]:
    """The last alerts of a store's tills, the open ones first."""
    query = select(TillAlert).join(TillAlert.device).options(contains_eager(TillAlert.device))
    order = (TillAlert.ended_at.is_not(None), TillAlert.since.desc(), TillAlert.id.desc())
    return list(session.scalars(query.where(Device.store_id == store_id).order_by(*order).limit(most)))


@dataclass(frozen=True, slots=True)
class Wrong:
    """One trouble of one till."""

    public_id: str
    name: str
    code: str
    since: datetime
    detail: str


def _row(key: tuple[int, AlertKind], found: Wrong) -> dict[str, Any]:
    return {"device_id": key[0], "kind": key[1].value, "since": found.since, "detail": found.detail[:200]}


def _wrong(session: Session, now: datetime) -> dict[tuple[int, AlertKind], Wrong]:
    states = trouble.judged(now).subquery()
    query = (
        select(states, Device.public_id, Device.name, Device.enrolled_at, Device.bundle_version, Device.clock_skew_ms)
        .add_columns(Store.code, StoreSync.version)
        .join(Device, Device.id == states.c.device_id)
        .join(Store, Store.id == Device.store_id)
        .outerjoin(StoreSync, StoreSync.store_id == Device.store_id)
        .where(states.c.behind + states.c.silent + states.c.skewed + states.c.missing > 0)
    )
    return {
        (row.device_id, kind): Wrong(row.public_id, row.name, row.code, *SAYS[kind](row, now))
        for row in session.execute(query)
        for kind in AlertKind
        if getattr(row, kind.value)
    }


def _behind(row: Any, now: datetime) -> tuple[datetime, str]:
    return row.behind_since, f"it has version {row.bundle_version or 'none'}, the store {row.version}"


def _silent(row: Any, now: datetime) -> tuple[datetime, str]:
    return row.seen_at or row.enrolled_at, "not seen since" if row.seen_at else "never seen since it was enrolled"


def _skewed(row: Any, now: datetime) -> tuple[datetime, str]:
    return now, f"its clock is {abs(row.clock_skew_ms) // 1000} s {'ahead' if row.clock_skew_ms > 0 else 'behind'}"


def _missing(row: Any, now: datetime) -> tuple[datetime, str]:
    return now, f"{row.events_missing} of its events have not arrived"


SAYS: dict[AlertKind, Callable[[Any, datetime], tuple[datetime, str]]] = {
    AlertKind.BEHIND: _behind,
    AlertKind.SILENT: _silent,
    AlertKind.SKEWED: _skewed,
    AlertKind.MISSING: _missing,
}
