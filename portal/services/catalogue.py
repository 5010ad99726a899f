"""The catalogue: found, counted, opened and saved; one row of KINDS for each kind of entry."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from portal.errors import Conflict, Invalid, NotFound
from portal.models.catalogue import Brand, Category, Customer, Product, Segment, Store
from portal.services import entries, rows
from portal.services.categories import MOST_ABOVE, above, tree
from portal.services.entries import Known, Values
from portal.services.pickers import holding, tag_column

Row = Any  # Brand, Store, Category, Product, Segment or Customer: the kind says which


@dataclass(frozen=True, slots=True)
class Kind:
    """What the catalogue knows about one kind of entry."""

    name: str
    one: str
    model: type[Row]
    key: InstrumentedAttribute[str]
    searched: tuple[InstrumentedAttribute[Any], ...]
    values_of: Callable[[Row], Values]
    apply: Callable[[Row, Values, Known], None]
    loads: tuple[ORMOption, ...] = ()
    filters: Mapping[str, Callable[[Session, str], ColumnElement[bool]]] = field(default_factory=dict)
    sorts: Mapping[str, InstrumentedAttribute[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for; `filters` by name of the kind's filters; `sort` may begin with a minus."""

    words: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of a list, and how long all of it is."""

    rows: list[Row]
    total: int
    first: int

    @property
    def next(self) -> int:
        """Where the next piece begins."""
        return self.first + len(self.rows)

    @property
    def left(self) -> int:
        """How many come after this piece."""
        return self.total - self.next


def kind_of(name: str) -> Kind:
    """The kind by its name in the plural. Raises NotFound."""
    if name not in KINDS:
        raise NotFound(f"The catalogue has no {name}.")
    return KINDS[name]


def search(session: Session, kind: Kind, wanted: Wanted, *, first: int = 0, limit: int = 25) -> Found:
    """`limit` entries from position `first` on."""
    query = _narrowed(session, kind, select(kind.model), wanted)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    ordered = query.options(*kind.loads).order_by(*_order(kind, wanted.sort))
    return Found(list(session.scalars(ordered.offset(first).limit(limit))), total, first)


def search_tree(session: Session, wanted: Wanted, *, first: int = 0, limit: int = 25) -> Found:
    """Categories (as categories.Node), each below its parent; `words` keeps those that hold every word."""
    words = wanted.words.lower().split()
    nodes = [node for node in tree(session) if all(word in f"{node.code} {node.name}".lower() for word in words)]
    return Found(nodes[first : first + limit], len(nodes), first)


def every(session: Session, kind: Kind, wanted: Wanted) -> Iterator[Row]:
    """All entries that are wanted, read piece by piece."""
    query = _narrowed(session, kind, select(kind.model), wanted).options(*kind.loads)
    yield from session.scalars(query.order_by(*_order(kind, wanted.sort)).execution_options(yield_per=1000))


def _narrowed(session: Session, kind: Kind, query: Select[Any], wanted: Wanted) -> Select[Any]:
    query = query.where(*holding(wanted.words.split(), *kind.searched))
    return query.where(*(kind.filters[name](session, value) for name, value in wanted.filters.items()))


def _order(kind: Kind, sort: str) -> tuple[Any, ...]:
    column = kind.sorts.get(sort.removeprefix("-"))
    if column is None:
        return (kind.key,)
    return (column.desc() if sort.startswith("-") else column.asc(), kind.key)


def choices(session: Session, kind: Kind) -> dict[str, list[tuple[str, str]]]:
    """What a form or a filter of this kind offers: (code, name) of brands, of segments; zones and currencies in use."""
    found: dict[str, list[tuple[str, str]]] = {}
    if kind.name in ("products", "stores"):
        found["brands"] = [
            (code, name) for code, name in session.execute(select(Brand.code, Brand.name).order_by(Brand.name))
        ]
    if kind.name == "customers":
        query = select(Segment.code, Segment.name).order_by(Segment.name)
        found["segments"] = [(code, name) for code, name in session.execute(query)]
    if kind.name == "stores":
        in_use = session.scalars(select(Store.timezone).distinct().order_by(Store.timezone))
        found["timezones"] = [(zone, zone.replace("_", " ")) for zone in in_use]
    return found


def by_key(session: Session, kind: Kind, key: str) -> Row:
    """One entry, with what a page shows of it. Raises NotFound."""
    row = session.scalar(select(kind.model).where(kind.key == key).options(*kind.loads))
    if row is None:
        raise NotFound(f"There is no {kind.one} {key}.")
    return row


def by_keys(session: Session, kind: Kind, keys: list[str]) -> dict[str, Row]:
    """The entries that exist among `keys`, by key; a few queries, however many keys."""
    found = {}
    for start in range(0, len(keys), 1000):
        query = select(kind.model).where(kind.key.in_(keys[start : start + 1000])).options(*kind.loads)
        found.update({getattr(row, kind.key.key): row for row in session.scalars(query)})
    return found


def save(session: Session, kind: Kind, texts: Mapping[str, str], *, row: Row | None = None) -> Row:
    """Add an entry, or change `row`. Raises Invalid by field, and Conflict when its key is taken.

    The key of an existing entry stays: definitions and baskets name it.
    """
    about = entries.known(session, kind.name)
    key = entries.COLUMNS[kind.name][0]
    given = dict(texts) if row is None else {**texts, key: getattr(row, key)}
    values, faults = entries.read(kind.name, given, about)
    if not faults and kind.name == "categories":
        faults = _circle(values, about)
    if faults:
        raise Invalid({fault.field: fault.sentence for fault in reversed(faults)})
    if row is None and by_keys(session, kind, [values[key]]):
        raise Conflict(f"There is a {kind.one} {values[key]} already; open it to change it.")
    row = row or kind.model()
    kind.apply(row, values, about)
    session.add(row)
    session.flush()
    return row


def _circle(values: Values, about: Known) -> list[entries.Fault]:
    ids = {category.id: code for code, category in about.categories.items()}
    parents = {code: ids.get(category.parent_id or 0) for code, category in about.categories.items()}
    parents[values["code"]] = values["parent"]
    way = above(parents, values["code"])
    if values["code"] in way:
        return [entries.Fault("parent", "stands below this category itself", "Use one that does not")]
    if len(way) > MOST_ABOVE:
        return [entries.Fault("parent", f"has {MOST_ABOVE} categories above it", "Use one nearer to the top")]
    return []


def _with_tag(session: Session, tag: str) -> ColumnElement[bool]:
    holders = select(Product.id).where(tag_column(session) == tag)
    return Product.id.in_(holders)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="products",
            one="product",
            model=Product,
            key=Product.sku,
            searched=(Product.sku, Product.name),
            values_of=rows.product_values,
            apply=rows.apply_product,
            loads=(joinedload(Product.brand), selectinload(Product.categories)),
            filters={
                "brand": lambda _, code: Product.brand.has(Brand.code == code),
                "category": lambda _, code: Product.categories.any(Category.code == code),
                "tag": _with_tag,
                "currency": lambda _, code: Product.currency == code,
            },
            sorts={"sku": Product.sku, "name": Product.name, "price": Product.price_minor},
        ),
        Kind(
            name="categories",
            one="category",
            model=Category,
            key=Category.code,
            searched=(Category.code, Category.name),
            values_of=rows.category_values,
            apply=rows.apply_category,
            loads=(joinedload(Category.parent),),
        ),
        Kind(
            name="brands",
            one="brand",
            model=Brand,
            key=Brand.code,
            searched=(Brand.code, Brand.name),
            values_of=rows.plain_values,
            apply=rows.apply_plain,
            sorts={"code": Brand.code, "name": Brand.name},
        ),
        Kind(
            name="stores",
            one="store",
            model=Store,
            key=Store.code,
            searched=(Store.code, Store.name, Store.city),
            values_of=rows.store_values,
            apply=rows.apply_store,
            loads=(joinedload(Store.brand),),
            filters={
                "brand": lambda _, code: Store.brand.has(Brand.code == code),
                "timezone": lambda _, zone: Store.timezone == zone,
                "currency": lambda _, code: Store.currency == code,
            },
            sorts={"code": Store.code, "name": Store.name, "city": Store.city},
        ),
        Kind(
            name="customers",
            one="customer",
            model=Customer,
            key=Customer.code,
            searched=(Customer.code, Customer.name, Customer.email),
            values_of=rows.customer_values,
            apply=rows.apply_customer,
            loads=(selectinload(Customer.segments),),
            filters={"segment": lambda _, code: Customer.segments.any(Segment.code == code)},
            sorts={"code": Customer.code, "name": Customer.name, "orders": Customer.orders},
        ),
        Kind(
            name="segments",
            one="segment",
            model=Segment,
            key=Segment.code,
            searched=(Segment.code, Segment.name),
            values_of=rows.plain_values,
            apply=rows.apply_plain,
            sorts={"code": Segment.code, "name": Segment.name},
        ),
    )
}
