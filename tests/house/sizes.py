"""Prints what is larger than usual: files, functions, views, templates. A signal to look at, not a verdict."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from portal.config import ROOT

LIMITS = {"file": 300, "function": 40, "view": 20, "template": 150, "conftest": 150}


def large() -> Iterator[str]:
    """One line for each thing above its limit."""
    for path in sorted([*ROOT.glob("portal/**/*.py"), *ROOT.glob("jobs/*.py"), *ROOT.glob("tests/**/*.py")]):
        lines = len(path.read_text().splitlines())
        if lines > (limit := LIMITS["conftest" if path.name == "conftest.py" else "file"]):
            yield f"{lines:>5} lines (limit {limit})  {path.relative_to(ROOT)}"
        yield from large_functions(path)
    for path in sorted([*ROOT.glob("portal/static/**/*.js"), *ROOT.glob("portal/*.mjs"), *ROOT.glob("bench/*.mjs")]):
        lines = path.read_text().splitlines()
        if len(lines) > LIMITS["file"]:
            yield f"{len(lines):>5} lines (limit {LIMITS['file']})  {path.relative_to(ROOT)}"
        for name, start, length in javascript_functions(lines):
            if length > LIMITS["function"]:
                yield f"{length:>5} lines (limit {LIMITS['function']})  {path.relative_to(ROOT)}:{start} {name}"
    for path in sorted(ROOT.glob("portal/templates/**/*.html")):
        if (lines := len(path.read_text().splitlines())) > LIMITS["template"]:
            yield f"{lines:>5} lines (limit {LIMITS['template']})  {path.relative_to(ROOT)}"


def large_functions(path: Path) -> Iterator[str]:
    """One line for each function above its limit."""
    kind = "view" if path.name == "views.py" else "function"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LIMITS[kind]:
                yield f"{lines:>5} lines (limit {LIMITS[kind]})  {path.relative_to(ROOT)}:{node.lineno} {node.name}"


HEAD = re.compile(r"(\s*)(?:export )?(?:static |get |set |async )*(?:function\*? )?([\w$]+)\((?!.*;$)(?:.*\{)?$")
NO_FUNCTION = {"if", "for", "while", "switch", "catch", "with", "super"}


def javascript_functions(lines: list[str]) -> Iterator[tuple[str, int, int]]:
    """Name, first line and length of each function and method; they end at a brace under their first letter."""
    for start, line in enumerate(lines, 1):
        head = HEAD.match(line)
        if head is None or head[2] in NO_FUNCTION:
            continue
        rest = lines[start:]
        end = next((number for number, each in enumerate(rest) if each.startswith(head[1] + "}")), None)
        if end is not None:
            yield head[2], start, end + 2


if __name__ == "__main__":
    print("\n".join(large()) or "Nothing is larger than usual.")
