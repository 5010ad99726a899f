"""The kinds of single values: each check takes (problems, path, value) and adds what is wrong."""

import math
import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import available_timezones

from tests.oracle.problems import Path, Problems

Check = Callable[[Problems, Path, Any], None]
LIMIT = 10**12
ZONES = available_timezones()
CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
MINUTE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]"
LOCAL = re.compile(MINUTE + r"(:[0-5][0-9])?")
INSTANT = re.compile(MINUTE + r":[0-5][0-9]Z")
AT = re.compile(MINUTE + r"(:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def is_integer(value: Any) -> bool:
    """A JSON number without a fraction: 2 and 2.0, never true."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or value.is_integer()


def integer(least: int = -LIMIT, most: int = LIMIT) -> Check:
    """An integer within bounds."""

    def check(problems: Problems, path: Path, value: Any) -> None:
        if not is_integer(value):
            problems.add(path, "must be an integer")
        elif not least <= value <= most:
            problems.add(path, f"must be from {least} to {most}")

    return check


def exact_number(value: Any, decimals: int) -> Fraction | None:
    """The number as it is written, if it has at most so many decimals; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    exact = Fraction(repr(value))
    return exact if (exact * 10**decimals).denominator == 1 else None


def percent(problems: Problems, path: Path, value: Any) -> None:
    """0 < percent <= 100, at most two decimals."""
    exact = exact_number(value, 2)
    if exact is None or not 0 < exact <= 100:
        problems.add(path, "must be above 0 and at most 100, with at most two decimals")


def share_of_one(problems: Problems, path: Path, value: Any) -> None:
    """0 to 1, at most four decimals."""
    exact = exact_number(value, 4)
    if exact is None or not 0 <= exact <= 1:
        problems.add(path, "must be from 0 to 1, with at most four decimals")


def text(problems: Problems, path: Path, value: Any) -> None:
    """Text that is not empty."""
    if not isinstance(value, str) or value == "":
        problems.add(path, "must be text, not empty")


def any_text(problems: Problems, path: Path, value: Any) -> None:
    """Text that may be empty."""
    if not isinstance(value, str):
        problems.add(path, "must be text")


def matching(pattern: re.Pattern[str], what: str) -> Check:
    """Text of one form."""

    def check(problems: Problems, path: Path, value: Any) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            problems.add(path, f"must be {what}")

    return check


code = matching(CODE, "1 to 64 of the letters A-Z, a-z, 0-9, dot, underscore, hyphen")


currency = matching(re.compile(r"[A-Z]{3}"), "three capital letters")


def is_day(value: Any) -> bool:
    """YYYY-MM-DD and a day that exists."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def day(problems: Problems, path: Path, value: Any) -> None:
    """A calendar day."""
    if not is_day(value):
        problems.add(path, "must be a day, YYYY-MM-DD")


def moment(*forms: re.Pattern[str]) -> Check:
    """A moment of one of the forms, on a day that exists."""

    def check(problems: Problems, path: Path, value: Any) -> None:
        if not isinstance(value, str) or not any(form.fullmatch(value) for form in forms) or not is_day(value[:10]):
            problems.add(path, "must be a moment of the form that the contract names")

    return check


def clock_end(problems: Problems, path: Path, value: Any) -> None:
    """HH:MM, or 24:00."""
    if value != "24:00":
        matching(CLOCK, "a time of day, HH:MM")(problems, path, value)


def zone(problems: Problems, path: Path, value: Any) -> None:
    """A name of the tz database, as it is written there."""
    if not isinstance(value, str) or value not in ZONES:
        problems.add(path, "must be a name of the tz database")


def truth(problems: Problems, path: Path, value: Any) -> None:
    """true or false."""
    if not isinstance(value, bool):
        problems.add(path, "must be true or false")


def one_of(*words: str) -> Check:
    """One of a few words."""

    def check(problems: Problems, path: Path, value: Any) -> None:
        if not isinstance(value, str) or value not in words:
            problems.add(path, "must be one of " + ", ".join(words))

    return check


def anything(problems: Problems, path: Path, value: Any) -> None:
    """Not read."""


def list_of(check_one: Check, least: int = 0) -> Check:
    """A list whose every entry passes."""

    def check(problems: Problems, path: Path, value: Any) -> None:
        if not isinstance(value, list):
            problems.add(path, "must be a list")
            return
        if len(value) < least:
            problems.add(path, "must not be empty")
        for index, entry in enumerate(value):
            check_one(problems, path + (index,), entry)

    return check


def object_of(required: str, **checks: Check) -> Check:
    """An object with the keys named (in the page's order); `required` are the names, separated by spaces."""
    named = {key.rstrip("_"): check_one for key, check_one in checks.items()}

    def check(problems: Problems, path: Path, value: Any) -> None:
        if not isinstance(value, dict):
            problems.add(path, "must be an object")
            return
        problems.page_orders[path] = list(named)
        for key, inner in value.items():
            if inner is None:
                continue
            if key in named:
                named[key](problems, path + (key,), inner)
            else:
                problems.add(path + (key,), "is not a known key")
        for key in required.split():
            if value.get(key) is None:
                problems.add(path + (key,), "is required")

    return check
