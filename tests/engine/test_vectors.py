"""The vectors: every engine and the reference give each of them, and they are what their README says."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from portal.engine import PromotionCompiler, evaluate_case
from portal.engine.definition import RULES
from portal.engine_javascript import find_node
from tests.oracle import reference
from tests.vectors import all_vectors, certify
from tests.vectors.certify import FOLDER, Vector
from tests.vectors.layout import written

REASONS = (
    *("unsupported", "currency", "outside_dates", "outside_hours", "store", "channel", "customer", "experiment"),
    *("trigger", "limit_reached", "payment_method", "minimum_spend", "missing_items"),
    *("no_benefit", "suggested", "not_best"),
)
"""Contract, section 7, in its order."""
ROOT = Path(__file__).parents[2]
READABLE = sorted(FOLDER.glob("readable/*.json"))
ROWS = [row for path in READABLE for row in json.loads(path.read_text(encoding="utf-8"))]
VECTORS = [vector for vector in all_vectors() if vector.why]


def is_small(vector: Vector) -> bool:
    """False for sets of thousands of units: the reference places them one by one."""
    if not {"combo", "package", "mix_match"} & certify.types_of(vector):
        return True
    lines = vector.case["basket"]["lines"]
    return isinstance(vector.answer.get("errors"), list) or sum(line["quantity"] for line in lines) <= 200


def by_name(vectors: list[Vector]) -> list[Any]:
    return [pytest.param(vector, id=vector.name) for vector in vectors]


@pytest.mark.parametrize("vector", by_name(VECTORS))
def test_the_python_engine_gives_it(vector: Vector) -> None:
    found = certify.failures(evaluate_case, [vector])
    assert not found, certify.told(*found[0])


@pytest.fixture(scope="module")
def answers_of_javascript() -> dict[str, Any]:
    """What the JavaScript engine says to every vector, from one Node process."""
    command = [find_node(), str(ROOT / "portal" / "engine_node.mjs")]
    given = "".join(json.dumps(vector.case) + "\n" for vector in all_vectors())
    run = subprocess.run(command, input=given.encode(), capture_output=True, check=True, timeout=120)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    return {vector.name: answer for vector, answer in zip(all_vectors(), answers, strict=True)}


@pytest.mark.parametrize("vector", by_name(VECTORS))
def test_the_javascript_engine_gives_it(vector: Vector, answers_of_javascript: dict[str, Any]) -> None:
    found = answers_of_javascript[vector.name]
    assert certify.same(found, vector.answer, words=True), certify.told(vector, found)


@pytest.mark.parametrize("vector", by_name([vector for vector in VECTORS if is_small(vector)]))
def test_the_reference_gives_it_too(vector: Vector) -> None:
    """The reference was written from the contract alone; of errors it has its own words."""
    found = certify.failures(reference.evaluate, [vector], words=False)
    assert not found, certify.told(*found[0])


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in ROWS if "definitions" in row])
def test_its_definitions_compile_to_its_bundle(row: dict[str, Any]) -> None:
    compiled = [PromotionCompiler().compile_promotion(definition) for definition in row["definitions"]]
    assert certify.plain(compiled) == certify.plain(row["bundle"]["promotions"]), row["why"]


def test_a_vector_is_not_changed_by_pricing_it() -> None:
    for vector in VECTORS:
        before = json.dumps(vector.case)
        evaluate_case(vector.case)
        assert json.dumps(vector.case) == before, vector.name


def test_names_are_told_apart() -> None:
    counted = Counter(vector.name for vector in all_vectors())
    assert [name for name, times in counted.items() if times > 1] == []


def test_there_are_at_least_400_and_each_says_why_in_its_own_words() -> None:
    assert len(VECTORS) >= 400
    assert [row["name"] for row in ROWS if len(row.get("why", "").split()) < 6] == []
    counted = Counter(row["why"] for row in ROWS)
    assert [why for why, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_a_file_is_laid_out_as_its_command_writes_it(path: Path) -> None:
    assert written(json.loads(path.read_text(encoding="utf-8"))) == path.read_text(encoding="utf-8"), (
        "python -m tests.vectors.layout"
    )


def test_a_row_holds_what_the_readme_says_and_in_this_order() -> None:
    form = re.compile(r"name why( worked)?( definitions)?( case| bundle basket( remaining)?) (result|errors)")
    assert [row["name"] for row in ROWS if not form.fullmatch(" ".join(row))] == []


@pytest.mark.parametrize("type_", RULES)
def test_each_type_has_at_least_eight_vectors_of_its_own(type_: str) -> None:
    assert sum(vector.topic == type_ for vector in VECTORS) >= 8


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_given_somewhere(reason: str) -> None:
    found = [vector for vector in VECTORS for row in vector.answer.get("not_applied", []) if row["reason"] == reason]
    assert len(found) >= 2
