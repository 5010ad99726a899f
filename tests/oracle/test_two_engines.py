"""The JavaScript engine gives what the Python one gives, and both what the reference gives, on seeded random cases.

A million of them: `python -m tests.oracle.two_engines --cases 1000000 --seed 1 --jobs 2`.
"""

import pytest

from portal.engine_javascript import find_node
from tests.oracle.door import Door
from tests.oracle.shrink import shrink
from tests.oracle.two_engines import ENGINES, MAKERS, SHARES, Comparison, differences, report

pytestmark = pytest.mark.slow
PARTS = 10
CASES = 20_000
REFERENCE_SHARES = {"valid": 0.4, "resolution": 0.4, "names": 0.1, "huge": 0.1}


@pytest.mark.parametrize("part", range(PARTS))
def test_both_engines_give_the_same(part: int) -> None:
    counts = {kind: round(CASES / PARTS * share) for kind, share in SHARES.items()}
    count, found = differences(counts, seed=1000 + part)
    assert count >= CASES // PARTS
    assert not found, told(found, ENGINES[:2])


@pytest.mark.parametrize("part", range(2))
def test_both_engines_give_what_the_reference_gives(part: int) -> None:
    counts = {kind: round(750 * share) for kind, share in REFERENCE_SHARES.items()}
    _, found = differences(counts, seed=2000 + part, engines=ENGINES)
    assert not found, told(found, ENGINES)


def told(found: list[tuple[str, int, int]], engines: tuple[str, ...]) -> str:
    comparison = Comparison(engines)
    try:
        return "\n".join(report(difference, comparison) for difference in found[:3])
    finally:
        comparison.close()


def test_a_difference_is_found_and_made_small() -> None:
    """The comparison itself: a door that says what it should, but for one promotion type."""
    wrong = (
        "for await (const line of require('readline').createInterface({input: process.stdin}))"
        "console.log(line.includes('cashback') ? '{}' : JSON.stringify({errors: [{field: '', message: 'x'}]}))"
    )
    comparison = Comparison(("python", "js"), (find_node(), "-e", f"(async () => {{{wrong}}})()"))
    try:
        case = next(each for each in MAKERS["valid"](3) if "cashback" in str(each))
        small = shrink(case, lambda each: "cashback" in str(each) and comparison.differs(each))
        assert len(str(small)) < len(str(case)) / 4
        assert comparison.differs(small)
    finally:
        comparison.close()


def test_a_case_that_ends_the_process_is_a_difference_and_the_next_one_is_answered() -> None:
    dies = (
        "for await (const line of require('readline').createInterface({input: process.stdin}))"
        "{if (line.includes('die')) throw Error('dead'); console.log(line)}"
    )
    with Door((find_node(), "-e", f"(async () => {{{dies}}})()")) as door:
        door.send([b'"one"', b'"die"', b'"two"', b'"die"', b'"three"'])
        answers = door.receive(5)
    assert [answer.strip() for answer in (answers[0], answers[2], answers[4])] == [b'"one"', b'"two"', b'"three"']
    assert b"dead" in answers[1]
    assert b"dead" in answers[3]
