"""The names of what the codes in definitions stand for."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.models.catalogue import Brand, Category, Product, Segment, Store

Names = dict[tuple[str, str], str]

KINDS: dict[str, tuple[InstrumentedAttribute[str], InstrumentedAttribute[str]]] = {
    "category": (Category.code, Category.name),
    "product": (Product.sku, Product.name),
    "brand": (Brand.code, Brand.name),
    "store": (Store.code, Store.name),
    "segment": (Segment.code, Segment.name),
}
KEYS = {
    "categories": "category",
    "skus": "product",
    "sku": "product",
    "brands": "brand",
    "stores": "store",
    "exclude_stores": "store",
    "segments": "segment",
    "exclude_segments": "segment",
}


def names(session: Session, definitions: Iterable[Any]) -> Names:
    """(kind, code) to name for every code in the definitions that the catalogue knows; a query a kind at most."""
    codes: dict[str, set[str]] = {}
    for definition in definitions:
        _collect(definition, codes)
    found: Names = {}
    for kind, wanted in codes.items():
        code, name = KINDS[kind]
        found |= {(kind, row[0]): row[1] for row in session.execute(select(code, name).where(code.in_(wanted)))}
    return found


def _collect(value: Any, codes: dict[str, set[str]]) -> None:
    if isinstance(value, list):
        for entry in value:
            _collect(entry, codes)
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        if key in KEYS:
            words = entry if isinstance(entry, list) else [entry]
            codes.setdefault(KEYS[key], set()).update(word for word in words if isinstance(word, str))
        else:
            _collect(entry, codes)
