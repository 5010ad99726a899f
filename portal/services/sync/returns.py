"""What voids and refunds give back, also when they came in before the sale that they name. Source: sync.md, 4."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from portal.models.usage import UsageApplied, UsageEvent, UsageKind
from portal.services.limits import refunds
from portal.services.limits.counters import Counted
from portal.services.sync.inserts import Row, among, insert_all


def give_back(session: Session, events: Sequence[Row]) -> list[Counted]:
    """What the new `events` (rows of usage_event) give back, for count_sales; rows for analytics are written.

    A new void or refund gives back what its sale used; for a new sale those that had come before it do. The sales are
    locked in the order of their ids, before any counter is.
    """
    sale_ids = {row["event_id"] for row in events if row["kind"] == UsageKind.SALE}
    named = {row["of_event_id"] for row in events if row["kind"] != UsageKind.SALE}
    if not (sale_ids or named):
        return []
    of_these = UsageEvent.of_event_id.in_(among(session, sale_ids | named))
    query = select(UsageEvent).where(of_these, UsageEvent.kind != UsageKind.SALE)
    by_sale: dict[str, list[UsageEvent]] = {}
    for event in session.scalars(query.order_by(UsageEvent.event_id).options(undefer(UsageEvent.body))):
        by_sale.setdefault(event.of_event_id or "", []).append(event)
    found: list[Counted] = []
    for sale_id in sorted(by_sale):
        sale = session.get(UsageEvent, sale_id, options=[undefer(UsageEvent.body)])
        if sale is not None and sale.kind == UsageKind.SALE:
            found += _of_sale(session, sale, by_sale[sale_id])
    return found


def _of_sale(session: Session, sale: UsageEvent, events: Sequence[UsageEvent]) -> list[Counted]:
    rows = refunds.give_back(session, sale, [refunds.refund_of(event) for event in events])
    if not rows:
        return []
    applied = select(UsageApplied.promotion_code, UsageApplied.revision).where(UsageApplied.event_id == sale.event_id)
    revisions = {row.promotion_code: row.revision for row in session.execute(applied)}
    by_source = {f"usage:{event.event_id}": event for event in events}
    given = [
        {
            "event_id": by_source[row.source].event_id,
            "promotion_code": row.promotion_code,
            "revision": revisions[row.promotion_code],
            "store_id": by_source[row.source].store_id,
            "business_date": by_source[row.source].business_date,
            "currency": row.currency,
            "redemptions": row.redemptions,
            "discount_minor": row.amount_minor,
        }
        for row in rows
        if row.redemptions or row.amount_minor
    ]
    insert_all(session, UsageApplied, given)
    return rows
