"""The reference is brute force on the small cases that it is compared on; its one clever part is checked by hand."""

from itertools import permutations
from math import comb
from random import Random
from typing import Any

import pytest

from tests.oracle.measuring import most_filled
from tests.oracle.promotion import Unit, matches
from tests.oracle.sets import MOST_SUBSETS
from tests.oracle.two_engines import SMALL_UNITS


def test_every_subset_of_a_small_basket_is_tried_for_sets() -> None:
    """So the reference's sets share nothing with the engines' greedy choice and Hall's theorem."""
    assert all(comb(SMALL_UNITS, size) <= MOST_SUBSETS for size in range(SMALL_UNITS + 1))


@pytest.mark.parametrize("seed", range(60))
def test_the_most_places_that_are_filled_are_those_of_the_best_of_all_assignments(seed: int) -> None:
    rng = Random(f"places {seed}")
    units = [Unit(place, place, rng.choice("ABC"), (), None, (), 1, 0) for place in range(rng.randint(0, 4))]
    slots: list[tuple[dict[str, Any], int]] = [
        ({"skus": rng.sample("ABC", rng.randint(1, 2))}, rng.randint(1, 3)) for _ in range(rng.randint(1, 3))
    ]
    places = [selector for selector, quantity in slots for _ in range(quantity)]
    # Every way to seat the units, one of them for each order of places; a unit may stay without one.
    seats = [*places, *(None for _ in units)]
    best = max(
        sum(seat is not None and matches(seat, unit) for seat, unit in zip(order, units, strict=True))
        for order in permutations(seats, len(units))
    )
    assert most_filled(slots, units) == best
