"""One entry of the catalogue as text: forms and files have the same columns, rules and words.

An entry has three shapes: `Texts` (column: what people write), `Values` (column: plain values, references as
codes) and the row of the database. `read` goes from texts to values, `texts` back, `values_of` from row to values.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.currencies import CURRENCIES, minor_units, plain
from portal.engine.currencies import decimals_of
from portal.models.catalogue import Brand, Category, Segment, Store

Texts = Mapping[str, str]
Values = dict[str, Any]

CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
MOST_MINOR = 10**12  # the contract's bound of every amount

# The first column names the entry.
COLUMNS: dict[str, tuple[str, ...]] = {
    "products": ("sku", "name", "price", "cost", "floor", "currency", "brand", "categories", "tags"),
    "categories": ("code", "name", "parent"),
    "brands": ("code", "name"),
    "stores": ("code", "name", "brand", "city", "timezone", "currency"),
    "customers": ("code", "name", "email", "birthday", "orders", "segments"),
    "segments": ("code", "name"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one column, and what would be right."""

    field: str
    reason: str
    remedy: str

    @property
    def sentence(self) -> str:
        """Both, for a form."""
        return f"{self.reason}. {self.remedy}."


@dataclass(slots=True)
class Known:
    """What an entry may refer to: code to row. Loaded once, however many entries are read."""

    brands: dict[str, Brand] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    currencies: frozenset[str] = frozenset()
    """The currencies of the stores; empty while there are none."""


def known(session: Session, kind: str) -> Known:
    """What entries of `kind` refer to."""
    found = Known()
    if kind in ("products", "stores"):
        found.brands = {brand.code: brand for brand in session.scalars(select(Brand))}
    if kind in ("products", "categories"):
        found.categories = {category.code: category for category in session.scalars(select(Category))}
    if kind == "customers":
        found.segments = {segment.code: segment for segment in session.scalars(select(Segment))}
    if kind == "products":
        found.currencies = frozenset(session.scalars(select(Store.currency).distinct()))
    return found


def read(kind: str, given: Texts, about: Known) -> tuple[Values, list[Fault]]:
    """The values of an entry, and everything that is wrong with it; with faults the values are incomplete."""
    entry = _Entry(given)
    values = READERS[kind](entry, about)
    return values, entry.faults


class _Entry:
    """The texts of one entry while they are read; collects the faults."""

    def __init__(self, given: Texts) -> None:
        self.given = given
        self.faults: list[Fault] = []

    def fault(self, column: str, reason: str, remedy: str) -> None:
        self.faults.append(Fault(column, reason, remedy))

    def text(self, column: str, *, most: int, required: bool = False) -> str:
        value = " ".join(self.given.get(column, "").split())
        if required and not value:
            self.fault(column, "is empty", f"Give a {column}")
        elif len(value) > most:
            self.fault(column, f"has {len(value)} characters", f"Use at most {most}")
        elif not value.isprintable():
            self.fault(column, "holds characters that can't be printed", "Remove them")
        return value

    def code(self, column: str) -> str:
        value = self.given.get(column, "").strip()
        if not CODE.fullmatch(value):
            reason = f"{value!r} is no {column}" if value else "is empty"
            self.fault(column, reason, "Use 1 to 64 of the letters A-Z and a-z, digits, dot, dash and underscore")
        return value

    def amount(self, column: str, currency: str | None, *, required: bool = False) -> int | None:
        value = self.given.get(column, "").strip()
        if not value:
            if required:
                self.fault(column, "is empty", "Give an amount, 0 for what costs nothing")
            return None
        if currency is None:  # its own fault is said at the currency; without it decimals mean nothing
            return None
        minor = minor_units(value, currency)
        if minor is None or not 0 <= minor <= MOST_MINOR:
            self.fault(column, f"{value!r} is no amount in {currency}", _amount_remedy(currency))
            return None
        return minor

    def currency(self, column: str) -> str | None:
        value = self.given.get(column, "").strip().upper()
        if value in CURRENCIES:
            return value
        reason = f"{value!r} is no currency" if value else "is empty"
        self.fault(column, reason, "Use a code of three letters such as USD, EUR or JPY")
        return None

    def reference(self, column: str, allowed: Collection[str], noun: str) -> str | None:
        value = self.given.get(column, "").strip()
        if value and value not in allowed:
            self.fault(
                column, f"there is no {noun} {value!r}", f"Use the code of a {noun} that exists, or add it first"
            )
        return value or None

    def references(self, column: str, allowed: Collection[str], noun: str) -> tuple[str, ...]:
        values = tuple(sorted(set(self.words(column))))
        missing = [value for value in values if value not in allowed]
        if missing:
            names = ", ".join(repr(value) for value in missing)
            self.fault(
                column, f"there is no {noun} {names}", "Use codes that exist, with | between them, or add them first"
            )
        return values

    def words(self, column: str) -> list[str]:
        return [word for word in (part.strip() for part in self.given.get(column, "").split("|")) if word]

    def tags(self, column: str) -> tuple[str, ...]:
        values = tuple(sorted(set(self.words(column))))
        if any(len(value) > 64 for value in values):
            self.fault(column, "has a tag of more than 64 characters", "Use shorter tags, with | between them")
        return values

    def whole(self, column: str) -> int | None:
        value = self.given.get(column, "").strip()
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            self.fault(
                column, f"{value!r} is no count", "Use a whole number such as 0 or 12, or nothing where it is unknown"
            )
            return None
        return int(value)

    def day(self, column: str) -> date | None:
        value = self.given.get(column, "").strip()
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.fault(column, f"{value!r} is no date", "Write year, month and day: 1990-11-22")
            return None

    def email(self, column: str) -> str | None:
        value = self.given.get(column, "").strip()
        if not value:
            return None
        try:
            return validate_email(value, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError:
            self.fault(column, f"{value!r} is no e-mail address", "Write it as name@example.com")
            return None

    def zone(self, column: str) -> str:
        value = self.given.get(column, "").strip()
        if value not in zones():
            reason = f"{value!r} is no time zone" if value else "is empty"
            self.fault(column, reason, "Use a name of the tz database such as America/New_York or Europe/Berlin")
        return value


@cache
def zones() -> frozenset[str]:
    """The names of the tz database; case counts."""
    return frozenset(available_timezones())


def _amount_remedy(currency: str) -> str:
    places = decimals_of(currency)
    example = plain(450 * 10**places // 100 if places else 450, currency)
    decimals = f"at most {places} decimals after a point" if places else "no decimals"
    return f"Use digits and {decimals}: {example}"


def _product(entry: _Entry, about: Known) -> Values:
    currency = entry.currency("currency")
    if currency and about.currencies and currency not in about.currencies:
        ours = ", ".join(sorted(about.currencies))
        entry.fault("currency", f"no store sells in {currency}", f"Use {ours}, or add a store with that currency first")
    price = entry.amount("price", currency, required=True)
    floor = entry.amount("floor", currency) or 0
    if price is not None and floor > price:
        entry.fault("floor", "is above the price", "Use at most the price: it is the least that one may cost")
    return {
        "sku": entry.code("sku"),
        "name": entry.text("name", most=200, required=True),
        "price": price,
        "cost": entry.amount("cost", currency),
        "floor": floor,
        "currency": currency,
        "brand": entry.reference("brand", about.brands, "brand"),
        "categories": entry.references("categories", about.categories, "category"),
        "tags": entry.tags("tags"),
    }


def _category(entry: _Entry, about: Known) -> Values:
    code = entry.code("code")
    parent = entry.reference("parent", about.categories, "category")
    if parent is not None and parent == code:
        entry.fault("parent", "is the category itself", "Use another category, or nothing for the top")
    return {"code": code, "name": entry.text("name", most=200, required=True), "parent": parent}


def _plain(entry: _Entry, about: Known) -> Values:
    return {"code": entry.code("code"), "name": entry.text("name", most=200, required=True)}


def _store(entry: _Entry, about: Known) -> Values:
    return {
        "code": entry.code("code"),
        "name": entry.text("name", most=200, required=True),
        "brand": entry.reference("brand", about.brands, "brand"),
        "city": entry.text("city", most=120),
        "timezone": entry.zone("timezone"),
        "currency": entry.currency("currency"),
    }


def _customer(entry: _Entry, about: Known) -> Values:
    return {
        "code": entry.code("code"),
        "name": entry.text("name", most=200, required=True),
        "email": entry.email("email"),
        "birthday": entry.day("birthday"),
        "orders": entry.whole("orders"),
        "segments": entry.references("segments", about.segments, "segment"),
    }


READERS: dict[str, Callable[[_Entry, Known], Values]] = {
    "products": _product,
    "categories": _category,
    "brands": _plain,
    "stores": _store,
    "customers": _customer,
    "segments": _plain,
}


def texts(kind: str, values: Values) -> dict[str, str]:
    """`values` as a form or a file writes them; reading them again gives the same values."""
    return {column: _text(column, values) for column in COLUMNS[kind]}


def _text(column: str, values: Values) -> str:
    value = values[column]
    if value is None:
        return ""
    if column in ("price", "cost", "floor"):
        return plain(value, values["currency"])
    return "|".join(value) if isinstance(value, tuple) else str(value)
