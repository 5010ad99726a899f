"""Every mistake can still be planted: its pieces of code stand exactly once, and its tests are there."""

from portal.config import ROOT
from tests.sync_mistakes.every import MISTAKES


def test_the_pieces_of_every_mistake_stand_once_in_the_code() -> None:
    assert [f"{each.name}: {edit.path}" for each in MISTAKES for edit in each.edits if edit.stands() != 1] == []


def test_the_tests_of_every_mistake_are_there() -> None:
    files = {test.partition("::")[0] for each in MISTAKES for test in each.tests}
    assert [file for file in files if not (ROOT / file).is_file()] == []
    assert len({each.name for each in MISTAKES}) == len(MISTAKES) >= 15
