"""What tills sent that could not be taken as it stands: kept byte by byte, for a person. Source: sync.md, section 4."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.models.device import Stream
from portal.models.usage import Quarantined, QuarantineState
from portal.services.sync.devices import Till
from portal.services.sync.inserts import insert_missing

MOST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes to keep, why, and the number and id where they could be read."""

    raw: bytes
    reason: str
    seq: int | None = None
    event_id: str | None = None


def keep_events(session: Session, till: Till, stream: Stream, kept: Sequence[Kept], now: datetime) -> None:
    """Keep what can't be read; the same bytes of the same till once, however often they come."""
    rows = [
        {
            "device_id": till.device_id,
            "stream": stream,
            "device_seq": each.seq,
            "event_id": each.event_id,
            "raw": each.raw,
            "raw_sha256": hashlib.sha256(each.raw).hexdigest(),
            "reason": each.reason[:MOST_REASON],
            "received_at": now,
            "state": QuarantineState.WAITING,
        }
        for each in kept
    ]
    insert_missing(session, Quarantined, rows, ("device_id", "stream", "raw_sha256"))


def keep_body(session: Session, till: Till, stream: Stream, raw: bytes, reason: str, now: datetime) -> None:
    """Keep a body that is no batch of events at all. The till has its events still: it was answered 400."""
    keep_events(session, till, stream, [Kept(raw, reason)], now)
