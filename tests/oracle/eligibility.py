"""Whether a promotion is for this basket at all: the first reason that fails, on the basket as rung up."""

from datetime import date
from fractions import Fraction
from typing import Any

from tests.oracle import measuring
from tests.oracle.instants import local_seconds, written_instant
from tests.oracle.promotion import Promotion, Unit, limit
from tests.oracle.shapes import RULES

Reason = tuple[str, dict[str, int]]
DAY_SECONDS = 86_400


def first_reason(promotion: Promotion, basket: dict[str, Any], units: list[Unit]) -> Reason | None:
    """(reason, detail) of the first condition that fails, None for an eligible promotion."""
    if promotion["type"] not in RULES:
        return ("unsupported", {})
    checks = [
        ("currency", fits_currency(promotion, basket)),
        ("outside_dates", fits_dates(promotion.get("schedule") or {}, basket["at"])),
        ("outside_hours", fits_hours(promotion.get("schedule") or {}, basket["at"])),
        ("store", fits_store(promotion.get("scope") or {}, basket.get("store"))),
        ("channel", fits_channel(promotion.get("scope") or {}, basket.get("channel"))),
        ("customer", fits_customer(promotion, basket)),
        ("experiment", fits_experiment(promotion.get("experiment"), basket)),
        ("trigger", fits_trigger(promotion, basket)),
        ("limit_reached", fits_limits(promotion, basket)),
        ("payment_method", fits_payment(promotion, basket.get("payment") or {})),
    ]
    for reason, holds in checks:
        if not holds:
            return (reason, {})
    return measuring.shortfall(promotion, units)


def fits_currency(promotion: Promotion, basket: dict[str, Any]) -> bool:
    """No currency fits any basket."""
    return promotion.get("currency") in (None, basket["currency"])


def fits_dates(schedule: dict[str, Any], at: str) -> bool:
    """starts_at inclusive, ends_at exclusive; instants against the instant, store times against the wall clock."""
    starts, ends = schedule.get("starts_at"), schedule.get("ends_at")
    if starts is not None and now_beside(starts, at) < boundary(starts):
        return False
    return ends is None or now_beside(ends, at) < boundary(ends)


def boundary(written: str) -> int:
    """The second of a start or an end."""
    return written_instant(written) if written.endswith("Z") else local_seconds(written)


def now_beside(written: str, at: str) -> int:
    """The basket's moment on the clock of a start or an end."""
    return written_instant(at) if written.endswith("Z") else local_seconds(at)


def fits_hours(schedule: dict[str, Any], at: str) -> bool:
    """Weekday, windows and excluded dates on the store's wall clock."""
    today, second = divmod(local_seconds(at), DAY_SECONDS)
    windows = schedule.get("windows") or []
    if not windows:
        return day_counts(schedule, schedule.get("weekdays") or [], today)
    for window in windows:
        days = window.get("weekdays") or schedule.get("weekdays") or []
        start, end = clock_second(window["from"]), clock_second(window["to"])
        crosses = end <= start
        if start <= second and (crosses or second < end) and day_counts(schedule, days, today):
            return True
        if crosses and second < end and day_counts(schedule, days, today - 1):
            return True
    return False


def clock_second(written: str) -> int:
    """ "11:30" -> 41400."""
    return int(written[:2]) * 3600 + int(written[3:]) * 60


def day_counts(schedule: dict[str, Any], weekdays: list[int], ordinal: int) -> bool:
    """True for a day of the weekdays (none named: any) that is not excluded."""
    excluded = [date.fromisoformat(day).toordinal() for day in schedule.get("excluded_dates") or []]
    iso_weekday = (ordinal - 1) % 7 + 1
    return (not weekdays or iso_weekday in weekdays) and ordinal not in excluded


def fits_store(scope: dict[str, Any], store: str | None) -> bool:
    """A basket without a store is in no list."""
    if scope.get("stores") and store not in scope["stores"]:
        return False
    return store is None or store not in (scope.get("exclude_stores") or [])


def fits_channel(scope: dict[str, Any], channel: str | None) -> bool:
    """Any channel, or one of those named."""
    return not scope.get("channels") or channel in scope["channels"]


def customer_id(basket: dict[str, Any]) -> str | None:
    """The id of a known customer."""
    return (basket.get("customer") or {}).get("id")


def fits_customer(promotion: Promotion, basket: dict[str, Any]) -> bool:
    """Targeting, and a known customer where one is needed."""
    targeting = promotion.get("targeting") or {}
    customer = basket.get("customer") or {}
    known = customer_id(basket) is not None
    orders = customer.get("orders")
    segments = customer.get("segments") or []
    wanted = targeting.get("customers") or "any"
    needs_one = promotion["type"] == "cross_brand" or (promotion.get("limits") or {}).get("per_customer") is not None
    fits = {
        "any": True,
        "known": known,
        "anonymous": not known,
        "new": known and orders is not None and orders == 0,
        "returning": known and orders is not None and orders > 0,
    }[wanted]
    if not fits or (needs_one and not known):
        return False
    if targeting.get("segments") and not set(targeting["segments"]) & set(segments):
        return False
    if set(targeting.get("exclude_segments") or []) & set(segments):
        return False
    days = targeting.get("birthday_window_days")
    return days is None or near_birthday(customer.get("birthday"), basket["at"][:10], days)


def near_birthday(birthday: str | None, today: str, days: int) -> bool:
    """Within so many days of a birthday, either side, this year's, last year's or next year's."""
    if birthday is None:
        return False
    now = date.fromisoformat(today)
    for year in (now.year - 1, now.year, now.year + 1):
        if 1 <= year <= 9999 and abs(birthday_in(birthday, year).toordinal() - now.toordinal()) <= days:
            return True
    return False


def birthday_in(birthday: str, year: int) -> date:
    """The birthday of one year; 29 February counts as the 28th where there is none."""
    month, day = int(birthday[5:7]), int(birthday[8:10])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, month, 28 if (month, day) == (2, 29) and not leap else day)


def fnv1a32(text: str) -> int:
    """FNV-1a over UTF-16 code units."""
    raw = text.encode("utf-16-le", "surrogatepass")
    value = 2166136261
    for place in range(0, len(raw), 2):
        value = ((value ^ int.from_bytes(raw[place : place + 2], "little")) * 16777619) % 2**32
    return value


def fits_experiment(experiment: dict[str, Any] | None, basket: dict[str, Any]) -> bool:
    """In when lo <= bucket < hi, in ten-thousandths."""
    if experiment is None:
        return True
    unit = {"customer": customer_id(basket), "store": basket.get("store"), "basket": basket.get("id")}
    unit_id = unit[experiment["unit"]]
    if unit_id is None:
        return False
    low, high = (Fraction(repr(end)) * 10_000 for end in experiment["range"])
    return low <= fnv1a32(str(fnv1a32(experiment["seed"] + unit_id))) % 10_000 < high


def ascii_lower(text: str) -> str:
    """A-Z to a-z, nothing else."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


def fits_trigger(promotion: Promotion, basket: dict[str, Any]) -> bool:
    """Automatic, a code that was given, or a voucher of this promotion."""
    trigger = promotion.get("trigger") or {}
    kind = trigger.get("kind") or "automatic"
    if kind == "code":
        return ascii_lower(trigger["code"]) in [ascii_lower(given) for given in basket.get("codes") or []]
    if kind == "voucher":
        return promotion["code"] in [voucher.get("promotion") for voucher in basket.get("vouchers") or []]
    return True


def fits_limits(promotion: Promotion, basket: dict[str, Any]) -> bool:
    """Something is left of every limit."""
    for name in ("total", "per_store", "per_day", "budget"):
        left = limit(promotion, name)
        if left is not None and left <= 0:
            return False
    most = (promotion.get("limits") or {}).get("per_customer")
    used = ((basket.get("customer") or {}).get("usage") or {}).get(promotion["code"]) or 0
    return most is None or used < most


def fits_payment(promotion: Promotion, payment: dict[str, Any]) -> bool:
    """A payment discount wants a given method (one of those named) and a bin that starts as named."""
    if promotion["type"] != "payment_discount":
        return True
    rule = promotion["rule"]
    method, bin_given = payment.get("method"), payment.get("bin")
    if method is None or (rule.get("methods") and method not in rule["methods"]):
        return False
    prefixes = rule.get("bins") or []
    return not prefixes or (bin_given is not None and any(bin_given.startswith(prefix) for prefix in prefixes))
