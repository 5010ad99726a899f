"""Vectors: cases with the answer that every engine must give. README.md says how they are made and read."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.vectors import certify


@cache
def all_vectors() -> tuple[certify.Vector, ...]:
    """Every vector, read once a process."""
    return tuple(certify.read())


def failures(evaluate: Callable[[Any], Any]) -> list[str]:
    """Each vector that a function from a case to its answer gets wrong, in words; errors with their messages.

    Where `evaluate` raises, that is its answer.
    """
    return [certify.told(vector, found) for vector, found in certify.failures(evaluate, all_vectors())]


def failures_of_command(command: Sequence[str], cwd: Path | None = None) -> list[str]:
    """The same for a command that reads a case a line and writes an answer a line, in one process."""
    return [
        certify.told(vector, found) for vector, found in certify.failures_of_command(command, all_vectors(), cwd=cwd)
    ]
