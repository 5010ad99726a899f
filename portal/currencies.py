"""Money in form fields and files: people write units of the currency, the portal keeps minor units."""

import re

from portal.engine.currencies import decimals_of


def minor_units(text: str, currency: str | None) -> int | None:
    """`10`, `10.5` or `10.50` as minor units; None for what is no amount of that currency, such as 10.505 USD."""
    places = decimals_of(currency)
    match = re.fullmatch(r"(-?)(\d{1,15})(?:\.(\d+))?", text.strip(), re.ASCII)
    if match is None or len(match.group(3) or "") > places:
        return None
    sign, whole, rest = match.groups()
    return int(f"{sign}{whole}{(rest or '').ljust(places, '0')}")


def plain(minor: int, currency: str | None) -> str:
    """Minor units as a number that a form field takes: 1050 USD is `10.50`, 1050 JPY is `1050`."""
    places = decimals_of(currency)
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
