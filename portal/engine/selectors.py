"""Which lines a selector takes, and finding the selectors that a basket touches without asking each.

All units of a line are alike to a selector, so it takes whole lines. Source: contract, section 3, "Selector".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.engine.basket import Basket, Runs

_LISTS = ("skus", "categories", "brands", "tags")


class Selector:
    """A selector within the brands of a promotion's scope. `number` is its place in the bundle's index."""

    __slots__ = ("brands", "everything", "excluded", "keys", "least", "most", "narrow", "number")

    def __init__(self, number: int, document: dict[str, Any], brands: frozenset[str]) -> None:
        self.number = number
        self.keys = [(kind, word) for kind in _LISTS for word in document.get(kind, ())]
        self.least: int | None = document.get("min_unit_price")
        self.most: int | None = document.get("max_unit_price")
        self.excluded = {(kind, word) for kind in _LISTS for word in document.get("exclude", {}).get(kind, ())}
        self.brands = brands
        self.narrow = bool(brands or self.excluded or self.least is not None or self.most is not None)
        self.everything = not self.keys

    def admits(self, line: dict[str, Any]) -> bool:
        """True when brand, price and exclusions let the line through."""
        if self.brands and line.get("brand") not in self.brands:
            return False
        price = line["unit_price"]
        if (self.least is not None and price < self.least) or (self.most is not None and price > self.most):
            return False
        return not self.excluded or not any(key in self.excluded for key in keys_of(line))


def keys_of(line: dict[str, Any]) -> list[tuple[str, str]]:
    """What a selector may name of a line, as (list, word)."""
    keys = [("skus", line["sku"])]
    keys += [("categories", word) for word in line.get("categories", ())]
    if "brand" in line:
        keys.append(("brands", line["brand"]))
    keys += [("tags", word) for word in line.get("tags", ())]
    return keys


class SelectorIndex:
    """The selectors of a bundle, each stored once, found by what they name."""

    def __init__(self) -> None:
        self.selectors: list[Selector] = []
        self._known: dict[tuple[str, frozenset[str]], Selector] = {}
        self._by_list: dict[str, dict[str, list[int]]] = {kind: {} for kind in _LISTS}

    def add(self, document: dict[str, Any] | None, brands: frozenset[str]) -> Selector:
        """The selector of a compiled document, the same object for the same selector."""
        key = (repr(document or {}), brands)
        selector = self._known.get(key)
        if selector is None:
            selector = self._known[key] = Selector(len(self.selectors), document or {}, brands)
            self.selectors.append(selector)
            for kind, word in selector.keys:
                self._by_list[kind].setdefault(word, []).append(selector.number)
        return selector

    def touched(self, lines: list[dict[str, Any]]) -> dict[int, list[int]]:
        """For every selector that names something of a basket: the positions of those lines, before narrowing."""
        found: dict[int, list[int]] = {}
        by_sku, by_category = self._by_list["skus"].get, self._by_list["categories"].get
        by_brand, by_tag = self._by_list["brands"], self._by_list["tags"]
        for position, line in enumerate(lines):
            hits = by_sku(line["sku"], ())
            for number in hits:
                _note(found, number, position)
            for word in line.get("categories", ()):
                for number in by_category(word, ()):
                    _note(found, number, position)
            if by_brand and "brand" in line:
                for number in by_brand.get(line["brand"], ()):
                    _note(found, number, position)
            if by_tag:
                for word in line.get("tags", ()):
                    for number in by_tag.get(word, ()):
                        _note(found, number, position)
        return found


def _note(found: dict[int, list[int]], number: int, position: int) -> None:
    lines = found.get(number)
    if lines is None:
        found[number] = [position]
    elif lines[-1] != position:
        lines.append(position)


class Matches:
    """A basket beside a bundle's selectors: which lines each takes, and what they come to as rung up."""

    __slots__ = ("_lines", "_masks", "_sums", "_touched", "basket", "has_floors", "rung_up")

    def __init__(self, basket: Basket, touched: dict[int, list[int]]) -> None:
        self.basket = basket
        self._touched = touched
        self._lines: dict[int, list[int]] = {}
        self._masks: dict[int, int] = {}
        self._sums: dict[int, tuple[int, int, int]] = {}
        self.has_floors = any(basket.floors)
        self.rung_up: list[Runs] = [
            ((quantity, price, False),) for quantity, price in zip(basket.quantities, basket.prices, strict=True)
        ]

    def lines(self, selector: Selector) -> list[int]:
        """The positions of the lines that a selector takes, in order."""
        found = self._lines.get(selector.number)
        if found is None:
            found = self._lines[selector.number] = self._narrowed(selector)
        return found

    def touched_selectors(self) -> Iterable[int]:
        """The numbers of the selectors that name something of the basket, before narrowing."""
        return self._touched

    def _narrowed(self, selector: Selector) -> list[int]:
        if selector.everything:
            found: list[int] | range = range(len(self.rung_up))
        else:
            found = self._touched.get(selector.number, [])
        if not selector.narrow:
            return list(found)
        lines = self.basket.lines
        return [position for position in found if selector.admits(lines[position])]

    def spend(self, selector: Selector) -> int:
        """What the units of a selector cost as rung up."""
        return self._sum(selector)[0]

    def units(self, selector: Selector) -> int:
        """How many units a selector takes."""
        return self._sum(selector)[1]

    def capacity(self, selector: Selector) -> int:
        """What the units of a selector can lose as rung up: their prices minus their floors."""
        return self._sum(selector)[2]

    def mask(self, selectors: Iterable[Selector]) -> int:
        """The lines that any of some selectors takes, as bits."""
        bits = 0
        for selector in selectors:
            known = self._masks.get(selector.number)
            if known is None:
                known = self._masks[selector.number] = sum([1 << line for line in self.lines(selector)])
            bits |= known
        return bits

    def _sum(self, selector: Selector) -> tuple[int, int, int]:
        sums = self._sums.get(selector.number)
        if sums is None:
            basket, lines = self.basket, self.lines(selector)
            quantities, prices = basket.quantities, basket.prices
            spend = sum([quantities[line] * prices[line] for line in lines])
            floor = sum([quantities[line] * basket.floors[line] for line in lines]) if self.has_floors else 0
            sums = (spend, sum([quantities[line] for line in lines]), spend - floor)
            self._sums[selector.number] = sums
        return sums
