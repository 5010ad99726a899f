"""`portal baskets` writes cases that `portal evaluate` takes, and prices baskets by itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from portal.demo import cases
from portal.demo.commands import month_days
from portal.engine import compile_definition, evaluate_case
from tests.demo.conftest import run
from tests.demo.grocer_promotions import forty

PORTAL = [sys.executable, "-m", "portal.cli"]
# shared/reference/analytics.json, by_month_local: November and December have 12,734 and 13,097 baskets.
TWO_MONTHS = 12_734 + 13_097


@pytest.fixture
def forty_file(tmp_path: Path) -> Path:
    """Forty definitions, one a line."""
    path = tmp_path / "forty.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in forty()))
    return path


@pytest.mark.slow
def test_more_than_20000_real_baskets_pass_the_engine_without_an_error(forty_file: Path, tmp_path: Path) -> None:
    written = tmp_path / "cases.jsonl"
    words = ["baskets", "export", "--direct", "--from", "2017-11-01", "--to", "2017-12-31"]
    subprocess.run([*PORTAL, *words, "--promotions", str(forty_file), "-o", str(written)], check=True)
    applied: set[str] = set()
    count = 0
    with subprocess.Popen([*PORTAL, "evaluate", str(written)], stdout=subprocess.PIPE, text=True) as evaluate:
        for line in evaluate.stdout or []:
            result = json.loads(line)
            assert "errors" not in result
            assert result["total"] == result["subtotal"] - result["discount"] >= 0
            applied.update(entry["promotion"] for entry in result["applied"])
            count += 1
    assert evaluate.returncode == 0
    assert count == TWO_MONTHS
    # HOUR-SALAD-BAR and the like need their hours: nearly everything found its basket.
    assert len(applied) >= 36


def test_a_case_is_complete(forty_file: Path, demo_folder: Path, demo_redis: str, tmp_path: Path) -> None:
    out = tmp_path / "day.jsonl"
    words = ("baskets", "export", "--direct", "--from", "2017-07-04", "--to", "2017-07-04")
    result = run(demo_folder, demo_redis, *words, "--promotions", str(forty_file), "-o", str(out))
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert f"{len(lines)} baskets" in result.stderr
    assert [definition["code"] for definition in lines[0]["promotions"]] == [each["code"] for each in forty()]
    answer = evaluate_case(lines[0])
    assert len(answer["applied"]) + len(answer["not_applied"]) == 40


def test_baskets_come_from_the_database_too(loaded: Flask, demo_folder: Path, demo_redis: str) -> None:
    words = ("--from", "2017-12-24", "--to", "2017-12-24")
    stored = run(demo_folder, demo_redis, "baskets", "export", "--source", "grocer", *words)
    direct = run(demo_folder, demo_redis, "baskets", "export", "--direct", *words)
    assert stored.stdout == direct.stdout != ""


def test_live_promotions_go_out_with_the_baskets(loaded: Flask, demo_folder: Path, demo_redis: str) -> None:
    words = ("baskets", "export", "--live", "--from", "2017-12-24", "--to", "2017-12-24")
    first = json.loads(run(demo_folder, demo_redis, *words).stdout.splitlines()[0])
    assert {"GRILL-LUNCH", "DELI-LUNCH"} <= {each["code"] for each in first["promotions"]}


def test_a_day_is_priced_as_a_table_and_each_promotion_alone(
    forty_file: Path, demo_folder: Path, demo_redis: str
) -> None:
    words = ("baskets", "price", "--from", "2017-07-04", "--to", "2017-07-04", "--promotions", str(forty_file))
    table = run(demo_folder, demo_redis, *words, "--direct", "--alone").stdout.splitlines()
    assert table[0].split() == ["promotion", "baskets", "discount", "back", "later", "sales", "customers"]
    assert len(table) == 42
    assert table[-1].startswith("all baskets")


def test_every_kind_of_promotions_file_is_read() -> None:
    definition = forty()[0]
    bundle = {"engine": 1, "promotions": [compile_definition(definition)]}
    one = {"promotions": [definition]}
    assert cases.read_promotions(json.dumps([definition]).encode()) == one
    assert cases.read_promotions(json.dumps(definition).encode()) == one
    assert cases.read_promotions(json.dumps(one).encode()) == one
    assert cases.read_promotions(b"\n".join(json.dumps(each).encode() for each in forty())) == {"promotions": forty()}
    assert cases.read_promotions(json.dumps(bundle).encode()) == {"bundle": bundle}
    assert cases.bundle_of({"bundle": bundle}) == bundle
    assert cases.bundle_of(one)["promotions"] == bundle["promotions"]


WRONG = [
    (("--month", "2017-13"), "'2017-13' is no month; write it like 2017-11"),
    (("--from", "2017-02-02", "--to", "2017-02-01"), "the first day is after the last one"),
    (("--direct", "--month", "2018-01"), "the grocer's data goes from 2017-01-01 to 2017-12-31"),
    (("--month", "1999-01"), "There are no past baskets in these days."),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[row[1] for row in WRONG])
def test_a_wrong_choice_is_told_in_a_sentence(
    loaded: Flask, demo_folder: Path, demo_redis: str, words: tuple[str, ...], said: str
) -> None:
    result = run(demo_folder, demo_redis, "baskets", "export", *words)
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())


def test_a_definition_in_error_is_named(tmp_path: Path, demo_folder: Path, demo_redis: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps([{**forty()[0], "rule": {"percent": 200}}]))
    words = ("baskets", "price", "--direct", "--month", "2017-07", "--promotions", str(path))
    result = run(demo_folder, demo_redis, *words)
    assert (result.exit_code, "promotions[0]: rule.percent: " in result.output) == (1, True)


def test_a_file_that_is_no_json_is_told(tmp_path: Path, demo_folder: Path, demo_redis: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{")
    words = ("baskets", "export", "--direct", "--month", "2017-07", "--promotions", str(path))
    result = run(demo_folder, demo_redis, *words)
    assert result.exit_code == 1
    assert "Error: " in result.output


def test_weeks_later_keeps_the_wall_clock_and_takes_the_offset_of_that_day() -> None:
    basket = {"store": "S", "at": "2017-07-04T12:30:00-04:00"}
    moved = next(cases.later([basket], 20, {"S": "America/New_York"}))
    assert moved["at"] == "2017-11-21T12:30:00-05:00"


def test_a_month_has_its_days() -> None:
    assert [str(day) for day in month_days("2016-02")] == ["2016-02-01", "2016-02-29"]
