"""A greedy shrinker: drop what can be dropped and make numbers smaller while the case still differs."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

Differs = Callable[[Any], bool]
MOST_TRIES = 4000


def shrink(case: Any, differs: Differs) -> Any:
    """A smaller case for which `differs` still holds."""
    tries = MOST_TRIES
    found = True
    while found and tries > 0:
        found = False
        for smaller in smaller_ones(case):
            tries -= 1
            if differs(smaller):
                case, found = smaller, True
                break
            if tries <= 0:
                break
    return case


def smaller_ones(value: Any) -> Iterator[Any]:
    """The value with one thing less, the greatest steps first."""
    places = sorted(places_in(value, ()), key=len)
    for place in places:
        yield from without_runs(value, place)
    for place in places:
        yield without(value, place)
    for place in places:
        held = at(value, place)
        for smaller in smaller_numbers(held):
            yield replaced(value, place, smaller)


def without_runs(value: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    """Copies without a half, a quarter, an eighth of a long list: one entry at a time would take too long."""
    held = at(value, path)
    if not isinstance(held, list):
        return
    step = len(held) // 2
    while step > 1:
        for first in range(0, len(held), step):
            yield replaced(value, path, held[:first] + held[first + step :])
        step //= 2


def smaller_numbers(held: Any) -> list[Any]:
    """Numbers to try in place of one."""
    if isinstance(held, bool) or not isinstance(held, int | float) or held in (0, 1):
        return []
    return [number for number in (0, 1, 10, 100, int(held) // 2, int(held) - 1) if abs(number) < abs(held)]


def places_in(value: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Every path of a document but the root."""
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    else:
        return []
    return [place for key in keys for place in [path + (key,), *places_in(value[key], path + (key,))]]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """What stands at a path."""
    for key in path:
        value = value[key]
    return value


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """A copy without what stands at a path."""
    made = copy.deepcopy(value)
    del at(made, path[:-1])[path[-1]]
    return made


def replaced(value: Any, path: tuple[Any, ...], held: Any) -> Any:
    """A copy with something else at a path."""
    made = copy.deepcopy(value)
    at(made, path[:-1])[path[-1]] = held
    return made
