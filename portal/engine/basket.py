"""The basket as the calculator reads it: checked once, quickly, into plain lists.

A usual basket is checked while it is read. One that has anything unusual (a null, 2.0 for 2, a mistake) is read again
by its shape, which names every problem and brings the rest into canonical form. Source: contract, section 2.
"""

from __future__ import annotations

from typing import Any

from portal.engine import times
from portal.engine.definition import BASKET, LINE, MOST_LINES, MOST_UNITS
from portal.engine.problems import Findings, Invalid, Path
from portal.engine.shapes import LARGEST

Run = tuple[int, int, bool]
"""Units of a line that are alike: (how many, what each still costs, claimed by a bundle)."""
Runs = tuple[Run, ...]

_REQUIRED = sum(entry.required for entry in LINE.fields)
_NOTHING: dict[str, Any] = {}


class Basket:
    """A checked basket: one entry a line in each list, money in minor units."""

    __slots__ = (
        "channel",
        "codes",
        "currency",
        "customer",
        "day",
        "floors",
        "id",
        "lines",
        "minute",
        "payment",
        "prices",
        "quantities",
        "seconds",
        "store",
        "subtotal",
        "units",
        "utc",
        "vouchers",
    )

    def __init__(self, document: dict[str, Any]) -> None:
        get = document.get
        self.id: str | None = get("id")
        self.currency: str = document["currency"]
        self.store: str | None = get("store")
        self.channel: str | None = get("channel")
        self.customer: dict[str, Any] = get("customer", _NOTHING)
        self.payment: dict[str, Any] = get("payment", _NOTHING)
        self.codes = [ascii_lower(code) for code in get("codes", ())]
        self.vouchers = {voucher.get("promotion") for voucher in get("vouchers", ())}
        self.seconds, offset = times.read_at(document["at"])
        self.utc = self.seconds - offset
        self.day, of_day = divmod(self.seconds, 86400)
        self.minute = of_day // 60
        self.lines: list[dict[str, Any]] = document["lines"]
        self.quantities: list[int] = []
        self.prices: list[int] = []
        self.floors: list[int] = []
        self.units = 0
        self.subtotal = 0


def read_basket(document: Any, path: Path = ()) -> Basket:
    """The basket of a JSON value. Raises Invalid with every problem; fields are named below `path`."""
    basket = _read_usual(document)
    if basket is not None:
        return basket
    findings = Findings()
    canonical = check_basket(document, path, findings)
    basket = None if findings else _read_usual(canonical)
    if basket is None:
        whole: Any = document
        for key in reversed(path):
            whole = {key: whole}
        raise Invalid(findings.in_order_of(whole))
    return basket


def _read_usual(document: Any) -> Basket | None:
    """The basket, or None when there is anything that wants a closer look."""
    if type(document) is not dict or type(document.get("lines")) is not list:
        return None
    if not _usual_head(document):
        return None
    basket = Basket(document)
    return basket if _read_lines(basket, basket.lines) else None


def _usual_head(document: dict[str, Any]) -> bool:
    """True when all but the lines is as it should be."""
    findings = Findings()
    for key, value in document.items():
        known = BASKET.by_name.get(key)
        if known is None or value is None:
            return False
        if key != "lines" and known.shape.read(value, (), findings) != value:
            return False
    return not findings and "currency" in document and "at" in document


def _read_lines(basket: Basket, lines: list[Any]) -> bool:
    quantities, prices, floors, seen = basket.quantities, basket.prices, basket.floors, set()
    units = subtotal = 0
    for line in lines:
        if type(line) is not dict:
            return False
        name, sku = line.get("id"), line.get("sku")
        price, quantity = line.get("unit_price"), line.get("quantity")
        if type(name) is not str or type(sku) is not str or not (name and sku):
            return False
        if type(price) is not int or type(quantity) is not int or price < 0 or quantity < 1:
            return False
        floor = _read_optional(line, price) if len(line) > _REQUIRED else 0
        if floor is None:
            return False
        quantities.append(quantity)
        prices.append(price)
        floors.append(floor)
        seen.add(name)
        units += quantity
        subtotal += quantity * price
    basket.units, basket.subtotal = units, subtotal
    return len(seen) == len(lines) <= MOST_LINES and units <= MOST_UNITS and subtotal <= LARGEST


def _read_optional(line: dict[str, Any], price: int) -> int | None:
    """The floor price of a line whose other keys are as usual, else None."""
    known, floor = _REQUIRED, 0
    for key in ("categories", "tags"):
        if key in line:
            known += 1
            if type(line[key]) is not list:
                return None
            for word in line[key]:
                if type(word) is not str or not word:
                    return None
    if "brand" in line:
        known += 1
        if type(line["brand"]) is not str or not line["brand"]:
            return None
    if "floor_price" in line:
        known += 1
        floor = line["floor_price"]
        if type(floor) is not int or not 0 <= floor <= price:
            return None
    return floor if known == len(line) else None


def check_basket(document: Any, path: Path, findings: Findings) -> dict[str, Any] | None:
    """A basket in canonical form; notes every problem, across its fields too."""
    basket = BASKET.read(document, path, findings)
    if basket is None or not isinstance(basket.get("lines"), list):
        return basket
    seen = set()
    for position, line in enumerate(basket["lines"]):
        if line is None:
            continue
        at = (*path, "lines", position)
        name, price, floor = line.get("id"), line.get("unit_price"), line.get("floor_price")
        if name is not None and name in seen:
            findings.add((*at, "id"), f"must differ from the other lines, {name} stands twice")
        seen.add(name)
        if price is not None and floor is not None and floor > price:
            findings.add((*at, "floor_price"), f"must be at most the unit price, {price}, not {floor}")
    _check_bounds([line or {} for line in basket["lines"]], (*path, "lines"), findings)
    return basket


def _check_bounds(lines: list[dict[str, Any]], path: Path, findings: Findings) -> None:
    """The bounds of units and subtotal, where the numbers that they add up are all there."""
    quantities: list[Any] = [line.get("quantity") for line in lines]
    prices: list[Any] = [line.get("unit_price") for line in lines]
    if None in quantities:
        return
    units = sum(quantities)
    if units > MOST_UNITS:
        findings.add(path, f"must have at most {MOST_UNITS} units together, not {units}")
    elif None not in prices:
        subtotal = sum(quantity * price for quantity, price in zip(quantities, prices, strict=True))
        if subtotal > LARGEST:
            findings.add(path, f"must cost at most {LARGEST} together, not {subtotal}")


_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def ascii_lower(text: str) -> str:
    """Capital letters A to Z in lower case; nothing else changes."""
    return text.translate(_LOWER)
