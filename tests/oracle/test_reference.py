"""The reference against the worked examples that both readings of the contract must meet."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.reference import evaluate

CASES = Path(__file__).parent.parent / "cases" / "shared"


def examples(name: str) -> list[dict[str, Any]]:
    """The cases of one file."""
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("example", examples("contract_cases.jsonl"), ids=lambda example: example["id"])
def test_the_reference_gives_the_contract_s_results(example: dict[str, Any]) -> None:
    result = evaluate(example["case"])
    if "errors" in result:
        result = {"errors": [{"field": error["field"]} for error in result["errors"]]}
    assert result == example["expected"], example["why"]


@pytest.mark.parametrize("example", examples("peer_cases.jsonl"), ids=lambda example: example["id"])
def test_the_reference_gives_the_figures_of_other_projects(example: dict[str, Any]) -> None:
    result = evaluate(example["case"])
    assert partial(result, example["expected"]) == example["expected"], example["why"]


def partial(result: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The result in the peers' terms, with only the keys that they assert."""
    left_out = {entry["promotion"]: entry for entry in result["not_applied"]}
    discounts = {line["id"]: line["discount"] for line in result["lines"]}
    applied = {entry["promotion"] for entry in result["applied"]}
    wanted = expected.get("applied", [])
    terms = {
        **{key: result[key] for key in ("subtotal", "discount", "total")},
        "line_discounts": {line: discounts.get(line) for line in expected.get("line_discounts", {})},
        "applied": wanted if applied == set(wanted) else sorted(applied),
        "not_applied": {
            code: left_out.get(code, {}).get("reason") if reason is not None or code not in left_out else None
            for code, reason in expected.get("not_applied", {}).items()
        },
        "rewards": {entry["promotion"]: entry["amount"] for entry in result["rewards"]},
        "missing": {code: left_out[code]["detail"].get("missing") for code in expected.get("missing", {})},
    }
    return {key: terms[key] for key in expected}
