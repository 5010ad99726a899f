"""Past baskets as the engine reads them (contract, section 2): streamed, so that a year fits in little memory."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

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
from portal.models.sale import PastBasket, PastBasketLine

Values = dict[str, Any]
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Facts:
    """What a line says about its product. `categories` holds the ancestors too; a floor of 0 is none."""

    sku: str
    categories: list[str]
    brand: str | None
    tags: list[str]
    floor: int

    def line(self, position: int, units: int, unit_price: int) -> Values:
        """A basket's line; what is not known is left out. A floor above the price paid counts as that price."""
        line: Values = {"id": str(position), "sku": self.sku}
        if self.categories:
            line["categories"] = self.categories
        if self.brand is not None:
            line["brand"] = self.brand
        if self.tags:
            line["tags"] = self.tags
        line["unit_price"] = unit_price
        if self.floor:
            line["floor_price"] = min(self.floor, unit_price)
        line["quantity"] = units
        return line


def customer_of(code: str, segments: Collection[str], birthday: date | None, orders: int | None) -> Values:
    """The basket's `customer`; an unknown number of orders is left out."""
    customer: Values = {"id": code}
    if segments:
        customer["segments"] = sorted(segments)
    if birthday is not None:
        customer["birthday"] = birthday.isoformat()
    if orders is not None:
        customer["orders"] = orders
    return customer


def with_ancestors(codes: Collection[str], parents: Mapping[str, str | None]) -> list[str]:
    """The categories and everything above them, each once, lowest first."""
    found: list[str] = []
    for code in codes:
        above: str | None = code
        while above is not None and above not in found:
            found.append(above)
            above = parents.get(above)
    return found


def baskets_between(
    session: Session, first: date, last: date, *, source: str | None = None, stores: Collection[str] = ()
) -> Iterator[Values]:
    """The baskets sold from `first` to `last`, both included, by the stores' own calendar, in order of time.

    `source` and `stores` (codes) narrow; without them every basket is given.
    """
    query = _narrowed(select(PastBasket.id), first, last, source, stores)
    ids = iter(session.scalars(query.order_by(PastBasket.sold_at, PastBasket.id)).all())
    shelves = _Shelves(session)
    while chunk := list(islice(ids, CHUNK)):
        yield from shelves.baskets(chunk)


def count_between(
    session: Session, first: date, last: date, *, source: str | None = None, stores: Collection[str] = ()
) -> int:
    """How many baskets baskets_between() gives."""
    return session.scalar(_narrowed(select(func.count(PastBasket.id)), first, last, source, stores)) or 0


def days_of(session: Session, *, source: str | None = None) -> tuple[date, date] | None:
    """The first and the last business day that has baskets; None when there are none."""
    query = select(func.min(PastBasket.business_date), func.max(PastBasket.business_date))
    first, last = session.execute(query.where(PastBasket.source == source) if source else query).one()
    return None if first is None else (first, last)


def _narrowed(query: Select[Any], first: date, last: date, source: str | None, stores: Collection[str]) -> Select[Any]:
    query = query.where(PastBasket.business_date.between(first, last))
    if source is not None:
        query = query.where(PastBasket.source == source)
    if stores:
        query = query.where(PastBasket.store_id.in_(select(Store.id).where(Store.code.in_(stores))))
    return query


class _Shelves:
    """What baskets refer to, looked up once: products and customers as they are met, the small tables at once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stores = _pairs(session, select(Store.id, Store.code))
        self._brands = _pairs(session, select(Brand.id, Brand.code))
        self._segments = _pairs(session, select(Segment.id, Segment.code))
        self._categories = _pairs(session, select(Category.id, Category.code))
        above = _pairs(session, select(Category.id, Category.parent_id))
        self._parents = {code: self._categories.get(above[key]) for key, code in self._categories.items()}
        self._facts: dict[int, Facts] = {}
        self._customers: dict[int, tuple[str, list[str], date | None]] = {}

    def baskets(self, ids: list[int]) -> Iterator[Values]:
        """The baskets of these ids, in this order."""
        query = select(PastBasket.__table__).where(PastBasket.id.in_(ids))
        rows = {row.id: row for row in self._session.execute(query)}
        lines = self._lines(ids)
        self._meet_customers({row.customer_id for row in rows.values()} - {None})
        for key in ids:
            yield self._basket(rows[key], lines[key])

    def _basket(self, row: Row[Any], lines: list[Values]) -> Values:
        basket: Values = {"id": row.code, "currency": row.currency, "store": self._stores[row.store_id]}
        if row.channel is not None:
            basket["channel"] = row.channel
        basket["at"] = row.local_at
        if row.customer_id is not None:
            basket["customer"] = customer_of(*self._customers[row.customer_id], row.customer_orders)
        basket["lines"] = lines
        return basket

    def _lines(self, ids: list[int]) -> dict[int, list[Values]]:
        columns = PastBasketLine.__table__.c
        order = (columns.basket_id, columns.position)
        query = select(*order, columns.product_id, columns.quantity, columns.unit_price_minor)
        rows = self._session.execute(query.where(columns.basket_id.in_(ids)).order_by(*order)).all()
        self._meet_products({row[2] for row in rows})
        lines = defaultdict(list)
        for basket, position, product, units, price in rows:
            lines[basket].append(self._facts[product].line(position, units, price))
        return lines

    def _meet_products(self, ids: set[int]) -> None:
        for chunk in _chunks(ids - self._facts.keys()):
            held = defaultdict(list)
            links = product_category.c
            for product, category in self._session.execute(
                select(links.product_id, links.category_id).where(links.product_id.in_(chunk))
            ):
                held[product].append(self._categories[category])
            columns = (Product.id, Product.sku, Product.brand_id, Product.tags, Product.floor_minor)
            for key, sku, brand, tags, floor in self._session.execute(select(*columns).where(Product.id.in_(chunk))):
                categories = with_ancestors(sorted(held[key]), self._parents)
                self._facts[key] = Facts(sku, categories, self._brands.get(brand), tags, floor)

    def _meet_customers(self, ids: set[int]) -> None:
        for chunk in _chunks(ids - self._customers.keys()):
            held = defaultdict(list)
            links = customer_segment.c
            for customer, segment in self._session.execute(
                select(links.customer_id, links.segment_id).where(links.customer_id.in_(chunk))
            ):
                held[customer].append(self._segments[segment])
            columns = (Customer.id, Customer.code, Customer.birthday)
            for key, code, birthday in self._session.execute(select(*columns).where(Customer.id.in_(chunk))):
                self._customers[key] = (code, held[key], birthday)


def _pairs(session: Session, query: Select[Any, Any]) -> dict[Any, Any]:
    return {row[0]: row[1] for row in session.execute(query)}


def _chunks(ids: set[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
