"""How large a till's slice of a leased promotion should be: its store's share of the chain's sales, by tills."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models.catalogue import Store
from portal.models.device import Device
from portal.models.limits import Dimension
from portal.models.usage import UsageEvent, UsageKind
from portal.services.limits.counters import Limits
from portal.services.limits.taking import Key

LOOK_BACK = timedelta(days=28)
KEPT_FOR = timedelta(minutes=10)
"""How old a process lets the shares grow: counting 28 days of sales is not for every till's question."""


@dataclass(frozen=True, slots=True)
class StoreShare:
    """A store with tills: how many sales it had, at least 1, so that a new one gets something too."""

    sales: int
    tills: int
    currency: str


Shares = Mapping[str, StoreShare]
"""By code of the store; stores without tills are left out."""

_kept: dict[str, tuple[datetime, Shares]] = {}
_lock = threading.Lock()


def shares(session: Session, *, store_code: str, day: date, now: datetime) -> Shares:
    """Every store with tills; `store_code` is surely among them."""
    name = str(session.get_bind().engine.url)
    with _lock:
        kept = _kept.get(name)
    if kept is not None and kept[0] <= now < kept[0] + KEPT_FOR and store_code in kept[1]:
        return kept[1]
    found = _load(session, day)
    with _lock:
        _kept[name] = (now, found)
    return found


def forget() -> None:
    """Count again at the next question."""
    with _lock:
        _kept.clear()


def _load(session: Session, day: date) -> Shares:
    tills = session.execute(
        select(Store.code, Store.currency, func.count(Device.id))
        .join(Device, Device.store_id == Store.id)
        .where(Device.revoked_at.is_(None))
        .group_by(Store.code, Store.currency)
    ).all()
    sold = session.execute(
        select(Store.code, func.count())
        .select_from(UsageEvent)
        .join(Store, Store.id == UsageEvent.store_id)
        .where(UsageEvent.business_date > day - LOOK_BACK, UsageEvent.kind == UsageKind.SALE)
        .group_by(Store.code)
    )
    sales: dict[str, int] = {row[0]: row[1] for row in sold}
    return {code: StoreShare(max(sales.get(code, 0), 1), number, currency) for code, currency, number in tills}


def reaches(definition: Mapping[str, Any], store_code: str, currency: str) -> bool:
    """True when a store of that currency may give the promotion."""
    scope = definition.get("scope") or {}
    only, never = scope.get("stores") or [], scope.get("exclude_stores") or []
    wanted = definition.get("currency")
    return (not only or store_code in only) and store_code not in never and wanted in (None, currency)


@dataclass(frozen=True, slots=True)
class Slice:
    """What a till should be able to spend: redemptions, money in minor units; None is not limited."""

    count: int | None
    minor: int | None


def slice_of(
    limits: Limits,
    definition: Mapping[str, Any],
    known: Shares,
    store_code: str,
    day: date,
    used: Mapping[Key, tuple[int, int]],
) -> Slice:
    """A till's slice of what is not used, rounded up: the counters refuse what is too much."""
    mine = known[store_code]
    everybody = sum(each.sales for code, each in known.items() if reaches(definition, code, each.currency))

    def part(dimension: str, key: str, limit: int | None, sales: int, of: int) -> list[int]:
        if limit is None:
            return []
        left = max(0, limit - used.get((limits.code, dimension, key), (0, 0))[0])
        return [-(-left * sales // (of * mine.tills))]

    counts = [
        *part(Dimension.TOTAL, "", limits.total, mine.sales, everybody),
        *part(Dimension.DAY, day.isoformat(), limits.per_day, mine.sales, everybody),
        *part(Dimension.STORE, store_code, limits.per_store, 1, 1),
    ]
    money = part(Dimension.BUDGET, limits.currency or mine.currency, limits.budget, mine.sales, everybody)
    return Slice(min(counts, default=None), min(money, default=None))


def settled(outstanding: int, wanted: int | None) -> int:
    """What to promise: `wanted`, or what is promised already where the difference is not worth a message."""
    wanted = wanted or 0
    is_near = outstanding > 0 and 3 * wanted <= 4 * outstanding and 3 * outstanding <= 4 * wanted
    return outstanding if is_near else wanted
