"""How many decimals a currency has, and money as people write it. Source: ISO 4217, list one."""

import re

_NONE = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_FOUR = frozenset(("CLF", "UYW"))


def decimals(currency: str | None) -> int:
    """The decimals of a currency: USD 2, JPY 0, KWD 3; 2 where it is not known."""
    if currency in _NONE:
        return 0
    if currency in _THREE:
        return 3
    return 4 if currency in _FOUR else 2


def minor_units(text: str, currency: str | None) -> int | None:
    """`10`, `10.5` or `10.50` as minor units; None for what is no amount of that currency, such as 10.505 USD."""
    places = decimals(currency)
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?", text.strip(), re.ASCII)
    if match is None or len(match.group(3) or "") > places:
        return None
    sign, whole, rest = match.groups()
    return int(f"{sign}{whole}{(rest or '').ljust(places, '0')}")


def plain(minor: int, currency: str | None) -> str:
    """Minor units as a number that a form field takes: 1050 USD is `10.50`, 1050 JPY is `1050`."""
    places = decimals(currency)
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
