"""A planted fault, and copies of the engines that hold one."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from portal.engine_javascript import find_node

ROOT = Path(__file__).parents[2]
FOLDERS = {"python": Path("portal/engine"), "javascript": Path("portal/static/engine")}
ENDINGS = {"python": "py", "javascript": "js"}


class Row(NamedTuple):
    """A fault as the lists have it; `file` is the name of the twins, or `python_file|javascript_file`."""

    name: str
    file: str
    python: str
    python_fault: str
    javascript: str
    javascript_fault: str


@dataclass(frozen=True)
class Edit:
    """A piece of one file, which stands there exactly once, and what the mistake puts there."""

    path: Path | str
    old: str
    new: str

    def stands(self, root: Path = ROOT) -> int:
        """How often the piece stands in its file: 1 where the fault can be planted."""
        return (root / self.path).read_text(encoding="utf-8").count(self.old)

    def plant(self, root: Path) -> None:
        """Put the fault into the tree at `root`. Raises ValueError where its place is gone."""
        text = (root / self.path).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.path} holds {text.count(self.old)} times {self.old!r}")
        (root / self.path).write_text(text.replace(self.old, self.new), encoding="utf-8")

    def mend(self, root: Path) -> None:
        """Put the file back as the project has it."""
        shutil.copyfile(ROOT / self.path, root / self.path)


@dataclass(frozen=True)
class Fault:
    """One mistake in words and as an edit in each language."""

    name: str
    edits: dict[str, Edit]


def fault_of(row: Row) -> Fault:
    """The fault of a row of a list."""
    ours, _, theirs = row.file.partition("|")
    files = {"python": ours, "javascript": theirs or ours}
    pieces = {
        "python": (row.python, row.python_fault),
        "javascript": (row.javascript, row.javascript_fault),
    }
    edits = {
        language: Edit(FOLDERS[language] / f"{files[language]}.{ENDINGS[language]}", *pieces[language])
        for language in FOLDERS
    }
    return Fault(row.name, edits)


def copy_tree(target: Path) -> None:
    """A copy of what `portal evaluate` and the Node door need; the working tree is never touched."""
    shutil.copytree(
        ROOT / "portal", target / "portal", ignore=shutil.ignore_patterns("__pycache__", "templates", "demo", "css")
    )


def command_of(language: str, root: Path) -> tuple[str, ...]:
    """The command that answers cases with the engine of a tree; it is to be run in that tree."""
    if language == "javascript":
        return (find_node(), str(root / "portal" / "engine_node.mjs"))
    return (sys.executable, "-B", "-c", _OF_TREE, str(root))


_OF_TREE = f"""
import sys
sys.path[:0] = [sys.argv.pop(1)]
import portal.engine
assert portal.engine.__file__.startswith(sys.path[0] + {os.sep!r}), portal.engine.__file__
from portal.cli import main

sys.argv = ["portal", "evaluate", "-"]
main()
"""
