"""A value as a message quotes it: JSON, shortened; the same text as the till's engine writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

MOST = 40
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def shown(value: Any) -> str:
    """A value in at most 40 characters."""
    text = ""
    for piece in _pieces(value):
        text += piece
        if len(text) > MOST:
            return text[: MOST - 3] + "..."
    return text


def number_text(number: int | float) -> str:
    """A number as JavaScript prints it, so that both engines quote alike: 2.0 is 2, 10**22 is 1e+22.

    Source: ECMAScript, Number::toString.
    """
    if isinstance(number, int) and abs(number) < 2**53:
        return str(number)
    try:
        double = float(number)
    except OverflowError:
        double = float("inf") if number > 0 else float("-inf")
    if double - double != 0:
        return "NaN" if double != double else ("Infinity" if double > 0 else "-Infinity")
    if double == 0:
        return "0"
    _, figures, exponent = Decimal(repr(abs(double))).normalize().as_tuple()
    digits = "".join(map(str, figures))
    point = len(digits) + int(exponent)
    return ("-" if double < 0 else "") + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """Digits with the decimal point after `point` of them, in the notation that JavaScript chooses."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
    return f"{mantissa}e{point - 1:+d}"


def in_script_order(keys: Iterator[str] | Any) -> list[str]:
    """The keys of an object as JavaScript keeps them: array indexes first, ascending, then the others as written."""
    return sorted(keys, key=lambda key: (0, int(key)) if _is_index(key) else (1, 0))


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and str(int(key[:10])) == key and int(key) < 2**32 - 1


def _pieces(value: Any) -> Iterator[str]:
    """The JSON text piece by piece, so that of a long or deep value no more is written than is shown."""
    if isinstance(value, dict):
        yield "{"
        for place, key in enumerate(in_script_order(value)):
            yield f"{', ' if place else ''}{_quoted(key)}: "
            yield from _pieces(value[key])
        yield "}"
    elif isinstance(value, list):
        yield "["
        for place, entry in enumerate(value):
            if place:
                yield ", "
            yield from _pieces(entry)
        yield "]"
    elif isinstance(value, str):
        yield _quoted(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield number_text(value)
    else:
        yield json.dumps(value)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
