"""The written form of the readable vectors: one of them a few lines, so that a change shows as a small difference.

`python -m tests.vectors.layout` writes all files in this form, `--check` only names those that are not. Everything
beyond ASCII is escaped: a combining accent, a Kelvin sign and a lone surrogate must be told apart by eye, and no
editor may normalise them.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

from tests.vectors.certify import FOLDER

WIDTH = 120


def written(rows: list[dict[str, Any]]) -> str:
    """A whole file."""
    return "[\n" + ",\n".join(_vector(row) for row in rows) + "\n]\n"


def _vector(row: dict[str, Any]) -> str:
    members = [f"  {json.dumps(key)}: {_value(value, 2, len(key) + 6)}" for key, value in row.items()]
    return "{\n" + ",\n".join(members) + "\n}"


def _value(value: Any, indent: int, column: int) -> str:
    """A value on one line where it fits from `column` on, else over several, indented; the first behind its bracket."""
    flat = json.dumps(value)
    if column + len(flat) < WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    if isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        parts = (_value(part, indent + 1, indent + 1) for part in value)
        return "[\n" + ",\n".join(" " * (indent + 1) + part for part in parts) + "]"
    entries = value.items() if isinstance(value, dict) else [("", part) for part in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + _filled(entries, indent + 1, column + 1) + closing


def _filled(entries: Iterable[tuple[str, Any]], indent: int, column: int) -> str:
    """Entries one behind the other, as many on a line as fit; what needs several lines begins one."""
    text, own_line = "", True
    for key, value in entries:
        head = f"{json.dumps(key)}: " if key else ""
        if text and (not own_line or column + len(head) + len(json.dumps(value)) + 2 >= WIDTH):
            text, column = f"{text},\n{' ' * indent}", indent
        elif text:
            text, column = f"{text}, ", column + 2
        entry = head + _value(value, indent, column + len(head))
        text, column, own_line = text + entry, column + len(entry), "\n" not in entry
    return text


def main() -> int:
    """Write every file in its form; with --check only say which are not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 where something would change")
    check = parser.parse_args().check
    differing = []
    for path in sorted((FOLDER / "readable").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        laid_out = written(json.loads(text))
        if laid_out != text:
            differing.append(path.name)
            if not check:
                path.write_text(laid_out, encoding="utf-8")
    sys.stdout.write("".join(f"{name}\n" for name in differing))
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
