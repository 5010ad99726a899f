"""The portal in a worker that ends itself, hard, after its answer was made and before a byte of it is sent.

By then the transaction is committed, and the till knows nothing of it. It happens once for each file `die` that stands
in the folder KILLED_FROM, at the first POST.
"""

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from portal.app import create_app

_portal = create_app()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application."""
    answer = _portal(environ, start_response)
    if environ["REQUEST_METHOD"] == "POST" and told_to_die():
        os.kill(os.getpid(), signal.SIGKILL)
    return answer


def told_to_die() -> bool:
    """True once."""
    try:
        (Path(os.environ["KILLED_FROM"]) / "die").unlink()
    except FileNotFoundError:
        return False
    return True
