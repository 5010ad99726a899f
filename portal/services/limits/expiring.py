"""What was promised and not used in time comes back: expired holds, and leases of tills that stay away."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.catalogue import Store
from portal.models.device import Device
from portal.models.limits import HoldState, LimitHold, LimitLease
from portal.services.limits.taking import Key, change_reserved, keys_of, promised

BATCH = 500
CLOCKS_DIFFER = timedelta(hours=1)
"""How much longer than a till may use its lease it stays promised: its clock may be slow, its report on the way."""


def expire(session: Session, now: datetime, *, settings: Settings) -> int:
    """Give back a batch of holds and of leases whose time is over; gives how many, 0 when there are no more."""
    return expire_holds(session, now) + expire_leases(session, now, settings=settings)


def expire_holds(session: Session, now: datetime) -> int:
    """End up to BATCH holds that have expired; those that a till is asking about just now are left for later."""
    rows = session.execute(
        select(
            LimitHold.id,
            LimitHold.promotion_code,
            Store.code,
            LimitHold.business_date,
            LimitHold.currency,
            LimitHold.customer_code,
            LimitHold.amount_minor,
        )
        .join(Store, Store.id == LimitHold.store_id)
        .where(LimitHold.state == HoldState.HELD, LimitHold.expires_at <= now)
        .order_by(LimitHold.id)
        .limit(BATCH)
        .with_for_update(of=LimitHold, skip_locked=True)
    ).all()
    released: dict[Key, int] = defaultdict(int)
    for _, code, store, day, currency, customer, minor in rows:
        for key, amount in promised(code, keys_of(store, day, currency, customer), count=-1, minor=-minor).items():
            released[key] += amount
    ids = [row[0] for row in rows]
    if ids:
        ended = update(LimitHold).where(LimitHold.id.in_(ids)).values(state=HoldState.EXPIRED, settled_at=now)
        session.execute(ended, execution_options={"synchronize_session": False})
    change_reserved(session, released)
    return len(ids)


def expire_leases(session: Session, now: datetime, *, settings: Settings) -> int:
    """Take back up to BATCH leases of tills that were not heard of for as long as they may work offline, and an hour.

    A lease that ended earlier, with a business day, counts as spent until then: its sales may still be reported.
    """
    rows = session.execute(
        select(
            LimitLease.id,
            LimitLease.promotion_code,
            Store.code,
            LimitLease.business_date,
            LimitLease.currency,
            LimitLease.granted_count - LimitLease.spent_count,
            LimitLease.granted_minor - LimitLease.spent_minor,
        )
        .join(Device, Device.id == LimitLease.device_id)
        .join(Store, Store.id == Device.store_id)
        .where(
            LimitLease.valid_until <= now - CLOCKS_DIFFER,
            LimitLease.renewed_at <= now - CLOCKS_DIFFER - timedelta(hours=settings.offline_grace_hours),
            or_(LimitLease.granted_count > LimitLease.spent_count, LimitLease.granted_minor > LimitLease.spent_minor),
        )
        .order_by(LimitLease.id)
        .limit(BATCH)
        .with_for_update(of=LimitLease, skip_locked=True)
    ).all()
    released: dict[Key, int] = defaultdict(int)
    for _, code, store, day, currency, count, minor in rows:
        for key, amount in promised(code, keys_of(store, day, currency), count=-count, minor=-minor).items():
            released[key] += amount
    if rows:
        _end_leases(session, [row[0] for row in rows])
    change_reserved(session, released)
    return len(rows)


def _end_leases(session: Session, ids: list[int]) -> None:
    """From now on nothing is promised to their tills beyond what was spent."""
    ended = (
        update(LimitLease)
        .where(LimitLease.id.in_(ids))
        .values(
            granted_count=LimitLease.spent_count,
            granted_minor=LimitLease.spent_minor,
            offered_count=LimitLease.spent_count,
            offered_minor=LimitLease.spent_minor,
            offered_etag=None,
        )
    )
    session.execute(ended, execution_options={"synchronize_session": False})
