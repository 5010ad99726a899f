#!/usr/bin/env python3
"""Certify a till: feed it every vector, a case a line, and compare what it answers with what the contract asks for.

    python3 tests/vectors/certify.py --till "node my-till.mjs"

docs/certify-a-till.md explains the form and the options. This file needs Python 3.11 and nothing else, so that the
folder can be copied out of the project.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
CASE_KEYS = ("bundle", "basket", "remaining")
"""What of a vector is sent to a till, in this order (docs/contract/engine.md, section 12)."""
MOST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Vector:
    """One case with the answer that every till must give, from the file named `topic`."""

    topic: str
    name: str
    why: str
    case: Any
    answer: dict[str, Any]


def topics() -> list[str]:
    """The names of all files: `bogo`, `stacking`, ..., those of the generated ones at the end."""
    return sorted(path.stem for path in (FOLDER / "readable").glob("*.json")) + sorted(
        path.stem for path in (FOLDER / "generated").glob("*.jsonl")
    )


def rows_of(topic: str) -> list[dict[str, Any]]:
    """The vectors of a file as they are written there."""
    readable = FOLDER / "readable" / f"{topic}.json"
    if readable.exists():
        return json.loads(readable.read_text(encoding="utf-8"))
    generated = FOLDER / "generated" / f"{topic}.jsonl"
    return [json.loads(line) for line in generated.read_text(encoding="utf-8").splitlines()]


def read(chosen: Iterable[str] | None = None) -> list[Vector]:
    """The vectors of some files, or of all."""
    return [vector_of(topic, row) for topic in (topics() if chosen is None else chosen) for row in rows_of(topic)]


def vector_of(topic: str, row: dict[str, Any]) -> Vector:
    """A row of a file; its case is `case`, or what a till is given one by one."""
    case = row["case"] if "case" in row else {key: row[key] for key in CASE_KEYS if key in row}
    answer = row["result"] if "result" in row else {"errors": row["errors"]}
    return Vector(topic, row["name"], row.get("why", ""), case, answer)


def types_of(vector: Vector) -> set[str]:
    """The types of the promotions of a vector, as far as they can be read."""
    bundle = vector.case.get("bundle") if isinstance(vector.case, dict) else None
    promotions = bundle.get("promotions") if isinstance(bundle, dict) else None
    entries = [entry for entry in promotions if isinstance(entry, dict)] if isinstance(promotions, list) else []
    return {entry["type"] for entry in entries if isinstance(entry.get("type"), str)}


def plain(answer: Any) -> str:
    """A text that is the same for the same JSON value: the order of keys is free, but 1, 1.0 and true are three."""
    return json.dumps(answer, sort_keys=True)


def without_words(answer: Any) -> Any:
    """The answer; of errors the fields in order, as their words are free."""
    if not isinstance(answer, dict) or not isinstance(answer.get("errors"), list):
        return answer
    errors = answer["errors"]
    return {**answer, "errors": [error.get("field") if isinstance(error, dict) else error for error in errors]}


def same(found: Any, expected: Any, words: bool = False) -> bool:
    """True where an answer is the expected one; `words` asks for the same messages of errors too."""
    if words:
        return plain(found) == plain(expected)
    return plain(without_words(found)) == plain(without_words(expected))


def told(vector: Vector, found: Any) -> str:
    """A failure in words: which vector, why it is there, what was expected and what came."""
    why = f"\n  {vector.why}" if vector.why else ""
    return (
        f"{vector.topic}: {vector.name}{why}\n  case     {json.dumps(vector.case)}"
        f"\n  expected {plain(vector.answer)}\n  found    {plain(found)}"
    )


def failures(
    evaluate: Callable[[Any], Any], vectors: Iterable[Vector] | None = None, words: bool = True
) -> list[tuple[Vector, Any]]:
    """The vectors that a function from a case to its answer gets wrong, with what it answers."""
    found = []
    for vector in read() if vectors is None else vectors:
        try:
            answer = evaluate(json.loads(json.dumps(vector.case)))
        except Exception as error:
            answer = {"no answer": repr(error)}
        if not same(answer, vector.answer, words):
            found.append((vector, answer))
    return found


def failures_of_command(
    command: Sequence[str], vectors: Sequence[Vector] | None = None, words: bool = True, cwd: Path | None = None
) -> list[tuple[Vector, Any]]:
    """The vectors that a command gets wrong: one process, a case a line in, an answer a line out, in order.

    A line that is missing or no JSON is an answer of its own, {"no answer": ...}.
    """
    vectors = read() if vectors is None else vectors
    given = "".join(json.dumps(vector.case) + "\n" for vector in vectors).encode()
    try:
        run = subprocess.run(command, input=given, capture_output=True, check=False, timeout=MOST_SECONDS, cwd=cwd)
        lines, words_of_process = run.stdout.splitlines(), run.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as expired:
        lines, words_of_process = (expired.stdout or b"").splitlines(), f"not done in {MOST_SECONDS} seconds"
    found = []
    for place, vector in enumerate(vectors):
        line = lines[place] if place < len(lines) else b""
        answer = answer_of(line, words_of_process)
        if not same(answer, vector.answer, words):
            found.append((vector, answer))
    return found


def answer_of(line: bytes, words_of_process: str) -> Any:
    """The JSON value of a line."""
    try:
        return json.loads(line)
    except ValueError:
        text = line.decode(errors="replace")[:200] or words_of_process.strip()[-400:]
        return {"no answer": text}


def chosen_vectors(only: Collection[str], without: Collection[str], types: Collection[str]) -> list[Vector]:
    """The vectors of some files; where `types` are named, those that hold promotions of these types alone."""
    wanted = [topic for topic in topics() if (not only or topic in only) and topic not in without]
    vectors = read(wanted)
    return [vector for vector in vectors if types_of(vector) <= set(types)] if types else vectors


def report(vectors: Sequence[Vector], failed: Sequence[tuple[Vector, Any]], show: int) -> str:
    """What a certification says: each file with its figures, then the first failures."""
    counted, wrong = Counter(v.topic for v in vectors), Counter(v.topic for v, _ in failed)
    width = max(map(len, counted), default=0)
    lines = [
        f"{topic:{width}} {count - wrong[topic]:5} of {count:5}{'  FAILED' if wrong[topic] else ''}"
        for topic, count in counted.items()
    ]
    lines += [told(vector, answer) for vector, answer in failed[:show]]
    if len(failed) > show:
        lines.append(f"... and {len(failed) - show} more: --show {len(failed)}")
    return "\n".join([*lines, f"{len(vectors) - len(failed)} of {len(vectors)} vectors passed."])


def listed(text: str) -> list[str]:
    """The words of a list with commas."""
    return [word for word in text.split(",") if word]


def main() -> int:
    """Certify and print the report; 1 where a vector failed, 2 where the question makes no sense."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--till", help="the command: reads a case a line, writes an answer a line")
    parser.add_argument("--only", default="", help="files, with commas between: bogo,combo")
    parser.add_argument("--without", default="", help="files to leave out: lone_surrogates")
    parser.add_argument("--types", default="", help="only vectors of these types of promotions")
    parser.add_argument("--words", action="store_true", help="the messages of errors must be ours, too")
    parser.add_argument("--show", type=int, default=5, help="how many failures to show (default 5)")
    parser.add_argument("--list", action="store_true", help="name the files and how many vectors each holds")
    given = parser.parse_args()
    only, without = listed(given.only), listed(given.without)
    if unknown := {*only, *without} - set(topics()):
        parser.error(f"no such file: {', '.join(sorted(unknown))}")
    vectors = chosen_vectors(only, without, listed(given.types))
    if not vectors:
        parser.error("no vector is left")
    if given.list:
        sys.stdout.write("".join(f"{count:5} {topic}\n" for topic, count in Counter(v.topic for v in vectors).items()))
        return 0
    if not given.till:
        parser.error("--till names the command to certify")
    failed = failures_of_command(shlex.split(given.till), vectors, given.words)
    sys.stdout.write(report(vectors, failed, given.show) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
