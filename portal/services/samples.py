"""A basket to try a promotion on: what people filled in, and for the rest what suits the promotion.

A preview should show a receipt from the first key on. So an open question is answered in the promotion's favour: a
store where it runs, a moment when it runs, a guest it is for, products it is about. `Trial.assumed` says which
answers were ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, selectinload

from portal.engine import PromotionCompiler
from portal.engine.currencies import decimals_of
from portal.engine.problems import Invalid
from portal.engine.times import is_form
from portal.models.catalogue import Brand, Category, Product, Store
from portal.services.previews import calculator

Values = dict[str, Any]
MOST_SAMPLES = 12


@dataclass(frozen=True, slots=True)
class Trial:
    """A basket (contract, section 2), the names of its products by sku, and which of its parts were chosen here."""

    basket: Values
    names: Mapping[str, str]
    assumed: frozenset[str]


def trial(session: Session, definition: Values, wanted: Values, *, zone: str, now: datetime) -> Trial:
    """The basket of `wanted` (its parts are the basket's, all optional), completed in favour of `definition`.

    `zone` (IANA) holds where no store is known. What `wanted` has stays as it is, right or wrong.
    """
    store = _store(session, definition, wanted)
    currency = _text(definition.get("currency")) or (store.currency if store else "USD")
    own_zone = ZoneInfo(store.timezone if store else zone)
    now = now.replace(second=0, microsecond=0)  # the same basket for a minute: what it can have is kept
    lines, names = _lines(session, definition, wanted.get("lines") or [], currency)
    parts: Values = {
        "currency": currency,
        "store": store.code if store else None,
        "channel": _first(definition, "scope", "channels"),
        "at": _moment(definition, currency, now.astimezone(own_zone)),
        "customer": _customer(definition, now.astimezone(own_zone).date()),
        "payment": _payment(definition),
        "codes": _codes(definition),
        "vouchers": _vouchers(definition),
    }
    given = {key: value for key, value in wanted.items() if key != "lines" and value is not None}
    if isinstance(given.get("at"), str) and is_form("local", given["at"]):
        given["at"] = datetime.fromisoformat(given["at"]).replace(tzinfo=own_zone).isoformat()
    assumed = {key for key, value in parts.items() if value is not None and key not in given}
    basket = {key: value for key, value in {**parts, **given, "lines": lines}.items() if value not in (None, {}, [])}
    basket.setdefault("lines", [])
    return Trial(basket, names, frozenset(assumed if wanted.get("lines") else assumed | {"lines"}))


def _store(session: Session, definition: Values, wanted: Values) -> Store | None:
    if wanted.get("store"):
        return session.scalar(select(Store).where(Store.code == str(wanted["store"])))
    query = select(Store).order_by(Store.code)
    stores, not_in = _codes_at(definition, "scope", "stores"), _codes_at(definition, "scope", "exclude_stores")
    query = query.where(Store.code.in_(stores)) if stores else query.where(Store.code.not_in(not_in))
    if currency := _text(definition.get("currency")):
        query = query.where(Store.currency == currency)
    if brands := _codes_at(definition, "scope", "brands"):
        branded = session.scalar(query.join(Brand).where(Brand.code.in_(brands)).limit(1))
        return branded or session.scalar(query.limit(1))
    return session.scalar(query.limit(1))


def _moment(definition: Values, currency: str, now: datetime) -> str:
    """The first moment from now on, within two weeks of now or of its start, when the promotion is in force."""
    try:
        compiled = PromotionCompiler().compile_promotion(definition)
    except Invalid:
        return now.isoformat(timespec="seconds")
    asked = calculator([compiled], {})
    for moment in _moments(definition, now):
        basket = {"currency": currency, "at": moment.isoformat(timespec="seconds"), "lines": []}
        refused = asked.calculate_promotions(basket)["not_applied"]
        if not refused or refused[0]["reason"] not in ("outside_dates", "outside_hours"):
            return str(basket["at"])
    return now.isoformat(timespec="seconds")


def _moments(definition: Values, now: datetime) -> Iterator[datetime]:
    yield now
    schedule = definition.get("schedule") or {}
    start = schedule.get("starts_at")
    first = datetime.fromisoformat(start).replace(tzinfo=now.tzinfo) if start else now
    first = max(first, now)
    yield first
    opens = sorted({window["from"] for window in schedule.get("windows") or []} | {"12:00"})
    for days in range(-1, 15):
        day = first + timedelta(days=days)
        for clock in opens:
            moment = day.replace(hour=int(clock[:2]), minute=int(clock[3:]), second=0, microsecond=0)
            if moment >= first:
                yield moment


def _customer(definition: Values, today: date) -> Values | None:
    targeting = _object(definition.get("targeting"))
    kind = targeting.get("customers")
    if kind == "anonymous":
        return None
    customer: Values = {}
    if segments := _codes_at(definition, "targeting", "segments"):
        customer["segments"] = segments[:1]
    if kind in ("new", "returning"):
        customer["orders"] = 0 if kind == "new" else 5
    if targeting.get("birthday_window_days") is not None:
        customer["birthday"] = f"1990-{today:%m-%d}" if (today.month, today.day) != (2, 29) else "1992-02-29"
    needed = customer or kind == "known" or _object(definition.get("limits")).get("per_customer")
    return {"id": "guest", **customer} if needed or definition.get("type") == "cross_brand" else None


def _payment(definition: Values) -> Values | None:
    if definition.get("type") != "payment_discount":
        return None
    methods, bins = _codes_at(definition, "rule", "methods"), _codes_at(definition, "rule", "bins")
    return {"method": methods[0] if methods else "card"} | ({"bin": bins[0]} if bins else {})


def _codes(definition: Values) -> list[str] | None:
    trigger = _object(definition.get("trigger"))
    code = _text(trigger.get("code"))
    return [code] if trigger.get("kind") == "code" and code else None


def _vouchers(definition: Values) -> list[Values] | None:
    if _object(definition.get("trigger")).get("kind") != "voucher" or not _text(definition.get("code")):
        return None
    return [{"code": "SAMPLE", "promotion": definition["code"]}]


def _lines(session: Session, definition: Values, wanted: list[Any], currency: str) -> tuple[list[Any], dict[str, str]]:
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


def _sample_lines(session: Session, definition: Values, currency: str) -> tuple[list[Any], dict[str, str]]:
    asked = list(_asked_for(definition))[:MOST_SAMPLES] or [({}, 1), ({}, 1)]
    parents = _parents(session)
    lines: dict[str, Values] = {}
    names: dict[str, str] = {}
    for selector, quantity in asked:
        line, name = _line_for(session, selector, currency, parents, set(lines))
        held = lines.setdefault(line["sku"], {"id": str(len(lines) + 1), **line, "quantity": 0})
        held["quantity"] = min(held["quantity"] + quantity, 999)
        names[line["sku"]] = name
    _reach_spend(list(lines.values()), _spend(definition))
    return list(lines.values()), names


def _asked_for(value: Any) -> Iterator[tuple[Values, int]]:
    """The selectors of a definition with the units that they ask for; a sku stands for its selector."""
    if isinstance(value, list):
        for entry in value:
            yield from _asked_for(entry)
    if not isinstance(value, dict):
        return
    if isinstance(value.get("rule"), dict):
        yield from _asked_for(value["rule"])
        yield from _asked_for(value.get("requires"))
        return
    if isinstance(value.get("sku"), str):
        yield {"skus": [value["sku"]]}, _count(value.get("quantity"))
    elif "items" in value or "quantity" in value or "percent" in value:
        quantity = max(_count(value.get("quantity")), _count(value.get("min_quantity")))
        yield _object(value.get("items")), quantity
    for key, entry in value.items():
        if key not in ("items", "tiers", "when"):
            yield from _asked_for(entry)
        elif key == "when":
            yield _object(_object(entry).get("items")), _count(_object(entry).get("quantity"))


def _line_for(
    session: Session, selector: Values, currency: str, parents: Mapping[str, str | None], taken: set[str]
) -> tuple[Values, str]:
    where = _where(session, selector, parents)
    found = _products(session, Product.currency == currency, Product.price_minor > 0, *where, most=len(taken) + 1)
    fresh = next((product for product in found if product.sku not in taken), found[0] if found else None)
    if fresh is not None:
        return line_of(fresh, parents), fresh.name
    skus, price = _codes_at(selector, "skus"), selector.get("min_unit_price") or selector.get("max_unit_price")
    line: Values = {"sku": skus[0] if skus else "SAMPLE", "categories": _codes_at(selector, "categories")[:1]}
    line["unit_price"] = price if type(price) is int else 10 * 10 ** decimals_of(currency)
    brand, tags = _codes_at(selector, "brands"), _codes_at(selector, "tags")
    line |= ({"brand": brand[0]} if brand else {}) | ({"tags": tags[:1]} if tags else {})
    return line, "Sample item" if not skus else skus[0]


def _where(session: Session, selector: Values, parents: Mapping[str, str | None]) -> list[Any]:
    either: list[ColumnElement[bool]] = []
    if skus := _codes_at(selector, "skus"):
        either.append(Product.sku.in_(skus))
    if categories := _codes_at(selector, "categories"):
        either.append(Product.categories.any(Category.code.in_(_below(categories, parents))))
    if brands := _codes_at(selector, "brands"):
        either.append(Product.brand.has(Brand.code.in_(brands)))
    bounds: list[ColumnElement[bool]] = []
    if type(selector.get("min_unit_price")) is int:
        bounds.append(Product.price_minor >= selector["min_unit_price"])
    if type(selector.get("max_unit_price")) is int:
        bounds.append(Product.price_minor <= selector["max_unit_price"])
    return ([or_(*either)] if either else []) + bounds


def _below(categories: list[str], parents: Mapping[str, str | None]) -> set[str]:
    found = set(categories)
    while more := {code for code, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _spend(definition: Values) -> int:
    """The greatest spend that the promotion asks for, in minor units; 0 when it asks for none."""
    rule = _object(definition.get("rule"))
    tiers = rule.get("tiers") if rule.get("on", "spend") == "spend" and isinstance(rule.get("tiers"), list) else []
    asked = [rule.get("min_spend"), rule.get("min_basket"), _object(rule.get("when")).get("min_spend")]
    asked += [_object(tier).get("at") for tier in tiers or []]
    asked += [_object(each).get("spend") for each in definition.get("requires") or [] if isinstance(each, dict)]
    return max((each for each in asked if type(each) is int), default=0)


def _reach_spend(lines: list[Values], spend: int) -> None:
    for line in lines:
        total = sum(each["unit_price"] * each["quantity"] for each in lines)
        if total < spend and line["unit_price"]:
            line["quantity"] = min(line["quantity"] + -(-(spend - total) // line["unit_price"]), 99)


def _object(value: Any) -> Values:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int:
    return value if type(value) is int and 1 <= value <= 99 else 1


def _codes_at(value: Any, *path: str) -> list[str]:
    for step in path:
        value = _object(value).get(step)
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _first(value: Any, *path: str) -> str | None:
    found = _codes_at(value, *path)
    return found[0] if found else None


def currencies(session: Session) -> list[str]:
    """The currencies of the stores, that of most stores first."""
    number = func.count(Store.id)
    query = select(Store.currency).group_by(Store.currency).order_by(number.desc(), Store.currency)
    return list(session.scalars(query))


def store_count(session: Session, definition: Values) -> int:
    """In how many stores of the catalogue a definition runs."""
    stores, not_in = _codes_at(definition, "scope", "stores"), _codes_at(definition, "scope", "exclude_stores")
    query = select(func.count(Store.id)).where(Store.code.not_in(not_in))
    return session.scalar(query.where(Store.code.in_(stores)) if stores else query) or 0


def store_name(session: Session, code: object) -> str:
    """A store's name; its code where the catalogue does not know it, an empty text without one."""
    if not isinstance(code, str):
        return ""
    return session.scalar(select(Store.name).where(Store.code == code)) or code
