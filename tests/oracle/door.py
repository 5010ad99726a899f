"""A process that answers cases: a case a line in, an answer a line out, as `portal/engine_node.mjs` does."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from portal.engine_javascript import find_node

ROOT = Path(__file__).parents[2]
JAVASCRIPT = (find_node(), str(ROOT / "portal" / "engine_node.mjs"))
PYTHON = (sys.executable, "-m", "portal.cli", "evaluate", "-")
"""For trying the comparison itself, and for a faulted copy of the Python engine."""
MOST_SECONDS = 120


class Door:
    """One process; it is started anew after it ended, and a case that ended it gets {"crash": ...} as its answer.

    Answers are read by a thread, so that neither side waits for the other's pipe to be emptied.
    """

    def __init__(self, command: Sequence[str] = JAVASCRIPT, cwd: Path = ROOT) -> None:
        self._command = command
        self._cwd = cwd
        self._sent: list[bytes] = []
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, cwd=self._cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._errors: list[bytes] = []
        threading.Thread(target=_read, args=(self._process, self._answers), daemon=True).start()
        threading.Thread(target=_drain, args=(self._process, self._errors), daemon=True).start()

    def send(self, lines: Sequence[bytes]) -> None:
        """Send cases; they are worked on while the caller does something else."""
        self._sent += lines
        self._write(lines)

    def _write(self, lines: Sequence[bytes]) -> None:
        assert self._process.stdin is not None
        # It may have ended: receiving tells at which case.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b"".join(line + b"\n" for line in lines))
            self._process.stdin.flush()

    def receive(self, count: int) -> list[bytes]:
        """The answers to the `count` cases that were sent first and are not answered yet."""
        received = []
        while len(received) < count:
            try:
                answer = self._answers.get(timeout=MOST_SECONDS)
            except queue.Empty:
                self._process.kill()
                answer = None
            if answer is None:
                self._process.wait()
                words = b"".join(self._errors[-20:]).decode(errors="replace") or f"no answer in {MOST_SECONDS} seconds"
                received.append(json.dumps({"crash": words}).encode())
                self._sent.pop(0)
                self.close()
                self._start()
                self._write(self._sent)
            else:
                received.append(answer)
                self._sent.pop(0)
        return received

    def ask(self, case: Any) -> Any:
        """The answer to one case."""
        self.send([json.dumps(case).encode()])
        return json.loads(self.receive(1)[0])

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        if self._process.poll() is None:
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self) -> "Door":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _read(process: subprocess.Popen[bytes], answers: "queue.SimpleQueue[bytes | None]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        answers.put(line)
    answers.put(None)


def _drain(process: subprocess.Popen[bytes], errors: list[bytes]) -> None:
    assert process.stderr is not None
    errors.extend(process.stderr)
