"""The counters of limits: how something is promised, and how a promise is taken back. Source: sync.md, 4 and 6.

Every row is locked in the order promotion, dimension, key, by everybody: nobody waits in a circle.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Table, and_, bindparam, case, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models.limits import Dimension, LimitCounter
from portal.services.sync.inserts import insert_into, parameters

Key = tuple[str, str, str]
"""Promotion, dimension, key of the dimension: one counter."""
Keys = Mapping[str, str]
"""Of one promotion, by dimension the key: what one redemption counts towards."""

counter = LimitCounter.__table__
assert isinstance(counter, Table)
table: Table = counter
_ROW = (table.c.promotion_code, table.c.dimension, table.c.key)


def keys_of(
    store_code: str, business_date: date | None, currency: str | None, customer_code: str | None = None
) -> dict[str, str]:
    """By dimension the key that a redemption counts towards; what is None has no counter."""
    keys: dict[str, str] = {Dimension.TOTAL: "", Dimension.STORE: store_code}
    if business_date is not None:
        keys[Dimension.DAY] = business_date.isoformat()
    if currency is not None:
        keys[Dimension.BUDGET] = currency
    if customer_code is not None:
        keys[Dimension.CUSTOMER] = customer_code
    return keys


def insert_for(session: Session, into: Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the session's dialect."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(into)


def lock(session: Session, wanted: Iterable[Key]) -> dict[Key, tuple[int, int]]:
    """The counters (used, reserved), locked in their order until the transaction ends; missing ones are made."""
    keys = sorted(set(wanted))
    found = _lock_there(session, keys)
    missing = [key for key in keys if key not in found]
    if missing:
        rows = [
            {"promotion_code": code, "dimension": dimension, "key": key, "used": 0, "reserved": 0}
            for code, dimension, key in missing
        ]
        session.execute(insert_for(session, table).on_conflict_do_nothing(), rows)
        found = _lock_there(session, keys)
    return found


def _lock_there(session: Session, keys: list[Key]) -> dict[Key, tuple[int, int]]:
    query = select(*_ROW, table.c.used, table.c.reserved).where(tuple_(*_ROW).in_(keys)).order_by(*_ROW)
    rows = session.execute(query.with_for_update())
    return {(code, dimension, key): (used, reserved) for code, dimension, key, used, reserved in rows}


def take(
    session: Session, code: str, keys: Keys, *, count: int, minor: int, limits: Mapping[str, int | None]
) -> frozenset[str]:
    """Promise `count` redemptions and `minor` of the budget from all of `keys`, or nothing at all.

    Gives the dimensions that are full; empty when the promise stands. The condition is part of the UPDATE and its
    rows are counted: what was taken where others are full goes back at once.
    """
    amounts = {dimension: minor if dimension == Dimension.BUDGET else count for dimension in keys}
    wanted = {dimension: keys[dimension] for dimension, amount in amounts.items() if amount > 0}
    if not wanted:
        return frozenset()
    lock(session, [(code, dimension, key) for dimension, key in wanted.items()])
    free = [
        and_(
            table.c.dimension == dimension,
            table.c.key == key,
            *([table.c.used + table.c.reserved + amounts[dimension] <= limit] if limit is not None else []),
        )
        for dimension, key in sorted(wanted.items())
        for limit in [limits.get(dimension)]
    ]
    taken = session.scalars(
        update(table)
        .where(table.c.promotion_code == code, or_(*free))
        .values(reserved=table.c.reserved + case((table.c.dimension == Dimension.BUDGET, minor), else_=count))
        .returning(table.c.dimension)
    ).all()
    full = frozenset(wanted.keys() - set(taken))
    if full:
        change_reserved(session, {(code, dimension, keys[dimension]): -amounts[dimension] for dimension in taken})
    return full


def promised(code: str, keys: Keys, *, count: int, minor: int) -> dict[Key, int]:
    """What a promise holds, by counter: to be added, or with a minus before it to be given back."""
    return {
        (code, dimension, key): minor if dimension == Dimension.BUDGET else count for dimension, key in keys.items()
    }


def change_reserved(session: Session, changes: Mapping[Key, int]) -> None:
    """Add to `reserved` of counters that are there, in their order: what is below zero gives back."""
    rows = [
        {"p_code": code, "p_dimension": dimension, "p_key": key, "p_change": change}
        for (code, dimension, key), change in sorted(changes.items())
        if change
    ]
    if rows:
        session.execute(_CHANGE, rows)


_CHANGE = (
    update(table)
    .where(
        table.c.promotion_code == bindparam("p_code"),
        table.c.dimension == bindparam("p_dimension"),
        table.c.key == bindparam("p_key"),
    )
    .values(reserved=table.c.reserved + bindparam("p_change"))
)


def add_used(session: Session, changes: Mapping[Key, int]) -> dict[Key, int]:
    """Add to `used`, in the order of the counters, with one upsert; gives `used` afterwards.

    Facts are never refused: no limit is asked. Numbers below zero give back.
    """
    if not changes:
        return {}
    rows = [
        {"promotion_code": code, "dimension": dimension, "key": key, "used": change, "reserved": 0}
        for (code, dimension, key), change in sorted(changes.items())
    ]
    statement = insert_into(session, table, rows[0])
    statement = statement.on_conflict_do_update(
        index_elements=list(_ROW), set_={"used": table.c.used + statement.excluded.used}
    ).returning(*_ROW, table.c.used)
    found = session.execute(statement, parameters(session, rows))
    return {(code, dimension, key): used for code, dimension, key, used in found}
