"""Tills as devices: enrolled with a one-use code, known by a token, seen or missed. Source: sync.md, section 5."""

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.errors import Conflict, Forbidden, Invalid, NotFound, NotKnown, Suspended
from portal.models.catalogue import Store
from portal.models.device import Device, EnrolmentCode
from portal.models.publication import StoreSync

SCOPES = ("sync:read", "usage:write", "voucher:redeem")
CODE_LIFETIME = timedelta(minutes=10)
REMEMBERED_SECONDS = 30
"""How long a process believes a token without asking: a revocation is felt within a minute."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_TOKEN = re.compile(r"Bearer pst_([a-z0-9]{12})_([A-Za-z0-9_-]{43})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Till:
    """Who asks: the device, its store, what its token allows. A suspended store is known as such."""

    device_id: int
    public_id: str
    store_id: int
    store_code: str
    store_currency: str
    scopes: frozenset[str]
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new device and its token, which is shown this once."""

    device: Device
    token: str


_remembered: dict[str, tuple[datetime, Till]] = {}
_lock = threading.Lock()


def authenticate(session: Callable[[], Session], authorization: str, scope: str, now: datetime) -> Till:
    """The till of an Authorization header; `session` is only opened when the token is not remembered.

    Raises NotKnown (401) for a token that is missing, wrong or revoked, Forbidden without the scope, Suspended for a
    store whose tills are suspended.
    """
    key = hashlib.sha256(authorization.encode()).hexdigest()
    known = _remembered.get(key)
    if known is None or known[0] <= now:
        till = _look_up(session(), authorization, now)
        with _lock:
            if len(_remembered) > 20_000:
                _remembered.clear()
            _remembered[key] = (now + timedelta(seconds=REMEMBERED_SECONDS), till)
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
    if is_next:
        _end_rotation(row[0], given)
    return Till(row[0], row[1], row[6], row[7], row[8], frozenset(row[5]), row[9] is not None)


def _end_rotation(device_id: int, token_hash: str) -> None:
    """The first use of the new token ends the old one."""
    from portal.db import transaction  # Late: the edge opens transactions, and this is the edge of a token's life.

    with transaction() as session:
        session.execute(
            update(Device)
            .where(Device.id == device_id, Device.next_token_hash == token_hash)
            .values(token_hash=token_hash, next_token_hash=None)
        )


def invite(session: Session, store: Store, name: str, *, by: int | None, now: datetime) -> str:
    """A code that enrols one till of a store within ten minutes; shown this once. Raises Invalid for an empty name."""
    name = name.strip()
    if not name or len(name) > 200:
        raise Invalid({"name": "needs 1 to 200 letters, such as Counter 1"})
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    session.add(
        EnrolmentCode(
            code_hash=_hash(code),
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
            EnrolmentCode.code_hash == _hash(code.strip().upper()),
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
    device = session.scalar(select(Device).where(Device.public_id == public_id))
    if device is None:
        raise NotFound("There is no such till.")
    return device


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
