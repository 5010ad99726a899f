"""Writes a demo company into the database: what is there by its code stays as people left it, the rest is added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.demo.records import Company, Guest, Item, Sale
from portal.models.catalogue import (
    Brand,
    Category,
    Customer,
    Product,
    Segment,
    Store,
    customer_segment,
    product_category,
)
from portal.models.columns import Base
from portal.models.sale import PastBasket, PastBasketLine

Values = dict[str, Any]
Ids = dict[str, int]
CHUNK = 2_000
# SQLite takes at most 32,766 values in one statement; PostgreSQL 65,535.
MOST_VALUES = 20_000


def load_catalogue(session: Session, company: Company) -> None:
    """Brands, stores, categories, products, segments and customers."""
    brands = add_missing(session, Brand, [{"code": code, "name": name} for code, name in company.brands.items()])
    add_missing(session, Store, [
        {"code": store.code, "name": store.name, "city": store.city, "timezone": store.zone,
         "brand_id": brands.get(store.brand or ""), "currency": company.currency}
        for store in company.stores
    ])  # fmt: skip
    shelves = load_tree(session, company)
    load_products(session, company, brands, shelves)
    load_customers(session, company)


def load_tree(session: Session, company: Company) -> Ids:
    """The categories, a level at a time, because a child names its parent's id."""
    ids: Ids = {}
    waiting = list(company.shelves)
    while waiting:
        ready = [shelf for shelf in waiting if shelf.parent is None or shelf.parent in ids]
        rows = [{"code": s.code, "name": s.name, "parent_id": ids.get(s.parent or "")} for s in ready]
        ids |= add_missing(session, Category, rows)
        waiting = [shelf for shelf in waiting if shelf.code not in ids]
    return ids


def load_products(session: Session, company: Company, brands: Ids, shelves: Ids) -> None:
    """The products with their lowest category; only new ones get it."""
    before = ids_of(session, Product.__table__, "sku", [item.sku for item in company.items])
    fresh = [item for item in company.items if item.sku not in before]
    ids = add_missing(session, Product, [product_row(item, company.currency, brands) for item in fresh], key="sku")
    links = [{"product_id": ids[item.sku], "category_id": shelves[item.shelf]} for item in fresh if item.shelf]
    add_rows(session, product_category, links)


def product_row(item: Item, currency: str, brands: Ids) -> Values:
    """A product as its row."""
    return {
        "sku": item.sku,
        "name": item.name[:200],
        "price_minor": item.price,
        "cost_minor": item.cost,
        "floor_minor": item.floor,
        "currency": currency,
        "brand_id": brands.get(item.brand or ""),
        "tags": list(item.tags),
    }


def load_customers(session: Session, company: Company) -> None:
    """The customers with their segments; only new ones get them."""
    named = [{"code": code, "name": name} for code, name in company.segments.items()]
    segments = add_missing(session, Segment, named)
    before = ids_of(session, Customer.__table__, "code", [guest.code for guest in company.guests])
    fresh = [guest for guest in company.guests if guest.code not in before]
    ids = add_missing(session, Customer, [customer_row(guest) for guest in fresh])
    held = [(ids[guest.code], segments[code]) for guest in fresh for code in guest.segments]
    links = [{"customer_id": customer, "segment_id": segment} for customer, segment in held]
    add_rows(session, customer_segment, links)


def customer_row(guest: Guest) -> Values:
    """A customer as its row."""
    return {
        "code": guest.code,
        "name": guest.name,
        "email": guest.email,
        "birthday": guest.birthday,
        "orders": guest.orders,
    }


def load_sales(session: Session, company: Company, step: Callable[[int], object]) -> int:
    """The past baskets that are not there yet; `step` is told how many were looked at. Returns how many were added.

    Needs the catalogue of the company.
    """
    writer = SalesWriter(session, company)
    added = 0
    sales = company.sales()
    while chunk := list(islice(sales, CHUNK)):
        added += writer.write(chunk)
        step(len(chunk))
    return added


class SalesWriter:
    """Writes sales as rows; knows the ids of what they refer to."""

    def __init__(self, session: Session, company: Company) -> None:
        self._session, self._company = session, company
        self._stores = ids_of(session, Store.__table__, "code", [store.code for store in company.stores])
        self._products = ids_of(session, Product.__table__, "sku", [item.sku for item in company.items])
        self._customers = ids_of(session, Customer.__table__, "code", [guest.code for guest in company.guests])

    def write(self, sales: list[Sale]) -> int:
        """Add the sales whose code is new, with their lines; returns how many."""
        table = PastBasket.__table__
        before = ids_of(self._session, table, "code", [sale.code for sale in sales])
        fresh = [sale for sale in sales if sale.code not in before]
        add_rows(self._session, table, [self._basket_row(sale) for sale in fresh])
        ids = ids_of(self._session, table, "code", [sale.code for sale in fresh])
        lines = [row for sale in fresh for row in self._line_rows(sale, ids[sale.code])]
        add_rows(self._session, PastBasketLine.__table__, lines)
        return len(fresh)

    def _basket_row(self, sale: Sale) -> Values:
        return {
            "code": sale.code,
            "source": self._company.source,
            "store_id": self._stores[sale.store],
            "customer_id": self._customers[sale.customer] if sale.customer else None,
            "customer_orders": sale.orders,
            "channel": sale.channel,
            "sold_at": sale.sold_at,
            "business_date": sale.at.date(),
            "local_at": sale.at.isoformat(),
            "local_hour": sale.at.hour,
            "currency": self._company.currency,
            "total_minor": sale.total,
        }

    def _line_rows(self, sale: Sale, basket: int) -> Iterator[Values]:
        for position, (sku, units, price) in enumerate(sale.lines, start=1):
            yield {
                "basket_id": basket,
                "position": position,
                "product_id": self._products[sku],
                "quantity": units,
                "unit_price_minor": price,
            }


def add_missing(session: Session, model: type[Base], rows: list[Values], key: str = "code") -> Ids:
    """Insert the rows whose key is new; returns the ids of all of them by key."""
    table, keys = model.__table__, [row[key] for row in rows]
    before = ids_of(session, table, key, keys)
    add_rows(session, table, [row for row in rows if row[key] not in before])
    return ids_of(session, table, key, keys)


def add_rows(session: Session, table: Any, rows: list[Values]) -> None:
    """Insert many rows with one prepared statement."""
    if rows:
        session.connection().execute(insert(table), rows)


def ids_of(session: Session, table: Any, key: str, keys: Iterable[str]) -> Ids:
    """Key -> id of the rows that have one of these keys."""
    found: Ids = {}
    left = iter(keys)
    while chunk := list(islice(left, MOST_VALUES)):
        query = select(table.c[key], table.c.id).where(table.c[key].in_(chunk))
        found.update((text, number) for text, number in session.connection().execute(query))
    return found
