"""Tills as devices: enrolled with a one-use code, known by a token, seen or missed. Source: sync.md, section 5."""

import hashlib
import hmac
import logging
import re
import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload

from portal.errors import Conflict, Forbidden, Invalid, NotFound, NotKnown, Suspended
from portal.models.catalogue import Store
from portal.models.device import Device, EnrolmentCode
from portal.models.publication import StoreSync

log = logging.getLogger(__name__)

SCOPES = ("sync:read", "usage:write", "voucher:redeem")
CODE_LIFETIME = timedelta(minutes=10)
REMEMBERED_SECONDS = 30
"""How long a process believes a token without asking: a revocation is felt within a minute."""
SEEN_EVERY = timedelta(minutes=1)
MOST_REMEMBERED = 20_000
LARGEST_NUMBER = 2**31 - 1
FURTHEST_CLOCK = timedelta(days=36_500)

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_TOKEN = re.compile(r"Bearer pst_([a-z0-9]{12})_([A-Za-z0-9_-]{43})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Till:
    """Who asks: the device, its store, what its token allows. A suspended store is known as such.

    `ends_rotation` is the hash of a new token that was used for the first time: end_rotation() then ends the old one.
    """

    device_id: int
    public_id: str
    store_id: int
    store_code: str
    store_currency: str
    scopes: frozenset[str]
    is_suspended: bool
    ends_rotation: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new device and its token, which is shown this once."""

    device: Device
    token: str


_remembered: dict[str, tuple[datetime, Till]] = {}
_noted: dict[int, datetime] = {}
_lock = threading.Lock()


def authenticate(session: Callable[[], Session], authorization: str, scope: str, now: datetime) -> Till:
    """The till of an Authorization header; `session` is only opened when the token is not remembered.

    Raises NotKnown (401) for a token that is missing, wrong or revoked, Forbidden without the scope, Suspended for a
    store whose tills are suspended. The caller ends the rotation where `ends_rotation` says so.
    """
    key = hashlib.sha256(authorization.encode()).hexdigest()
    known = _remembered.get(key)
    if known is None or known[0] <= now:
        till = _look_up(session(), authorization, now)
        with _lock:
            if len(_remembered) > MOST_REMEMBERED:
                _remembered.clear()
            _remembered[key] = (now + timedelta(seconds=REMEMBERED_SECONDS), replace(till, ends_rotation=None))
    else:
        till = known[1]
    if scope not in till.scopes:
        raise Forbidden(f"This token does not include {scope}.")
    if till.is_suspended and scope != "usage:write":
        raise Suspended("Keep what you have; usage is still taken.")
    return till


def forget() -> None:
    """Ask for every token again: for tests, and after a change in this process."""
    with _lock:
        _remembered.clear()
        _noted.clear()


def _look_up(session: Session, authorization: str, now: datetime) -> Till:
    match = _TOKEN.fullmatch(authorization.strip())
    if match is None:
        raise NotKnown("Send Authorization: Bearer pst_<id>_<secret>.")
    row = session.execute(
        select(
            Device.id,
            Device.public_id,
            Device.token_hash,
            Device.next_token_hash,
            Device.revoked_at,
            Device.scopes,
            Store.id,
            Store.code,
            Store.currency,
            StoreSync.suspended_at,
        )
        .join(Store, Store.id == Device.store_id)
        .outerjoin(StoreSync, StoreSync.store_id == Store.id)
        .where(Device.public_id == match[1].lower())
    ).one_or_none()
    given = _hash(match[2])
    hashes = (row[2], row[3] or "") if row else ("", "")
    # Both are compared, whatever the first says: the time tells nothing.
    is_current, is_next = (hmac.compare_digest(given, each) for each in hashes)
    if row is None or not (is_current or is_next) or row[4] is not None:
        raise NotKnown("The token is not known here, or it was revoked.")
    rotated = given if is_next and not is_current else None
    return Till(row[0], row[1], row[6], row[7], row[8], frozenset(row[5]), row[9] is not None, rotated)


def end_rotation(session: Session, till: Till) -> None:
    """The first use of the new token ends the old one, here at once and elsewhere within REMEMBERED_SECONDS."""
    session.execute(
        update(Device)
        .where(Device.id == till.device_id, Device.next_token_hash == till.ends_rotation)
        .values(token_hash=till.ends_rotation, next_token_hash=None)
    )
    forget()


def seen(
    transaction: Callable[[], AbstractContextManager[Session]],
    till: Till,
    *,
    version: str | None,
    engine: str | None,
    outbox: str | None,
    till_time: str | None,
    now: datetime,
) -> None:
    """Note when a till was seen, and what it says of itself in its headers; what makes no sense is left out.

    At most once a minute per till and process, and in a transaction of its own: a poll that is answered 304 writes
    nothing otherwise. A database that is busy does not fail the poll either; the next one notes it.
    """
    noted = _noted.get(till.device_id)
    if noted is not None and noted <= now < noted + SEEN_EVERY:
        return
    with _lock:
        if len(_noted) > MOST_REMEMBERED:
            _noted.clear()
        _noted[till.device_id] = now
    told: dict[str, int | None] = {
        "bundle_version": _number(version),
        "engine_version": _number(engine),
        "outbox_length": _number(outbox),
        "clock_skew_ms": _skew_ms(till_time, now),
    }
    values: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    try:
        with transaction() as session:
            session.execute(update(Device).where(Device.id == till.device_id).values(last_seen_at=now, **values))
    except DBAPIError as error:
        log.warning("till %s was seen, but that could not be noted: %s", till.public_id, error.orig)


def _number(text: str | None) -> int | None:
    """A count from a header; None for anything else."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return min(int(text), LARGEST_NUMBER)


def _skew_ms(text: str | None, now: datetime) -> int | None:
    """The till's clock minus ours in milliseconds; None where the header has no moment with an offset."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
        if moment.tzinfo is None:
            return None
        skew = moment.astimezone(UTC) - now
    except (ValueError, OverflowError):
        return None
    return None if abs(skew) > FURTHEST_CLOCK else round(skew / timedelta(milliseconds=1))


def invite(session: Session, store: Store, name: str, *, by: int | None, now: datetime) -> str:
    """A code that enrols one till of a store within ten minutes; shown this once. Raises Invalid for an empty name."""
    name = name.strip()
    if not name or len(name) > 200:
        raise Invalid({"name": "needs 1 to 200 letters, such as Counter 1"})
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    session.add(
        EnrolmentCode(
            code_hash=_hash(_bare(code)),
            store_id=store.id,
            device_name=name,
            created_by_id=by,
            created_at=now,
            expires_at=now + CODE_LIFETIME,
        )
    )
    session.flush()
    return code


def enroll(session: Session, code: str, *, now: datetime) -> Enrolled:
    """Turn a code into a device. Raises NotKnown for one that is wrong, used or too old: the same words for each."""
    taken = session.execute(
        update(EnrolmentCode)
        .where(
            EnrolmentCode.code_hash == _hash(_bare(code)),
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(EnrolmentCode.id, EnrolmentCode.store_id, EnrolmentCode.device_name)
    ).one_or_none()
    if taken is None:
        raise NotKnown("This code is not valid. It works once, for ten minutes; ask for a new one.")
    secret = secrets.token_urlsafe(32)
    device = Device(
        public_id=secrets.token_hex(6),
        store_id=taken.store_id,
        name=taken.device_name,
        scopes=list(SCOPES),
        token_hash=_hash(secret),
        enrolled_at=now,
    )
    session.add(device)
    session.flush()
    session.execute(update(EnrolmentCode).where(EnrolmentCode.id == taken.id).values(device_id=device.id))
    return Enrolled(device, f"pst_{device.public_id}_{secret}")


def rotate(session: Session, device: Device) -> str:
    """A second token; both are valid until the new one is used. Shown this once. Raises Conflict when revoked."""
    if device.revoked_at is not None:
        raise Conflict(f"{device.name} is revoked; enrol it anew.")
    secret = secrets.token_urlsafe(32)
    device.next_token_hash = _hash(secret)
    session.flush()
    return f"pst_{device.public_id}_{secret}"


def revoke(session: Session, device: Device, *, now: datetime) -> None:
    """End a device's access; its reports stay. Other processes notice within REMEMBERED_SECONDS."""
    if device.revoked_at is None:
        device.revoked_at = now
        session.flush()
    forget()


def by_public_id(session: Session, public_id: str) -> Device:
    """The device of that public id. Raises NotFound."""
    device = session.scalar(select(Device).options(joinedload(Device.store)).where(Device.public_id == public_id))
    if device is None:
        raise NotFound("There is no such till.")
    return device


def _bare(code: str) -> str:
    """A code without what a person may write differently: small letters, dashes, spaces."""
    return re.sub(r"[^0-9A-Z]", "", code.upper())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
