"""What the builder's pickers offer while a person types."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.engine.currencies import amount_text
from portal.errors import NotFound
from portal.models.catalogue import Brand, Category, Product, Segment, Store
from portal.services.categories import paths

Text = InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: its `code` goes into the definition, `name` and `more` are for people."""

    code: str
    name: str
    more: str = ""


def search_options(session: Session, kind: str, words: str, limit: int = 12) -> list[Option]:
    """At most `limit` options whose code or name holds every one of `words`; names that begin with them
    first, then codes that do.

    `kind` is product, category, brand, store, segment or tag. Raises NotFound for another.
    """
    if kind not in SEARCHES:
        raise NotFound(f"There is nothing to pick of the kind {kind}.")
    return SEARCHES[kind](session, words.split(), limit)


def holding(words: list[str], *columns: Text) -> list[ColumnElement[bool]]:
    """Conditions: each word stands somewhere in one of the columns, in any case."""
    return [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words]


def tag_column(session: Session) -> ColumnElement[str]:
    """Each tag of each product as a row of its own; both databases can, under different names."""
    each = func.json_each if session.get_bind().dialect.name == "sqlite" else func.jsonb_array_elements_text
    return each(Product.tags).table_valued("value", joins_implicitly=True).c.value.cast(String)


def _best_first(words: list[str], *columns: Text) -> ColumnElement[int]:
    """0 where the first column begins with the first word, 1 where the second does, and so on."""
    if not words:
        return func.length("")
    begins = [(column.istartswith(words[0], autoescape=True), at) for at, column in enumerate(columns)]
    return case(*begins, else_=len(begins))


def _products(session: Session, words: list[str], limit: int) -> list[Option]:
    query = select(Product.sku, Product.name, Product.price_minor, Product.currency)
    found = query.where(*holding(words, Product.sku, Product.name)).limit(limit)
    order = (_best_first(words, Product.name, Product.sku), Product.name, Product.sku)
    return [
        Option(sku, name, amount_text(price, unit))
        for sku, name, price, unit in session.execute(found.order_by(*order))
    ]


def _categories(session: Session, words: list[str], limit: int) -> list[Option]:
    query = select(Category.code, Category.name, Category.id)
    order = (_best_first(words, Category.name, Category.code), Category.name, Category.code)
    rows = session.execute(
        query.where(*holding(words, Category.code, Category.name)).order_by(*order).limit(limit)
    ).all()
    above = paths(session) if rows else {}
    return [Option(code, name, " › ".join(above[row_id][:-1])) for code, name, row_id in rows]


def _stores(session: Session, words: list[str], limit: int) -> list[Option]:
    query = select(Store.code, Store.name, Store.city).where(*holding(words, Store.code, Store.name, Store.city))
    order = (_best_first(words, Store.name, Store.code), Store.name, Store.code)
    return [Option(code, name, city) for code, name, city in session.execute(query.order_by(*order).limit(limit))]


def _named(model: type[Brand] | type[Segment]) -> Callable[[Session, list[str], int], list[Option]]:
    def search(session: Session, words: list[str], limit: int) -> list[Option]:
        query = select(model.code, model.name).where(*holding(words, model.code, model.name))
        order = (_best_first(words, model.name, model.code), model.name, model.code)
        return [Option(code, name) for code, name in session.execute(query.order_by(*order).limit(limit))]

    return search


def _tags(session: Session, words: list[str], limit: int) -> list[Option]:
    tag = tag_column(session)
    query = (
        select(tag, func.count()).select_from(Product).where(*(tag.icontains(word, autoescape=True) for word in words))
    )
    rows = session.execute(query.group_by(tag).order_by(tag).limit(limit))
    return [Option(code, code, f"{number:,} products" if number != 1 else "1 product") for code, number in rows]


SEARCHES: dict[str, Callable[[Session, list[str], int], list[Option]]] = {
    "product": _products,
    "category": _categories,
    "brand": _named(Brand),
    "store": _stores,
    "segment": _named(Segment),
    "tag": _tags,
}
