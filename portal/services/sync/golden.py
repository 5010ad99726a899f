"""Golden baskets: with their results in the bundle a till checks its engine before it switches. Source: sync.md, 1.

They are made from the bundle's own promotions, so that what a till will price is what it is asked: a basket that suits
the first promotion of each type, one with all of these, one that suits none. Equal promotions give equal baskets.
Whether a promotion then applies is for the engine to say: any result is worth comparing.
"""

from datetime import datetime, timedelta
from typing import Any

from portal.engine import Invalid, PromotionCalculator
from portal.engine.currencies import decimals_of
from portal.engine.definition import ENGINE_VERSION
from portal.services.sample_lines import asks

Values = dict[str, Any]

MOST = 8
"""Promotions that get a basket of their own."""
MOST_LINES = 8
MOST_UNITS = 500
NOON = "2026-11-18T12:00:00Z"
"""A moment for promotions without dates; any will do."""


def golden(promotions: list[Values], currency: str, settings: Values) -> list[Values]:
    """Baskets with what the engine gives for each: [{name, basket, result}]. The same promotions give the same ones."""
    chosen = _chosen(promotions)
    baskets = {"nothing for anybody": _basket([], currency)}
    baskets |= {promotion["code"]: _basket([promotion], currency) for promotion in chosen}
    if len(chosen) > 1:
        baskets["all of these"] = _basket(chosen, currency)
    bundle = {"engine": ENGINE_VERSION, "currency": currency, "settings": settings, "promotions": promotions}
    calculator = PromotionCalculator(bundle)
    priced = [
        {"name": name, "basket": basket, "result": _priced(calculator, basket)} for name, basket in baskets.items()
    ]
    return [each for each in priced if each["result"] is not None]


def _priced(calculator: PromotionCalculator, basket: Values) -> Values | None:
    """The result; None where a promotion's figures make its basket too large for the engine."""
    try:
        return calculator.calculate_promotions(basket)
    except Invalid:
        return None


def _chosen(promotions: list[Values]) -> list[Values]:
    """The first promotion of each type, then others spread over the bundle, by code."""
    first: dict[str, Values] = {}
    for promotion in promotions:
        first.setdefault(promotion["type"], promotion)
    chosen = {each["code"]: each for each in list(first.values())[:MOST]}
    for promotion in promotions[:: max(1, len(promotions) // MOST)]:
        if len(chosen) < MOST:
            chosen.setdefault(promotion["code"], promotion)
    return sorted(chosen.values(), key=lambda each: each["code"])


def _basket(promotions: list[Values], currency: str) -> Values:
    """A basket (contract, section 2) that suits compiled promotions; what it has only once suits the first of them."""
    lines: list[Values] = []
    for promotion in promotions:
        _add_lines(lines, promotion, currency)
    parts = {
        "id": "golden",
        "currency": currency,
        "at": _first(_moment(each.get("schedule", {})) for each in promotions) or NOON,
        "store": _first("golden" for each in promotions if each.get("experiment", {}).get("unit") == "store"),
        "channel": _first(each["scope"]["channels"][0] for each in promotions if each.get("scope", {}).get("channels")),
        "customer": _first(_customer(each) for each in promotions),
        "payment": _first(_payment(each) for each in promotions),
        "codes": sorted({each["trigger"]["code"] for each in promotions if _trigger(each) == "code"}),
        "vouchers": [
            {"code": "GOLDEN", "promotion": each["code"]} for each in promotions if _trigger(each) == "voucher"
        ],
        "lines": lines or [_line({}, 1, 10 ** decimals_of(currency), [])],
    }
    return {key: part for key, part in parts.items() if part}


def _first(parts: Any) -> Any:
    return next((part for part in parts if part), None)


def _trigger(promotion: Values) -> str | None:
    kind: str | None = promotion.get("trigger", {}).get("kind")
    return kind


def _add_lines(lines: list[Values], promotion: Values, currency: str) -> None:
    """Lines for what a promotion asks; dearer than the price of its sets, so that they are worth while."""
    usual = promotion["rule"].get("price", 0) + 7 * 10 ** decimals_of(currency)
    for ask in asks(promotion)[:MOST_LINES]:
        line = _line(ask.selector, len(lines) + 1, usual, promotion.get("scope", {}).get("brands", []))
        enough = -(-ask.spend // max(line["unit_price"], 1))
        # A unit more than is asked for, so that what is bought and what is given can both be there.
        line["quantity"] = min(max(ask.quantity, enough) + 1, MOST_UNITS)
        lines.append(line)


def _line(selector: Values, number: int, usual: int, brands: list[str]) -> Values:
    """A line that a selector takes. Prices differ from line to line, so that the order matters."""
    price = max(usual + 13 * number, selector.get("min_unit_price", 0))
    price = min(price, selector.get("max_unit_price", price))
    named = {key: selector.get(key, [])[:1] for key in ("skus", "categories", "tags", "brands")}
    line: Values = {"id": str(number), "sku": f"golden-{number}", "unit_price": price, "quantity": 1}
    if named["skus"]:
        line["sku"] = named["skus"][0]
    line |= {key: named[key] for key in ("categories", "tags") if named[key]}
    brand = (brands or named["brands"])[:1]
    return line | ({"brand": brand[0]} if brand else {})


def _moment(schedule: Values) -> str:
    """A moment within the dates and the first window, for a store whose clock shows UTC."""
    start = _local(schedule.get("starts_at", NOON))
    end = _local(schedule.get("ends_at", "9999-12-31T00:00:00"))
    if end <= start:
        start = end - min(timedelta(days=8), end - datetime.min)
    windows = schedule.get("windows") or [{}]
    weekdays = windows[0].get("weekdays") or schedule.get("weekdays") or range(1, 8)
    clock = windows[0].get("from", f"{start:%H:%M}")
    for days in range(min(15, (datetime.max - start).days)):
        moment = (start + timedelta(days=days)).replace(hour=int(clock[:2]), minute=int(clock[3:]))
        is_excluded = moment.date().isoformat() in schedule.get("excluded_dates", [])
        if start <= moment < end and moment.isoweekday() in weekdays and not is_excluded:
            return f"{moment.isoformat(timespec='seconds')}Z"
    return f"{start.isoformat(timespec='seconds')}Z"


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z"))


def _customer(promotion: Values) -> Values | None:
    targeting = promotion.get("targeting", {})
    kind = targeting.get("customers")
    customer: Values = {"id": "golden"}
    if kind in ("new", "returning"):
        customer["orders"] = 0 if kind == "new" else 5
    if targeting.get("segments"):
        customer["segments"] = targeting["segments"][:1]
    if "birthday_window_days" in targeting:
        customer["birthday"] = f"1992-{_moment(promotion.get('schedule', {}))[5:10]}"
    is_known = promotion["type"] == "cross_brand" or "per_customer" in promotion.get("limits", {})
    needed = len(customer) > 1 or is_known or kind == "known"
    in_experiment = promotion.get("experiment", {}).get("unit") == "customer"
    return customer if (needed or in_experiment) and kind != "anonymous" else None


def _payment(promotion: Values) -> Values | None:
    if promotion["type"] != "payment_discount":
        return None
    bins = promotion["rule"].get("bins", [])[:1]
    return {"method": (promotion["rule"].get("methods") or ["card"])[0]} | ({"bin": bins[0]} if bins else {})
