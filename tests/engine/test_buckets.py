"""Who is in an experiment, against the published and computed vectors of contract/assignment.json."""

import json
from pathlib import Path

import pytest

from portal.engine.buckets import bucket

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "assignment.json").read_text())
CASES = [
    (case["seed"], case["value"], case["expected"])
    for group in ("published_hash", "published_in_feature_cases", "computed_hash")
    for case in VECTORS[group]
    if case["version"] == 2
] + [(case["seed"], case["value"], case["utf16"]) for case in VECTORS["utf8_trap"]]


@pytest.mark.parametrize(("seed", "value", "expected"), CASES)
def test_the_bucket_is_the_published_one(seed, value, expected):
    assert bucket(seed, value) == round(expected * 10_000)


def test_a_lone_surrogate_is_hashed_like_any_other_code_unit():
    assert 0 <= bucket("seed", "\ud83c") < 10_000
