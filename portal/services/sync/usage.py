"""Usage as tills report it: each closed sale kept once and for ever, whatever is wrong with it. Source: sync.md, 4.

A fact about a closed sale is never refused. What can't be read goes to quarantine, a second content under a known id
beside the first one; limits that are passed are flagged. All of it happens in the caller's transaction, and the till
hears of it after the commit.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.device import Device, Stream
from portal.models.promotion import Promotion
from portal.models.usage import Pricing, UsageConflict, UsageEvent
from portal.services import business_day
from portal.services.sync import batches, counting, quarantine, sequences
from portal.services.sync.batches import Batch, Entry
from portal.services.sync.devices import Till
from portal.services.sync.events import Result, UploadAnswer, UsageReport, moment_of
from portal.services.sync.inserts import Row, among, insert_missing, insert_new

MOST_SKEW = timedelta(minutes=5)
"""How far ahead a till's clock may be before its events are flagged."""


def upload(
    session: Session, till: Till, body: bytes | Sequence[Any], *, settings: Settings, now: datetime
) -> UploadAnswer:
    """Take a batch; one outcome for each event. Raises batches.Unreadable, and Invalid for more than 500 events."""
    with batches.collected_later():
        batch = batches.read(UsageReport, till, body)
        highest = sequences.lock(session, till.device_id, Stream.USAGE)
        take(session, till, batch, settings=settings, now=now)
        session.execute(update(Device).where(Device.id == till.device_id).values(last_upload_at=now))
        return sequences.answer(session, till, Stream.USAGE, highest, batch)


def take(session: Session, till: Till, batch: Batch, *, settings: Settings, now: datetime) -> None:
    """Write the entries of a batch and set their outcomes; the caller holds the device's lock and counts numbers."""
    firsts, repeated = batches.told_apart(batch.entries)
    rows = _rows(session, till, firsts, settings, now)
    new = insert_new(session, UsageEvent, rows)
    known = [entry for entry in firsts if entry.event_id not in new] + repeated
    _compare(session, till, known, now)
    accepted = [(entry, row) for entry, row in zip(firsts, rows, strict=True) if entry.event_id in new]
    counting.count(session, till, accepted)
    unread = [
        quarantine.Kept(batch.raw(position), entry.reason or "", entry.seq, entry.event_id)
        for position, entry in enumerate(batch.entries)
        if entry.report is None
    ]
    quarantine.keep_events(session, till, Stream.USAGE, unread, now)


def _rows(session: Session, till: Till, entries: Sequence[Entry], settings: Settings, now: datetime) -> list[Row]:
    """The entries as rows of usage_event; notes the flags that can be told without the limits."""
    unknown = _unknown(session, entries)
    oldest, newest = now - timedelta(hours=settings.offline_grace_hours), now + MOST_SKEW
    rows = []
    for entry in entries:
        report: UsageReport = entry.report
        at = moment_of(report.at)
        noticed = (
            ("late", at < oldest),
            ("clock_skew", at > newest),
            ("unknown_promotion", bool(unknown) and any(each.promotion in unknown for each in report.result.applied)),
            ("price_mismatch", contradicts(report.result)),
        )
        entry.flags = [flag for flag, is_so in noticed if is_so]
        day = business_day.business_date(at, zone=settings.chain_timezone, starts_at=settings.day_starts_at)
        rows.append(_row(till, entry, report) | {"at": at, "business_date": day, "received_at": now})
    return rows


def _row(till: Till, entry: Entry, report: UsageReport) -> Row:
    """The row of an entry but for its moments."""
    basket, result = report.basket, report.result
    return {
        "event_id": entry.event_id,
        "content_sha256": entry.sha256,
        "device_id": till.device_id,
        "device_seq": entry.seq,
        "store_id": till.store_id,
        "kind": report.kind,
        "basket_code": basket.id,
        "of_event_id": report.of,
        "customer_code": report.customer,
        "bundle_version": report.bundle_version,
        "local_at": report.at,
        "currency": basket.currency,
        "subtotal_minor": result.subtotal,
        "discount_minor": result.discount,
        "total_minor": result.total,
        "flags": entry.flags,
        "pricing": Pricing.PENDING if report.kind == "sale" else Pricing.NOT_PRICED,
        "body": entry.body,
    }


def _unknown(session: Session, entries: Iterable[Entry]) -> set[str]:
    """The codes among what was applied that no promotion of the portal has."""
    codes = {each.promotion for entry in entries for each in entry.report.result.applied}
    if not codes:
        return set()
    return codes - set(session.scalars(select(Promotion.code).where(Promotion.code.in_(codes))))


def contradicts(result: Result) -> bool:
    """True when the numbers of a result do not fit each other."""
    lines = result.lines
    return (
        result.subtotal - result.discount != result.total
        or sum([line.gross for line in lines]) != result.subtotal
        or sum([line.discount for line in lines]) != result.discount
        or any(line.gross - line.discount != line.net for line in lines)
    )


def _compare(session: Session, till: Till, entries: Sequence[Entry], now: datetime) -> None:
    """Set duplicate or conflict for entries whose id is known; a conflict's content is kept once."""
    if not entries:
        return
    ids = {entry.event_id for entry in entries}
    found = session.execute(
        select(UsageEvent.event_id, UsageEvent.content_sha256).where(UsageEvent.event_id.in_(among(session, ids)))
    )
    known = {row.event_id: row.content_sha256 for row in found}
    conflicts = batches.compare(entries, known)
    rows = [
        {
            "event_id": entry.event_id,
            "content_sha256": entry.sha256,
            "device_id": till.device_id,
            "device_seq": entry.seq,
            "received_at": now,
            "body": entry.body,
        }
        for entry in conflicts
    ]
    insert_missing(session, UsageConflict, rows, ("event_id", "content_sha256"))
