"""Files that wait for a person's yes: kept in the instance folder, for the one who sent them, for a day."""

import re
import secrets
from pathlib import Path

from portal import clock
from portal.errors import NotFound

KEPT_SECONDS = 24 * 3600


def keep(folder: Path, user_id: int, kind: str, content: bytes) -> str:
    """Store `content` and give the token that finds it again; what is older than a day goes."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old(folder)
    token = secrets.token_hex(16)
    _path(folder, user_id, kind, token).write_bytes(content)
    return token


def load(folder: Path, user_id: int, kind: str, token: str) -> bytes:
    """The content. Raises NotFound when it is gone, or was sent by somebody else."""
    try:
        return _path(folder, user_id, kind, token).read_bytes()
    except FileNotFoundError:
        raise NotFound(
            "This file is not here any more: it was applied, or is older than a day. Choose it again."
        ) from None


def forget(folder: Path, user_id: int, kind: str, token: str) -> None:
    """Remove the content, if it is still there."""
    _path(folder, user_id, kind, token).unlink(missing_ok=True)


def _path(folder: Path, user_id: int, kind: str, token: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{32}", token) or not kind.isalpha():
        raise NotFound("There is no such file.")
    return folder / f"{kind}-{user_id}-{token}.csv"


def _forget_old(folder: Path) -> None:
    oldest = clock.now().timestamp() - KEPT_SECONDS
    for path in folder.glob("*.csv"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
