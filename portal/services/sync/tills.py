"""The stores page: how each store's tills stand, in two queries however many there are. Source: sync.md, 5."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.models.catalogue import Store
from portal.models.device import Device
from portal.models.publication import StoreSync
from portal.services.sync.trouble import judged

PAGE = 25


class Condition(StrEnum):
    """What a store can be found by."""

    SILENT = "silent"
    BEHIND = "behind"
    SKEWED = "skewed"
    MISSING = "missing"
    SUSPENDED = "suspended"
    HELD = "held"
    FINE = "fine"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is asked for. `codes` are the stores that the person may see, None for all."""

    words: str = ""
    conditions: tuple[Condition, ...] = ()
    codes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store and how many of its tills are in which trouble. `version` is None before the first publication."""

    id: int
    code: str
    name: str
    city: str
    timezone: str
    version: int | None
    published_at: datetime | None
    suspended_at: datetime | None
    held_at: datetime | None
    tills: int
    silent: int
    behind: int
    skewed: int
    missing: int
    events_missing: int
    seen_at: datetime | None

    @property
    def is_quiet(self) -> bool:
        """True when none of its tills is heard of."""
        return 0 < self.tills == self.silent


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of the list; `counts` are stores by condition under the same words, `tills` the tills of all of them.

    `quiet` stores have not been heard of at all since `quiet_since`, the last time that one of them was.
    """

    rows: list[StoreRow]
    counts: dict[Condition, int] = field(default_factory=dict)
    total: int = 0
    stores: int = 0
    tills: int = 0
    quiet: int = 0
    quiet_since: datetime | None = None
    next: int = 0

    @property
    def left(self) -> int:
        """How many rows come after these."""
        return max(0, self.total - self.next)


def search(session: Session, wanted: Wanted, *, now: datetime, first: int = 0, limit: int = PAGE) -> Found:
    """Stores that fit, those with trouble first, and what there is in all."""
    stores = _stores(now)
    chosen = _chosen(stores, wanted)
    fits = [or_(*(_is(stores, each) for each in wanted.conditions))] if wanted.conditions else []
    counts = {each: func.coalesce(func.sum(case((_is(stores, each), 1), else_=0)), 0) for each in Condition}
    is_quiet = _is_quiet(stores)
    sums = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(stores.c.tills), 0),
            func.coalesce(func.sum(case((is_quiet, 1), else_=0)), 0),
            func.max(case((is_quiet, stores.c.seen_at), else_=None)),
            func.coalesce(func.sum(case((and_(True, *fits), 1), else_=0)), 0),
            *counts.values(),
        ).where(*chosen)
    ).one()
    query = select(stores).where(*chosen, *fits).order_by(_rank(stores), stores.c.code).offset(first).limit(limit)
    rows = [StoreRow(**row) for row in session.execute(query).mappings()]
    numbers = {each: int(number) for each, number in zip(Condition, sums[5:], strict=True)}
    return Found(rows, numbers, int(sums[4]), sums[0], int(sums[1]), int(sums[2]), sums[3], first + len(rows))


def every(session: Session, wanted: Wanted, *, now: datetime) -> Iterator[tuple[StoreRow, Device | None, Any]]:
    """All that fits, a row for each till (its row of judged()); a store without tills has one row. For a file."""
    stores, states = _stores(now), judged(now).subquery()
    fits = [or_(*(_is(stores, each) for each in wanted.conditions))] if wanted.conditions else []
    query = (
        select(stores, Device, states.c.behind, states.c.silent, states.c.skewed, states.c.events_missing)
        .select_from(stores)
        .outerjoin(states, states.c.store_id == stores.c.id)
        .outerjoin(Device, Device.id == states.c.device_id)
        .where(*_chosen(stores, wanted), *fits)
        .order_by(_rank(stores), stores.c.code, Device.name, Device.id)
    )
    width = len(stores.c)
    for row in session.execute(query):
        yield StoreRow(**dict(zip(stores.c.keys(), row[:width], strict=True))), row[width], row[width + 1 :]


def _stores(now: datetime) -> Subquery:
    """A row for each store, with the fields of StoreRow."""
    states = judged(now).subquery()
    sums = (states.c.silent, states.c.behind, states.c.skewed, states.c.missing, states.c.events_missing)
    query = select(
        states.c.store_id,
        func.count().label("tills"),
        *(func.sum(column).label(column.name) for column in sums),
        func.max(states.c.seen_at).label("seen_at"),
    ).group_by(states.c.store_id)
    # Without this PostgreSQL may judge all tills again for each store: 3 s for 1,000 of them.
    per_store = query.cte("per_store").prefix_with("MATERIALIZED", dialect="postgresql")
    numbers = [func.coalesce(per_store.c[name], 0).label(name) for name in ("tills", *(c.name for c in sums))]
    return (
        select(
            *(Store.id, Store.code, Store.name, Store.city, Store.timezone),
            func.nullif(StoreSync.version, 0).label("version"),
            *(StoreSync.published_at, StoreSync.suspended_at, StoreSync.held_at),
            *numbers,
            per_store.c.seen_at,
        )
        .outerjoin(StoreSync, StoreSync.store_id == Store.id)
        .outerjoin(per_store, per_store.c.store_id == Store.id)
        .subquery()
    )


def _chosen(stores: Subquery, wanted: Wanted) -> list[ColumnElement[bool]]:
    columns = (stores.c.code, stores.c.name, stores.c.city)
    conditions: list[ColumnElement[bool]] = [
        or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in wanted.words.split()
    ]
    return conditions if wanted.codes is None else [*conditions, stores.c.code.in_(sorted(wanted.codes))]


def _is(stores: Subquery, condition: Condition) -> ColumnElement[bool]:
    match condition:
        case Condition.SUSPENDED:
            return stores.c.suspended_at.is_not(None)
        case Condition.HELD:
            return stores.c.held_at.is_not(None)
        case Condition.EMPTY:
            return stores.c.tills == 0
        case Condition.FINE:
            return and_(stores.c.tills > 0, _wrong(stores) == 0, stores.c.suspended_at.is_(None))
        case _:
            return stores.c[condition.value] > 0


def _is_quiet(stores: Subquery) -> ColumnElement[bool]:
    return and_(stores.c.tills > 0, stores.c.silent == stores.c.tills)


def _wrong(stores: Subquery) -> ColumnElement[int]:
    return stores.c.silent + stores.c.behind + stores.c.skewed + stores.c.missing


def _rank(stores: Subquery) -> ColumnElement[int]:
    """Trouble first, then stores with tills, then those without."""
    asks = or_(_wrong(stores) > 0, stores.c.suspended_at.is_not(None), stores.c.held_at.is_not(None))
    return case((asks, 0), (stores.c.tills > 0, 1), else_=2)
