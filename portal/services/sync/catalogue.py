"""What a store's tills know of products: names and prices in its currency, kept under a hash like a bundle.

One pass over the products serves every store of a currency.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.catalogue import Brand, Category, Product, product_category
from portal.models.publication import ContentKind
from portal.services.sync import contents

Values = dict[str, Any]


def refresh(session: Session, currencies: Iterable[str], *, now: datetime) -> dict[str, str]:
    """Keep the catalogue of each currency as it is now; gives their hashes."""
    found = {}
    for currency in sorted(set(currencies)):
        content = contents.canonical({"currency": currency, "products": products(session, currency)})
        contents.keep(session, ContentKind.CATALOGUE, [content], now=now)
        found[currency] = content.sha256
    return found


def products(session: Session, currency: str) -> list[Values]:
    """Every product with a price in `currency` as a basket's line knows it, by sku; amounts in minor units."""
    shelves = _shelves(session, currency)
    query = (
        select(
            Product.id, Product.sku, Product.name, Brand.code, Product.tags, Product.price_minor, Product.floor_minor
        )
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Product.currency == currency)
    )
    rows = sorted(session.execute(query), key=lambda row: row[1])
    return [
        {"sku": sku, "name": name, "categories": shelves.get(id, []), "tags": tags}
        | {"unit_price": price, "floor_price": floor}
        | ({"brand": brand} if brand else {})
        for id, sku, name, brand, tags, price, floor in rows
    ]


def _shelves(session: Session, currency: str) -> dict[int, list[str]]:
    """The categories of each product with their ancestors, sorted."""
    above = _with_ancestors(session)
    query = (
        select(product_category.c.product_id, product_category.c.category_id)
        .join(Product, Product.id == product_category.c.product_id)
        .where(Product.currency == currency)
    )
    found: dict[int, list[str]] = {}
    for product_id, category_id in session.execute(query):
        codes = above[category_id]
        found[product_id] = sorted({*found[product_id], *codes}) if product_id in found else codes
    return found


def _with_ancestors(session: Session) -> dict[int, list[str]]:
    """For each category its own code and those above it, sorted."""
    rows = {
        id: (code, parent)
        for id, code, parent in session.execute(select(Category.id, Category.code, Category.parent_id))
    }
    found = {}
    for id in rows:
        codes: set[str] = set()
        at: int | None = id
        while at is not None and rows[at][0] not in codes:
            codes.add(rows[at][0])
            at = rows[at][1]
        found[id] = sorted(codes)
    return found
