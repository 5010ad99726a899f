"""The names of what the codes in definitions stand for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.engine.problems import Problem
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
        for _, kind, word in _codes(definition, ""):
            codes.setdefault(kind, set()).add(word)
    found: Names = {}
    for kind, wanted in codes.items():
        code, name = KINDS[kind]
        found |= {(kind, row[0]): row[1] for row in session.execute(select(code, name).where(code.in_(wanted)))}
    return found


def unknown(definition: Any, known: Mapping[tuple[str, str], str]) -> list[Problem]:
    """A warning for every code that stands in a definition and not in `known`: mostly a slip of the keyboard."""
    return [
        Problem(field=path, message=f"the catalogue has no {kind} “{code}”, so nothing matches it")
        for path, kind, code in _codes(definition, "")
        if (kind, code) not in known
    ]


def _codes(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """(path, kind, code) for every code below `value`."""
    if isinstance(value, list):
        for position, entry in enumerate(value):
            yield from _codes(entry, f"{path}[{position}]")
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        place = f"{path}.{key}" if path else key
        if key not in KEYS:
            yield from _codes(entry, place)
        elif isinstance(entry, list):
            yield from ((f"{place}[{at}]", KEYS[key], word) for at, word in enumerate(entry) if isinstance(word, str))
        elif isinstance(entry, str):
            yield place, KEYS[key], entry
