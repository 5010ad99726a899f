"""The grocer: one year of a US chain's tills, simulated from real patterns, mapped to our catalogue and baskets.

docs/demo.md has the rules of the mapping and the traps of the data.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any

from portal.demo import journey
from portal.demo.journey import LAST_DAY, MOST_UNITS, ZONE, Rows
from portal.demo.records import Company, Guest, Item, Sale, Shelf, Store

SOURCE = "grocer"
CURRENCY = "USD"
# The month with the most lines and the highest sales of the year; it is also the last one.
BUSY_MONTH = (date(2017, 12, 1), date(2017, 12, 31))

MOST_LINES = 1_000
CODE_LENGTH = 64
TAGS = {"National": "national-brand", "Private": "own-brand"}
SEGMENT_COLUMNS = {"age": "Age", "income": "Income", "household_comp": "Household:", "home_ownership": ""}

Line = tuple[str, int, int]


def company(first: date = BUSY_MONTH[0], last: date = BUSY_MONTH[1]) -> Company:
    """The grocer with its sales from `first` to `last`, both included. Raises PackageMissing, ValueError for no days.

    Its products are those sold in that time; stores, brands, categories and customers are the whole year's.
    """
    rows = journey.rows_between(first, last)
    shelves = Shelves(journey.read_table("products").to_pylist())
    orders = journey.orders_before(first)
    return Company(
        source=SOURCE,
        currency=CURRENCY,
        brands=shelves.brands,
        stores=[store_of(number) for number in journey.all_numbers("store_id")],
        shelves=shelves.tree(),
        items=items(shelves, set(rows.product)),
        segments=segments(),
        guests=guests(),
        sales=lambda: sales(rows, orders),
        sales_count=len(set(rows.basket)),
    )


def store_of(number: int) -> Store:
    """A store; the data names neither town nor state, and one zone fits all its hours."""
    return Store(code=f"GR-{number}", name=f"Grocer {number}", zone=str(ZONE))


def sales(rows: Rows, orders: dict[int, int]) -> Iterator[Sale]:
    """The baskets of these lines in order of time. `orders` has each household's baskets before them."""
    so_far = Counter(orders)
    for number, positions in groupby(range(len(rows.basket)), key=rows.basket.__getitem__):
        taken = list(positions)
        start = taken[0]
        household = rows.household[start]
        lines = [(str(rows.product[i]), rows.units[i], rows.unit_cents[i]) for i in taken]
        yield Sale(
            code=f"GR-{number}",
            store=f"GR-{rows.store[start]}",
            at=rows.at[start].astimezone(ZONE),
            lines=within_bounds(lines),
            customer=f"HH-{household}",
            # The data begins in the middle of a relation: before the first basket that it holds, nobody can know.
            orders=so_far[household] or None,
        )
        so_far[household] += 1


def within_bounds(lines: list[Line]) -> tuple[Line, ...]:
    """The lines as the engine takes them: at most 10,000 units, else every line is one unit with its price.

    Raises ValueError above 1,000 lines: half a basket would be another basket. The data's largest has 161 lines.
    """
    if len(lines) > MOST_LINES:
        raise ValueError(f"a basket of {len(lines)} lines; the engine takes at most {MOST_LINES}")
    if sum(units for _, units, _ in lines) > MOST_UNITS:
        return tuple((sku, 1, units * price) for sku, units, price in lines)
    return tuple(lines)


class Shelves:
    """The products' table as brands (its departments) and a tree of categories: department, category, type."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows: dict[int, dict[str, Any]] = {row["product_id"]: row for row in rows}
        self.paths = {number: path_of(row) for number, row in self.rows.items()}
        departments = sorted({path[0] for path in self.paths.values()})
        self.brands = {slug(department): title(department) for department in departments}
        self.codes = path_codes(self.paths.values())

    def tree(self) -> list[Shelf]:
        """All categories, parents first."""
        return [
            Shelf(code, title(path[-1])[:200], self.codes[path[:-1]] if len(path) > 1 else None)
            for path, code in sorted(self.codes.items(), key=lambda pair: (len(pair[0]), pair[0]))
        ]

    def item(self, number: int, price: int) -> Item:
        """A product at a price in cents. Some were sold that the products' table does not know."""
        row = self.rows.get(number)
        if row is None:
            return Item(sku=str(number), name=f"Unlisted product {number}", price=price)
        path, size = self.paths[number], row["package_size"]
        return Item(
            sku=str(number),
            name=title(path[-1]) + (f", {size}" if size else ""),
            price=price,
            brand=slug(path[0]),
            shelf=self.codes[path],
            tags=(TAGS[row["brand"]],),
        )


def path_of(row: dict[str, Any]) -> tuple[str, ...]:
    """Department, category and type of a product, without those that are missing."""
    return tuple(part for part in (row["department"], row["product_category"], row["product_type"]) if part)


def path_codes(paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """A code for every path and every path above it; one too long, or that another has, ends in its own hash."""
    wanted = sorted({path[:depth] for path in paths for depth in range(1, len(path) + 1)})
    codes: dict[tuple[str, ...], str] = {}
    taken: set[str] = set()
    for path in wanted:
        code = ".".join(slug(part).lower() for part in path)
        if len(code) > CODE_LENGTH or code in taken:
            code = f"{code[: CODE_LENGTH - 9]}-{sha256(repr(path).encode()).hexdigest()[:8]}"
        codes[path] = code
        taken.add(code)
    return codes


def items(shelves: Shelves, sold: set[int]) -> list[Item]:
    """The products of these numbers, each at the price that was paid for a unit most often in the whole year."""
    prices = journey.usual_prices()
    return [shelves.item(number, prices.get(number, 0)) for number in sorted(sold)]


def segments() -> dict[str, str]:
    """Code -> name of what the demographics table says about a third of the households."""
    rows = journey.read_table("demographics").to_pylist()
    return dict(sorted({pair for row in rows for pair in segments_of(row).items()}))


def segments_of(row: dict[str, Any]) -> dict[str, str]:
    """The segments of one household, e.g. {"age-45-54": "Age 45-54"}."""
    known = {f"{label} {row[column]}".strip() for column, label in SEGMENT_COLUMNS.items() if row[column]}
    return {slug(name).lower(): name for name in sorted(known)}


def guests() -> list[Guest]:
    """Every household, with its baskets of the year as orders."""
    known = {row["household_id"]: segments_of(row) for row in journey.read_table("demographics").to_pylist()}
    orders = journey.orders_before(LAST_DAY + timedelta(days=1))
    return [
        Guest(f"HH-{number}", f"Household {number}", tuple(sorted(known.get(number, ()))), orders=count)
        for number, count in sorted(orders.items())
    ]


def slug(text: str) -> str:
    """A code from a name: letters and digits, the rest one dash; "65+" and "65" stay two."""
    words = text.replace("+", " plus ").replace("&", " and ")
    return re.sub("[^A-Za-z0-9]+", "-", words).strip("-")


def title(text: str) -> str:
    """A name from the data's capitals: "FRZN ICE" -> "Frzn Ice"."""
    return re.sub("[0-9]*[A-Za-z]+", lambda word: word[0].capitalize(), " ".join(text.split()))
