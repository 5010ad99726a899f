"""A small catalogue, and a way to count queries."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models.catalogue import Brand, Category, Customer, Product, Segment, Store


@pytest.fixture
def menu(session: Session) -> Session:
    """Two brands, three categories, two stores, thirty products, two customers."""
    bean, grill = Brand(code="BEAN", name="Bean Bar"), Brand(code="GRILL", name="Grill House")
    drinks = Category(code="drinks", name="Drinks")
    coffee = Category(code="coffee", name="Coffee", parent=drinks)
    food = Category(code="food", name="Food")
    zones = {"timezone": "America/New_York", "currency": "USD"}
    stores = [Store(code=f"S{n}", name=f"Pier {n}", city="Boston", brand=bean, **zones) for n in (1, 2)]
    products = [
        Product(
            sku=f"P{n:02}",
            name=f"Product {n}",
            price_minor=100 + n,
            currency="USD",
            brand=bean if n % 2 else grill,
            categories=[coffee] if n < 10 else [food, drinks],
            tags=["vegan"] if n % 3 == 0 else [],
        )
        for n in range(30)
    ]
    vip = Segment(code="vip", name="Regulars")
    customers = [Customer(code="C1", name="Ann", orders=3, segments=[vip]), Customer(code="C2", name="Bo")]
    session.add_all([bean, grill, drinks, coffee, food, *stores, *products, vip, *customers])
    session.flush()
    return session


@pytest.fixture
def counted(app: Flask) -> Callable[[], Iterator[list[str]]]:
    """with counted() as statements: every SELECT meanwhile."""

    @contextmanager
    def count() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(connection, cursor, statement, *rest):
            if statement.startswith("SELECT"):
                statements.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return count
