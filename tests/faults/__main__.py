"""Plant every fault, one at a time, in a copy of each engine: `python -m tests.faults [--jobs 2] [WORDS OF A NAME]`.

A fault is caught when a vector (tests/vectors) fails. A few thousand seeded random cases are a second net; what they
catch is told apart and does not count. Exits with 1 where a fault passes all vectors, with 2 where it can't be planted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.faults.every import FAULTS
from tests.faults.planting import FOLDERS, Edit, Fault, command_of, copy_tree
from tests.oracle.two_engines import MAKERS, of_python
from tests.vectors import all_vectors, certify

MOST_SECONDS = 30
NETS = {"valid": 3, "resolution": 3, "huge": 1}
"""How many groups of random cases of each kind, 96 in each, are the second net."""


@dataclass(frozen=True)
class Catch:
    """What caught a fault in one language: names of vectors, and how many random cases."""

    vectors: list[str]
    random: int

    def told(self) -> str:
        """The figures for the table."""
        return (
            f"{len(self.vectors):5} vectors, {self.random:5} random"
            if self.vectors
            else f"MISSED, {self.random:11} random"
        )


def random_net() -> list[certify.Vector]:
    """Random cases with the answers of the engine as it is: the engines are compared elsewhere."""
    cases = [case for kind, number in NETS.items() for seed in range(number) for case in MAKERS[kind](seed)]
    return [certify.Vector("random", "", "", case, of_python(json.loads(json.dumps(case)))) for case in cases]


class Net:
    """All vectors and random cases as lines of text, and trees of code to run them on."""

    def __init__(self, jobs: int, folder: Path) -> None:
        self.vectors = [*all_vectors(), *random_net()]
        self.given = "".join(json.dumps(vector.case) + "\n" for vector in self.vectors).encode()
        self._trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copy_tree(folder / str(number))
            self._trees.put(folder / str(number))

    @contextmanager
    def tree(self) -> Iterator[Path]:
        """A tree that nobody else uses meanwhile."""
        tree = self._trees.get()
        try:
            yield tree
        finally:
            self._trees.put(tree)

    def catch(self, language: str, edit: Edit | None) -> Catch:
        """What fails with an edit in place."""
        with self.tree() as tree:
            if edit:
                edit.plant(tree)
            try:
                return self._failures(command_of(language, tree), tree)
            finally:
                if edit:
                    edit.mend(tree)

    def _failures(self, command: tuple[str, ...], tree: Path) -> Catch:
        try:
            run = subprocess.run(
                command, input=self.given, capture_output=True, check=False, timeout=MOST_SECONDS, cwd=tree
            )
            lines, words = run.stdout.splitlines(), run.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired as expired:
            lines, words = (expired.stdout or b"").splitlines(), f"not done in {MOST_SECONDS} seconds"
        lines += [b""] * (len(self.vectors) - len(lines))
        failed = [
            vector
            for vector, line in zip(self.vectors, lines, strict=True)
            if not certify.same(certify.answer_of(line, words), vector.answer, words=True)
        ]
        names = [f"{vector.topic}: {vector.name}" for vector in failed if vector.topic != "random"]
        return Catch(names, len(failed) - len(names))


def main() -> int:
    """Plant them all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="only faults whose name holds all of these")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--language", choices=FOLDERS, action="append", help="only this one")
    parser.add_argument("--names", action="store_true", help="name the first vectors that caught each fault")
    given = parser.parse_args()
    faults = [fault for fault in FAULTS if all(word in fault.name for word in given.words)]
    if not faults:
        parser.error("no fault has a name with these words")
    languages = given.language or list(FOLDERS)
    gone = [
        f"{each.edits[language].path}: {each.name}"
        for each in faults
        for language in languages
        if each.edits[language].stands() != 1
    ]
    if gone:
        sys.stderr.write("no longer in the code, or there twice:\n  " + "\n  ".join(gone) + "\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, ThreadPoolExecutor(given.jobs) as pool:
        net = Net(given.jobs, Path(folder))
        return plant_all(faults, languages, net, pool, given.names)


def plant_all(faults: list[Fault], languages: list[str], net: Net, pool: ThreadPoolExecutor, names: bool) -> int:
    """The table, a line a fault as it is done; the exit code."""
    started = time.monotonic()
    for language in languages:
        clean = net.catch(language, None)
        if clean.vectors or clean.random:
            sys.stderr.write(f"{language} fails without any fault: {clean.vectors[:3]}, {clean.random} random\n")
            return 2
    width = max(len(fault.name) for fault in faults)
    running = [(fault, [pool.submit(net.catch, each, fault.edits[each]) for each in languages]) for fault in faults]
    missed = []
    for fault, futures in running:
        catches = [future.result() for future in futures]
        missed += [(fault.name, each) for each, catch in zip(languages, catches, strict=True) if not catch.vectors]
        told = "   ".join(f"{each} {catch.told()}" for each, catch in zip(languages, catches, strict=True))
        sys.stdout.write(f"{fault.name:{width}}   {told}\n")
        if names:
            sys.stdout.write("".join(f"    {name}\n" for catch in catches for name in catch.vectors[:2]))
        sys.stdout.flush()
    count = len(faults) * len(languages)
    sys.stdout.write(f"{count - len(missed)} of {count} caught by vectors, {time.monotonic() - started:.0f} s\n")
    sys.stdout.write("".join(f"missed in {language}: {name}\n" for name, language in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
