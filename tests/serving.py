"""The portal as it runs: gunicorn with its workers on a port, beside a PostgreSQL and a Redis that run already."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal import config
from portal.config import Settings
from portal.runtime.embedded_redis import wait_for
from portal.runtime.running import environment, web_command


@dataclass(frozen=True, slots=True)
class Served:
    """A running gunicorn: `url` without a slash at its end; `log` has what it wrote."""

    url: str
    port: int
    master: int
    log: Path

    def workers(self) -> list[int]:
        """The processes that answer, by their ids."""
        return [int(word) for word in Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()]

    def kill_worker(self) -> int:
        """End one of them at once, as a crash would; gives which."""
        worker = self.workers()[0]
        os.kill(worker, signal.SIGKILL)
        return worker


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_of(folder: Path, database_url: str, redis_url: str, **more: str) -> Settings:
    """Settings of a portal that listens on a free port."""
    given = {
        "INSTANCE": str(folder),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "HTMX_SOURCE": "local",
        "LOG_LEVEL": "WARNING",
        "PORT": str(free_port()),
        **more,
    }
    return config.read(given, env_file=None)


@contextmanager
def gunicorn(settings: Settings, wsgi: str = "wsgi:app", **more: str) -> Iterator[Served]:
    """The portal's own command for its web server, with another WSGI module where a test needs one."""
    command = [wsgi if word == "wsgi:app" else word for word in web_command(settings)]
    given = {
        **environment(settings),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "KEYS": str(settings.keys),
        "HTMX_SOURCE": settings.htmx_source,
        "LOG_LEVEL": settings.log_level,
        "CHAIN_TIMEZONE": settings.chain_timezone,
        **more,
    }
    log = settings.instance / "gunicorn.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=given, stdout=output, stderr=output)
        try:
            url = f"http://{settings.host}:{settings.port}"
            assert wait_for(lambda: answers(url), seconds=30), f"gunicorn did not start: {log.read_text()}"
            yield Served(url, settings.port, process.pid, log)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def answers(url: str) -> bool:
    """True when the web server says anything at all."""
    try:
        urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        time.sleep(0.05)
        return False
    return True
