"""The one primitive behind combo, package and mix_match: which units fill complete sets at the greatest saving.

Places of a slot can be filled by units that match its selector, and a unit fills one place. Units are handled in
groups: a group's mask says which slots its units match. A choice of units can be placed exactly when for every set S
of slots the chosen units that match slots of S only are at most as many as S has places (Hall's theorem); the choices
that can be placed are the independent sets of a transversal matroid, so taking the dearest units first, as long as
they can still be placed, gives the greatest sum (Rado, Edmonds). That sum is concave in the number of sets (it is a
linear program's value as a function of its right-hand side), and so is the saving; so the best number of sets is
where the saving stops growing. Source: contract, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


class Slots:
    """The slots of one set: places a slot, and which lines of a basket fill it."""

    __slots__ = ("capacity", "masks", "places")

    def __init__(self, slots: Sequence[tuple[list[int], int]]) -> None:
        """`slots` holds (lines that match, places) of each slot."""
        self.masks: dict[int, int] = {}
        """For each line that matches any slot: the slots that it matches, as bits."""
        for number, (lines, _) in enumerate(slots):
            bit = 1 << number
            for line in lines:
                self.masks[line] = self.masks.get(line, 0) | bit
        self.capacity = [0]
        """Places of every set of slots, by its bits."""
        for _, places in slots:
            self.capacity += [before + places for before in self.capacity]
        self.places = self.capacity[-1]

    def most_filled(self, units_of_line: Callable[[int], int]) -> int:
        """The most places of one set that can be filled at once."""
        available = self._available({line: units_of_line(line) for line in self.masks})
        every = len(self.capacity) - 1
        return min(self.capacity[every ^ subset] + available[subset] for subset in range(every + 1))

    def most_sets(self, units: dict[int, int]) -> int:
        """How many complete sets `units` (line -> units) can fill at once."""
        available = self._available(units)
        return min(available[subset] // self.capacity[subset] for subset in range(1, len(self.capacity)))

    def _available(self, units: dict[int, int]) -> list[int]:
        """For every set of slots: how many units match any of them."""
        by_mask: dict[int, int] = {}
        for line, count in units.items():
            mask = self.masks[line]
            by_mask[mask] = by_mask.get(mask, 0) + count
        return [sum(count for mask, count in by_mask.items() if mask & subset) for subset in range(len(self.capacity))]


class SetChoice:
    """Free units, the dearest first, and the choices of the greatest sum for each number of sets."""

    __slots__ = ("_chosen", "_groups", "_slots", "_subsets")

    def __init__(self, slots: Slots, groups: list[tuple[int, int, int]]) -> None:
        """`groups` holds (mask, units, price of each), the dearest first, among equal prices the earlier unit."""
        self._slots = slots
        self._groups = groups
        self._chosen: dict[int, tuple[int, list[int]]] = {}
        self._subsets = _relevant_supersets({mask for mask, _, _ in groups}, len(slots.capacity) - 1)

    def dearest(self, sets: int) -> tuple[int, list[int]]:
        """The greatest sum of the units of `sets` complete sets, and how many units of each group make it."""
        known = self._chosen.get(sets)
        if known is None:
            known = self._chosen[sets] = self._greedy(sets)
        return known

    def _greedy(self, sets: int) -> tuple[int, list[int]]:
        room = [places * sets for places in self._slots.capacity]
        total, chosen = 0, []
        for mask, units, price in self._groups:
            above = self._subsets[mask]
            taken = units
            for subset in above:
                if room[subset] < taken:
                    taken = room[subset]
            if taken:
                total += taken * price
                for subset in above:
                    room[subset] -= taken
            chosen.append(taken)
        return total, chosen

    def best_number(self, most: int, saving: Callable[[int, int], int]) -> int:
        """The smallest number of sets, 0 to `most`, with the greatest `saving(sets, sum)`, which is concave in sets."""
        low, high = 0, most
        while low < high:
            middle = (low + high) // 2
            if self._saving(middle + 1, saving) > self._saving(middle, saving):
                low = middle + 1
            else:
                high = middle
        return low

    def _saving(self, sets: int, saving: Callable[[int, int], int]) -> int:
        return saving(sets, self.dearest(sets)[0]) if sets else 0


def _relevant_supersets(masks: set[int], every: int) -> dict[int, list[int]]:
    """For each mask the sets of slots whose room its units use.

    Where no unit matches two slots, the slots alone say it all; else every set of slots that holds the mask counts.
    """
    if all(mask & (mask - 1) == 0 for mask in masks):
        return {mask: [mask] for mask in masks}
    return {mask: [subset for subset in range(1, every + 1) if subset & mask == mask] for mask in masks}
