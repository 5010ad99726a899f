"""The shapes of baskets, definitions and compiled promotions: keys in the page order, a check for each."""

import re

from tests.oracle import kinds
from tests.oracle.kinds import Check, code, integer, list_of, object_of, one_of, text, truth
from tests.oracle.problems import Path, Problems

least_one = integer(1, kinds.LIMIT)
money = integer(0, kinds.LIMIT)
texts = list_of(text)
codes = list_of(code)

line = object_of(
    "id sku unit_price quantity",
    id=text,
    sku=text,
    categories=texts,
    brand=text,
    tags=texts,
    unit_price=money,
    floor_price=money,
    quantity=least_one,
)


def usage(problems: Problems, path: Path, value: object) -> None:
    """{code: how often}."""
    if not isinstance(value, dict):
        problems.add(path, "must be an object")
        return
    for key, count in value.items():
        if count is not None:
            money(problems, path + (key,), count)


basket = object_of(
    "currency at lines",
    id=text,
    currency=kinds.currency,
    store=text,
    channel=text,
    at=kinds.moment(kinds.AT),
    customer=object_of("", id=text, segments=texts, birthday=kinds.day, orders=money, usage=usage),
    payment=object_of("", method=text, bin=text),
    codes=texts,
    vouchers=list_of(object_of("", code=text, promotion=text)),
    lines=list_of(line),
)

selector = object_of(
    "",
    skus=codes,
    categories=texts,
    brands=texts,
    tags=texts,
    min_unit_price=money,
    max_unit_price=money,
    exclude=object_of("", skus=codes, categories=texts, brands=texts, tags=texts),
)
part = object_of("", items=selector, quantity=least_one)
content = object_of("sku", sku=code, quantity=least_one)
gift = object_of("sku", sku=code, quantity=least_one, unit_price=money)
pick = one_of("highest_price", "lowest_price")
weekdays = list_of(integer(1, 7))


def rules(rate_name: str, rate: Check) -> dict[str, Check]:
    """The rule of each type; a percentage is `percent` in a definition and `basis_points` in a compiled promotion."""
    one_rate = {rate_name: rate}
    value = {**one_rate, "amount": least_one, "price": money}
    minimums = {"min_spend": least_one, "min_basket": least_one, "min_quantity": least_one}
    when = object_of("", items=selector, min_spend=least_one, quantity=least_one)
    tier = object_of("at", at=least_one, **value, gift=gift)
    earn = object_of("", brands=texts, spend=least_one, visits=least_one, window_days=least_one)
    reward = object_of("promotion", promotion=code, valid_days=least_one)
    return {
        "percent_discount": object_of(rate_name, **one_rate, on=one_of("items", "basket"), items=selector, **minimums),
        "amount_discount": object_of(
            "amount",
            amount=least_one,
            on=one_of("items", "basket", "each_unit"),
            items=selector,
            **minimums,
            max_units=least_one,
            pick=pick,
        ),
        "happy_hour": object_of("", **value, items=selector),
        "bogo": object_of("buy get", buy=part, get=part, **one_rate, pick=pick),
        "combo": object_of("slots", slots=list_of(part, 1), **value),
        "package": object_of("contents price", contents=list_of(content, 1), price=money),
        "mix_match": object_of("quantity", items=selector, quantity=least_one, **value, pick=one_of("lowest_price")),
        "free_item": object_of("gift when", gift=gift, when=when, repeat=truth),
        "upsell": object_of("trigger offer", trigger=part, offer=part, **value, message=kinds.any_text, pick=pick),
        "threshold": object_of(
            "tiers", on=one_of("spend", "quantity"), items=selector, tiers=list_of(tier, 1), repeat=truth
        ),
        "payment_discount": object_of("", methods=texts, bins=texts, **one_rate, amount=least_one, min_spend=least_one),
        "cashback": object_of(
            "",
            **one_rate,
            amount=least_one,
            items=selector,
            min_spend=least_one,
            credit=one_of("wallet", "points", "voucher"),
            expires_days=least_one,
        ),
        "cross_brand": object_of("earn reward", earn=earn, reward=reward, max_rewards=least_one),
    }


RULES = rules("percent", kinds.percent)
COMPILED_RULES = rules("basis_points", integer(1, 10_000))

window = object_of("from to", from_=kinds.matching(kinds.CLOCK, "a time, HH:MM"), to=kinds.clock_end, weekdays=weekdays)


def schedule(*forms: re.Pattern[str], **zones: Check) -> Check:
    """The schedule; a compiled one has instants beside store times and no zone."""
    return object_of(
        "",
        starts_at=kinds.moment(*forms),
        ends_at=kinds.moment(*forms),
        **zones,
        weekdays=weekdays,
        windows=list_of(window),
        excluded_dates=list_of(kinds.day),
    )


conditions: dict[str, Check] = {
    "scope": object_of("", brands=texts, stores=texts, exclude_stores=texts, channels=texts),
    "targeting": object_of(
        "",
        segments=texts,
        exclude_segments=texts,
        customers=one_of("any", "known", "anonymous", "new", "returning"),
        birthday_window_days=money,
    ),
    "limits": object_of(
        "",
        total=least_one,
        per_customer=least_one,
        per_store=least_one,
        per_day=least_one,
        budget=least_one,
        per_basket=least_one,
        max_discount=least_one,
        offline=one_of("open", "leased", "online_only"),
        on_refund=one_of("restore", "keep", "restore_if_valid"),
    ),
    "stacking": object_of(
        "",
        mode=one_of("stackable", "exclusive", "group"),
        group=code,
        base=one_of("remaining", "original"),
        measure=one_of("rung_up", "remaining"),
        full_price_only=truth,
    ),
    "priority": integer(),
    "experiment": object_of(
        "key seed unit range",
        key=kinds.any_text,
        seed=kinds.any_text,
        unit=one_of("customer", "store", "basket"),
        range=list_of(kinds.share_of_one),
    ),
}
requires = list_of(object_of("", items=selector, quantity=least_one, spend=least_one))
trigger = object_of("", kind=one_of("automatic", "code", "voucher"), code=code)
remaining = object_of("", total=integer(), per_store=integer(), per_day=integer(), budget=integer())

definition = object_of(
    "code type rule",
    code=code,
    name=text,
    description=kinds.anything,
    type=one_of(*RULES),
    currency=kinds.currency,
    rule=kinds.anything,
    requires=requires,
    trigger=trigger,
    schedule=schedule(kinds.LOCAL, timezone=kinds.zone),
    **conditions,
    funding=kinds.anything,
)
compiled = object_of(
    "code type rule",
    code=code,
    revision=money,
    name=text,
    description=kinds.anything,
    type=text,
    currency=kinds.currency,
    rule=kinds.anything,
    requires=requires,
    trigger=trigger,
    schedule=schedule(kinds.LOCAL, kinds.INSTANT),
    **conditions,
    funding=kinds.anything,
    remaining=remaining,
)


def unsupported(problems: Problems, path: Path, promotion: dict[str, object]) -> None:
    """A promotion of a type that this engine does not know is only asked for its code."""
    code_alone = {"code": promotion["code"]} if promotion.get("code") is not None else {}
    object_of("code", code=code)(problems, path, code_alone)


settings = object_of("", resolution=one_of("best", "priority"), explain=truth)
