"""A promotion in plain words."""

import pytest

from portal.engine import describe

NAMES = {("category", "drinks"): "Drinks", ("product", "LATTE"): "Caffè latte", ("store", "S1"): "Harbour Street"}
DRINKS = {"categories": ["drinks"]}


def words(kind, rule, **more):
    return describe({"code": "P", "type": kind, "currency": "USD", "rule": rule} | more, NAMES)


@pytest.mark.parametrize(
    ("kind", "rule", "expected"),
    [
        ("percent_discount", {"percent": 20, "items": DRINKS, "min_spend": 1000},
         "20% off Drinks when at least USD 10.00 is spent on them"),
        ("percent_discount", {"percent": 100, "items": DRINKS}, "Drinks free"),
        ("amount_discount", {"amount": 500, "on": "basket", "min_basket": 4000, "min_quantity": 2},
         "USD 5.00 off the whole basket when the basket reaches USD 40.00 and at least 2 of them are bought"),
        ("amount_discount", {"amount": 50, "on": "each_unit", "max_units": 2, "pick": "lowest_price", "items": DRINKS},
         "USD 0.50 off at most 2 Drinks, each, the cheapest first"),
        ("happy_hour", {"price": 300, "items": DRINKS}, "Each Drinks for USD 3.00"),
        ("bogo", {"buy": {"items": DRINKS}, "get": {"items": {"skus": ["LATTE"]}}, "percent": 50},
         "Buy 1 × Drinks and get 1 × Caffè latte 50% off"),
        ("bogo", {"buy": {"quantity": 2}, "get": {}}, "Buy 2 × any item and get 1 more free (the cheapest)"),
        ("combo", {"slots": [{"items": DRINKS}, {"items": {"skus": ["CAKE"]}, "quantity": 2}], "amount": 100},
         "USD 1.00 off 1 × Drinks + 2 × CAKE together"),
        ("package", {"contents": [{"sku": "LATTE"}, {"sku": "CAKE"}], "price": 900},
         "1 × Caffè latte + 1 × CAKE together for USD 9.00"),
        ("mix_match", {"quantity": 3, "price": 1000, "items": DRINKS}, "Any 3 of Drinks for USD 10.00"),
        ("free_item", {"gift": {"sku": "LATTE"}, "when": {"min_spend": 2000}, "repeat": True},
         "1 × Caffè latte free for every USD 20.00 spent"),
        ("free_item", {"gift": {"sku": "LATTE", "quantity": 2}, "when": {"items": DRINKS, "quantity": 5}},
         "2 × Caffè latte free with 5 × Drinks"),
        ("upsell", {"trigger": {}, "offer": {"items": DRINKS}, "price": 100},
         "1 × Drinks for USD 1.00 with 1 × any item"),
        ("threshold", {"tiers": [{"at": 9000, "gift": {"sku": "LATTE"}}, {"at": 5000, "percent": 5}]},
         "5% off the basket from USD 50.00 spent and 1 × Caffè latte free from USD 90.00 spent"),
        ("threshold", {"on": "quantity", "items": DRINKS, "tiers": [{"at": 3, "price": 200}]},
         "Each of Drinks for USD 2.00 from 3 items on Drinks"),
        ("payment_discount", {"methods": ["card", "wallet"], "bins": ["41"], "percent": 5, "min_spend": 100},
         "5% off what is left to pay from USD 1.00 when paid by card or wallet with card numbers that begin with 41"),
        ("cashback", {"percent": 5, "credit": "points", "expires_days": 1},
         "5% of everything that is paid back in points, valid 1 day"),
        ("cashback", {"amount": 200, "items": DRINKS}, "USD 2.00 back on Drinks to the wallet"),
        ("cross_brand", {"earn": {"brands": ["BEAN"], "visits": 5, "window_days": 30},
                         "reward": {"promotion": "THANKS", "valid_days": 14}, "max_rewards": 2},
         "For every 5 visits at BEAN within 30 days a voucher of THANKS, valid 14 days, at most 2 times"),
    ],
)  # fmt: skip
def test_each_type_says_what_it_does(kind, rule, expected):
    assert words(kind, rule) == expected


def test_when_where_who_and_how_often_are_said_too():
    sentence = words(
        "percent_discount",
        {"percent": 20, "items": DRINKS},
        schedule={
            "starts_at": "2026-12-01T00:00",
            "ends_at": "2027-01-01T00:00",
            "timezone": "Europe/Berlin",
            "weekdays": [1, 2, 3, 4, 5],
            "windows": [{"from": "15:00", "to": "17:00"}, {"from": "20:00", "to": "24:00", "weekdays": [6, 7]}],
            "excluded_dates": ["2026-12-25"],
        },
        scope={"brands": ["BEAN"], "stores": ["S1"], "exclude_stores": list("ABCDE"), "channels": ["dine_in"]},
        targeting={"customers": "known", "segments": ["vip"], "exclude_segments": ["staff"], "birthday_window_days": 3},
        requires=[{"items": {"skus": ["LATTE"]}, "quantity": 2}, {"spend": 500}],
        trigger={"kind": "code", "code": "SAVE"},
        limits={"per_customer": 2, "budget": 100_000},
        stacking={"mode": "exclusive", "full_price_only": True, "base": "original"},
    )
    assert sentence == (
        "From 1 Dec 2026 until 31 Dec 2026 inclusive (Europe/Berlin time), Monday to Friday 15:00-17:00 and "
        "Saturday and Sunday 20:00-24:00, not on 25 Dec 2026, 20% off Drinks, with 2 × Caffè latte in the basket, "
        "with USD 5.00 spent on everything, with the code SAVE, of BEAN, in Harbour Street, not in 5 stores, "
        "for dine in, for known customers, for vip, not for staff, within 3 days of the birthday, "
        "at most 2 per customer, within a budget of USD 1,000.00, not together with any other promotion, "
        "only on items at full price, taken on the original prices"
    )


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (None, ""),
        ({}, ""),
        ({"type": "no such", "rule": {}}, ""),
        ({"type": "combo", "rule": {}}, ""),
        ({"type": "percent_discount", "rule": {"percent": "x"}, "limits": {"per_day": 3}}, "At most 3 a day"),
        (
            {"type": "percent_discount", "rule": {"percent": 5}, "schedule": {"windows": [{"from": "9"}]}},
            "5% off everything",
        ),
    ],
)
def test_half_a_promotion_is_described_as_far_as_it_goes(definition, expected):
    assert describe(definition) == expected


def test_long_lists_are_counted_and_selectors_told_apart():
    items = {"skus": list("ABCDE"), "tags": ["new"], "max_unit_price": 500, "exclude": {"categories": ["drinks"]}}
    assert words("percent_discount", {"percent": 5, "items": items}) == (
        "5% off 5 products or “new” priced up to USD 5.00 except Drinks"
    )
