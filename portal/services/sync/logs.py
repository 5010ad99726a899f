"""What tills log: a numbered stream of its own, kept for a set number of days, searched by people. Source: sync.md, 4.

A till sends logs when no usage waits; here they take no lock for longer than a batch and count towards nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.config import Settings
from portal.models.catalogue import Store
from portal.models.device import Device, Stream
from portal.models.usage import TillLog
from portal.services.sync import batches, quarantine, sequences
from portal.services.sync.batches import Batch, Entry
from portal.services.sync.devices import Till
from portal.services.sync.events import LogReport, UploadAnswer, moment_of
from portal.services.sync.inserts import Row, among, insert_new

LEVELS = ("error", "warning", "info", "debug")
PIECE = 25
DELETED_AT_ONCE = 5_000


def upload(
    session: Session, till: Till, body: bytes | Sequence[Any], *, settings: Settings, now: datetime
) -> UploadAnswer:
    """Take a batch of log lines; one outcome each. Raises batches.Unreadable, and Invalid for more than 500."""
    with batches.collected_later():
        batch = batches.read(LogReport, till, body)
        highest = sequences.lock(session, till.device_id, Stream.LOGS)
        take(session, till, batch, now=now)
        return sequences.answer(session, till, Stream.LOGS, highest, batch)


def take(session: Session, till: Till, batch: Batch, *, now: datetime) -> None:
    """Write the lines of a batch and set their outcomes; a second content under a known id is kept in quarantine."""
    firsts, repeated = batches.told_apart(batch.entries)
    new = insert_new(session, TillLog, [_row(till, entry, now) for entry in firsts])
    known = [entry for entry in firsts if entry.event_id not in new] + repeated
    if known:
        ids = {entry.event_id for entry in known}
        found = session.execute(
            select(TillLog.event_id, TillLog.content_sha256).where(TillLog.event_id.in_(among(session, ids)))
        )
        batches.compare(known, {row.event_id: row.content_sha256 for row in found})
    kept = [
        quarantine.Kept(batch.raw(position), entry.reason or "", entry.seq, entry.event_id)
        for position, entry in enumerate(batch.entries)
        if entry.outcome in ("quarantined", "conflict")
    ]
    quarantine.keep_events(session, till, Stream.LOGS, kept, now)


def _row(till: Till, entry: Entry, now: datetime) -> Row:
    report: LogReport = entry.report
    return {
        "event_id": entry.event_id,
        "content_sha256": entry.sha256,
        "device_id": till.device_id,
        "device_seq": entry.seq,
        "level": report.level,
        "kind": report.kind,
        "at": moment_of(report.at),
        "promotion_code": report.promotion,
        "basket_code": report.basket,
        "message": report.message,
        "detail": report.detail,
        "received_at": now,
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for; an empty text asks for nothing. `stores` bounds who sees what: None is all of them."""

    words: str = ""
    level: str = ""
    kind: str = ""
    store: str = ""
    till: str = ""
    promotion: str = ""
    stores: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of what was found, newest first, and how many there are in all."""

    rows: Sequence[TillLog]
    total: int
    next: int

    @property
    def left(self) -> int:
        """How many come after this piece."""
        return self.total - self.next


def search(session: Session, wanted: Wanted, *, first: int = 0, most: int = PIECE) -> Found:
    """Log lines, newest first."""
    query = _narrowed(select(TillLog).join(Device).join(Store), wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = query.order_by(TillLog.at.desc(), TillLog.event_id.desc()).offset(first).limit(most)
    rows = session.scalars(order.options(joinedload(TillLog.device).joinedload(Device.store))).all()
    return Found(rows, total, first + len(rows))


def _narrowed(query: Select[TillLog], wanted: Wanted) -> Select[TillLog]:
    exact = {
        TillLog.level: wanted.level,
        TillLog.kind: wanted.kind,
        Store.code: wanted.store,
        Device.public_id: wanted.till,
        TillLog.promotion_code: wanted.promotion,
    }
    for column, value in exact.items():
        if value:
            query = query.where(column == value)
    if wanted.stores is not None:
        query = query.where(Store.code.in_(wanted.stores))
    for word in wanted.words.lower().split()[:8]:
        searched = (TillLog.message, TillLog.kind, TillLog.promotion_code, TillLog.basket_code)
        query = query.where(or_(*(func.lower(column).contains(word, autoescape=True) for column in searched)))
    return query


def kinds(session: Session) -> list[str]:
    """The kinds that tills have logged, in order, the first hundred."""
    return list(session.scalars(select(TillLog.kind).distinct().order_by(TillLog.kind).limit(100)))


def delete_old(session: Session, *, settings: Settings, now: datetime) -> int:
    """Delete at most DELETED_AT_ONCE lines that came longer than `keep_logs_days` ago; gives how many."""
    oldest = now - timedelta(days=settings.keep_logs_days)
    some = select(TillLog.event_id).where(TillLog.received_at < oldest).limit(DELETED_AT_ONCE)
    return len(session.execute(delete(TillLog).where(TillLog.event_id.in_(some)).returning(TillLog.event_id)).all())
