"""The manifest: what a store's tills shall have, in at most 1 kB, signed. Source: sync.md, sections 1 and 2.

It is signed when something is published, and anew when it is six hours old or another key signs. Its bytes are kept,
because the signature is over exactly them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.config import Settings
from portal.errors import NotFound
from portal.models.publication import Content, StoreSync
from portal.services.sync import keys
from portal.services.sync.keys import Key

Values = dict[str, Any]

MOST_BYTES = 1024
SIGNED_ANEW_AFTER = timedelta(hours=6)
GOOD_FOR = timedelta(hours=24)
_table: Any = StoreSync.__table__


@dataclass(frozen=True, slots=True)
class Manifest:
    """The exact bytes, their SHA-256 in hex digits, and the signature in base64."""

    body: bytes
    etag: str
    signature: str


@dataclass(frozen=True, slots=True)
class Version:
    """What one store has: its version and the content behind it."""

    store: str
    version: int
    sha256: str
    length: int
    min_engine: int
    catalogue_sha256: str | None


def columns(version: Version, *, settings: Settings, now: datetime, key: Key) -> Values:
    """The columns of StoreSync that hold a newly signed manifest."""
    catalogue = {"catalogue_sha256": version.catalogue_sha256} if version.catalogue_sha256 else {}
    about = {name: getattr(version, name) for name in ("store", "version", "sha256", "length", "min_engine")}
    return _signed({**about, **catalogue}, settings, now, key)


def current(session: Session, store_id: int, *, settings: Settings, now: datetime) -> Manifest:
    """The store's manifest, signed anew first when that is due: needs a transaction.

    Where another transaction is about to replace it, the one that is there is given. Raises NotFound before the first
    publication.
    """
    renew(session, settings=settings, now=now, store_id=store_id)
    row = session.execute(
        select(StoreSync.manifest, StoreSync.manifest_etag, StoreSync.manifest_signature).where(
            StoreSync.store_id == store_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("Nothing was published to this store yet.")
    return Manifest(*row)


# Made once: tills ask this all day.
_ETAG = select(_table.c.manifest_etag, _table.c.manifest_issued_at).where(_table.c.store_id == bindparam("store_id"))


def etag(session: Session | Connection, store_id: int, *, now: datetime | None = None) -> str | None:
    """The ETag of the store's manifest; None where there is none, or where it is to be signed anew."""
    row = session.execute(_ETAG, {"store_id": store_id}).one_or_none()
    if row is None or row[1] <= (now or clock.now()) - SIGNED_ANEW_AFTER:
        return None
    found: str = row[0]
    return found


def length_of(session: Session, sha256: str) -> int:
    """The length of a content's plain bytes."""
    return session.scalars(select(Content.length).where(Content.sha256 == sha256)).one()


def catalogue_of(session: Session, store_id: int) -> str:
    """The hash of the store's catalogue. Raises NotFound before there is one."""
    found = session.scalar(select(StoreSync.catalogue_sha256).where(StoreSync.store_id == store_id))
    if found is None:
        raise NotFound("No catalogue was published to this store yet.")
    return found


def renew(session: Session, *, settings: Settings, now: datetime, store_id: int | None = None) -> int:
    """Sign anew what is due, of one store or of all; returns how many. Rows that others hold are left to them."""
    key = keys.active(settings.keys)
    is_due = or_(StoreSync.manifest_issued_at <= now - SIGNED_ANEW_AFTER, StoreSync.key_id != key.id)
    query = select(StoreSync).where(is_due).order_by(StoreSync.store_id)
    if store_id is not None:
        query = query.where(StoreSync.store_id == store_id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    rows = session.scalars(locked).all()
    for row in rows:
        for name, value in _signed(orjson.loads(row.manifest), settings, now, key).items():
            setattr(row, name, value)
    session.flush()
    return len(rows)


def _signed(document: Values, settings: Settings, now: datetime, key: Key) -> Values:
    """The columns for a manifest's document with its times, key and signature."""
    issued_at = now.replace(microsecond=0)
    document = document | {
        "key_id": key.id,
        "issued_at": issued_at.isoformat(),
        "expires_at": (issued_at + GOOD_FOR).isoformat(),
        "poll_after_s": settings.poll_seconds,
        "offline_grace_h": settings.offline_grace_hours,
    }
    body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    if len(body) > MOST_BYTES:
        raise ValueError(f"a manifest of {len(body)} bytes; tills read at most {MOST_BYTES}")
    return {
        "manifest": body,
        "manifest_etag": hashlib.sha256(body).hexdigest(),
        "manifest_signature": key.sign(body),
        "manifest_issued_at": now,
        "key_id": key.id,
    }
