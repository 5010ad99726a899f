"""What a promotion asks of everything but the items: time, place, customer, trigger, limits, payment.

A promotion has a gate for each of these that it really restricts, in the order of the contract's reasons (section 6);
the first that does not let a basket through is the reason. A gate says True where it lets the basket pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.engine import times
from portal.engine.basket import Basket, ascii_lower
from portal.engine.buckets import bucket
from portal.engine.shapes import steps_of

Values = dict[str, Any]
Check = Callable[[Basket], bool]
Gate = tuple[str, Check]


def of(document: Values) -> tuple[Gate, ...]:
    """The gates of a compiled promotion, currency first."""
    made = [(reason, make(document)) for reason, make in _MAKERS]
    return tuple((reason, check) for reason, check in made if check is not None)


def _currency(document: Values) -> Check | None:
    currency = document.get("currency")
    return None if currency is None else lambda basket: basket.currency == currency


def _dates(document: Values) -> Check | None:
    schedule = document.get("schedule", {})
    start, end = _bound(schedule.get("starts_at")), _bound(schedule.get("ends_at"))
    if start is None and end is None:
        return None

    def check(basket: Basket) -> bool:
        if start and (basket.utc if start[1] else basket.seconds) < start[0]:
            return False
        return not end or (basket.utc if end[1] else basket.seconds) < end[0]

    return check


def _bound(text: str | None) -> tuple[int, bool] | None:
    """Seconds, and whether they are counted in UTC."""
    return None if text is None else (times.local_seconds(text), text.endswith("Z"))


def _hours(document: Values) -> Check | None:
    schedule = document.get("schedule", {})
    weekdays = frozenset(schedule.get("weekdays", ()))
    excluded = frozenset(times.day_of(text) for text in schedule.get("excluded_dates", ()))
    windows = [_window(window, weekdays) for window in schedule.get("windows", ())]
    if not (weekdays or excluded or windows):
        return None

    def starts_on(day: int, allowed: frozenset[int]) -> bool:
        return day not in excluded and (not allowed or times.weekday_of(day) in allowed)

    def check(basket: Basket) -> bool:
        day, minute = basket.day, basket.minute
        if not windows:
            return starts_on(day, weekdays)
        for opens, closes, allowed in windows:
            if opens < closes:
                if opens <= minute < closes and starts_on(day, allowed):
                    return True
            elif (minute >= opens and starts_on(day, allowed)) or (minute < closes and starts_on(day - 1, allowed)):
                return True
        return False

    return check


def _window(window: Values, weekdays: frozenset[int]) -> tuple[int, int, frozenset[int]]:
    own = frozenset(window.get("weekdays", ()))
    return times.minute_of(window["from"]), times.minute_of(window["to"]), own or weekdays


def _store(document: Values) -> Check | None:
    scope = document.get("scope", {})
    inside, outside = frozenset(scope.get("stores", ())), frozenset(scope.get("exclude_stores", ()))
    if not (inside or outside):
        return None
    return lambda basket: (not inside or basket.store in inside) and basket.store not in outside


def _channel(document: Values) -> Check | None:
    channels = frozenset(document.get("scope", {}).get("channels", ()))
    return (lambda basket: basket.channel in channels) if channels else None


def _customer(document: Values) -> Check | None:
    targeting = document.get("targeting", {})
    checks = [_KNOWN[targeting.get("customers", "any")], _segments(targeting), _birthday(targeting)]
    if document["type"] == "cross_brand" or "per_customer" in document.get("limits", {}):
        checks.append(_is_known)
    wanted = [check for check in checks if check is not None]
    return (lambda basket: all(check(basket) for check in wanted)) if wanted else None


def _is_known(basket: Basket) -> bool:
    return basket.customer.get("id") is not None


def _has_ordered(some: bool) -> Check:
    def check(basket: Basket) -> bool:
        orders = basket.customer.get("orders")
        return _is_known(basket) and orders is not None and (orders > 0) is some

    return check


_KNOWN: dict[str, Check | None] = {
    "any": None,
    "known": _is_known,
    "anonymous": lambda basket: not _is_known(basket),
    "new": _has_ordered(False),
    "returning": _has_ordered(True),
}


def _segments(targeting: Values) -> Check | None:
    inside, outside = frozenset(targeting.get("segments", ())), frozenset(targeting.get("exclude_segments", ()))
    if not (inside or outside):
        return None

    def check(basket: Basket) -> bool:
        own = basket.customer.get("segments", ())
        return (not inside or not inside.isdisjoint(own)) and outside.isdisjoint(own)

    return check


def _birthday(targeting: Values) -> Check | None:
    days = targeting.get("birthday_window_days")
    if days is None:
        return None

    def check(basket: Basket) -> bool:
        birthday = basket.customer.get("birthday")
        return birthday is not None and times.days_to_birthday(basket.day, birthday) <= days

    return check


def _experiment(document: Values) -> Check | None:
    experiment = document.get("experiment")
    if not experiment:
        return None
    unit, seed = experiment["unit"], experiment["seed"]
    low, high = (steps_of(bound, 4) or 0 for bound in experiment["range"])

    def check(basket: Basket) -> bool:
        unit_id = {"customer": basket.customer.get("id"), "store": basket.store, "basket": basket.id}[unit]
        return unit_id is not None and low <= bucket(seed, unit_id) < high

    return check


def _trigger(document: Values) -> Check | None:
    trigger = document.get("trigger", {})
    if trigger.get("kind") == "code":
        code = ascii_lower(trigger["code"])
        return lambda basket: code in basket.codes
    if trigger.get("kind") == "voucher":
        promotion = document["code"]
        return lambda basket: promotion in basket.vouchers
    return None


def _limits(document: Values) -> Check | None:
    spent = any(left <= 0 for left in document.get("remaining", {}).values())
    per_customer = document.get("limits", {}).get("per_customer")
    code = document["code"]
    if spent:
        return lambda _: False
    if per_customer is None:
        return None
    return lambda basket: basket.customer.get("usage", {}).get(code, 0) < per_customer


def _payment(document: Values) -> Check | None:
    if document["type"] != "payment_discount":
        return None
    methods, bins = frozenset(document["rule"].get("methods", ())), tuple(document["rule"].get("bins", ()))

    def check(basket: Basket) -> bool:
        method = basket.payment.get("method")
        if method is None or (methods and method not in methods):
            return False
        return not bins or basket.payment.get("bin", "").startswith(bins)

    return check


_MAKERS: tuple[tuple[str, Callable[[Values], Check | None]], ...] = (
    ("currency", _currency),
    ("outside_dates", _dates),
    ("outside_hours", _hours),
    ("store", _store),
    ("channel", _channel),
    ("customer", _customer),
    ("experiment", _experiment),
    ("trigger", _trigger),
    ("limit_reached", _limits),
    ("payment_method", _payment),
)
