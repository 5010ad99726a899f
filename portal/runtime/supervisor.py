"""Starts programs one after the other and stops them all together: at a signal, or when one of them ends."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

READY_SECONDS = 60.0
STOP_SECONDS = 10.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)  # loaded here: between fork and exec only the call itself is safe


@dataclass(frozen=True, slots=True)
class Program:
    """One program. `ready` says whether it has begun to work, `log` is a file that says why it ended.

    Those marked `last` are stopped after the others.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] = lambda: True
    last: bool = False
    log: Path | None = None


class Stopped(Exception):
    """A signal came, or a program ended by itself; the message says which."""

    def __init__(self, reason: str, code: int) -> None:
        super().__init__(reason)
        self.code = code


class Supervisor:
    """Holds the running programs. Use as a context: leaving it stops them all."""

    def __init__(self, environ: Mapping[str, str], say: Callable[[str], None] = print) -> None:
        self.environ = dict(environ) | {"PYTHONUNBUFFERED": "1"}
        self.say = say
        self.running: list[tuple[Program, subprocess.Popen[str]]] = []
        self.asked = threading.Event()
        self.handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals over."""
        self.handlers = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        return self

    def __exit__(self, *error: object) -> None:
        """Stop what was started, and give the signals back."""
        self.stop()
        for number, handler in self.handlers.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked.set()

    def start(self, program: Program) -> None:
        """Start `program` and return when it is ready. Raises Stopped."""
        process = subprocess.Popen(
            program.command,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops in order
            preexec_fn=die_with_parent,  # noqa: PLW1509 (one call that takes no lock)
        )
        self.running.append((program, process))
        threading.Thread(target=self._pass_on, args=(program.name, process), daemon=True).start()
        self._wait_until_ready(program)

    def _pass_on(self, name: str, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            self.say(f"{name:>9} | {line.rstrip()}")

    def _wait_until_ready(self, program: Program) -> None:
        end = time.monotonic() + READY_SECONDS
        while not program.ready():
            self.check()
            if time.monotonic() > end:
                raise Stopped(f"{program.name} was not ready after {READY_SECONDS:.0f} s", 1)
            self.asked.wait(0.05)

    def check(self) -> None:
        """Raises Stopped when a signal came or a program has ended."""
        if self.asked.is_set():
            raise Stopped("stopping", 0)
        for program, process in self.running:
            if process.poll() is not None:
                why = f", see {program.log}" if program.log else ""
                raise Stopped(f"{program.name} ended {how(process.returncode)}{why}; stopping the others", 1)

    def step(self, command: tuple[str, ...]) -> int:
        """Run `command` to its end with the terminal as it is, and give its exit code. Raises Stopped."""
        process = subprocess.Popen(command, env=self.environ, preexec_fn=die_with_parent)  # noqa: PLW1509
        try:
            while process.poll() is None:
                self.check()
                self.asked.wait(0.05)
        except Stopped:
            process.terminate()
            process.wait()
            raise
        return process.returncode

    def watch(self) -> None:
        """Wait until something ends it: always raises Stopped."""
        while True:
            self.check()
            self.asked.wait(0.2)

    def stop(self) -> None:
        """Stop every program, those marked `last` after the others; kill what does not stop within 10 s."""
        for last in (False, True):
            group = [process for program, process in self.running if program.last is last]
            for process in group:
                process.terminate()
            end = time.monotonic() + STOP_SECONDS
            for process in group:
                finish(process, end)
        self.running.clear()


def finish(process: "subprocess.Popen[str]", end: float) -> None:
    """Wait for `process` until `end` (monotonic seconds), then kill it; its children go with it."""
    with suppress(subprocess.TimeoutExpired):  # killed below, with its group
        process.wait(max(0.0, end - time.monotonic()))
    with suppress(ProcessLookupError):  # the whole group has ended, as it should
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def how(code: int) -> str:
    """How a process ended, in words."""
    return f"by signal {signal.Signals(-code).name}" if code < 0 else f"with code {code}"


def die_with_parent() -> None:
    """In a child: ask Linux for a SIGTERM when the supervisor is gone, however it went."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
