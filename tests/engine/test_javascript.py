"""The JavaScript engine through `portal evaluate --engine js`, and reading in both languages, value for value."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal import engine_javascript
from portal.engine.quoting import in_script_order, number_text, shown
from portal.engine_cli import evaluate
from portal.engine_javascript import NoNode, find_node

HERE = Path(__file__).parent
CASES = HERE.parent / "cases"
BASKET = {
    "currency": "USD",
    "at": "2026-11-22T12:00:00Z",
    "lines": [{"id": "1", "sku": "A", "unit_price": 1000, "quantity": 2}],
}
TEN_OFF = {"code": "P", "type": "percent_discount", "rule": {"percent": 10}}
COMPILED = {"code": "P", "type": "percent_discount", "rule": {"basis_points": 1000}}
BUNDLE = {"engine": 1, "promotions": [COMPILED]}


def priced(text, engine):
    """What the command answers to a text of lines, one answer a line."""
    result = CliRunner().invoke(evaluate, ["--engine", engine, "-"], input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def both(cases):
    """The answers of both engines to some cases."""
    text = "\n".join(case if isinstance(case, str) else json.dumps(case) for case in cases)
    return priced(text, "python"), priced(text, "js")


def test_every_case_on_file_is_answered_alike():
    files = sorted(CASES.rglob("*cases.jsonl"))
    rows = [json.loads(line) for file in files if file.name != "compile_cases.jsonl" for line in file.open()]
    python, javascript = both([row.get("case", row) for row in rows])
    assert len(python) == len(javascript) == len(rows) > 300
    assert [row for row in zip(rows, python, javascript, strict=True) if row[1] != row[2]] == []
    assert sum("errors" in answer for answer in python) > 100


def test_lines_that_are_no_case_keep_their_place():
    case = {"promotions": [TEN_OFF], "basket": BASKET}
    python, javascript = both([case, "{not json", "", case, "[]", {}, {**case, "basket": None}, case])
    assert python == javascript
    assert [answer.get("total") for answer in javascript] == [1800, None, 1800, None, None, None, 1800]


def test_the_bundle_of_a_line_is_its_own_even_when_they_look_alike():
    other = {**BUNDLE, "promotions": [{**COMPILED, "rule": {"basis_points": 2000}}]}
    cases = [{"bundle": bundle, "basket": BASKET} for bundle in (BUNDLE, BUNDLE, other, BUNDLE, other, other)]
    python, javascript = both(cases)
    assert [answer["total"] for answer in javascript] == [1800, 1800, 1600, 1800, 1600, 1600]
    assert python == javascript


def test_a_wrong_basket_after_a_good_one_is_told_as_if_it_came_first():
    wrong = {"bundle": BUNDLE, "basket": {**BASKET, "currency": "usd"}}
    python, javascript = both([{"bundle": BUNDLE, "basket": BASKET}, wrong, {"bundle": BUNDLE, "basket": BASKET}])
    assert python == javascript
    assert javascript[1]["errors"][0]["field"] == "basket.currency"


def test_an_answer_comes_before_the_next_question():
    command = [sys.executable, "-m", "portal.cli", "evaluate", "--engine", "js"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for price in (1000, 700, 10):
            line = {**BASKET["lines"][0], "unit_price": price}
            case = {"bundle": BUNDLE, "basket": {**BASKET, "lines": [line]}}
            process.stdin.write(json.dumps(case) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["total"] == price * 2 * 9 // 10
        process.stdin.close()
    assert process.returncode == 0


def test_without_node_the_command_says_what_it_needs(monkeypatch):
    monkeypatch.setattr(engine_javascript, "OLDEST_NODE", 999)
    with pytest.raises(NoNode):
        find_node()
    result = CliRunner().invoke(evaluate, ["--engine", "js", "-"], input="{}")
    assert result.exit_code == 1
    assert "needs Node 999 or newer" in result.output


def test_a_node_that_ends_early_is_told_and_not_waited_for(monkeypatch, tmp_path):
    script = tmp_path / "ends.mjs"
    script.write_text("process.exit(3)")
    monkeypatch.setattr(engine_javascript, "_SCRIPT", script)
    text = "\n".join([json.dumps({"bundle": BUNDLE, "basket": BASKET})] * 2000)
    result = CliRunner().invoke(evaluate, ["--engine", "js", "-"], input=text)
    assert result.exit_code == 1
    assert "exit code 3" in result.output


def test_nothing_that_a_till_may_hand_over_makes_the_engine_throw():
    printed = subprocess.run([find_node(), HERE / "hostile.mjs"], capture_output=True, text=True, check=True).stdout
    *answers, last = [json.loads(line) for line in printed.splitlines()]
    assert len(answers) == 13 * 8
    assert [each for each in answers if each["answer"].startswith("threw")] == []
    given = [(each["name"], each["where"]) for each in answers if each["answer"] != "errors"]
    assert given == [("undefined", "a customer"), ("null", "a customer")], "absent, as the contract has null"
    assert last["total"] == 100


NASTY = [
    *(
        "-0",
        "2.0",
        "0.1",
        "1e400",
        "-1e400",
        "1e22",
        "1e21",
        "1e-7",
        "123456789012345678",
        "9007199254740993",
        "1" * 400,
    ),
    *('""', '"\\ud800"', '"\\ud83d\\ude00"', f'"{"é" * 60}"', f'"{"😀" * 60}"', '"\\u2028\\u0007\\u007f"'),
    *("[]", "{}", "null", "true", '{"b": 1, "10": 2, "9": [1, 2.0], "": {"x": null}}', "[" * 90 + "]" * 90),
    *(
        '{"__proto__": 1}',
        '{"constructor": 1, "toString": {}}',
        '[1, "a", null, true, 1.50]',
        '{"2": 1, "01": 2, "-1": 3}',
    ),
]
PLACES = [
    '{{"bundle": {nasty}, "basket": {basket}}}',
    '{{"bundle": {{"engine": {nasty}, "promotions": []}}, "basket": {basket}}}',
    '{{"bundle": {bundle}, "basket": {nasty}}}',
    '{{"bundle": {bundle}, "basket": {{"currency": {nasty}, "at": {nasty}, "lines": {nasty}}}}}',
    '{{"bundle": {bundle}, "basket": {{"currency": "USD", "at": "2026-11-22T12:00Z", "zz": 1, "5": 2,'
    ' "customer": {nasty}, "lines": [{{"id": {nasty}, "sku": {nasty}, "unit_price": {nasty}, "quantity": {nasty},'
    ' "floor_price": {nasty}}}]}}}}',
    '{{"bundle": {bundle}, "basket": {basket}, "remaining": {nasty}}}',
    '{{"bundle": {bundle}, "basket": {basket}, "remaining": {{"P": {nasty}, "7": 1, "__proto__": {nasty}}}}}',
    '{{"bundle": {{"engine": 1, "promotions": [{{"code": {nasty}, "type": "bogo", "rule": {nasty}, "limits": {nasty},'
    ' "experiment": {{"key": "", "seed": "", "unit": "store", "range": [{nasty}, 0]}}}}]}}, "basket": {basket}}}',
    '{{"bundle": {{"engine": 1, "promotions": [{{"code": {nasty}, "type": "of tomorrow", "rule": {nasty}}}]}},'
    ' "basket": {basket}}}',
]


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
def test_what_is_wrong_is_told_in_the_same_words_and_order(place):
    words = {"bundle": json.dumps(BUNDLE), "basket": json.dumps(BASKET)}
    python, javascript = both([place.format(nasty=nasty, **words) for nasty in NASTY])
    assert python == javascript
    assert sum("errors" in answer for answer in python) > len(NASTY) // 2


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2.0, "2"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (-1.5, "-1.5"),
        (1e-6, "0.000001"),
        (1.25e-7, "1.25e-7"),
        (1e16, "10000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (12.5e22, "1.25e+23"),
        (2**53 - 1, "9007199254740991"),
        (2**63, "9223372036854776000"),
        (-(10**30), "-1e+30"),
        (10**400, "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_a_number_is_quoted_as_javascript_prints_it(number, text):
    assert number_text(number) == text


def test_what_is_long_is_shortened_by_characters():
    assert shown("a" * 38) == '"' + "a" * 38 + '"'
    assert shown("😀" * 39) == '"' + "😀" * 36 + "..."
    assert shown([[1.0, None], {"b": 2, "1": True}]) == '[[1, null], {"1": true, "b": 2}]'


def test_keys_stand_in_the_order_of_javascript():
    assert in_script_order(["b", "10", "a", "9", "01", "4294967295", "4294967294"]) == [
        *("9", "10", "4294967294"),
        *("b", "a", "01", "4294967295"),
    ]
