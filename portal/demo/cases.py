"""Past baskets as cases for `portal evaluate`, one JSON document a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from portal.engine import Invalid, PromotionCompiler
from portal.engine.definition import ENGINE_VERSION

Values = dict[str, Any]


def read_promotions(text: bytes) -> Values:
    """The part of a case that a file of promotions stands for: {"promotions": [...]} or {"bundle": {...}}.

    The file holds a list of definitions, one definition, one definition a line, or a bundle. Raises ValueError.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = [orjson.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(document, dict) and "engine" in document:
        return {"bundle": document}
    if isinstance(document, dict) and "promotions" in document:
        return {"promotions": document["promotions"]}
    return {"promotions": [document] if isinstance(document, dict) else document}


def bundle_of(head: Values) -> Values:
    """The bundle that prices what read_promotions() gave. Raises ValueError naming the definition in error."""
    if "bundle" in head:
        return dict(head["bundle"])
    compiler, compiled = PromotionCompiler(), []
    for position, definition in enumerate(head["promotions"]):
        try:
            compiled.append(compiler.compile_promotion(definition))
        except Invalid as invalid:
            problems = "; ".join(f"{problem['field']}: {problem['message']}" for problem in invalid.problems)
            raise ValueError(f"promotions[{position}]: {problems}") from invalid
    return {"engine": ENGINE_VERSION, "promotions": compiled}


def lines(baskets: Iterable[Values], head: Values) -> Iterator[bytes]:
    """A case a line, each complete: `head` (see read_promotions) is written once and repeated as text."""
    start = orjson.dumps(head)[:-1] + b',"basket":'
    for basket in baskets:
        yield start + orjson.dumps(basket) + b"}\n"


def later(baskets: Iterable[Values], weeks: int, zones: Mapping[str, str]) -> Iterator[Values]:
    """The baskets so many weeks later: the same weekday and wall clock, with the offset of that day.

    `zones` has each store's zone (IANA). So this year's promotions can be tried on another year's baskets.
    """
    for basket in baskets:
        local = datetime.fromisoformat(basket["at"]).replace(tzinfo=ZoneInfo(zones[basket["store"]]))
        yield {**basket, "at": (local + timedelta(weeks=weeks)).isoformat()}
