"""The lines of a basket to try a promotion on: what people chose, or products that the promotion is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, not_, or_, select
from sqlalchemy.orm import Session, selectinload

from portal.engine.currencies import decimals_of
from portal.models.catalogue import Brand, Category, Product
from portal.services.unfinished import as_amount, as_count, as_object, codes_at

Values = dict[str, Any]
MOST_SAMPLES = 12


def lines_of(
    session: Session, definition: Values, wanted: list[Any], currency: str
) -> tuple[list[Any], dict[str, str]]:
    """Lines with what the catalogue knows about their products, and the products' names."""
    if not wanted:
        return _sample_lines(session, definition, currency)
    skus = [str(line["sku"]) for line in wanted if isinstance(line, dict) and line.get("sku")]
    found = {product.sku: product for product in _products(session, Product.sku.in_(skus), most=len(skus))}
    parents = _parents(session) if found else {}
    lines: list[Any] = []
    for position, line in enumerate(wanted, 1):
        known = found.get(line.get("sku"))
        facts = line_of(known, parents) if known else {}
        lines.append({"id": str(position), "quantity": 1, **facts, **{k: v for k, v in line.items() if v is not None}})
    return lines, {product.sku: product.name for product in found.values()}


def line_of(product: Product, parents: Mapping[str, str | None]) -> Values:
    """What a basket's line says about a product, but for its id and quantity. Categories carry the ancestors."""
    categories: list[str] = []
    for category in product.categories:
        code: str | None = category.code
        while code is not None and code not in categories:
            categories.append(code)
            code = parents.get(code)
    facts = {"sku": product.sku, "unit_price": product.price_minor, "categories": categories, "tags": product.tags}
    floor = {"floor_price": product.floor_minor} if product.floor_minor else {}
    return facts | floor | ({"brand": product.brand.code} if product.brand else {})


def _parents(session: Session) -> dict[str, str | None]:
    rows = session.execute(select(Category.id, Category.code, Category.parent_id)).all()
    codes = {row.id: row.code for row in rows}
    return {row.code: codes.get(row.parent_id) for row in rows}


def _products(session: Session, *where: Any, most: int) -> list[Product]:
    loads = (selectinload(Product.categories), selectinload(Product.brand))
    return list(session.scalars(select(Product).where(*where).options(*loads).order_by(Product.id).limit(most)))


@dataclass(frozen=True, slots=True)
class Ask:
    """What a part of a promotion wants in a basket: units that match a selector, and what they come to at least."""

    selector: Values
    quantity: int = 1
    spend: int = 0


PARTS = ("when", "buy", "get", "trigger", "offer", "slots", "contents", "gift")
"""Keys of a rule that name items; a rule without them is about its own `items`."""


def asks(definition: Values) -> list[Ask]:
    """What a definition wants in a basket, from top to bottom."""
    rule = as_object(definition.get("rule"))
    parts = [(key, part) for key in PARTS for part in _entries(rule.get(key))]
    found = [_part_ask(rule, key, part) for key, part in parts] or [_rule_ask(rule)]
    for part in _entries(definition.get("requires")):
        found.append(Ask(as_object(part.get("items")), as_count(part.get("quantity")), as_amount(part.get("spend"))))
    return found[:MOST_SAMPLES]


def _entries(value: Any) -> list[Values]:
    return [entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, dict)]


def _part_ask(rule: Values, key: str, part: Values) -> Ask:
    if isinstance(part.get("sku"), str):
        return Ask({"skus": [part["sku"]]}, as_count(part.get("quantity")))
    one_pool = key == "get" and part.get("items") is None
    items = as_object(rule.get("buy")).get("items") if one_pool else part.get("items")
    return Ask(as_object(items), as_count(part.get("quantity")), as_amount(part.get("min_spend")))


def _rule_ask(rule: Values) -> Ask:
    brands = codes_at(rule, "earn", "brands")
    selector = {"brands": brands} if brands else as_object(rule.get("items"))
    steps = [as_amount(tier.get("at")) for tier in _entries(rule.get("tiers"))]
    step, of_items = max(steps, default=0), rule.get("on") == "quantity"
    quantity = max(as_count(rule.get("quantity")), as_count(rule.get("min_quantity")), min(step, 99) if of_items else 1)
    spend = max(as_amount(rule.get("min_spend")), as_amount(rule.get("min_basket")), 0 if of_items else step)
    return Ask(selector, quantity, spend)


def _sample_lines(session: Session, definition: Values, currency: str) -> tuple[list[Any], dict[str, str]]:
    parents = _parents(session)
    seen_brands = codes_at(definition, "scope", "brands")
    lines: dict[str, Values] = {}
    names: dict[str, str] = {}
    for ask in asks(definition):
        line, name = _line_for(session, ask.selector, currency, parents, set(lines), seen_brands)
        held = lines.setdefault(line["sku"], {"id": str(len(lines) + 1), **line, "quantity": 0})
        enough = -(-ask.spend // line["unit_price"]) if line["unit_price"] else 1
        held["quantity"] = min(held["quantity"] + max(ask.quantity, enough), 999)
        names[line["sku"]] = name
    return list(lines.values()), names


def _line_for(
    session: Session,
    selector: Values,
    currency: str,
    parents: Mapping[str, str | None],
    taken: set[str],
    seen_brands: list[str],
) -> tuple[Values, str]:
    """A product that the selector takes and the promotion sees, a fresh one where there is one; else one made up."""
    where = [Product.currency == currency, Product.price_minor > 0, *_where(selector, parents)]
    if seen_brands:
        where.append(Product.brand.has(Brand.code.in_(seen_brands)))
    found = _products(session, *where, most=len(taken) + 1)
    fresh = next((product for product in found if product.sku not in taken), found[0] if found else None)
    if fresh is not None:
        return line_of(fresh, parents), fresh.name
    return _made_up(selector, currency, len(taken) + 1, seen_brands)


def _made_up(selector: Values, currency: str, number: int, seen_brands: list[str]) -> tuple[Values, str]:
    skus, price = codes_at(selector, "skus"), selector.get("min_unit_price") or selector.get("max_unit_price")
    line: Values = {"sku": skus[0] if skus else f"SAMPLE-{number}", "categories": codes_at(selector, "categories")[:1]}
    line["unit_price"] = as_amount(price) or 10 * 10 ** decimals_of(currency)
    brands, tags = seen_brands or codes_at(selector, "brands"), codes_at(selector, "tags")
    line |= ({"brand": brands[0]} if brands else {}) | ({"tags": tags[:1]} if tags else {})
    return line, skus[0] if skus else f"Sample item {number}"


def _where(selector: Values, parents: Mapping[str, str | None]) -> list[ColumnElement[bool]]:
    """Conditions for products that a selector takes; tags aside, which only narrow the search less."""
    either, excluded = _any_of(selector, parents), _any_of(as_object(selector.get("exclude")), parents)
    conditions = ([or_(*either)] if either else []) + [not_(condition) for condition in excluded]
    if least := as_amount(selector.get("min_unit_price")):
        conditions.append(Product.price_minor >= least)
    if most := as_amount(selector.get("max_unit_price")):
        conditions.append(Product.price_minor <= most)
    return conditions


def _any_of(lists: Values, parents: Mapping[str, str | None]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if skus := codes_at(lists, "skus"):
        found.append(Product.sku.in_(skus))
    if categories := codes_at(lists, "categories"):
        found.append(Product.categories.any(Category.code.in_(_below(categories, parents))))
    if brands := codes_at(lists, "brands"):
        found.append(Product.brand.has(Brand.code.in_(brands)))
    return found


def _below(categories: list[str], parents: Mapping[str, str | None]) -> set[str]:
    found = set(categories)
    while more := {code for code, parent in parents.items() if parent in found} - found:
        found |= more
    return found
