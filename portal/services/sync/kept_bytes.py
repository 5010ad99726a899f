"""Bytes that never change, in the memory of this process: a bundle that many tills fetch asks neither Redis nor tables.

What a till was once given under a hash, it may fetch for ever; so a yes is remembered too, by the till's public id.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

from sqlalchemy.orm import Session

from portal.services.sync import contents
from portal.services.sync.devices import Till

MOST_BYTES = 32 * 1024 * 1024
MOST_ALLOWED = 50_000

_bytes: OrderedDict[tuple[str, str], bytes] = OrderedDict()
_allowed: set[tuple[str, str]] = set()
_lock = threading.Lock()


def bytes_for(session: Callable[[], Session], till: Till, sha256: str, encoding: str) -> bytes:
    """The bytes of a hash in an encoding; `session` is only opened where they are not at hand.

    Raises NotFound for a hash that the till's store never had.
    """
    found = _bytes.get((sha256, encoding))
    if found is not None and (till.public_id, sha256) in _allowed:
        return found
    found = contents.bytes_for(session(), till.store_id, sha256, encoding)
    _keep(till, sha256, encoding, found)
    return found


def _keep(till: Till, sha256: str, encoding: str, found: bytes) -> None:
    """Note a yes, and the bytes; the oldest make room."""
    with _lock:
        if len(_allowed) >= MOST_ALLOWED:
            _allowed.clear()
        _allowed.add((till.public_id, sha256))
        _bytes[(sha256, encoding)] = found
        while len(_bytes) > 1 and sum(map(len, _bytes.values())) > MOST_BYTES:
            _bytes.popitem(last=False)
