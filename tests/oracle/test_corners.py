"""Corners of the resolution that random cases seldom reach: the engine, the reference and a written result agree."""

import json
from pathlib import Path
from typing import Any

import pytest

from portal.engine import evaluate_case
from tests.oracle.reference import evaluate

CORNERS = Path(__file__).with_name("corners.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("corner", [json.loads(line) for line in CORNERS], ids=lambda corner: corner["why"])
def test_engine_and_reference_give_the_written_result(corner: dict[str, Any]) -> None:
    assert evaluate(corner["case"]) == corner["expected"]
    assert evaluate_case(corner["case"]) == corner["expected"]
