"""The no-loss equation: what tills have numbered is all accounted for, by the rows themselves. Source: sync.md, 4.

For each till: highest = accepted + conflict + quarantined + missing. The left side is the mark in the till's row, the
right side is counted from the rows of the events and from the kept gaps; neither is made from the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.models.catalogue import Store
from portal.models.device import Device, DeviceGap, Stream
from portal.models.usage import Quarantined, UsageConflict, UsageEvent


@dataclass(frozen=True, slots=True)
class Equation:
    """One till's stream of usage in numbers. A number counts once: accepted before conflict before quarantined.

    `contradicted` are numbers that have arrived and stand in a gap, or above the highest: there are none of them.
    """

    device_id: int
    public_id: str
    till: str
    store_code: str
    store_name: str
    highest: int
    accepted: int
    conflict: int
    quarantined: int
    missing: int
    contradicted: int

    @property
    def accounted(self) -> int:
        """The right side."""
        return self.accepted + self.conflict + self.quarantined + self.missing

    @property
    def holds(self) -> bool:
        """True when nothing is lost."""
        return self.highest == self.accounted and not self.contradicted


@dataclass(frozen=True, slots=True)
class Sum:
    """The equation of all tills together; `broken` are the tills for which it does not hold."""

    tills: int
    highest: int
    accepted: int
    conflict: int
    quarantined: int
    missing: int
    broken: Sequence[Equation]


def check(session: Session, *, stores: Sequence[str] | None = None) -> list[Equation]:
    """The equation of each till that has reported anything, by store and name; `stores` (codes) bounds them."""
    accepted = _numbers(session, UsageEvent)
    conflict = _numbers(session, UsageConflict, _none_in(UsageEvent, UsageConflict))
    kept = and_(
        Quarantined.stream == Stream.USAGE,
        Quarantined.device_seq.is_not(None),
        _none_in(UsageEvent, Quarantined),
        _none_in(UsageConflict, Quarantined),
    )
    quarantined = _numbers(session, Quarantined, kept)
    missing = _missing(session)
    contradicted = _contradicted(session)
    query = select(Device, Store).join(Store, Store.id == Device.store_id).order_by(Store.code, Device.name, Device.id)
    if stores is not None:
        query = query.where(Store.code.in_(stores))
    rows = session.execute(query).all()
    return [
        Equation(
            device_id=device.id,
            public_id=device.public_id,
            till=device.name,
            store_code=store.code,
            store_name=store.name,
            highest=device.usage_highest_seq,
            accepted=accepted.get(device.id, 0),
            conflict=conflict.get(device.id, 0),
            quarantined=quarantined.get(device.id, 0),
            missing=missing.get(device.id, 0),
            contradicted=contradicted.get(device.id, 0),
        )
        for device, store in rows
        if device.usage_highest_seq or device.id in accepted.keys() | conflict.keys() | quarantined.keys()
    ]


def summed(equations: Sequence[Equation]) -> Sum:
    """All tills in one line."""
    return Sum(
        tills=len(equations),
        highest=sum(each.highest for each in equations),
        accepted=sum(each.accepted for each in equations),
        conflict=sum(each.conflict for each in equations),
        quarantined=sum(each.quarantined for each in equations),
        missing=sum(each.missing for each in equations),
        broken=[each for each in equations if not each.holds],
    )


def _numbers(session: Session, model: Any, condition: ColumnElement[bool] | None = None) -> dict[int, int]:
    """By device, how many different numbers the rows have."""
    query = select(model.device_id, func.count(func.distinct(model.device_seq))).group_by(model.device_id)
    return _by_device(session, query if condition is None else query.where(condition))


def _none_in(model: Any, outer: Any) -> ColumnElement[bool]:
    """True where no row of `model` has the number of the row of `outer`."""
    other = aliased(model)
    return ~exists().where(other.device_id == outer.device_id, other.device_seq == outer.device_seq)


def _missing(session: Session) -> dict[int, int]:
    length = func.sum(DeviceGap.last_seq - DeviceGap.first_seq + 1)
    gaps = select(DeviceGap.device_id, length).where(DeviceGap.stream == Stream.USAGE)
    return _by_device(session, gaps.group_by(DeviceGap.device_id))


def _contradicted(session: Session) -> dict[int, int]:
    in_a_gap = and_(
        DeviceGap.device_id == UsageEvent.device_id,
        DeviceGap.stream == Stream.USAGE,
        UsageEvent.device_seq.between(DeviceGap.first_seq, DeviceGap.last_seq),
    )
    numbers = func.count(func.distinct(UsageEvent.device_seq))
    inside = select(UsageEvent.device_id, numbers).join(DeviceGap, in_a_gap).group_by(UsageEvent.device_id)
    above = (
        select(UsageEvent.device_id, numbers)
        .join(Device, Device.id == UsageEvent.device_id)
        .where(UsageEvent.device_seq > Device.usage_highest_seq)
        .group_by(UsageEvent.device_id)
    )
    found = _by_device(session, inside)
    for device, number in _by_device(session, above).items():
        found[device] = found.get(device, 0) + number
    return found


def _by_device(session: Session, query: Select[int, int]) -> dict[int, int]:
    return {device: int(number) for device, number in session.execute(query)}
