"""`portal evaluate` and `portal compile`: contract, section 7."""

import json
import subprocess
import sys

from click.testing import CliRunner

from portal.engine_cli import compile_command, evaluate

CASE = {
    "promotions": [{"code": "P", "type": "percent_discount", "rule": {"percent": 10}}],
    "basket": {
        "currency": "USD",
        "at": "2026-11-22T12:00:00Z",
        "lines": [{"id": "1", "sku": "A", "unit_price": 1000, "quantity": 1}],
    },
}


def answers(command, text):
    result = CliRunner().invoke(command, ["-"], input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_each_case_gets_its_line_and_a_wrong_one_does_not_stop_the_next():
    wrong = {**CASE, "basket": {**CASE["basket"], "currency": None}}
    text = "\n".join([json.dumps(CASE), json.dumps(wrong), "{not json", "[]", json.dumps({}), json.dumps(CASE), ""])
    got = answers(evaluate, text)
    assert [row.get("total") for row in got] == [900, None, None, None, None, 900]
    assert [[error["field"] for error in row["errors"]] for row in got[1:5]] == [
        ["basket.currency"],
        [""],
        [""],
        ["promotions", "basket"],
    ]


def test_the_promotions_of_a_line_are_its_own_even_when_they_look_alike():
    """1 and true are equal to Python; a case in error must not be priced with the promotions of the line before."""
    mixed = {"code": "M", "type": "mix_match", "currency": "USD", "rule": {"quantity": 1, "price": 500}}
    good = {**CASE, "promotions": [mixed]}
    bad = {**CASE, "promotions": [mixed | {"rule": {"quantity": True, "price": 500}}]}
    got = answers(evaluate, "\n".join(json.dumps(case) for case in (good, bad, good)))
    assert [row.get("total") for row in got] == [500, None, 500]
    assert got[1]["errors"][0]["field"] == "promotions[0].rule.quantity"


def test_text_beyond_ascii_and_unusual_numbers_come_through():
    case = json.loads(json.dumps(CASE))
    case["basket"]["lines"][0]["id"] = "Käse 🍕 \ud83c"
    got = answers(evaluate, json.dumps(case) + "\n" + json.dumps(CASE).replace("1000", "NaN"))
    assert got[0]["lines"][0]["id"] == "Käse 🍕 \ud83c"
    assert "NaN" in got[1]["errors"][0]["message"]


def test_definitions_are_compiled_line_by_line():
    got = answers(compile_command, json.dumps(CASE["promotions"][0]) + "\n" + json.dumps({"code": "P"}))
    assert got[0] == {"code": "P", "type": "percent_discount", "rule": {"basis_points": 1000}}
    assert [error["field"] for error in got[1]["errors"]] == ["type", "rule"]


def test_the_engine_runs_without_flask_and_without_a_database():
    program = "import sys, portal.engine_cli; sys.exit('flask' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
