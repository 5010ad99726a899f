"""The list of sales that the server prices otherwise, with both results, for a person. Source: sync.md, section 4."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.errors import Conflict, NotFound
from portal.models.catalogue import Store
from portal.models.device import Device
from portal.models.usage import PriceDifference, UsageEvent
from portal.services.sync.repairs import PIECE, Piece, Stores, note_of
from portal.services.sync.repricing import REASON

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same line or promotion on both sides; None where one side does not have it."""

    name: str
    reported: Values | None
    priced: Values | None

    @property
    def differs(self) -> bool:
        """True when the sides do not agree on the amounts that both give."""
        names = ("gross", "discount", "net", "times", "revision")
        mine, other = self.reported, self.priced
        if mine is None or other is None:
            return True
        return any(mine.get(name) != other.get(name) for name in names if mine.get(name) is not None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One difference: both results in pairs. `reason` is there when the server could not price the basket."""

    row: PriceDifference
    event: UsageEvent
    till: Device
    store: Store
    lines: Sequence[Pair]
    applied: Sequence[Pair]
    reason: str | None


def listed(session: Session, *, open: bool, stores: Stores = None, first: int = 0) -> Piece[PriceDifference]:
    """Differences, the newest first: those that nobody has settled, or the others."""
    query = select(PriceDifference).join(UsageEvent).join(Store, Store.id == UsageEvent.store_id)
    unsettled = PriceDifference.settled_at.is_(None)
    query = query.where(unsettled if open else ~unsettled)
    if stores is not None:
        query = query.where(Store.code.in_(stores))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = query.order_by(PriceDifference.found_at.desc(), PriceDifference.event_id).offset(first).limit(PIECE)
    rows = session.scalars(order.options(joinedload(PriceDifference.event))).all()
    return Piece(rows, total, first + len(rows))


def one(session: Session, event_id: str, *, stores: Stores = None) -> Comparison:
    """One difference, both sides beside each other. Raises NotFound."""
    query = (
        select(PriceDifference, UsageEvent, Device, Store)
        .join(UsageEvent, UsageEvent.event_id == PriceDifference.event_id)
        .join(Device, Device.id == UsageEvent.device_id)
        .join(Store, Store.id == UsageEvent.store_id)
        .where(PriceDifference.event_id == event_id)
    )
    if stores is not None:
        query = query.where(Store.code.in_(stores))
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such price difference.")
    row, event, till, store = found
    reason = row.priced.get(REASON)
    lines = _pairs(row.reported.get("lines", []), row.priced.get("lines", []), "id")
    applied = _pairs(row.reported.get("applied", []), row.priced.get("applied", []), "promotion")
    return Comparison(row, event, till, store, lines, applied, reason)


def settle(session: Session, event_id: str, note: str, *, by: int | None, now: datetime) -> None:
    """Say what was found out. Raises Invalid without a note, Conflict when somebody was faster."""
    row = session.scalar(select(PriceDifference).where(PriceDifference.event_id == event_id).with_for_update())
    if row is None:
        raise NotFound("There is no such price difference.")
    if row.settled_at is not None:
        raise Conflict("Somebody has settled this difference already.")
    row.note, row.settled_by_id, row.settled_at = note_of(note), by, now


def _pairs(reported: Sequence[Values], priced: Sequence[Values], key: str) -> list[Pair]:
    mine = {str(each[key]): each for each in reported}
    others = {str(each[key]): each for each in priced}
    return [Pair(name, mine.get(name), others.get(name)) for name in [*mine, *(others.keys() - mine.keys())]]
