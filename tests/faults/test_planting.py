"""Every fault can still be planted: its piece of code stands exactly once in each engine."""

import pytest

from tests.faults.every import FAULTS
from tests.faults.planting import FOLDERS


@pytest.mark.parametrize("language", FOLDERS)
def test_the_piece_of_every_fault_stands_once_in_the_code(language):
    gone = [f"{fault.name}: {fault.edits[language].path}" for fault in FAULTS if fault.edits[language].stands() != 1]
    assert gone == []


def test_every_fault_has_a_name_of_its_own_and_changes_something():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 30
    assert all(edit.old != edit.new for fault in FAULTS for edit in fault.edits.values())
