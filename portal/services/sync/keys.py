"""The Ed25519 keys that sign what tills are sent: one file each in a private folder, never in the database.

A file holds the private key, since when it is there and since when it signs. The newest that signs already is the
active one; the others stay trusted until somebody retires them by removing the file. Source: sync.md, sections 1 and 2.
"""

import base64
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal import clock

ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `id` is the first 16 hex digits of the SHA-256 of the 32 raw public bytes."""

    id: str
    public: str
    made_at: datetime
    signs_from: datetime
    private: Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, body: bytes) -> str:
        """The signature of exactly these bytes: 64 bytes in base64."""
        return base64.b64encode(self.private.sign(body)).decode()


_kept: dict[Path, tuple[tuple[tuple[str, int], ...], list[Key]]] = {}


def active(folder: Path) -> Key:
    """The key that signs now; the first use makes one."""
    now = clock.now()
    known = trusted(folder)
    return max((key for key in known if key.signs_from <= now), key=_age, default=known[0])


def public(folder: Path) -> list[dict[str, str]]:
    """Every key still trusted, the oldest first: id, algorithm, base64 of the raw public key."""
    return [{"id": key.id, "algorithm": ALGORITHM, "key": key.public} for key in trusted(folder)]


def rotate(folder: Path, *, signs_from: datetime | None = None) -> Key:
    """Make a new key; older ones stay trusted.

    It signs from `signs_from` on, at once where that is left out. A later moment gives tills the time to learn it from
    a bundle that an older key signed.
    """
    trusted(folder)
    with _locked(folder):
        return _make(folder, signs_from)


def trusted(folder: Path) -> list[Key]:
    """Every key in the folder, the oldest first; the first use makes folder and key."""
    keys = _read(folder)
    if not keys:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder):
            # Another process may have been faster: then its key is the first.
            if not (keys := _read(folder)):
                keys = [_make(folder, None)]
    return keys


def _read(folder: Path) -> list[Key]:
    """The keys of the folder, from memory while no file came or went."""
    try:
        files = tuple(sorted((each.name, each.stat().st_mtime_ns) for each in folder.glob("*.json")))
    except FileNotFoundError:  # one was retired between listing and looking
        return _read(folder)
    known = _kept.get(folder)
    if known is None or known[0] != files:
        known = files, sorted((_parsed((folder / name).read_bytes()) for name, _ in files), key=_age)
        _kept[folder] = known
    return known[1]


def _age(key: Key) -> tuple[datetime, datetime, str]:
    return key.signs_from, key.made_at, key.id


def _parsed(text: bytes) -> Key:
    values: dict[str, Any] = orjson.loads(text)
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(values["private_key"]))
    made_at, signs_from = (datetime.fromisoformat(values[name]) for name in ("made_at", "signs_from"))
    raw = private.public_key().public_bytes_raw()
    return Key(_id_of(raw), base64.b64encode(raw).decode(), made_at, signs_from, private)


def _id_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]


def _make(folder: Path, signs_from: datetime | None) -> Key:
    """Write a new key aside and put it in place at once, so that no reader sees half of it."""
    now = clock.now()
    private = Ed25519PrivateKey.generate()
    values = {
        "algorithm": ALGORITHM,
        "private_key": base64.b64encode(private.private_bytes_raw()).decode(),
        "made_at": now.isoformat(),
        "signs_from": (signs_from or now).isoformat(),
    }
    text = orjson.dumps(values)
    key = _parsed(text)
    aside = folder / f"{key.id}.new"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(folder / f"{key.id}.json")
    return key


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One maker at a time, across processes."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
