"""Immutable bytes under their SHA-256: written once with both compressions, read through Redis. Source: sync.md, 1."""

import gzip
import hashlib
import logging
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import zstandard
from redis.exceptions import RedisError
from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal import queue
from portal.errors import NotFound
from portal.models.publication import Content, ContentKind, StorePublication, StoreSync
from portal.services.sync.inserts import is_sqlite

log = logging.getLogger(__name__)

COLUMNS = {"identity": Content.plain, "gzip": Content.gzip, "zstd": Content.zstd}
INFLATE: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "zstd": lambda packed: zstandard.ZstdDecompressor().decompress(packed),
}
CACHE_SECONDS = 24 * 3600
KEEP_CATALOGUE = timedelta(days=1)
PAUSE_SECONDS = 5
"""How long Redis is left alone once it did not answer."""

_paused_until = 0.0


@dataclass(frozen=True, slots=True)
class Bytes:
    """Canonical bytes, their SHA-256 in hex digits, and that of what they are made of, where it is known."""

    plain: bytes
    sha256: str
    recipe: str | None = None


def canonical(value: Any, recipe: str | None = None) -> Bytes:
    """A value as JSON with sorted keys: equal values, equal bytes."""
    plain = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return Bytes(plain, hashlib.sha256(plain).hexdigest(), recipe)


def keep(session: Session, kind: ContentKind, contents: Iterable[Bytes], *, now: datetime) -> None:
    """Store what is not there yet, compressed once; in the order of the hashes, so that two writers never deadlock."""
    wanted = {content.sha256: content for content in contents}
    rows = session.execute(select(Content.sha256, Content.recipe).where(Content.sha256.in_(wanted)))
    known = {row.sha256: row.recipe for row in rows}
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    for sha256 in sorted(wanted):
        content = wanted[sha256]
        if sha256 not in known:
            row = _row(content, kind, now)
            session.execute(insert(Content).values(row).on_conflict_do_nothing())
        elif known[sha256] != content.recipe:  # a newer release came to the same bytes
            session.execute(update(Content).where(Content.sha256 == sha256).values(recipe=content.recipe))


def _row(content: Bytes, kind: ContentKind, now: datetime) -> dict[str, Any]:
    plain = content.plain
    is_large = len(plain) > 1_000_000
    return {
        "sha256": content.sha256,
        "kind": kind,
        "recipe": content.recipe,
        "length": len(plain),
        "plain": plain,
        "gzip": gzip.compress(plain, 5 if is_large else 6, mtime=0),
        "zstd": zstandard.ZstdCompressor(level=3 if is_large else 10).compress(plain),
        "created_at": now,
    }


def by_recipe(session: Session, recipes: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Hash and length of the contents that were made of these before, by recipe."""
    query = select(Content.recipe, Content.sha256, Content.length).where(Content.recipe.in_(list(recipes)))
    rows = session.execute(query.order_by(Content.sha256))
    return {recipe: (sha256, length) for recipe, sha256, length in rows if recipe is not None}


def bytes_for(session: Session, store_id: int, sha256: str, encoding: str) -> bytes:
    """The stored bytes in `encoding` (identity, gzip, zstd). Raises NotFound for a hash that this store never had."""
    if not _was_given(session, store_id, sha256):
        raise NotFound("This store has no content of that hash.")
    name = f"portal:content:{sha256}:{encoding}"
    found = _cached(name, sha256, encoding)
    if found is None:
        found = session.scalar(select(COLUMNS[encoding]).where(Content.sha256 == sha256))
        if found is None:
            raise NotFound("This store has no content of that hash.")
        _cache(name, found)
    return found


def plain_bytes(session: Session, sha256: str) -> bytes:
    """The plain bytes of a hash that the caller has from the database."""
    return session.scalars(select(Content.plain).where(Content.sha256 == sha256)).one()


def drop_old_catalogues(session: Session, *, now: datetime) -> None:
    """Delete catalogues that no store has any more, a day after they were made; bundles stay for ever."""
    in_use = select(StoreSync.catalogue_sha256).where(StoreSync.catalogue_sha256.is_not(None))
    session.execute(
        delete(Content)
        .where(
            Content.kind == ContentKind.CATALOGUE,
            Content.created_at < now - KEEP_CATALOGUE,
            Content.sha256.not_in(in_use),
        )
        .execution_options(synchronize_session=False)
    )


def _was_given(session: Session, store_id: int, sha256: str) -> bool:
    now = exists().where(
        StoreSync.store_id == store_id, or_(StoreSync.sha256 == sha256, StoreSync.catalogue_sha256 == sha256)
    )
    if session.scalar(select(now)):
        return True
    ever = exists().where(StorePublication.store_id == store_id, StorePublication.sha256 == sha256)
    return bool(session.scalar(select(ever)))


def _cached(name: str, sha256: str, encoding: str) -> bytes | None:
    """What Redis has; None when it has nothing, or does not answer."""
    if time.monotonic() < _paused_until:
        return None
    try:
        found: bytes | None = queue.connection().get(name)  # type: ignore[assignment]
    except RedisError as error:
        _pause(error)
        return None
    return found if found is not None and _is_whole(found, sha256, encoding) else None


def _is_whole(found: bytes, sha256: str, encoding: str) -> bool:
    """True when what Redis gave is what the name says: whoever else writes there can at most make it slower."""
    try:
        return hashlib.sha256(INFLATE[encoding](found)).hexdigest() == sha256
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        return False


def _cache(name: str, found: bytes) -> None:
    if time.monotonic() < _paused_until:
        return
    try:
        queue.connection().set(name, found, ex=CACHE_SECONDS)
    except RedisError as error:
        _pause(error)


def _pause(error: RedisError) -> None:
    """Serve from the database for a while, rather than wait for Redis at every request."""
    global _paused_until  # noqa: PLW0603  one flag of the process
    _paused_until = time.monotonic() + PAUSE_SECONDS
    log.warning("contents are served from the database, Redis does not answer: %s", error)
