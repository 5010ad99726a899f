"""What `make run` does: Redis, tables, demo data, then web server, worker and scheduler, until Ctrl-C."""

import fcntl
import hashlib
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from portal.config import ROOT, Settings
from portal.runtime.embedded_redis import answers, command, find_server, log_file, make_folder
from portal.runtime.supervisor import Program, Stopped, Supervisor

PORTAL = (sys.executable, "-m", "portal.cli")


class CannotRun(Exception):
    """Why the portal cannot be started, and what would help."""


def run(settings: Settings, say: Callable[[str], None]) -> int:
    """Run everything until a signal comes or a part ends; gives the exit code. Raises CannotRun."""
    began = time.monotonic()
    lock = hold(settings.instance)
    check_port(settings)
    try:
        with Supervisor(environment(settings), say) as supervisor:
            start_all(supervisor, settings)
            for line in welcome(settings, time.monotonic() - began):
                say(line)
            supervisor.watch()
    except Stopped as stopped:
        say(f"portal: {stopped}")
        return stopped.code
    finally:
        lock.close()
    return 0


def start_all(supervisor: Supervisor, settings: Settings) -> None:
    """Start every part in its order. Raises Stopped or CannotRun."""
    if settings.redis_is_embedded:
        supervisor.start(redis_program(settings))
    elif not answers(settings.redis_url):
        raise CannotRun("the Redis of REDIS_URL does not answer; start it, or remove REDIS_URL to use the portal's own")
    if supervisor.step((*PORTAL, "migrate")):
        raise CannotRun("the tables could not be brought to this release; the lines above say why")
    load_demo(supervisor, settings)
    for program in (web_program(settings), *job_programs()):
        supervisor.start(program)


def redis_program(settings: Settings) -> Program:
    """The embedded Redis."""
    make_folder(settings.redis_socket)
    started = tuple(command(find_server(), settings.redis_socket))
    log = log_file(settings.redis_socket)
    return Program("redis", started, ready=lambda: answers(settings.redis_url), last=True, log=log)


def web_program(settings: Settings) -> Program:
    """gunicorn with threads; ready when /healthz answers."""
    return Program("web", tuple(web_command(settings)), ready=lambda: alive(settings))


def web_command(settings: Settings) -> list[str]:
    """How to start the web server."""
    return [
        *(sys.executable, "-m", "gunicorn", "wsgi:app", "--chdir", str(ROOT)),
        *("--bind", f"{bracketed(settings.host)}:{settings.port}", "--worker-class", "gthread"),
        *("--workers", str(settings.web_workers), "--threads", str(settings.web_threads)),
        *("--preload", "--no-control-socket", "--graceful-timeout", "5", "--log-level", "warning"),
    ]


def job_programs() -> tuple[Program, Program]:
    """One worker and the scheduler."""
    python = (sys.executable, "-m")
    return Program("worker", (*python, "jobs.worker")), Program("scheduler", (*python, "jobs.scheduler"))


def environment(settings: Settings) -> dict[str, str]:
    """The environment of every part: this one, with the settings that were found in it made explicit."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "INSTANCE": str(settings.instance), "PYTHONPATH": path}


def hold(instance: Path) -> TextIO:
    """Take the instance for this process. Raises CannotRun when another one has it."""
    file = (instance / "run.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise CannotRun(f"a portal already runs on {instance}; stop it, or use another folder: INSTANCE=...") from None
    return file


def check_port(settings: Settings) -> None:
    """Raises CannotRun unless the port is free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            address = f"{settings.host}:{settings.port}"
            raise CannotRun(
                f"{address} cannot be used ({error.strerror}); choose another: PORT=8001 make run"
            ) from None


def bracketed(host: str) -> str:
    """A host as addresses write it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the portal."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 (read, not bound)
    return f"http://{bracketed(host)}:{settings.port}/"


def alive(settings: Settings) -> bool:
    """True when the web server answers."""
    try:
        with urllib.request.urlopen(address(settings) + "healthz", timeout=1) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def load_demo(supervisor: Supervisor, settings: Settings) -> None:
    """Load the demo data once per database, unless DEMO=off. Raises CannotRun."""
    mark = settings.instance / f"demo-loaded-{hashlib.sha256(settings.database_url.encode()).hexdigest()[:12]}"
    if not settings.demo or mark.exists():
        return
    if supervisor.step((*PORTAL, "demo", "load")):
        raise CannotRun("the demo data could not be loaded; the lines above say why. DEMO=off starts without it")
    mark.touch()


def welcome(settings: Settings, seconds: float) -> list[str]:
    """What a newcomer needs to know, line by line."""
    lines = ["", f"The portal runs at {address(settings)} (ready after {seconds:.1f} s). Ctrl-C stops it."]
    if settings.demo:
        from portal.demo import PASSWORD, SIGN_INS

        lines += ["", f"Demo sign-ins, password {PASSWORD}:"]
        lines += [f"  {email:<20} {role}" for email, role in SIGN_INS]
    return [*lines, ""]
