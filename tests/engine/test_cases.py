"""Every case of tests/cases through `evaluate_case`, compared as tests/cases/README.md says."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.engine import PromotionCompiler, evaluate_case
from tests.vectors import all_vectors

CASES = Path(__file__).parents[1] / "cases"
CONTRACT = Path(__file__).parents[2] / "docs" / "contract" / "engine.md"
FILES = (
    "shared/contract_cases.jsonl",
    "shared/peer_cases.jsonl",
    "error_cases.jsonl",
    "compile_cases.jsonl",
)


def read(name: str) -> list[dict[str, Any]]:
    """The rows of one file of cases."""
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def rows(name: str) -> list[Any]:
    """One pytest parameter for each row of a file of cases, named by its id."""
    return [pytest.param(row, id=row["id"]) for row in read(name)]


def fields(answer: dict[str, Any]) -> list[str]:
    """The fields of an answer's errors, in order; empty where there are none."""
    return [error["field"] for error in answer.get("errors", [])]


def same_json(found: object, expected: object) -> bool:
    """Equality value for value: key order does not count, but 1, 1.0 and true are three values."""
    return json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True)


def reasons_agree(found: dict[str, str], expected: dict[str, str | None]) -> bool:
    """Each named code did not apply, for the named reason; null stands for any reason."""
    return all(code in found and reason in (None, found[code]) for code, reason in expected.items())


def not_applied(answer: dict[str, Any]) -> dict[str, str]:
    return {row["promotion"]: row["reason"] for row in answer["not_applied"]}


def part_of(found: dict[str, int], expected: dict[str, int]) -> bool:
    return expected.items() <= found.items()


PARTIAL: dict[str, Callable[[dict[str, Any], Any], bool]] = {
    "subtotal": lambda answer, amount: bool(answer["subtotal"] == amount),
    "discount": lambda answer, amount: bool(answer["discount"] == amount),
    "total": lambda answer, amount: bool(answer["total"] == amount),
    "line_discounts": lambda answer, lines: part_of({row["id"]: row["discount"] for row in answer["lines"]}, lines),
    "applied": lambda answer, codes: sorted(row["promotion"] for row in answer["applied"]) == sorted(codes),
    "not_applied": lambda answer, reasons: reasons_agree(not_applied(answer), reasons),
    "rewards": lambda answer, amounts: {row["promotion"]: row["amount"] for row in answer["rewards"]} == amounts,
    "missing": lambda answer, units: part_of(
        {row["promotion"]: row["detail"].get("missing") for row in answer["not_applied"]}, units
    ),
}


def told(case: dict[str, Any], answer: dict[str, Any]) -> str:
    """The failure message: why the case expects what it expects, and both sides."""
    expected = case.get("expected", case.get("fields"))
    return (
        f"{case['why']}\nexpected {json.dumps(expected, sort_keys=True)}\n   found {json.dumps(answer, sort_keys=True)}"
    )


@pytest.mark.parametrize("case", rows("shared/contract_cases.jsonl"))
def test_the_whole_result_is_the_expected_one(case: dict[str, Any]) -> None:
    answer = evaluate_case(case["case"])
    if "errors" in case["expected"]:
        assert fields(answer) == fields(case["expected"]), told(case, answer)
    else:
        assert same_json(answer, case["expected"]), told(case, answer)


@pytest.mark.parametrize("case", rows("shared/peer_cases.jsonl"))
def test_the_figures_of_other_projects_come_out(case: dict[str, Any]) -> None:
    answer = evaluate_case(case["case"])
    differing = [key for key, value in case["expected"].items() if not PARTIAL[key](answer, value)]
    assert not differing, f"{differing}: {told(case, answer)}"


@pytest.mark.parametrize("case", rows("error_cases.jsonl"))
def test_a_case_in_error_names_its_fields_in_order(case: dict[str, Any]) -> None:
    answer = evaluate_case(case["case"])
    assert fields(answer) == case["fields"], told(case, answer)
    assert all(error["message"] for error in answer["errors"]), "every error says in words what is wrong"
    assert set(answer) == {"errors"}, "a case in error is never half evaluated"


@pytest.mark.parametrize("case", rows("compile_cases.jsonl"))
def test_a_definition_compiles_to_what_a_till_needs(case: dict[str, Any]) -> None:
    compiled = PromotionCompiler().compile_promotion(case["definition"])
    assert same_json(compiled, case["compiled"]), f"{case['why']}\nfound {json.dumps(compiled, sort_keys=True)}"


def test_ids_are_told_apart() -> None:
    counted = Counter(row["id"] for name in FILES for row in read(name))
    assert [id_ for id_, times in counted.items() if times > 1] == []


def test_the_contract_names_cases_and_vectors_that_exist() -> None:
    known = {row["id"] for name in FILES for row in read(name)} | {vector.name for vector in all_vectors()}
    text = CONTRACT.read_text(encoding="utf-8")
    silent = text.partition("## 13. Where the contract was silent")[2]
    named = re.findall(r"\[`([a-z_0-9-]+)`\](?!\()", text) + re.findall(
        r"`([a-z_0-9-]+)`", " ".join(last_columns(silent))
    )
    assert named, "the contract names its cases"
    assert sorted(set(named) - known) == []


def last_columns(text: str) -> list[str]:
    """The last cell of each row of the tables in a text."""
    return [line.split("|")[-2] for line in text.splitlines() if line.startswith("|")]
