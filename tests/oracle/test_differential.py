"""The engine gives what the reference gives, on a thousand seeded random cases.

A hundred thousand: `python -m tests.oracle.differential --cases 100000 --seed 1 --jobs 2`.
"""

import pytest

from tests.oracle.differential import differences, report

pytestmark = pytest.mark.slow


def test_the_engine_gives_what_the_reference_gives() -> None:
    found = differences({"valid": 500, "resolution": 350, "bundle": 100}, seed=7)
    assert not found, "\n".join(report(kind, seed) for kind, seed in found[:3])


def test_the_engine_names_the_same_errors_in_the_same_order() -> None:
    found = differences({"broken": 200}, seed=7)
    assert not found, "\n".join(report(kind, seed) for kind, seed in found[:3])
