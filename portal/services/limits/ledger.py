"""The ledger of limits: one row for ever for each thing that used a promotion or gave it back. Source: sync.md, 4."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Table, select, tuple_
from sqlalchemy.orm import Session

from portal.models.limits import HoldState, LimitEntry
from portal.services.sync.inserts import insert_into, parameters

if TYPE_CHECKING:
    from portal.services.limits.counters import Counted
    from portal.services.limits.covering import Held, Place

entries = LimitEntry.__table__
assert isinstance(entries, Table)
table: Table = entries
ONLINE = ("commit:", "void:")
"""How the sources of what was committed, or voided again, before the sale was reported begin."""


def enter(session: Session, rows: Sequence[Counted]) -> list[Counted]:
    """Write the rows, in their order; gives those that were not there before."""
    values = [
        {
            "promotion_code": row.promotion_code,
            "source": row.source,
            "basket_code": row.basket_code,
            "store_code": row.store_code,
            "customer_code": row.customer_code,
            "business_date": row.business_date,
            "currency": row.currency,
            "redemptions": row.redemptions,
            "amount_minor": row.amount_minor,
            "at": row.at,
        }
        for row in rows
    ]
    statement = (
        insert_into(session, table, values[0])
        .on_conflict_do_nothing(index_elements=[table.c.promotion_code, table.c.source])
        .returning(table.c.promotion_code, table.c.source)
    )
    written = {(code, source) for code, source in session.execute(statement, parameters(session, values))}
    return [row for row in rows if (row.promotion_code, row.source) in written]


def beyond_commits(session: Session, rows: Sequence[Counted], holds: Mapping[Place, Held]) -> list[Counted]:
    """The rows less what a commit of the same basket has counted already; the first sale of the basket bears it."""
    committed = {place for place, hold in holds.items() if hold.state == HoldState.COMMITTED}
    counted = by_basket(session, committed) if committed else {}
    result = []
    for row in rows:
        place = (row.promotion_code, row.store_code, row.basket_code)
        entries_there = counted.get(place, [])
        commits = [entry for entry in entries_there if entry[0].startswith(ONLINE)]
        sold = any(not source.startswith(ONLINE) and source != row.source for source, _, _ in entries_there)
        if is_sale(row) and commits and not sold:
            result.append(
                replace(
                    row,
                    redemptions=row.redemptions - sum(entry[1] for entry in commits),
                    amount_minor=row.amount_minor - sum(entry[2] for entry in commits),
                )
            )
            counted[place] = [*entries_there, (row.source, 0, 0)]
        else:
            result.append(row)
    return result


def by_basket(session: Session, places: Collection[Place]) -> dict[Place, list[tuple[str, int, int]]]:
    """What the ledger has of baskets: (source, redemptions, amount) for each of their rows."""
    found: dict[Place, list[tuple[str, int, int]]] = {}
    query = select(
        table.c.promotion_code,
        table.c.store_code,
        table.c.basket_code,
        table.c.source,
        table.c.redemptions,
        table.c.amount_minor,
    ).where(tuple_(table.c.promotion_code, table.c.basket_code).in_({(code, basket) for code, _, basket in places}))
    for code, store, basket, source, redemptions, minor in session.execute(query):
        found.setdefault((code, store, basket), []).append((source, redemptions, minor))
    return found


def is_sale(row: Counted) -> bool:
    """True for what uses a promotion, false for what gives back."""
    return row.redemptions > 0 or row.amount_minor > 0
