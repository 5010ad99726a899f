"""The documents of the contract, as shapes: definition, compiled promotion, basket, bundle, case.

Source: contract, sections 2, 3 and 6. `RULES` has the rule of each type; what holds across fields is in
consistency.py.
"""

from __future__ import annotations

from typing import Any, Final

from portal.engine.problems import Findings, Path
from portal.engine.shapes import (
    Anything,
    Choice,
    Decimal,
    Field,
    Flag,
    Integer,
    ListOf,
    Mapping,
    Matching,
    Moment,
    Money,
    Object,
    Schema,
    Shape,
    Text,
)

MOST_SLOTS, MOST_PLACES = 10, 100
MOST_LINES, MOST_UNITS = 1000, 10_000

TEXT = Text()
TEXTS = ListOf(TEXT)
TOKEN = Matching(r"[A-Za-z0-9._-]{1,64}", "1 to 64 letters, digits, dots, dashes or underscores", "LUNCH20")
COUNT = Integer(least=1)
PERCENT = Decimal(2, least=1, most=100_00, meaning="a percentage above 0, at most 100, with at most two decimals")
BASIS_POINTS = Integer(least=1, most=100_00)
SHARE = Decimal(4, least=0, most=1_0000, meaning="a share from 0 to 1 with at most four decimals")

_LISTS = (Field("skus", ListOf(TOKEN)), Field("categories", TEXTS), Field("brands", TEXTS), Field("tags", TEXTS))
SELECTOR: Final = Object(
    (
        *_LISTS,
        Field("min_unit_price", Money(least=0)),
        Field("max_unit_price", Money(least=0)),
        Field("exclude", Object(_LISTS)),
    )
)
_ITEMS = Field("items", SELECTOR)
_QUANTITY = Field("quantity", COUNT, default=1)
_GROUP_OF_ITEMS = Object((_ITEMS, _QUANTITY))
_MIN_SPEND = Field("min_spend", Money())
_CONDITIONS = (_MIN_SPEND, Field("min_basket", Money()), Field("min_quantity", COUNT))
_AMOUNT, _PRICE = Field("amount", Money()), Field("price", Money(least=0))
_GIFT = Object((Field("sku", TOKEN, required=True), _QUANTITY, Field("unit_price", Money(least=0))))


def _pick(*words: str, default: str | None = None) -> Field:
    return Field("pick", Choice(words), default=default)


def _rules(share: Field) -> dict[str, Object]:
    """The rules by type; `share` is the field that holds a percentage: `percent`, compiled `basis_points`."""
    either, value = (share.name, "amount"), (share.name, "amount", "price")
    tier = Object(
        (Field("at", COUNT, required=True), share, _AMOUNT, _PRICE, Field("gift", _GIFT)), one_of=(*value, "gift")
    )
    slots = ListOf(_GROUP_OF_ITEMS, least=1, most=MOST_SLOTS, ordered=True)
    contents = ListOf(Object((Field("sku", TOKEN, required=True), _QUANTITY)), least=1, most=MOST_SLOTS, ordered=True)
    return {
        "percent_discount": Object(
            (
                Field(share.name, share.shape, required=True),
                Field("on", Choice(("items", "basket")), default="items"),
                _ITEMS,
                *_CONDITIONS,
            )
        ),
        "amount_discount": Object(
            (
                Field("amount", Money(), required=True),
                Field("on", Choice(("items", "basket", "each_unit")), default="items"),
                _ITEMS,
                *_CONDITIONS,
                Field("max_units", COUNT),
                _pick("highest_price", "lowest_price", default="highest_price"),
            )
        ),
        "happy_hour": Object((share, _AMOUNT, _PRICE, _ITEMS), one_of=value),
        "bogo": Object(
            (
                Field("buy", _GROUP_OF_ITEMS, required=True),
                Field("get", _GROUP_OF_ITEMS, required=True),
                Field(share.name, share.shape, default=100 if share.name == "percent" else 100_00),
                _pick("lowest_price", "highest_price", default="lowest_price"),
            )
        ),
        "combo": Object((Field("slots", slots, required=True), share, _AMOUNT, _PRICE), one_of=value),
        "package": Object((Field("contents", contents, required=True), Field("price", _PRICE.shape, required=True))),
        "mix_match": Object(
            (
                _ITEMS,
                Field("quantity", Integer(1, MOST_PLACES), required=True),
                share,
                _AMOUNT,
                _PRICE,
                _pick("lowest_price"),
            ),
            one_of=value,
        ),
        "free_item": Object(
            (
                Field("gift", _GIFT, required=True),
                Field("when", Object((_ITEMS, _MIN_SPEND, _QUANTITY), at_most_one=("min_spend", "quantity")), True),
                Field("repeat", Flag(), default=False),
            )
        ),
        "upsell": Object(
            (
                Field("trigger", _GROUP_OF_ITEMS, required=True),
                Field("offer", _GROUP_OF_ITEMS, required=True),
                share,
                _AMOUNT,
                _PRICE,
                Field("message", Text(may_be_empty=True)),
                _pick("lowest_price", "highest_price"),
            ),
            one_of=value,
        ),
        "threshold": Object(
            (
                Field("on", Choice(("spend", "quantity")), default="spend"),
                _ITEMS,
                Field("tiers", ListOf(tier, least=1, ordered=True), required=True),
                Field("repeat", Flag(), default=False),
            )
        ),
        "payment_discount": Object(
            (Field("methods", TEXTS), Field("bins", TEXTS), share, _AMOUNT, _MIN_SPEND), one_of=either
        ),
        "cashback": Object(
            (
                share,
                _AMOUNT,
                _ITEMS,
                _MIN_SPEND,
                Field("credit", Choice(("wallet", "points", "voucher")), default="wallet"),
                Field("expires_days", COUNT),
            ),
            one_of=either,
        ),
        "cross_brand": Object(
            (
                Field(
                    "earn",
                    Object(
                        (
                            Field("brands", TEXTS),
                            Field("spend", Money()),
                            Field("visits", COUNT),
                            Field("window_days", COUNT),
                        ),
                        one_of=("spend", "visits"),
                    ),
                    required=True,
                ),
                Field("reward", Object((Field("promotion", TOKEN, True), Field("valid_days", COUNT))), required=True),
                Field("max_rewards", COUNT),
            )
        ),
    }


RULES: Final = _rules(Field("percent", PERCENT))
"""The rule of each of the 13 types, as the portal stores it."""
COMPILED_RULES: Final = _rules(Field("basis_points", BASIS_POINTS))
"""The same as a till is sent them: `basis_points` for `percent`."""
TYPES: Final = tuple(RULES)

WEEKDAYS = Field("weekdays", ListOf(Integer(1, 7)))
WINDOW = Object(
    (Field("from", Moment("clock"), required=True), Field("to", Moment("clock_end"), required=True), WEEKDAYS)
)
EXPERIMENT = Object(
    (
        Field("key", Text(may_be_empty=True), required=True),
        Field("seed", Text(may_be_empty=True), required=True),
        Field("unit", Choice(("customer", "store", "basket")), required=True),
        Field("range", ListOf(SHARE, ordered=True), required=True),
    )
)


def _schedule(moment: Moment, *zone: Field) -> Object:
    return Object(
        (
            Field("starts_at", moment),
            Field("ends_at", moment),
            *zone,
            WEEKDAYS,
            Field("windows", ListOf(WINDOW, ordered=True)),
            Field("excluded_dates", ListOf(Moment("date"))),
        )
    )


REQUIREMENT = Object((_ITEMS, Field("quantity", COUNT), Field("spend", Money())), one_of=("quantity", "spend"))
TRIGGER = Object((Field("kind", Choice(("automatic", "code", "voucher")), default="automatic"), Field("code", TOKEN)))
SCOPE = Object(tuple(Field(name, TEXTS) for name in ("brands", "stores", "exclude_stores", "channels")))
TARGETING = Object(
    (
        Field("segments", TEXTS),
        Field("exclude_segments", TEXTS),
        Field("customers", Choice(("any", "known", "anonymous", "new", "returning")), default="any"),
        Field("birthday_window_days", Integer(least=0)),
    )
)
LIMITS = Object(
    (
        Field("total", COUNT),
        Field("per_customer", COUNT),
        Field("per_store", COUNT),
        Field("per_day", COUNT),
        Field("budget", Money()),
        Field("per_basket", COUNT),
        Field("max_discount", Money()),
        Field("offline", Choice(("open", "leased", "online_only")), default="open"),
        Field("on_refund", Choice(("restore", "keep", "restore_if_valid")), default="restore"),
    )
)
STACKING = Object(
    (
        Field("mode", Choice(("stackable", "exclusive", "group")), default="stackable"),
        Field("group", TOKEN),
        Field("base", Choice(("remaining", "original")), default="remaining"),
        Field("measure", Choice(("rung_up", "remaining")), default="rung_up"),
        Field("full_price_only", Flag(), default=False),
    )
)
REMAINING = Object(tuple(Field(name, Integer()) for name in ("total", "per_store", "per_day", "budget")))
CURRENCY = Matching(r"[A-Z]{3}", "a currency of three capital letters", "USD")


class RuleByType:
    """The rule of a promotion: its shape is looked up by the promotion's `type`, so `read` here reads nothing."""

    def __init__(self, rules: dict[str, Object]) -> None:
        self.rules = rules

    def read(self, value: Any, path: Path, findings: Findings) -> Any:
        return value

    def schema(self) -> Schema:
        return {"type": "object"}


def _promotion(rules: dict[str, Object], moment: Moment, zone: tuple[Field, ...], more: tuple[Field, ...]) -> Object:
    return Object(
        (
            Field("code", TOKEN, required=True),
            Field("name", TEXT),
            Field("description", Anything()),
            Field("type", TEXT, required=True),
            Field("currency", CURRENCY),
            Field("rule", RuleByType(rules), required=True),
            Field("requires", ListOf(REQUIREMENT, ordered=True)),
            Field("trigger", TRIGGER),
            Field("schedule", _schedule(moment, *zone)),
            Field("scope", SCOPE),
            Field("targeting", TARGETING),
            Field("limits", LIMITS),
            Field("stacking", STACKING),
            Field("priority", Integer(), default=0),
            Field("experiment", EXPERIMENT),
            Field("funding", Anything()),
            *more,
        )
    )


DEFINITION: Final = _promotion(RULES, Moment("local"), (Field("timezone", Moment("zone")),), ())
"""A promotion as the portal stores, imports and exports it: contract, section 3."""
COMPILED: Final = _promotion(
    COMPILED_RULES, Moment("local_or_utc"), (), (Field("revision", Integer(least=0)), Field("remaining", REMAINING))
)
"""A promotion as a till is sent it: contract, section 6."""

CUSTOMER = Object(
    (
        Field("id", TEXT),
        Field("segments", TEXTS),
        Field("birthday", Moment("date")),
        Field("orders", Integer(least=0)),
        Field("usage", Mapping(Integer(least=0))),
    )
)
LINE = Object(
    (
        Field("id", TEXT, required=True),
        Field("sku", TEXT, required=True),
        Field("categories", TEXTS),
        Field("brand", TEXT),
        Field("tags", TEXTS),
        Field("unit_price", Integer(least=0), required=True),
        Field("floor_price", Integer(least=0), default=0),
        Field("quantity", COUNT, required=True),
    )
)
BASKET: Final = Object(
    (
        Field("id", TEXT),
        Field("currency", CURRENCY, required=True),
        Field("store", TEXT),
        Field("channel", TEXT),
        Field("at", Moment("at"), required=True),
        Field("customer", CUSTOMER),
        Field("payment", Object((Field("method", TEXT), Field("bin", TEXT)))),
        Field("codes", TEXTS),
        Field("vouchers", ListOf(Object((Field("code", TEXT), Field("promotion", TEXT))))),
        Field("lines", ListOf(LINE, most=MOST_LINES, ordered=True), required=True),
    )
)
"""What a shopper buys: contract, section 2."""

SETTINGS: Final = Object(
    (
        Field("resolution", Choice(("best", "priority")), default="best"),
        Field("explain", Flag(), default=True),
    )
)
ENGINE_VERSION: Final = 1


def promotion_shape(promotion: Any, compiled: bool) -> tuple[Object, Shape | None]:
    """The shape of a promotion and the one of its rule; the latter is None where its type is unknown."""
    shape, rules = (COMPILED, COMPILED_RULES) if compiled else (DEFINITION, RULES)
    kind = promotion.get("type") if isinstance(promotion, dict) else None
    return shape, rules.get(kind) if isinstance(kind, str) else None
