"""Which numbers of a till's stream have arrived: the highest, and the gaps below it as intervals. Source: sync.md, 4.

Of a stream only its gaps are kept, so a till that never loses anything costs no row. Whoever advances a stream holds
the lock of the device's row.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.orm import Session

from portal.models.device import Device, DeviceGap, Stream
from portal.services.sync.batches import Batch
from portal.services.sync.devices import Till
from portal.services.sync.events import MOST_RANGES, SeqRange, UploadAnswer

Gap = tuple[int, int]

HIGHEST = {Stream.USAGE: Device.usage_highest_seq, Stream.LOGS: Device.log_highest_seq}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream stands: all up to `ack_through` has arrived; `missing` are the lowest gaps, some `more` maybe."""

    ack_through: int
    missing: list[SeqRange]
    more: bool


def lock(session: Session, device_id: int, stream: Stream) -> int:
    """The highest number of the stream, under the device's lock: uploads of one till follow each other."""
    found = session.execute(select(HIGHEST[stream]).where(Device.id == device_id).with_for_update())
    return int(found.scalar_one())


def advance(session: Session, device_id: int, stream: Stream, highest: int, seqs: Iterable[int]) -> int:
    """Note that `seqs` have arrived; gives the new highest number."""
    numbers = sorted(set(seqs))
    if not numbers:
        return highest
    touched = _gaps_between(session, device_id, stream, numbers[0], numbers[-1]) if numbers[0] < highest else []
    higher, gaps = advanced(highest, touched, numbers)
    _write(session, device_id, stream, set(touched), set(gaps))
    if higher != highest:
        session.execute(update(Device).where(Device.id == device_id).values({HIGHEST[stream].key: higher}))
    return higher


def advanced(highest: int, gaps: Sequence[Gap], numbers: Sequence[int]) -> tuple[int, list[Gap]]:
    """The highest number and the gaps once `numbers` (ascending, from 1) have arrived as well; `gaps` ascend."""
    left = list(gaps)
    for number in numbers:
        if number > highest:
            if number > highest + 1:
                left.append((highest + 1, number - 1))
            highest = number
            continue
        place = bisect_right(left, (number, number)) - 1
        # The gap may begin at this very number, or before it.
        if place + 1 < len(left) and left[place + 1][0] == number:
            place += 1
        if place < 0 or not left[place][0] <= number <= left[place][1]:
            continue
        first, last = left[place]
        left[place : place + 1] = [gap for gap in ((first, number - 1), (number + 1, last)) if gap[0] <= gap[1]]
    return highest, left


def position(session: Session, device_id: int, stream: Stream, highest: int) -> Position:
    """Where the stream stands, with at most MOST_RANGES gaps."""
    found = session.execute(
        select(DeviceGap.first_seq, DeviceGap.last_seq)
        .where(DeviceGap.device_id == device_id, DeviceGap.stream == stream)
        .order_by(DeviceGap.first_seq)
        .limit(MOST_RANGES + 1)
    ).all()
    ack_through = found[0][0] - 1 if found else highest
    ranges = [SeqRange(first=first, last=last) for first, last in found[:MOST_RANGES]]
    return Position(ack_through, ranges, len(found) > MOST_RANGES)


def answer(session: Session, till: Till, stream: Stream, highest: int, batch: Batch) -> UploadAnswer:
    """Note the numbers of a batch that was taken, and word the answer to it."""
    seqs = [entry.seq for entry in batch.entries if entry.seq is not None]
    highest = advance(session, till.device_id, stream, highest, seqs)
    place = position(session, till.device_id, stream, highest)
    return UploadAnswer.model_construct(
        outcomes=[entry.answer() for entry in batch.entries],
        ack_through_seq=place.ack_through,
        missing=place.missing,
        more_missing=place.more,
    )


def _gaps_between(session: Session, device_id: int, stream: Stream, first: int, last: int) -> list[Gap]:
    found = session.execute(
        select(DeviceGap.first_seq, DeviceGap.last_seq)
        .where(
            DeviceGap.device_id == device_id,
            DeviceGap.stream == stream,
            DeviceGap.first_seq <= last,
            DeviceGap.last_seq >= first,
        )
        .order_by(DeviceGap.first_seq)
    )
    return [(low, high) for low, high in found]


def _write(session: Session, device_id: int, stream: Stream, before: set[Gap], after: set[Gap]) -> None:
    mine = and_(DeviceGap.device_id == device_id, DeviceGap.stream == stream)
    if gone := sorted(first for first, _ in before - after):
        session.execute(delete(DeviceGap).where(mine, DeviceGap.first_seq.in_(gone)))
    if new := sorted(after - before):
        head = {"device_id": device_id, "stream": stream}
        session.execute(insert(DeviceGap), [{**head, "first_seq": first, "last_seq": last} for first, last in new])
