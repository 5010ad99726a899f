"""What accepted events do to promotions: rows for analytics, and limits spent or given back. Source: sync.md, 4."""

from collections.abc import Sequence

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from portal.models.usage import UsageApplied, UsageEvent, UsageKind
from portal.services.limits import counters
from portal.services.sync import returns
from portal.services.sync.batches import Entry
from portal.services.sync.devices import Till
from portal.services.sync.inserts import Row, insert_all, table_of

Accepted = tuple[Entry, Row]
"""An event that is new, and its row of usage_event."""


def count(session: Session, till: Till, accepted: Sequence[Accepted]) -> None:
    """Count new events in the transaction that keeps them; notes over_limit on those that pass a limit."""
    sales = [each for each in accepted if each[1]["kind"] == UsageKind.SALE]
    applied = {row["event_id"]: applied_rows(entry, row) for entry, row in sales}
    insert_all(session, UsageApplied, [each for own in applied.values() for each in own])
    returned = returns.give_back(session, [row for _, row in accepted])
    _spend(session, till, sales, applied, returned)


def applied_rows(entry: Entry, row: Row) -> list[Row]:
    """What a sale applied, one row a promotion; one that stands twice is added up."""
    found: dict[str, Row] = {}
    for each in entry.report.result.applied:
        known = found.get(each.promotion)
        if known is not None:
            known["redemptions"] += each.times
            known["discount_minor"] += each.discount
            continue
        found[each.promotion] = {
            "event_id": row["event_id"],
            "promotion_code": each.promotion,
            "revision": each.revision,
            "store_id": row["store_id"],
            "business_date": row["business_date"],
            "currency": row["currency"],
            "redemptions": each.times,
            "discount_minor": each.discount,
        }
    return list(found.values())


def _spend(
    session: Session,
    till: Till,
    sales: Sequence[Accepted],
    applied: dict[str, list[Row]],
    returned: Sequence[counters.Counted],
) -> None:
    """Count in one call: counters are locked once, in one order."""
    rows = [
        counted(till, row, each, rewards_of(entry, each["promotion_code"]))
        for entry, row in sales
        for each in applied[row["event_id"]]
    ]
    over = counters.count_sales(session, [*rows, *returned])
    passed = [entry for entry, _ in sales if over.get(f"usage:{entry.event_id}")]
    for entry in passed:
        entry.flags = [*entry.flags, "over_limit"]
    if passed:
        table = table_of(UsageEvent)
        statement = update(table).where(table.c.event_id == bindparam("one")).values(flags=bindparam("noted"))
        session.execute(statement, [{"one": entry.event_id, "noted": entry.flags} for entry in passed])


def rewards_of(entry: Entry, code: str) -> int:
    """The money that a sale promised beside the discount of one promotion, in minor units."""
    rewards = entry.report.result.rewards
    return sum(each.amount or 0 for each in rewards if each.promotion == code and each.kind == "cashback")


def counted(till: Till, event: Row, applied: Row, reward: int) -> counters.Counted:
    """What was applied as limits count it, with a `reward` in minor units: never less than nothing for a sale."""
    return counters.Counted(
        promotion_code=applied["promotion_code"],
        source=f"usage:{event['event_id']}",
        basket_code=event["basket_code"],
        device_id=till.device_id,
        store_code=till.store_code,
        customer_code=event["customer_code"],
        business_date=event["business_date"],
        currency=event["currency"],
        redemptions=1,
        amount_minor=max(0, applied["discount_minor"] + reward),
        at=event["at"],
    )
