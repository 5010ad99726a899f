"""What returned goods are worth, and what a refund gives back to the limits of promotions. Source: sync.md, 4.

Shares are cumulative: what all units returned so far are worth, rounded down, less what those before were worth. So
any sequence of partial refunds comes to exactly what was paid once all is returned, and never to more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.catalogue import Store
from portal.models.limits import LimitEntry
from portal.models.promotion import Promotion, PromotionRevision
from portal.models.usage import UsageApplied, UsageEvent, UsageKind
from portal.services.limits.counters import Counted, of_definition

Returned = Mapping[str, int]
"""By id of the sale's line, how many units came back."""


def part(amount: int, quantity: int, before: int, now: int) -> int:
    """The share of `amount` (for `quantity` >= 1 units) of `now` returned units, when `before` had been returned.

    Units beyond `quantity` are worth nothing. The shares of any sequence sum to `amount` when all is returned.
    """
    first, last = min(max(before, 0), quantity), min(max(before, 0) + max(now, 0), quantity)
    return amount * last // quantity - amount * first // quantity


def worth(sale: Mapping[str, Any], before: Returned, now: Returned) -> dict[str, int]:
    """By line, what the units that come back `now` were paid with, in minor units; `sale` is the event's body."""
    nets = {line["id"]: line["net"] for line in sale["result"]["lines"]}
    units = quantities(sale)
    return {
        id: part(nets[id], units[id], before.get(id, 0), number)
        for id, number in now.items()
        if id in nets and units.get(id)
    }


def quantities(event: Mapping[str, Any]) -> dict[str, int]:
    """By line of an event's basket, its units."""
    found: dict[str, int] = {}
    for line in event["basket"]["lines"]:
        found[line["id"]] = found.get(line["id"], 0) + line["quantity"]
    return found


@dataclass(frozen=True, slots=True)
class Refund:
    """A void or refund event: `lines` are None for a void, which takes all back."""

    event_id: str
    at: datetime
    lines: Returned | None


def refund_of(event: UsageEvent) -> Refund:
    """The void or refund of an event that is kept."""
    lines = None if event.kind == UsageKind.VOID else quantities(orjson.loads(event.body))
    return Refund(event.event_id, event.at, lines)


def give_back(session: Session, sale: UsageEvent, refunds: Iterable[Refund]) -> list[Counted]:
    """What refunds of one sale give back, as rows for count_sales; a row of zeros where a policy keeps it.

    Those in the ledger already give nothing again. The sale is locked first: two refunds of one sale follow each other.
    By `on_refund`: restore gives back, keep does not, restore_if_valid does while the promotion has not ended at the
    moment of the refund. The budget comes back in proportion, the redemption when every unit of the lines that the
    promotion discounted is back (of one that discounts no line: every unit of the basket).
    """
    session.execute(select(UsageEvent.event_id).where(UsageEvent.event_id == sale.event_id).with_for_update())
    applied = list(session.scalars(select(UsageApplied).where(UsageApplied.event_id == sale.event_id)))
    if not applied:
        return []
    body = orjson.loads(sale.body)
    policies = _policies(session, [each.promotion_code for each in applied])
    store_code = session.scalars(select(Store.code).where(Store.id == sale.store_id)).one()
    done, before = _done(session, sale, body)
    rows = []
    for refund in refunds:
        if refund.event_id in done:
            continue
        now = _capped(quantities(body) if refund.lines is None else refund.lines, before, quantities(body))
        for each in applied:
            share = shares_of(body, each.promotion_code)
            count, minor = share.back(before, now)
            if not _gives(policies.get(each.promotion_code), refund.at):
                count = minor = 0
            rows.append(_row(sale, each, refund, store_code, count, minor))
        done.add(refund.event_id)
        before = {id: before.get(id, 0) + now.get(id, 0) for id in {*before, *now}}
    return rows


def _capped(now: Returned, before: Returned, units: Returned) -> dict[str, int]:
    """No more of each line than was sold and is not back yet."""
    left = {id: units.get(id, 0) - before.get(id, 0) for id in now}
    return {id: min(number, left[id]) for id, number in now.items() if left[id] > 0}


@dataclass(frozen=True, slots=True)
class Share:
    """What a promotion gave: by line (amount, units), or one amount over all units of the basket."""

    lines: Mapping[str, tuple[int, int]]
    spread: int
    units: Mapping[str, int]

    def back(self, before: Returned, now: Returned) -> tuple[int, int]:
        """(redemptions, minor units) that come back with the units of `now`."""
        places = self.lines or {id: (0, number) for id, number in self.units.items()}
        minor = sum(part(amount, units, before.get(id, 0), now.get(id, 0)) for id, (amount, units) in places.items())
        if self.spread:
            all_units = sum(self.units.values())
            minor += part(self.spread, all_units, sum(before.values()), sum(now.values()))
        was = all(before.get(id, 0) >= units for id, (_, units) in places.items())
        is_now = all(before.get(id, 0) + now.get(id, 0) >= units for id, (_, units) in places.items())
        return int(is_now and not was), minor


def shares_of(sale: Mapping[str, Any], code: str) -> Share:
    """What the sale's result says that the promotion gave, line by line and as rewards."""
    units = {id: number for id, number in quantities(sale).items() if number > 0}
    lines: dict[str, tuple[int, int]] = {}
    for line in sale["result"]["lines"]:
        given = sum(each["amount"] for each in line.get("adjustments") or [] if each["promotion"] == code)
        if given and line["id"] in units:
            lines[line["id"]] = (given, units[line["id"]])
    result = sale["result"]
    total = sum(each["discount"] for each in result["applied"] if each["promotion"] == code)
    rewards = [each for each in result.get("rewards") or [] if each["promotion"] == code]
    total += sum(each.get("amount") or 0 for each in rewards if each.get("kind") == "cashback")
    return Share(lines, max(0, total - sum(amount for amount, _ in lines.values())), units)


def _done(session: Session, sale: UsageEvent, body: Mapping[str, Any]) -> tuple[set[str], dict[str, int]]:
    """The refunds of this sale that were counted, and what came back with them, by line."""
    events = session.scalars(
        select(UsageEvent)
        .where(
            UsageEvent.of_event_id == sale.event_id,
            select(LimitEntry.id)
            .where(
                LimitEntry.promotion_code.in_(
                    select(UsageApplied.promotion_code).where(UsageApplied.event_id == sale.event_id)
                ),
                LimitEntry.source == "usage:" + UsageEvent.event_id,
            )
            .exists(),
        )
        .execution_options(populate_existing=True)
    )
    units, back, done = quantities(body), dict[str, int](), set[str]()
    for event in events:
        lines = refund_of(event).lines
        for id, number in (units if lines is None else lines).items():
            if id in units:
                back[id] = min(units[id], back.get(id, 0) + number)
        done.add(event.event_id)
    return done, back


@dataclass(frozen=True, slots=True)
class _Policy:
    on_refund: str
    ends: tuple[datetime | None, datetime | None]


def _policies(session: Session, codes: Sequence[str]) -> dict[str, _Policy]:
    """Of promotions in whatever state: their published revision's policy, and when they end or were ended."""
    rows = session.execute(
        select(Promotion.code, PromotionRevision.document, Promotion.ends_at, Promotion.ended_at)
        .join(
            PromotionRevision,
            (PromotionRevision.promotion_id == Promotion.id) & (PromotionRevision.number == Promotion.published_number),
        )
        .where(Promotion.code.in_(codes))
    )
    return {
        code: _Policy(of_definition(document).on_refund, (ends_at, ended_at))
        for code, document, ends_at, ended_at in rows
    }


def _gives(policy: _Policy | None, at: datetime) -> bool:
    if policy is None or policy.on_refund == "restore":
        return True
    return policy.on_refund == "restore_if_valid" and all(end is None or at < end for end in policy.ends)


def _row(sale: UsageEvent, applied: UsageApplied, refund: Refund, store_code: str, count: int, minor: int) -> Counted:
    """The sale's own store, day and customer: there it was counted."""
    return Counted(
        promotion_code=applied.promotion_code,
        source=f"usage:{refund.event_id}",
        basket_code=sale.basket_code,
        device_id=sale.device_id,
        store_code=store_code,
        customer_code=sale.customer_code,
        business_date=sale.business_date,
        currency=sale.currency,
        redemptions=-count,
        amount_minor=-minor,
        at=refund.at,
    )


def waiting(session: Session, most: int = 500) -> list[tuple[str, str]]:
    """(sale, refund) of refunds that give back and have not: they came in before their sale, say."""
    refund, sale = UsageEvent.__table__.alias("refund"), UsageEvent.__table__.alias("sale")
    entered = select(LimitEntry.id).where(
        LimitEntry.promotion_code == UsageApplied.promotion_code, LimitEntry.source == "usage:" + refund.c.event_id
    )
    query = (
        select(sale.c.event_id, refund.c.event_id)
        .join(refund, refund.c.of_event_id == sale.c.event_id)
        .join(UsageApplied, UsageApplied.event_id == sale.c.event_id)
        .where(refund.c.kind != UsageKind.SALE, sale.c.kind == UsageKind.SALE, ~entered.exists())
        .distinct()
        .order_by(sale.c.event_id, refund.c.event_id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def give_back_waiting(session: Session, most: int = 500) -> list[Counted]:
    """The rows of up to `most` refunds that wait, for count_sales."""
    by_sale: dict[str, list[str]] = {}
    for sale_id, refund_id in waiting(session, most):
        by_sale.setdefault(sale_id, []).append(refund_id)
    rows: list[Counted] = []
    for sale_id, refund_ids in by_sale.items():
        sale = session.get_one(UsageEvent, sale_id)
        events = session.scalars(
            select(UsageEvent).where(UsageEvent.event_id.in_(refund_ids)).order_by(UsageEvent.event_id)
        )
        rows += give_back(session, sale, [refund_of(event) for event in events])
    return rows
