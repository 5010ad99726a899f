"""The leases of a till: what it may still spend of promotions while it is alone. Source: sync.md, sections 2 and 6.

What a till was promised and did not report is reserved in the counters, so no limit is passed, whatever is lost,
repeated or late, as long as the till does four things:

- it spends, beyond the sales up to `counted_through_seq`, no more than `count` and `amount`, and nothing after `until`;
- it ignores a document with an earlier `issued_at` than the one it holds;
- it takes a document only when its sales beyond `counted_through_seq` fit into it; else it keeps the old one, and its
  ETag, and reports first;
- it sends as If-None-Match the ETag of the document that it holds: that is the proof by which a larger promise, which
  a lost answer may not have replaced, is taken back.

A till that is never heard of again keeps its promise for as long as it may work offline, and an hour (expiring.py).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Table, func, select, tuple_
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.device import Device, DeviceGap, Stream
from portal.models.limits import Dimension, LeaseDocument, LimitLease
from portal.services import business_day, publications
from portal.services.limits import slices, taking
from portal.services.limits.counters import Limits, limits_of
from portal.services.limits.taking import Key, change_reserved, keys_of, promised, take
from portal.services.sync import keys
from portal.services.sync.devices import Till

LEASED = "leased"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question of one till."""

    session: Session
    till: Till
    settings: Settings
    now: datetime
    day: date
    shares: slices.Shares
    used: Mapping[Key, tuple[int, int]]


def document(
    session: Session, till: Till, *, settings: Settings, now: datetime, if_none_match: str | None
) -> tuple[bytes, str]:
    """The till's leases as bytes to be signed, and their ETag; the same ones until something in them changes.

    Writes: call it within transaction().
    """
    # First: a number that is older than what the leases say only makes the till more careful.
    through = _counted_through(session, till.device_id)
    kept = _kept(session, till, now)
    leases = _locked(session, till)
    wanted = _wanted(session, till)
    asked = _ask(session, till, settings, now, [*wanted, *leases])
    held = (if_none_match or "").removeprefix("W/").strip('"')
    lines = []
    for code in sorted({*wanted, *leases}):
        lease = leases.get(code)
        if lease is not None:
            _take_back(asked, lease, is_held=bool(held) and lease.offered_etag == held)
        if code in wanted:
            leases[code] = lease = lease or _new(asked, wanted[code])
            lines.append(_renew(asked, lease, wanted[code]))
        elif lease is not None:
            lease.offered_count, lease.offered_minor = lease.spent_count, lease.spent_minor
    content = {
        "store": till.store_code,
        "device": till.public_id,
        "key_id": keys.active(settings.keys).id,
        "counted_through_seq": through,
        "leases": lines,
    }
    if not _is_current(kept, content, now):
        body = orjson.dumps(content | {"issued_at": now.isoformat()}, option=orjson.OPT_SORT_KEYS)
        kept.body, kept.issued_at, kept.etag = body, now, hashlib.sha256(body).hexdigest()
        _note(asked, kept, leases, wanted)
    session.flush()
    return kept.body, kept.etag


def _counted_through(session: Session, device_id: int) -> int:
    """All usage events up to this number have arrived."""
    highest = session.scalar(select(Device.usage_highest_seq).where(Device.id == device_id)) or 0
    gap = session.scalar(
        select(func.min(DeviceGap.first_seq)).where(DeviceGap.device_id == device_id, DeviceGap.stream == Stream.USAGE)
    )
    return highest if gap is None else gap - 1


def _kept(session: Session, till: Till, now: datetime) -> LeaseDocument:
    """The till's last document, locked: questions of one till follow each other."""
    table = LeaseDocument.__table__
    assert isinstance(table, Table)
    query = select(LeaseDocument).where(LeaseDocument.device_id == till.device_id).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        values = {"device_id": till.device_id, "issued_at": now, "etag": "", "body": b""}
        session.execute(taking.insert_for(session, table).values(**values).on_conflict_do_nothing())
        found = session.scalars(query.execution_options(populate_existing=True)).one()
    return found


def _locked(session: Session, till: Till) -> dict[str, LimitLease]:
    """The till's leases by promotion, locked and read anew."""
    query = (
        select(LimitLease)
        .where(LimitLease.device_id == till.device_id)
        .order_by(LimitLease.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {lease.promotion_code: lease for lease in session.scalars(query)}


def _wanted(session: Session, till: Till) -> dict[str, Limits]:
    """The live leased promotions that the till's store may give."""
    definitions = publications.live(session).definitions
    return {
        code: limits
        for code, limits in limits_of(session).items()
        if limits.offline == LEASED and slices.reaches(definitions[code], till.store_code, till.store_currency)
    }


def _ask(session: Session, till: Till, settings: Settings, now: datetime, codes: list[str]) -> _Asked:
    day = business_day.business_date(now, zone=settings.chain_timezone, starts_at=settings.day_starts_at)
    counter = taking.table
    keys_here = keys_of(till.store_code, day, till.store_currency)
    wanted = [(code, dimension, key) for code in set(codes) for dimension, key in keys_here.items()]
    columns = (counter.c.promotion_code, counter.c.dimension, counter.c.key)
    query = select(*columns, counter.c.used, counter.c.reserved).where(tuple_(*columns).in_(wanted))
    rows = session.execute(query).all() if wanted else []
    used = {(code, dimension, key): (number, reserved) for code, dimension, key, number, reserved in rows}
    shares = slices.shares(session, store_code=till.store_code, day=day, now=now)
    return _Asked(session, till, settings, now, day, shares, used)


def _new(asked: _Asked, limits: Limits) -> LimitLease:
    lease = LimitLease(
        device_id=asked.till.device_id,
        promotion_code=limits.code,
        currency=limits.currency or asked.till.store_currency,
        granted_count=0,
        granted_minor=0,
        spent_count=0,
        spent_minor=0,
        offered_count=0,
        offered_minor=0,
        valid_until=asked.now,
        renewed_at=asked.now,
    )
    asked.session.add(lease)
    return lease


def _take_back(asked: _Asked, lease: LimitLease, *, is_held: bool) -> None:
    """Lower the promise to what the till has shown that it holds, and leave a business day that is over."""
    count = max(lease.offered_count, lease.spent_count) if is_held else lease.granted_count
    minor = max(lease.offered_minor, lease.spent_minor) if is_held else lease.granted_minor
    changes = _promised(asked, lease, lease.granted_count - count, lease.granted_minor - minor, lease.business_date)
    lease.granted_count, lease.granted_minor = count, minor
    changes = {key: -amount for key, amount in changes.items()}
    if lease.business_date is not None and lease.business_date != asked.day:
        # Nobody takes from a day that is over: the sales of that day that come in late were promised then.
        key = (lease.promotion_code, Dimension.DAY, lease.business_date.isoformat())
        changes[key] = changes.get(key, 0) - (lease.granted_count - lease.spent_count)
        _lock_all(asked, lease)
        lease.business_date = None
    if any(changes.values()):
        _lock_all(asked, lease)
        change_reserved(asked.session, changes)


def _lock_all(asked: _Asked, lease: LimitLease) -> None:
    """Lock what may be touched, in one go: taking first one and then another could make two wait for each other."""
    days = {lease.business_date, asked.day}
    keys_here = [keys_of(asked.till.store_code, day, lease.currency) for day in days]
    wanted = {(lease.promotion_code, dimension, key) for each in keys_here for dimension, key in each.items()}
    taking.lock(asked.session, wanted)


def _renew(asked: _Asked, lease: LimitLease, limits: Limits) -> dict[str, Any]:
    """Raise the promise or offer a smaller one; gives the line of the document."""
    is_daily = limits.per_day is not None
    if is_daily and lease.business_date is None:
        _enter_day(asked, lease, limits)
    definition = publications.live(asked.session).definitions[limits.code]
    wanted = slices.slice_of(limits, definition, asked.shares, asked.till.store_code, asked.day, asked.used)
    count = slices.settled(lease.granted_count - lease.spent_count, wanted.count)
    minor = slices.settled(lease.granted_minor - lease.spent_minor, wanted.minor)
    has_day = not is_daily or lease.business_date is not None
    if has_day:
        _raise(asked, lease, limits, count, minor)
    lease.offered_count = min(lease.granted_count, lease.spent_count + (count if has_day else 0))
    lease.offered_minor = min(lease.granted_minor, lease.spent_minor + (minor if has_day else 0))
    return {
        "promotion": limits.code,
        "count": None if wanted.count is None else lease.offered_count - lease.spent_count,
        "amount": None if wanted.minor is None else lease.offered_minor - lease.spent_minor,
        "currency": lease.currency,
        "until": _until(asked, limits).isoformat(),
    }


def _enter_day(asked: _Asked, lease: LimitLease, limits: Limits) -> None:
    """Promise what is promised already from the new day's limit too; where the day is full, it waits."""
    outstanding = lease.granted_count - lease.spent_count
    keys_of_day = {Dimension.DAY.value: asked.day.isoformat()}
    bounds = {Dimension.DAY.value: limits.per_day}
    if outstanding:
        _lock_all(asked, lease)
    if not take(asked.session, limits.code, keys_of_day, count=outstanding, minor=0, limits=bounds):
        lease.business_date = asked.day


def _raise(asked: _Asked, lease: LimitLease, limits: Limits, count: int, minor: int) -> None:
    """Take from the counters what the till should have more, or as much of it as there is."""
    more = max(0, count - (lease.granted_count - lease.spent_count))
    more_minor = max(0, minor - (lease.granted_minor - lease.spent_minor))
    if not more and not more_minor:
        return
    keys_here = keys_of(asked.till.store_code, lease.business_date, lease.currency)
    bounds = limits.by_dimension()
    there = taking.lock(asked.session, [(limits.code, dimension, key) for dimension, key in keys_here.items()])
    for (_, dimension, _), (used, reserved) in there.items():
        bound = bounds.get(dimension)
        if bound is None:
            continue
        if dimension == Dimension.BUDGET:
            more_minor = max(0, min(more_minor, bound - used - reserved))
        else:
            more = max(0, min(more, bound - used - reserved))
    if take(asked.session, limits.code, keys_here, count=more, minor=more_minor, limits=bounds):
        return
    lease.granted_count += more
    lease.granted_minor += more_minor


def _promised(asked: _Asked, lease: LimitLease, count: int, minor: int, day: date | None) -> dict[Key, int]:
    keys_here = keys_of(asked.till.store_code, day, lease.currency)
    return promised(lease.promotion_code, keys_here, count=count, minor=minor)


def _until(asked: _Asked, limits: Limits) -> datetime:
    until = asked.now + timedelta(hours=asked.settings.offline_grace_hours)
    if limits.per_day is None:
        return until
    zone, starts_at = asked.settings.chain_timezone, asked.settings.day_starts_at
    return min(until, business_day.end_of(asked.day, zone=zone, starts_at=starts_at).astimezone(until.tzinfo))


def _is_current(kept: LeaseDocument, content: dict[str, Any], now: datetime) -> bool:
    """True when the last document says the same, and half of its time is left wherever it could be longer."""
    if not kept.body:
        return False
    before = orjson.loads(kept.body)
    if _without_times(before) != _without_times(content):
        return False
    for old, new in zip(before["leases"], content["leases"], strict=True):
        until, longer = datetime.fromisoformat(old["until"]), datetime.fromisoformat(new["until"])
        if longer > until and now >= kept.issued_at + (until - kept.issued_at) / 2:
            return False
    return True


def _without_times(content: dict[str, Any]) -> dict[str, Any]:
    plain = [{name: value for name, value in line.items() if name != "until"} for line in content["leases"]]
    return {name: value for name, value in content.items() if name != "issued_at"} | {"leases": plain}


def _note(asked: _Asked, kept: LeaseDocument, leases: Mapping[str, LimitLease], wanted: Mapping[str, Limits]) -> None:
    """Remember what the new document offers. A lease that is offered no more keeps its time: it may run out."""
    for code, lease in leases.items():
        lease.offered_etag = kept.etag
        if code in wanted:
            lease.renewed_at = asked.now
            lease.valid_until = max(lease.valid_until, _until(asked, wanted[code]))
