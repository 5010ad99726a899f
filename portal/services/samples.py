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

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.engine import PromotionCompiler
from portal.engine.problems import Invalid
from portal.engine.times import is_form
from portal.models.catalogue import Brand, Store
from portal.services.previews import calculator
from portal.services.sample_lines import lines_of
from portal.services.unfinished import as_object, as_text, codes_at, first_code

Values = dict[str, Any]


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
    currency = as_text(definition.get("currency")) or (store.currency if store else "USD")
    own_zone = ZoneInfo(store.timezone if store else zone)
    now = now.replace(second=0, microsecond=0)  # the same basket for a minute: what it can have is kept
    lines, names = lines_of(session, definition, wanted.get("lines") or [], currency)
    at = _moment(definition, currency, now.astimezone(own_zone))
    parts: Values = {
        "currency": currency,
        "store": store.code if store else first_code(definition, "scope", "stores"),
        "channel": first_code(definition, "scope", "channels"),
        "at": at,
        "customer": _customer(definition, date.fromisoformat(at[:10])),
        "payment": _payment(definition),
        "codes": _codes(definition),
        "vouchers": _vouchers(definition),
    }
    given = {key: value for key, value in wanted.items() if key != "lines" and value is not None}
    if isinstance(given.get("at"), str) and is_form("local", given["at"]):
        given["at"] = datetime.fromisoformat(given["at"]).replace(tzinfo=own_zone).isoformat()
    assumed = {key for key, value in parts.items() if value is not None and key not in {*given, "currency"}}
    basket = {key: value for key, value in {**parts, **given, "lines": lines}.items() if value not in (None, {}, [])}
    basket.setdefault("lines", [])
    return Trial(basket, names, frozenset(assumed if wanted.get("lines") else assumed | {"lines"}))


def _store(session: Session, definition: Values, wanted: Values) -> Store | None:
    if wanted.get("store"):
        return session.scalar(select(Store).where(Store.code == str(wanted["store"])))
    query = select(Store).order_by(Store.code)
    stores, not_in = codes_at(definition, "scope", "stores"), codes_at(definition, "scope", "exclude_stores")
    query = query.where(Store.code.in_(stores)) if stores else query.where(Store.code.not_in(not_in))
    if currency := as_text(definition.get("currency")):
        query = query.where(Store.currency == currency)
    if brands := codes_at(definition, "scope", "brands"):
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
    targeting = as_object(definition.get("targeting"))
    kind = targeting.get("customers")
    if kind == "anonymous":
        return None
    customer: Values = {}
    if segments := codes_at(definition, "targeting", "segments"):
        customer["segments"] = segments[:1]
    if kind in ("new", "returning"):
        customer["orders"] = 0 if kind == "new" else 5
    if targeting.get("birthday_window_days") is not None:
        customer["birthday"] = f"1990-{today:%m-%d}" if (today.month, today.day) != (2, 29) else "1992-02-29"
    needed = customer or kind == "known" or as_object(definition.get("limits")).get("per_customer")
    return {"id": "guest", **customer} if needed or definition.get("type") == "cross_brand" else None


def _payment(definition: Values) -> Values | None:
    if definition.get("type") != "payment_discount":
        return None
    methods, bins = codes_at(definition, "rule", "methods"), codes_at(definition, "rule", "bins")
    return {"method": methods[0] if methods else "card"} | ({"bin": bins[0]} if bins else {})


def _codes(definition: Values) -> list[str] | None:
    trigger = as_object(definition.get("trigger"))
    code = as_text(trigger.get("code"))
    return [code] if trigger.get("kind") == "code" and code else None


def _vouchers(definition: Values) -> list[Values] | None:
    if as_object(definition.get("trigger")).get("kind") != "voucher" or not as_text(definition.get("code")):
        return None
    return [{"code": "SAMPLE", "promotion": definition["code"]}]


def currencies(session: Session) -> list[str]:
    """The currencies of the stores, that of most stores first."""
    number = func.count(Store.id)
    query = select(Store.currency).group_by(Store.currency).order_by(number.desc(), Store.currency)
    return list(session.scalars(query))


def store_count(session: Session, definition: Values) -> int:
    """In how many stores of the catalogue a definition runs."""
    stores, not_in = codes_at(definition, "scope", "stores"), codes_at(definition, "scope", "exclude_stores")
    query = select(func.count(Store.id)).where(Store.code.not_in(not_in))
    return session.scalar(query.where(Store.code.in_(stores)) if stores else query) or 0


def store_name(session: Session, code: object) -> str:
    """A store's name; its code where the catalogue does not know it, an empty text without one."""
    if not isinstance(code, str):
        return ""
    return session.scalar(select(Store.name).where(Store.code == code)) or code
