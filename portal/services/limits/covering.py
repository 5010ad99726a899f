"""What had been promised for a sale before it was reported: the hold of its basket, the lease of its till."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from portal.models.catalogue import Store
from portal.models.device import Device
from portal.models.limits import HoldState, LimitHold, LimitLease
from portal.services.limits import ledger
from portal.services.limits.taking import Key, keys_of, promised
from portal.services.sync.inserts import among

if TYPE_CHECKING:
    from portal.services.limits.counters import Counted

Place = tuple[str, str, str]
"""Promotion, store, basket."""


@dataclass(frozen=True, slots=True)
class Held:
    """A basket's hold, locked."""

    id: int
    state: str
    store_code: str
    customer_code: str | None
    business_date: date
    currency: str
    amount_minor: int

    def promised(self, code: str) -> dict[Key, int]:
        """What it holds of the counters."""
        keys = keys_of(self.store_code, self.business_date, self.currency, self.customer_code)
        return promised(code, keys, count=1, minor=self.amount_minor)


def lock_holds(session: Session, rows: Sequence[Counted]) -> dict[Place, Held]:
    """The holds of the rows' baskets, whatever their state, locked in the order of their ids."""
    sales = [row for row in rows if ledger.is_sale(row)]
    query = (
        select(
            LimitHold.promotion_code,
            LimitHold.basket_code,
            LimitHold.id,
            LimitHold.state,
            Store.code,
            LimitHold.customer_code,
            LimitHold.business_date,
            LimitHold.currency,
            LimitHold.amount_minor,
        )
        .join(Store, Store.id == LimitHold.store_id)
        .where(
            LimitHold.promotion_code.in_({row.promotion_code for row in sales}),
            LimitHold.basket_code.in_(among(session, {row.basket_code for row in sales})),
            Store.code.in_({row.store_code for row in sales}),
        )
        .order_by(LimitHold.id)
        .with_for_update(of=LimitHold)
    )
    found: dict[Place, Held] = {}
    for code, basket, id, state, store, customer, day, currency, minor in session.execute(query):
        found[code, store, basket] = Held(id, state, store, customer, day, currency, minor)
    return found


def settle(session: Session, fresh: Sequence[Counted], holds: Mapping[Place, Held]) -> dict[Key, int]:
    """End the promises that new rows make good; gives the change of `reserved` by counter."""
    released: dict[Key, int] = defaultdict(int)
    uncovered = []
    ended: dict[int, Counted] = {}
    for row in fresh:
        hold = holds.get((row.promotion_code, row.store_code, row.basket_code))
        if not ledger.is_sale(row):
            continue
        if hold is None or hold.state != HoldState.HELD or hold.id in ended:
            uncovered.append(row)
            continue
        ended[hold.id] = row
        for key, amount in hold.promised(row.promotion_code).items():
            released[key] -= amount
    if ended:
        session.execute(_END_HOLD, [{"p_id": id, "p_at": row.at} for id, row in sorted(ended.items())])
    _settle_leases(session, uncovered, released)
    return dict(released)


_END_HOLD = (
    update(LimitHold.__table__)  # type: ignore[arg-type]
    .where(LimitHold.__table__.c.id == bindparam("p_id"))
    .values(state=HoldState.COMMITTED, settled_at=bindparam("p_at"))
)


def _settle_leases(session: Session, rows: Sequence[Counted], released: dict[Key, int]) -> None:
    """Spend the leases of the tills that sold; what goes beyond them was promised by nobody."""
    leases = _lock_leases(session, rows) if rows else {}
    spent: dict[int, tuple[int, int]] = {}
    for row in rows:
        lease = leases.get((row.device_id, row.promotion_code))
        if lease is None:
            continue
        count, minor = spent.get(lease.id, (0, 0))
        more = min(max(row.redemptions, 0), lease.count - count)
        fits = lease.currency == row.currency
        more_minor = min(max(row.amount_minor, 0), lease.minor - minor) if fits else 0
        spent[lease.id] = (count + more, minor + more_minor)
        keys = keys_of(lease.store_code, lease.business_date, lease.currency)
        for key, amount in promised(row.promotion_code, keys, count=more, minor=more_minor).items():
            released[key] -= amount
    changed = [{"p_id": id, "p_count": count, "p_minor": minor} for id, (count, minor) in sorted(spent.items())]
    if changed:
        session.execute(_SPEND, changed)


_lease = LimitLease.__table__
_SPEND = (
    update(_lease)  # type: ignore[arg-type]
    .where(_lease.c.id == bindparam("p_id"))
    .values(
        spent_count=_lease.c.spent_count + bindparam("p_count"), spent_minor=_lease.c.spent_minor + bindparam("p_minor")
    )
)


@dataclass(frozen=True, slots=True)
class _Lease:
    id: int
    store_code: str
    business_date: date | None
    currency: str | None
    count: int
    minor: int


def _lock_leases(session: Session, rows: Sequence[Counted]) -> dict[tuple[int, str], _Lease]:
    """The leases of the rows' tills for the rows' promotions, locked in the order of their ids."""
    query = (
        select(
            LimitLease.device_id,
            LimitLease.promotion_code,
            LimitLease.id,
            Store.code,
            LimitLease.business_date,
            LimitLease.currency,
            LimitLease.granted_count - LimitLease.spent_count,
            LimitLease.granted_minor - LimitLease.spent_minor,
        )
        .join(Device, Device.id == LimitLease.device_id)
        .join(Store, Store.id == Device.store_id)
        .where(
            LimitLease.device_id.in_({row.device_id for row in rows}),
            LimitLease.promotion_code.in_({row.promotion_code for row in rows}),
        )
        .order_by(LimitLease.id)
        .with_for_update(of=LimitLease)
    )
    found: dict[tuple[int, str], _Lease] = {}
    for device, code, id, store, day, currency, count, minor in session.execute(query):
        found[device, code] = _Lease(id, store, day, currency, count, minor)
    return found
