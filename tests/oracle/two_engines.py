"""The two engines on the same random cases: `python -m tests.oracle.two_engines --cases 1000000 --seed 1 --jobs 2`.

Every case holds a compiled bundle. Answers are compared whole: values, types of numbers, errors with their words and
order. With `--engines python,js,reference` the reference, written from the contract alone, is a third opinion on small
cases; of its errors the fields count. The exit code is 1 where there is a difference.
"""

import argparse
import json
import shlex
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

from tests.oracle import reference
from tests.oracle.door import JAVASCRIPT, Door
from tests.oracle.generate_bundles import broken_group, huge_group, names_group, resolution_group, valid_group
from tests.oracle.generate_large import large_group
from tests.oracle.shrink import shrink

Maker = Callable[[int], list[Any]]
Task = tuple[str, int]
Difference = tuple[str, int, int]
"""(kind, seed of the group, place in the group)."""
MAKERS: dict[str, Maker] = {
    "valid": valid_group,
    "resolution": resolution_group,
    "names": names_group,
    "huge": huge_group,
    "broken": broken_group,
    "large": large_group,
}
SHARES = {"valid": 0.35, "resolution": 0.22, "names": 0.1, "huge": 0.14, "broken": 0.18, "large": 0.01}
ENGINES = ("python", "js", "reference")
SMALL_UNITS, SMALL_PROMOTIONS = 12, 12


class Comparison:
    """The engines of one process, side by side."""

    def __init__(self, engines: Sequence[str], command: Sequence[str] = JAVASCRIPT) -> None:
        self._engines = engines
        self._door = Door(command) if "js" in engines else None
        self._waiting: list[tuple[Task, list[bytes]]] = []

    def begin(self, task: Task) -> None:
        """Send the cases of a group to the other process."""
        texts = [json.dumps(case).encode() for case in MAKERS[task[0]](task[1])]
        if self._door:
            self._door.send(texts)
        self._waiting.append((task, texts))

    def finish(self) -> tuple[int, list[Difference]]:
        """Price the group that was begun first here too: the number of its cases, and which of them differ."""
        (kind, seed), texts = self._waiting.pop(0)
        ours = [of_python(json.loads(text)) for text in texts]
        theirs = self._door.receive(len(texts)) if self._door else [None] * len(texts)
        pairs = enumerate(zip(texts, ours, theirs, strict=True))
        return len(texts), [(kind, seed, place) for place, (text, one, two) in pairs if self._differ(text, one, two)]

    def _differ(self, text: bytes, ours: Any, theirs: bytes | None) -> bool:
        if theirs is not None and plain(ours) != plain(json.loads(theirs)):
            return True
        if "reference" not in self._engines:
            return False
        case = json.loads(text)
        return is_small(case) and plain(fields_only(ours)) != plain(fields_only(of_reference(case)))

    def answers(self, case: Any) -> dict[str, Any]:
        """What each engine says to one case."""
        text = json.dumps(case)
        found = {"python": of_python(json.loads(text))}
        if self._door:
            found["js"] = self._door.ask(case)
        if "reference" in self._engines and is_small(case):
            found["reference"] = of_reference(json.loads(text))
        return found

    def differs(self, case: Any) -> bool:
        """True where the engines do not agree on a case."""
        found = self.answers(case)
        if "js" in found and plain(found["python"]) != plain(found["js"]):
            return True
        return "reference" in found and plain(fields_only(found["python"])) != plain(fields_only(found["reference"]))

    def close(self) -> None:
        """End the other process."""
        if self._door:
            self._door.close()


def of_python(case: Any) -> Any:
    """The answer of portal.engine; a crash is an answer of its own."""
    from portal.engine import evaluate_case

    try:
        return evaluate_case(case)
    except Exception:
        return {"crash": traceback.format_exc(limit=-3)}


def of_reference(case: Any) -> Any:
    """The answer of the reference."""
    try:
        return reference.evaluate(case)
    except Exception:
        return {"reference crash": traceback.format_exc(limit=-3)}


def plain(answer: Any) -> str:
    """A text that is the same for the same answer: 1, 1.0 and true are three."""
    return json.dumps(answer, sort_keys=True)


def fields_only(answer: Any) -> Any:
    """The answer; of errors the fields in order."""
    return [error["field"] for error in answer["errors"]] if "errors" in answer else answer


def is_small(case: Any) -> bool:
    """True for a case that the reference, which tries everything, answers in good time."""
    try:
        units = sum(line["quantity"] for line in case["basket"]["lines"])
        return bool(units <= SMALL_UNITS and len(case["bundle"]["promotions"]) <= SMALL_PROMOTIONS)
    except (KeyError, TypeError):
        return True


def tasks_of(counts: dict[str, int], seed: int) -> Iterator[Task]:
    """Groups of every kind that come to so many cases, the kinds well mixed."""
    sizes = {"large": 4}
    groups = {kind: -(-count // sizes.get(kind, 96)) for kind, count in counts.items()}
    order = sorted(((place + 0.5) / number, kind, place) for kind, number in groups.items() for place in range(number))
    return ((kind, seed * 10_000_000 + place) for _, kind, place in order)


_comparison: Comparison | None = None


def _start(engines: Sequence[str], command: Sequence[str]) -> None:
    global _comparison
    _comparison = Comparison(engines, command)


def _compare(tasks: list[Task]) -> tuple[int, list[Difference]]:
    """Compare some groups in this process; the other one works a group ahead."""
    assert _comparison is not None
    count, found = 0, []
    for place, task in enumerate(tasks):
        _comparison.begin(task)
        if place:
            compared, differing = _comparison.finish()
            count, found = count + compared, found + differing
    compared, differing = _comparison.finish()
    return count + compared, found + differing


def differences(
    counts: dict[str, int],
    seed: int,
    jobs: int = 1,
    engines: Sequence[str] = ENGINES[:2],
    command: Sequence[str] = JAVASCRIPT,
    told: Callable[[int, int], None] = lambda count, found: None,
) -> tuple[int, list[Difference]]:
    """How many cases were compared, and those that differ; `told` hears of both as they grow."""
    tasks = tasks_of(counts, seed)
    chunks = iter(lambda: list(islice(tasks, 12)), [])
    count, found = 0, []
    if jobs == 1:
        _start(engines, command)
        results: Iterator[tuple[int, list[Difference]]] = map(_compare, chunks)
        pool = None
    else:
        pool = ProcessPoolExecutor(jobs, initializer=_start, initargs=(engines, command))
        results = pool.map(_compare, chunks)
    try:
        for compared, differing in results:
            count, found = count + compared, found + differing
            told(count, len(found))
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
        elif _comparison:
            _comparison.close()
    return count, found


def report(difference: Difference, comparison: Comparison) -> str:
    """A difference, as small as it can be made, with all answers."""
    kind, seed, place = difference
    small = shrink(MAKERS[kind](seed)[place], partial(_still, comparison))
    lines = [f"{kind} {seed} {place}", f"  case      {json.dumps(small)}"]
    lines += [f"  {engine:9} {json.dumps(answer)}" for engine, answer in comparison.answers(small).items()]
    return "\n".join(lines)


def _still(comparison: Comparison, case: Any) -> bool:
    return isinstance(case, dict) and comparison.differs(case)


def _progress(started: float, wanted: int) -> Callable[[int, int], None]:
    last = [started]

    def told(count: int, found: int) -> None:
        now = time.monotonic()
        if now - last[0] >= 5:
            last[0] = now
            rate = count / (now - started)
            left = max(0, wanted - count) / rate / 60
            sys.stderr.write(
                f"{count:,} of {wanted:,} cases, {rate:.0f} a second, {found} differ, {left:.1f} min left\n"
            )
            sys.stderr.flush()

    return told


def main() -> int:
    """Compare, print the first differences shrunk; 1 where there are any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="pairs of processes")
    parser.add_argument("--kind", choices=MAKERS, action="append", help="only cases of this kind (again for more)")
    parser.add_argument("--engines", default="python,js", help="python,js (default), python,reference or all three")
    parser.add_argument("--show", type=int, default=5, help="how many differences to shrink and print")
    parser.add_argument("--door", default=shlex.join(JAVASCRIPT), help="the command that is the JavaScript side")
    given = parser.parse_args()
    engines, command = given.engines.split(","), shlex.split(given.door)
    if "python" not in engines or not set(engines) <= set(ENGINES):
        parser.error("--engines: python and one or both of js, reference")
    shares = {kind: 1 / len(given.kind) for kind in given.kind} if given.kind else SHARES
    counts = {kind: max(1, round(given.cases * part)) for kind, part in shares.items()}
    started = time.monotonic()
    count, found = differences(
        counts, given.seed, given.jobs, engines, command, _progress(started, sum(counts.values()))
    )
    seconds = time.monotonic() - started
    words = f"{count:,} cases ({', '.join(f'{kind} {number:,}' for kind, number in counts.items())})"
    sys.stdout.write(f"{words}, seed {given.seed}, {seconds:.0f} s, {' and '.join(engines)}: {len(found)} differ\n")
    comparison = Comparison(engines, command)
    for difference in found[: given.show]:
        sys.stdout.write(report(difference, comparison) + "\n")
    comparison.close()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
