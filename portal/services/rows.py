"""From a row of the catalogue to its plain values, and back: what services/entries.py reads and writes as text."""

from portal.models.catalogue import Brand, Category, Customer, Product, Segment, Store
from portal.services.entries import Known, Values


def product_values(row: Product) -> Values:
    """The values of a product."""
    return {
        "sku": row.sku,
        "name": row.name,
        "price": row.price_minor,
        "cost": row.cost_minor,
        "floor": row.floor_minor,
        "currency": row.currency,
        "brand": row.brand.code if row.brand else None,
        "categories": tuple(category.code for category in row.categories),
        "tags": tuple(sorted(row.tags)),
    }


def apply_product(row: Product, values: Values, about: Known) -> None:
    """Put values into a product."""
    row.sku, row.name, row.currency = values["sku"], values["name"], values["currency"]
    row.price_minor, row.cost_minor, row.floor_minor = values["price"], values["cost"], values["floor"]
    row.brand = about.brands[values["brand"]] if values["brand"] else None
    row.categories = [about.categories[code] for code in values["categories"]]
    row.tags = list(values["tags"])


def category_values(row: Category) -> Values:
    """The values of a category."""
    return {"code": row.code, "name": row.name, "parent": row.parent.code if row.parent else None}


def apply_category(row: Category, values: Values, about: Known) -> None:
    """Put values into a category."""
    row.code, row.name = values["code"], values["name"]
    row.parent = about.categories[values["parent"]] if values["parent"] else None


def plain_values(row: Brand | Segment) -> Values:
    """The values of a brand or segment."""
    return {"code": row.code, "name": row.name}


def apply_plain(row: Brand | Segment, values: Values, about: Known) -> None:
    """Put values into a brand or segment."""
    row.code, row.name = values["code"], values["name"]


def store_values(row: Store) -> Values:
    """The values of a store."""
    own = {column: getattr(row, column) for column in ("code", "name", "city", "timezone", "currency")}
    return {**own, "brand": row.brand.code if row.brand else None}


def apply_store(row: Store, values: Values, about: Known) -> None:
    """Put values into a store."""
    for column in ("code", "name", "city", "timezone", "currency"):
        setattr(row, column, values[column])
    row.brand = about.brands[values["brand"]] if values["brand"] else None


def customer_values(row: Customer) -> Values:
    """The values of a customer."""
    own = {column: getattr(row, column) for column in ("code", "name", "email", "birthday", "orders")}
    return {**own, "segments": tuple(segment.code for segment in row.segments)}


def apply_customer(row: Customer, values: Values, about: Known) -> None:
    """Put values into a customer."""
    for column in ("code", "name", "email", "birthday", "orders"):
        setattr(row, column, values[column])
    row.segments = [about.segments[code] for code in values["segments"]]
