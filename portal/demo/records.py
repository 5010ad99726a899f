"""What a demo company consists of, as plain values: the same for the grocer and the restaurant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from portal.services.sales import Facts, customer_of, with_ancestors


@dataclass(frozen=True, slots=True)
class Store:
    """A place with tills; `zone` is an IANA name."""

    code: str
    name: str
    zone: str
    city: str = ""
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category; `parent` is another's code."""

    code: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A product. Prices in minor units; `shelf` is the code of its lowest category."""

    sku: str
    name: str
    price: int
    brand: str | None = None
    shelf: str | None = None
    tags: tuple[str, ...] = ()
    cost: int | None = None
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Guest:
    """A known customer; `segments` are codes in order, `orders` the number of baskets so far."""

    code: str
    name: str
    segments: tuple[str, ...] = ()
    email: str | None = None
    birthday: date | None = None
    orders: int | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A basket that was paid. `at` is the store's wall clock with its offset, `lines` are (sku, units, unit price).

    `orders` is how many baskets the customer had before, None where nobody can know.
    """

    code: str
    store: str
    at: datetime
    lines: tuple[tuple[str, int, int], ...]
    customer: str | None = None
    orders: int | None = None
    channel: str | None = None

    @property
    def total(self) -> int:
        """What was paid, in minor units."""
        return sum(units * price for _, units, price in self.lines)

    @property
    def sold_at(self) -> datetime:
        """The moment in UTC."""
        return self.at.astimezone(UTC)


@dataclass(frozen=True)
class Company:
    """A demo company; its brands and segments are code -> name.

    `sales` gives its baskets in order of time, anew at each call.
    """

    source: str
    currency: str
    brands: dict[str, str]
    stores: list[Store]
    shelves: list[Shelf]
    items: list[Item]
    segments: dict[str, str]
    guests: list[Guest]
    sales: Callable[[], Iterator[Sale]]
    sales_count: int

    def baskets(self) -> Iterator[dict[str, Any]]:
        """The sales as baskets of the engine, equal to what services.sales reads from the database."""
        facts, guests = facts_by_sku(self.items, self.shelves), {guest.code: guest for guest in self.guests}
        return (basket_of(sale, self.currency, guests, facts) for sale in self.sales())


def facts_by_sku(items: list[Item], shelves: list[Shelf]) -> dict[str, Facts]:
    """What a line says about each product."""
    parents = {shelf.code: shelf.parent for shelf in shelves}
    above = {code: with_ancestors([code], parents) for code in parents}
    return {
        item.sku: Facts(item.sku, above[item.shelf] if item.shelf else [], item.brand, list(item.tags), item.floor)
        for item in items
    }


def basket_of(sale: Sale, currency: str, guests: dict[str, Guest], facts: dict[str, Facts]) -> dict[str, Any]:
    """A sale as the engine reads it; what is not known is left out."""
    basket: dict[str, Any] = {"id": sale.code, "currency": currency, "store": sale.store}
    if sale.channel is not None:
        basket["channel"] = sale.channel
    basket["at"] = sale.at.isoformat()
    if sale.customer is not None:
        guest = guests[sale.customer]
        basket["customer"] = customer_of(guest.code, guest.segments, guest.birthday, sale.orders)
    lines = enumerate(sale.lines, start=1)
    basket["lines"] = [facts[sku].line(position, units, price) for position, (sku, units, price) in lines]
    return basket
