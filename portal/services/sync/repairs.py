"""What a person does about quarantine and conflicts: look, repair and replay, set aside, settle. Source: sync.md, 4."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import orjson
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, undefer

from portal.config import Settings
from portal.errors import Conflict, Invalid, NotFound
from portal.models.catalogue import Store
from portal.models.device import Device, Stream
from portal.models.usage import Quarantined, QuarantineState, UsageConflict, UsageEvent
from portal.services.sync import batches, logs, sequences, usage
from portal.services.sync.batches import Entry, Unreadable
from portal.services.sync.devices import Till
from portal.services.sync.events import LogReport, UsageReport

Row = TypeVar("Row")
PIECE = 25
MOST_NOTE = 200
Stores = Sequence[str] | None
"""The codes of the stores that a person may see; None is all of them."""


@dataclass(frozen=True, slots=True)
class Piece(Generic[Row]):
    """A piece of a list and how many there are in all."""

    rows: Sequence[Row]
    total: int
    next: int

    @property
    def left(self) -> int:
        """How many come after this piece."""
        return self.total - self.next


def quarantined(session: Session, *, waiting: bool, stores: Stores = None, first: int = 0) -> Piece[Quarantined]:
    """What is in quarantine, the newest first: what waits for a person, or what was dealt with."""
    query = select(Quarantined).join(Device).join(Store)
    state = Quarantined.state == QuarantineState.WAITING
    query = _of_stores(query.where(state if waiting else ~state), stores)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = query.order_by(Quarantined.received_at.desc(), Quarantined.id.desc()).offset(first).limit(PIECE)
    rows = session.scalars(order.options(joinedload(Quarantined.device).joinedload(Device.store))).all()
    return Piece(rows, total, first + len(rows))


def one(session: Session, id: int, *, stores: Stores = None) -> Quarantined:
    """One of them with its bytes. Raises NotFound."""
    query = select(Quarantined).join(Device).join(Store).where(Quarantined.id == id)
    row = session.scalar(_of_stores(query, stores).options(undefer(Quarantined.raw)))
    if row is None:
        raise NotFound("There is no such entry in the quarantine.")
    return row


def repair(session: Session, id: int, text: str, *, by: int | None, settings: Settings, now: datetime) -> Entry:
    """Read the mended text as an upload would, and count it; the entry is repaired then.

    Raises Invalid for a text that still can't be read, or that is another event than the one that was kept; Conflict
    when somebody has dealt with the entry.
    """
    row = _waiting(session, id)
    till = till_of(session, row.device_id)
    stream = Stream(row.stream)
    highest = sequences.lock(session, till.device_id, stream)
    batch = batches.read(UsageReport if stream == Stream.USAGE else LogReport, till, [_value_of(text)])
    (entry,) = batch.entries
    if entry.outcome == "quarantined":
        raise Invalid({"text": entry.reason or "can't be read"})
    _keeps(row, entry)
    if stream == Stream.USAGE:
        usage.take(session, till, batch, settings=settings, now=now)
    else:
        logs.take(session, till, batch, now=now)
    if entry.outcome == "conflict":
        raise Invalid({"text": "has the event_id of another event that is known; an id stands for one event"})
    sequences.answer(session, till, stream, highest, batch)
    _resolve(row, QuarantineState.REPAIRED, "", by, now)
    return entry


def set_aside(session: Session, id: int, note: str, *, by: int | None, now: datetime) -> None:
    """Say that nothing is to be done, and why. The bytes stay. Raises Invalid, and Conflict when resolved."""
    row = _waiting(session, id)
    _resolve(row, QuarantineState.SET_ASIDE, note_of(note), by, now)


def note_of(text: str) -> str:
    """A note of a person. Raises Invalid for an empty or long one."""
    note = text.strip()
    if not note or len(note) > MOST_NOTE:
        raise Invalid({"note": f"needs 1 to {MOST_NOTE} letters that say why"})
    return note


def till_of(session: Session, device_id: int) -> Till:
    """The till of a device, as if it were asking."""
    both = select(Device, Store).join(Store, Store.id == Device.store_id).where(Device.id == device_id)
    device, store = session.execute(both).one()
    scopes = frozenset(device.scopes)
    return Till(device.id, device.public_id, store.id, store.code, store.currency, scopes, is_suspended=False)


def _value_of(text: str) -> object:
    try:
        return batches.parse(text.encode())
    except (Unreadable, UnicodeEncodeError) as error:
        raise Invalid({"text": f"is not JSON: {error}"}) from None


def _keeps(row: Quarantined, entry: Entry) -> None:
    """A repair mends an event, it does not make another one of it."""
    if row.device_seq not in (None, entry.seq):
        raise Invalid({"text": f"has device_seq {entry.seq}; keep {row.device_seq}, the number that the till gave it"})
    if row.event_id not in (None, entry.event_id) and _is_an_id(row.event_id or ""):
        raise Invalid({"text": f"has event_id {entry.event_id}; keep {row.event_id}, the id that the till gave it"})


def _is_an_id(text: str) -> bool:
    return all(letter in "0123456789abcdef-" for letter in text)


def _waiting(session: Session, id: int) -> Quarantined:
    row = session.scalar(select(Quarantined).where(Quarantined.id == id).with_for_update())
    if row is None:
        raise NotFound("There is no such entry in the quarantine.")
    if row.state != QuarantineState.WAITING:
        raise Conflict("Somebody has dealt with this entry already.")
    return row


def _resolve(row: Quarantined, state: QuarantineState, note: str, by: int | None, now: datetime) -> None:
    row.state, row.note, row.resolved_by_id, row.resolved_at = state, note, by, now


@dataclass(frozen=True, slots=True)
class Sides:
    """A conflict with both contents as JSON text of several lines, and who reported which."""

    conflict: UsageConflict
    first: UsageEvent
    first_till: Device
    first_text: str
    second_text: str


def conflicts(session: Session, *, open: bool, stores: Stores = None, first: int = 0) -> Piece[UsageConflict]:
    """Second contents, the newest first: those that nobody has settled, or the others."""
    query = select(UsageConflict).join(Device).join(Store)
    unsettled = UsageConflict.resolved_at.is_(None)
    query = _of_stores(query.where(unsettled if open else ~unsettled), stores)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = query.order_by(UsageConflict.received_at.desc(), UsageConflict.id.desc()).offset(first).limit(PIECE)
    rows = session.scalars(order.options(joinedload(UsageConflict.device).joinedload(Device.store))).all()
    return Piece(rows, total, first + len(rows))


def sides(session: Session, id: int, *, stores: Stores = None) -> Sides:
    """One conflict with both contents. Raises NotFound."""
    query = select(UsageConflict).join(Device).join(Store).where(UsageConflict.id == id)
    row = session.scalar(_of_stores(query, stores).options(undefer(UsageConflict.body)))
    if row is None:
        raise NotFound("There is no such conflict.")
    first = session.get_one(UsageEvent, row.event_id, options=[undefer(UsageEvent.body)])
    till = session.get_one(Device, first.device_id)
    return Sides(row, first, till, pretty(first.body), pretty(row.body))


def settle(session: Session, id: int, note: str, *, by: int | None, now: datetime) -> None:
    """Say what was found out about a conflict. The first content stays the one that counts."""
    row = session.scalar(select(UsageConflict).where(UsageConflict.id == id).with_for_update())
    if row is None:
        raise NotFound("There is no such conflict.")
    if row.resolved_at is not None:
        raise Conflict("Somebody has settled this conflict already.")
    row.note, row.resolved_by_id, row.resolved_at = note_of(note), by, now


def pretty(text: str | bytes) -> str:
    """JSON in several lines for people; what is no JSON as it is, with a mark for each byte that is no letter."""
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except (ValueError, TypeError):
        return text if isinstance(text, str) else text.decode(errors="replace")


def _of_stores(query: Select[Row], stores: Stores) -> Select[Row]:
    return query if stores is None else query.where(Store.code.in_(stores))
