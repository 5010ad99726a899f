"""What is wrong with tills now, as one expression for lists, pages and alerts: all three must say the same."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.models.device import AlertKind, Device, DeviceGap
from portal.models.publication import StorePublication, StoreSync

BEHIND_AFTER = timedelta(minutes=5)
SILENT_AFTER = timedelta(minutes=10)
SKEW_MS = 120_000


def judged(now: datetime) -> Select[Any]:
    """Every till that is not revoked, with 1 or 0 for each kind of trouble and since when it is behind.

    Columns: device_id, store_id, seen_at, behind, behind_since, silent, skewed, missing (1 or 0), events_missing.

    A till is behind when the first version that it lacks was given more than five minutes ago; so it is even when the
    store is given a new one every minute. Tills of suspended stores are refused on purpose: neither behind nor silent.
    """
    gaps = (
        select(DeviceGap.device_id, func.sum(DeviceGap.last_seq - DeviceGap.first_seq + 1).label("events"))
        .group_by(DeviceGap.device_id)
        .subquery()
    )
    lacks = StorePublication
    is_expected = StoreSync.suspended_at.is_(None)
    known_since = func.coalesce(Device.last_seen_at, Device.enrolled_at, type_=Device.enrolled_at.type)
    conditions: dict[AlertKind, ColumnElement[bool]] = {
        AlertKind.BEHIND: and_(
            is_expected, lacks.published_at <= now - BEHIND_AFTER, Device.enrolled_at <= now - BEHIND_AFTER
        ),
        AlertKind.SILENT: and_(is_expected, known_since < now - SILENT_AFTER),
        AlertKind.SKEWED: or_(Device.clock_skew_ms > SKEW_MS, Device.clock_skew_ms < -SKEW_MS),
        AlertKind.MISSING: gaps.c.events > 0,
    }
    return (
        select(
            Device.id.label("device_id"),
            Device.store_id,
            Device.last_seen_at.label("seen_at"),
            lacks.published_at.label("behind_since"),
            func.coalesce(gaps.c.events, 0).label("events_missing"),
            *(case((condition, 1), else_=0).label(kind.value) for kind, condition in conditions.items()),
        )
        .outerjoin(StoreSync, StoreSync.store_id == Device.store_id)
        .outerjoin(
            lacks,
            and_(lacks.store_id == Device.store_id, lacks.version == func.coalesce(Device.bundle_version, 0) + 1),
        )
        .outerjoin(gaps, gaps.c.device_id == Device.id)
        .where(Device.revoked_at.is_(None))
    )


def of_store(session: Session, store_id: int, *, now: datetime) -> dict[int, Any]:
    """The row of judged() by device id, for the tills of one store."""
    return {row.device_id: row for row in session.execute(judged(now).where(Device.store_id == store_id))}
