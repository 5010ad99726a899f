"""Which promotions a store is sent: by its code, its currency, and what it starts and ends by its own clock.

Sets of promotions are whole numbers, a bit for each, so that a thousand stores cost a few operations each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from portal.engine import times

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A store as publishing sees it."""

    id: int
    code: str
    currency: str
    timezone: str


@dataclass(frozen=True)
class Reaching:
    """Compiled promotions at a moment. `horizon` is how far ahead they are sent before they start."""

    compiled: Mapping[str, Values]
    now: datetime
    horizon: timedelta

    def mask(self, place: Place) -> int:
        """The promotions that the store is sent, as a set of bits."""
        inside, outside = self._named
        reached = (self._everywhere | inside.get(place.code, 0)) & ~outside.get(place.code, 0)
        return reached & self._in_currency(place.currency) & self._in_time(place.timezone)

    def promotions(self, mask: int) -> list[Values]:
        """The promotions of a set, by code, as a bundle holds them."""
        return [promotion for position, promotion in enumerate(self._sent) if mask >> position & 1]

    @cached_property
    def _ordered(self) -> list[Values]:
        return [self.compiled[code] for code in sorted(self.compiled)]

    @cached_property
    def _sent(self) -> list[Values]:
        return [without_stores(promotion) for promotion in self._ordered]

    @cached_property
    def _masks(self) -> dict[tuple[str, str], int]:
        return {}

    @cached_property
    def _everywhere(self) -> int:
        return _bits(not each.get("scope", {}).get("stores") for each in self._ordered)

    @cached_property
    def _named(self) -> tuple[dict[str, int], dict[str, int]]:
        """For each store that some scope names: the promotions that are for it, and those that leave it out."""
        inside: dict[str, int] = {}
        outside: dict[str, int] = {}
        for position, promotion in enumerate(self._ordered):
            scope = promotion.get("scope", {})
            for found, codes in ((inside, scope.get("stores", ())), (outside, scope.get("exclude_stores", ()))):
                for code in codes:
                    found[code] = found.get(code, 0) | 1 << position
        return inside, outside

    def _in_currency(self, currency: str) -> int:
        key = ("currency", currency)
        if key not in self._masks:
            self._masks[key] = _bits(each.get("currency") in (None, currency) for each in self._ordered)
        return self._masks[key]

    def _in_time(self, zone: str) -> int:
        key = ("zone", zone)
        if key not in self._masks:
            today, ahead = clocks(self.now, zone), clocks(self.now + self.horizon, zone)
            self._masks[key] = _bits(is_due(each.get("schedule", {}), today, ahead) for each in self._ordered)
        return self._masks[key]


def without_stores(promotion: Values) -> Values:
    """A compiled promotion without the stores of its scope: whoever is sent it is one of them.

    The list can be longer than everything else together, and a till has no use for it.
    """
    scope = promotion.get("scope", {})
    if not scope.keys() & {"stores", "exclude_stores"}:
        return promotion
    rest = {key: words for key, words in scope.items() if key not in ("stores", "exclude_stores")}
    return {key: part for key, part in (promotion | {"scope": rest}).items() if key != "scope" or part}


def clocks(moment: datetime, zone: str) -> tuple[int, int]:
    """A moment as seconds of the zone's wall clock and as seconds of UTC, as schedules count them."""
    seconds, offset = times.read_at(moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"))
    return seconds, seconds - offset


def is_due(schedule: Values, today: tuple[int, int], ahead: tuple[int, int]) -> bool:
    """True unless a schedule ended before `today` or starts after `ahead` (wall clock and UTC each)."""
    start, end = schedule.get("starts_at"), schedule.get("ends_at")
    if start is not None and times.local_seconds(start) > ahead[start.endswith("Z")]:
        return False
    return end is None or times.local_seconds(end) > today[end.endswith("Z")]


def _bits(facts: Iterable[bool]) -> int:
    """A whole number with a bit set for each fact that holds."""
    return sum(1 << position for position, fact in enumerate(facts) if fact)
