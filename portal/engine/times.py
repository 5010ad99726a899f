"""Dates, times and zones as the contract writes them, turned into integers.

Days are counted from 1970-01-01, seconds and minutes from its midnight; nothing here reads a clock. Only the
compiler asks for a time zone (`utc_of`): a till never needs one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
_EPOCH = date(1970, 1, 1).toordinal()
_DATE = r"(\d{4})-(\d{2})-(\d{2})"
_CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"
_SECONDS = r"(?::([0-5]\d))?"
_AT = re.compile(rf"{_DATE}T{_CLOCK}(?::([0-5]\d)(?:\.\d+)?)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII)
_LOCAL = re.compile(rf"{_DATE}T{_CLOCK}{_SECONDS}(Z?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Form:
    """A written form: its pattern, its meaning in words, and the reader that raises ValueError."""

    pattern: str
    meaning: str
    reader: Callable[[str], object]


def day_of(text: str) -> int:
    """Days from 1970-01-01 to `YYYY-MM-DD`. Raises ValueError for no such day."""
    if not re.fullmatch(_DATE, text, re.ASCII):
        raise ValueError(text)
    return date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal() - _EPOCH


def minute_of(text: str) -> int:
    """Minutes from midnight of `HH:MM`; 24:00 is 1440."""
    return int(text[:2]) * 60 + int(text[3:5])


def _clock(text: str) -> int:
    if not re.fullmatch(_CLOCK, text, re.ASCII):
        raise ValueError(text)
    return minute_of(text)


def _clock_end(text: str) -> int:
    return MINUTES_A_DAY if text == "24:00" else _clock(text)


def local_seconds(text: str) -> int:
    """Seconds from 1970-01-01T00:00 to `YYYY-MM-DDTHH:MM[:SS]`, on the same clock (`Z` may follow)."""
    match = _LOCAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    hour, minute, second = match.group(4), match.group(5), match.group(6) or "0"
    return day_of(text[:10]) * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second)


def _without_zone(text: str) -> int:
    if text.endswith("Z"):
        raise ValueError(text)
    return local_seconds(text)


@lru_cache(maxsize=64)
def read_at(text: str) -> tuple[int, int]:
    """A basket's `at` as (seconds of the store's wall clock, its offset from UTC in seconds).

    Fractions are cut: every bound of a schedule is a whole second.
    """
    match = _AT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, sign, offset_hours, offset_minutes = match.groups()
    days = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    seconds = days * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    offset = int(offset_hours or 0) * 3600 + int(offset_minutes or 0) * 60
    return seconds, -offset if sign == "-" else offset


@cache
def zone_names() -> frozenset[str]:
    """The names of the tz database, as the package tzdata has them."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text().split())


@cache
def _zone(name: str) -> ZoneInfo:
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _zone_name(text: str) -> str:
    if text not in zone_names():
        raise ValueError(text)
    return text


def utc_of(local: str, zone: str) -> str:
    """A local time of a zone as `YYYY-MM-DDTHH:MM:SSZ`.

    A time in a DST gap moves forward by the gap, an ambiguous one is the first: contract, section 3, "Schedule".
    Raises ValueError when it falls outside the years 1 to 9999.
    """
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=_zone(zone), fold=0).astimezone(UTC)
    except OverflowError:
        raise ValueError(local) from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def days_to_birthday(day: int, birthday: str) -> int:
    """The least distance in days from `day` to a birthday of any year; 29 February is 28 in other years."""
    year = date.fromordinal(day + _EPOCH).year
    month, of_month = int(birthday[5:7]), int(birthday[8:10])
    return min(
        abs(day - _birthday_in(each, month, of_month)) for each in (year - 1, year, year + 1) if 1 <= each <= 9999
    )


def _birthday_in(year: int, month: int, of_month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    of_month = 28 if (month, of_month) == (2, 29) and not leap else of_month
    return date(year, month, of_month).toordinal() - _EPOCH


def weekday_of(day: int) -> int:
    """The ISO weekday, 1 (Monday) to 7, of a day counted from 1970-01-01 (a Thursday)."""
    return (day + 3) % 7 + 1


FORMS = {
    "date": Form(_DATE, "a date as YYYY-MM-DD", day_of),
    "clock": Form(_CLOCK, "a time of day as HH:MM, such as 09:30", _clock),
    "clock_end": Form(f"({_CLOCK}|24:00)", "a time of day as HH:MM, such as 17:00 and at most 24:00", _clock_end),
    "local": Form(
        f"{_DATE}T{_CLOCK}{_SECONDS}", "a date and time as YYYY-MM-DDTHH:MM, without an offset", _without_zone
    ),
    "local_or_utc": Form(
        f"{_DATE}T{_CLOCK}{_SECONDS}Z?", "a date and time as YYYY-MM-DDTHH:MM:SS, with Z for UTC", local_seconds
    ),
    "at": Form(_AT.pattern, "a date and time with its offset, such as 2026-11-22T15:30:00+07:00", read_at),
    "zone": Form(r".+", "a time zone of the tz database, such as Europe/Berlin", _zone_name),
}


def is_form(form: str, text: str) -> bool:
    """True when `text` is written in `form` and names a real date or time."""
    try:
        FORMS[form].reader(text)
    except ValueError:
        return False
    return True
