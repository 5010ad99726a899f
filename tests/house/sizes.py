"""Prints what is larger than usual: files, functions, views, templates. A signal to look at, not a verdict."""

import ast
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


if __name__ == "__main__":
    print("\n".join(large()) or "Nothing is larger than usual.")
