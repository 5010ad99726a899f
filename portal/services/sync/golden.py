"""Golden baskets: with their results in the bundle a till checks its engine before it switches. Source: sync.md, 1.

They are made from the bundle's own promotions, so that what a till will price is what it is asked: for some promotions
spread over the bundle a basket that holds what they name, and one basket with all of it.
"""

from collections.abc import Iterator
from typing import Any

from portal.engine import PromotionCalculator
from portal.engine.definition import ENGINE_VERSION

Values = dict[str, Any]

MOST = 8
UNITS = 3
PRICE = 1000
NOON = "2026-11-18T12:00:00Z"


def golden(promotions: list[Values], currency: str, settings: Values) -> list[Values]:
    """Baskets with what the engine gives for each: [{name, basket, result}]. The same promotions give the same ones."""
    step = max(1, len(promotions) // MOST)
    chosen = promotions[::step][:MOST]
    baskets = {promotion["code"]: _basket([promotion], currency) for promotion in chosen}
    if len(chosen) != 1:
        baskets["all of these"] = _basket(chosen, currency)
    bundle = {"engine": ENGINE_VERSION, "currency": currency, "settings": settings, "promotions": promotions}
    calculator = PromotionCalculator(bundle)
    return [
        {"name": name, "basket": basket, "result": calculator.calculate_promotions(basket)}
        for name, basket in baskets.items()
    ]


def _basket(promotions: list[Values], currency: str) -> Values:
    lines: list[Values] = []
    for promotion in promotions:
        for selector in _selectors(promotion.get("rule", {})):
            lines.append(_line(len(lines) + 1, selector))
    codes = [each["trigger"]["code"] for each in promotions if each.get("trigger", {}).get("kind") == "code"]
    basket: Values = {"currency": currency, "at": _moment(promotions), "lines": lines[:40] or [_line(1, {})]}
    return basket | ({"codes": sorted(set(codes))} if codes else {})


def _line(position: int, selector: Values) -> Values:
    """Units of something that a selector takes, as far as its four lists say."""
    named = {key: selector.get(key, []) for key in ("skus", "categories", "brands", "tags")}
    price = selector.get("min_unit_price") or min(PRICE, selector.get("max_unit_price") or PRICE)
    line: Values = {
        "id": str(position),
        "sku": named["skus"][0] if named["skus"] else f"golden-{position}",
        "categories": named["categories"][:1],
        "tags": named["tags"][:1],
        "unit_price": price,
        "quantity": UNITS,
    }
    return line | ({"brand": named["brands"][0]} if named["brands"] else {})


def _selectors(rule: Any) -> Iterator[Values]:
    """Every selector of a compiled rule, in the order in which it stands; a sku alone is one too."""
    if isinstance(rule, list):
        for part in rule:
            yield from _selectors(part)
    elif isinstance(rule, dict):
        if isinstance(rule.get("sku"), str):
            yield {"skus": [rule["sku"]]}
        for key, part in rule.items():
            if key == "items" and isinstance(part, dict):
                yield part
            elif key != "exclude":
                yield from _selectors(part)


def _moment(promotions: list[Values]) -> str:
    """A moment at which the first promotion that names one begins."""
    for promotion in promotions:
        schedule = promotion.get("schedule", {})
        start: str = schedule.get("starts_at", "")
        if start:
            return start if start.endswith("Z") else f"{start}Z"
    return NOON
