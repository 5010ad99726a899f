"""Plant every mistake, one at a time, in a copy of the tree: `python -m tests.sync_mistakes [--jobs 1] [WORDS]`.

Each is caught when one of the tests that are named for it fails; the table shows the first that did. Exits with 1 where
a mistake passes all of its tests, with 2 where it can't be planted or its tests fail without it.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from portal.config import ROOT
from tests.sync_mistakes.every import MISTAKES, Mistake

MOST_SECONDS = 300
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".venv", ".git", "node_modules", "instance", ".pytest_cache", "docs")


def copy_tree(target: Path) -> Path:
    """A copy of the project; the working tree is never touched."""
    shutil.copytree(ROOT, target, ignore=LEFT_OUT, symlinks=True)
    return target


def run(tree: Path, tests: Sequence[str]) -> tuple[int, list[str]]:
    """The exit code of the tests in a tree, and which failed; it ends with the first."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return 1, [f"not done in {MOST_SECONDS} seconds"]
    return done.returncode, FAILED.findall(done.stdout)


def tried(trees: "SimpleQueue[Path]", mistake: Mistake) -> tuple[int, list[str]]:
    """What its tests say of a mistake, in a tree that nobody else uses meanwhile."""
    tree = trees.get()
    try:
        for edit in mistake.edits:
            edit.plant(tree)
        return run(tree, mistake.tests)
    finally:
        for path in {edit.path for edit in mistake.edits}:
            shutil.copyfile(ROOT / path, tree / path)
        trees.put(tree)


def main() -> int:
    """Plant them all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="only mistakes whose name holds all of these")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--unchecked", action="store_true", help="do not run the tests without any mistake first")
    given = parser.parse_args()
    chosen = [each for each in MISTAKES if all(word in each.name for word in given.words)]
    if not chosen:
        parser.error("no mistake has a name with these words")
    if gone := [f"{edit.path}: {each.name}" for each in chosen for edit in each.edits if edit.stands() != 1]:
        sys.stderr.write("no longer in the code, or there twice:\n  " + "\n  ".join(gone) + "\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="mistakes-") as folder, ThreadPoolExecutor(given.jobs) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(given.jobs):
            trees.put(copy_tree(Path(folder) / str(number)))
        if not given.unchecked:
            tree = trees.get()
            code, failed = run(tree, sorted({test for each in chosen for test in each.tests}))
            trees.put(tree)
            if code:
                sys.stderr.write(f"the tests fail without any mistake: {failed}\n")
                return 2
        return plant_all(chosen, trees, pool)


def plant_all(chosen: list[Mistake], trees: "SimpleQueue[Path]", pool: ThreadPoolExecutor) -> int:
    """The table, a line for each mistake as it is done; the exit code."""
    began = time.monotonic()
    running = [(each, pool.submit(tried, trees, each)) for each in chosen]
    missed = 0
    for mistake, future in running:
        code, failed = future.result()
        is_caught = code == 1 and bool(failed)
        missed += not is_caught
        sys.stdout.write(f"{'caught' if is_caught else 'MISSED'}  {mistake.name}\n        {' '.join(failed[:1])}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - missed} of {len(chosen)} caught, {time.monotonic() - began:.0f} s\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
