"""The promotions of the demo. Harbour Kitchen Group's: every type at least once, in every state that a list shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.promotion import Promotion
from portal.services import promotions, users
from portal.services.states import State

Definition = dict[str, Any]
AUTHOR = "ada@demo.example"


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion and how it stands. `runs` is its first and last day, counted from today; None is open."""

    state: State
    runs: tuple[int | None, int | None]
    definition: Definition


def offer(state: State, runs: tuple[int | None, int | None], code: str, kind: str, name: str, **rest: Any) -> Offer:
    """An offer in US dollars."""
    return Offer(state, runs, {"code": code, "name": name, "type": kind, "currency": "USD", **rest})


def categories(*codes: str) -> Definition:
    """The selector of these categories."""
    return {"categories": list(codes)}


def weekly(opens: str, closes: str, *weekdays: int) -> Definition:
    """A schedule of one window on these ISO weekdays; none of them means every day."""
    return {"weekdays": list(weekdays), "windows": [{"from": opens, "to": closes}]}


BEAN, GRILL, BOTH = ({"brands": brands} for brands in (["BEAN"], ["GRILL"], ["BEAN", "GRILL"]))

HARBOUR = [
    offer(
        State.ACTIVE, (-20, 70), "BEAN-HAPPY-HOUR", "happy_hour", "Afternoon coffee, 25% off",
        description="Fills the quiet hours after lunch.",
        rule={"percent": 25, "items": categories("coffee", "tea")},
        schedule=weekly("15:00", "17:00", 1, 2, 3, 4, 5), scope=BEAN,
    ),
    offer(
        State.ACTIVE, (-45, None), "GRILL-AFTER-WORK", "happy_hour", "After-work beer for 5.00",
        rule={"price": 500, "items": categories("beer")},
        schedule=weekly("17:00", "19:00", 1, 2, 3, 4), scope={**GRILL, "channels": ["dine_in"]},
    ),
    offer(
        State.ACTIVE, (-30, 60), "GRILL-LUNCH", "combo", "Burger lunch for 14.50",
        description="A burger, a side and a soft drink.",
        rule={"slots": [{"items": categories(shelf)} for shelf in ("burgers", "sides", "soft-drinks")], "price": 1450},
        schedule=weekly("11:00", "15:00"), scope=GRILL, limits={"per_basket": 4},
    ),
    offer(
        State.ACTIVE, (-60, None), "BEAN-BREAKFAST", "package", "Latte and croissant for 6.95",
        rule={"contents": [{"sku": "LATTE"}, {"sku": "CROISSANT"}], "price": 695},
        schedule=weekly("06:00", "11:00"), scope=BEAN,
    ),
    offer(
        State.ACTIVE, (-10, 20), "PASTRY-3", "mix_match", "Any 3 pastries for 9.90",
        rule={"items": categories("pastries"), "quantity": 3, "price": 990}, scope=BEAN,
    ),
    offer(
        State.SCHEDULED, (6, 34), "WEEKEND-COFFEE", "bogo", "Weekend: second coffee half price",
        rule={"buy": {"items": categories("coffee")}, "get": {"quantity": 1}, "percent": 50},
        schedule={"weekdays": [6, 7]}, scope=BEAN,
    ),
    offer(
        State.ACTIVE, (-14, 45), "TEN-FROM-50", "percent_discount", "10% off from 50.00",
        rule={"percent": 10, "on": "basket", "min_basket": 5000}, scope=BOTH,
        stacking={"mode": "group", "group": "basket"}, limits={"max_discount": 3000},
    ),
    offer(
        State.ACTIVE, (-14, 45), "HARBOUR5", "amount_discount", "5.00 off with the code HARBOUR5",
        rule={"amount": 500, "on": "basket", "min_basket": 3000}, trigger={"kind": "code", "code": "HARBOUR5"},
        scope=BOTH, stacking={"mode": "group", "group": "basket"}, limits={"total": 2000, "budget": 1_000_000},
    ),
    offer(
        State.PAUSED, (-25, 25), "COOKIE-ON-US", "free_item", "Sandwich or salad from 12.00: a cookie on us",
        rule={"gift": {"sku": "COOKIE", "unit_price": 325},
              "when": {"items": categories("sandwiches", "salads"), "min_spend": 1200}},
    ),
    offer(
        State.ACTIVE, (-40, None), "LARGE-FRIES", "upsell", "Large fries at 30% off with a burger",
        rule={"trigger": {"items": categories("burgers")}, "offer": {"items": {"skus": ["FRIES-L"]}}, "percent": 30,
              "message": "Add large fries for 4.02?"},
        scope=GRILL,
    ),
    offer(
        State.DRAFT, (10, 40), "DINNER-STEPS", "threshold", "4.00 off from 40.00, 9.00 off from 75.00",
        rule={"tiers": [{"at": 4000, "amount": 400}, {"at": 7500, "amount": 900}]}, scope=GRILL,
        schedule=weekly("17:00", "22:00"), stacking={"mode": "group", "group": "basket"},
    ),
    offer(
        State.SCHEDULED, (3, 31), "CARD-TUESDAY", "payment_discount", "Tuesday: 5% off with a Harbour card",
        rule={"methods": ["card"], "bins": ["411111"], "percent": 5, "min_spend": 2000}, schedule={"weekdays": [2]},
        scope=BOTH,
    ),
    offer(
        State.ACTIVE, (-90, None), "GOLD-BACK", "cashback", "5% back for Gold members",
        rule={"percent": 5, "credit": "wallet", "min_spend": 1500, "expires_days": 90}, targeting={"segments": ["vip"]},
        scope=BOTH,
    ),
    offer(
        State.ACTIVE, (-30, 60), "BEAN-TO-GRILL", "cross_brand", "40.00 at the coffee bar: 8.00 for the burger house",
        rule={"earn": {"brands": ["BEAN"], "spend": 4000, "window_days": 30},
              "reward": {"promotion": "GRILL-8", "valid_days": 30}, "max_rewards": 2},
        targeting={"customers": "known"},
    ),
    offer(
        State.ACTIVE, (-30, 90), "GRILL-8", "amount_discount", "8.00 off at the burger house, by voucher",
        rule={"amount": 800, "on": "basket", "min_basket": 1600}, trigger={"kind": "voucher"}, scope=GRILL,
    ),
    offer(
        State.DRAFT, (None, None), "BIRTHDAY-DESSERT", "percent_discount", "Birthday: dessert on the house",
        rule={"percent": 100, "items": categories("desserts")},
        targeting={"customers": "known", "birthday_window_days": 3}, limits={"per_customer": 1, "max_discount": 700},
    ),
    offer(
        State.ENDED, (-80, -20), "SUMMER-SHAKES", "percent_discount", "Summer: 20% off shakes",
        rule={"percent": 20, "items": categories("shakes")}, scope=GRILL,
    ),
]  # fmt: skip

GROCER = [
    offer(
        State.ACTIVE, (-30, 60), "DELI-LUNCH", "happy_hour", "Deli lunch, 20% off",
        rule={"percent": 20}, schedule=weekly("11:00", "14:00", 1, 2, 3, 4, 5),
        scope={"brands": ["DELI", "SALAD-BAR", "CHEF-SHOPPE"]},
    ),
    offer(
        State.ACTIVE, (-12, 16), "SODA-3", "mix_match", "Any 3 soft drinks, 20% off",
        rule={"items": categories("grocery.soft-drinks"), "quantity": 3, "percent": 20}, limits={"per_basket": 4},
    ),
    offer(
        State.ACTIVE, (-5, 23), "CEREAL-MILK", "percent_discount", "15% off cereal with milk",
        rule={"percent": 15, "items": categories("grocery.cold-cereal")},
        requires=[{"items": categories("grocery.fluid-milk-products"), "quantity": 1}],
    ),
    offer(
        State.ACTIVE, (-40, None), "FRESH-15", "threshold", "2.00 off from 15.00 of fruit and vegetables",
        rule={"items": categories("produce"), "tiers": [{"at": 1500, "amount": 200}]}, scope={"brands": ["PRODUCE"]},
    ),
    offer(
        State.DRAFT, (None, None), "GROCER-10", "percent_discount", "Grocer: 10% off from 50.00",
        description="Priced over the whole year it costs 244,684.19: portal baskets price --direct.",
        rule={"percent": 10, "on": "basket", "min_basket": 5000},
    ),
]  # fmt: skip


def dated(offer: Offer, now: datetime, zone: str) -> Definition:
    """The offer's definition with its days around `now`, from midnight to midnight in the stores' own time."""
    today = now.astimezone(ZoneInfo(zone)).date()
    first, last = offer.runs
    schedule = dict(offer.definition.get("schedule", {}))
    if first is not None:
        schedule["starts_at"] = f"{today + timedelta(days=first)}T00:00:00"
    if last is not None:
        schedule["ends_at"] = f"{today + timedelta(days=last + 1)}T00:00:00"
    return {**offer.definition, "schedule": schedule} if schedule else offer.definition


def add_offers(session: Session, offers: list[Offer], *, now: datetime, zone: str) -> int:
    """Add the offers whose code is free, in their states; returns how many. `zone` is the chain's default zone."""
    codes = [offer.definition["code"] for offer in offers]
    taken = set(session.scalars(select(Promotion.code).where(Promotion.code.in_(codes))))
    missing = [offer for offer in offers if offer.definition["code"] not in taken]
    author = users.find(session, AUTHOR)
    for each in missing:
        add_offer(session, each, by=author.id if author else None, now=now, zone=zone)
    return len(missing)


def add_offer(session: Session, offer: Offer, *, by: int | None, now: datetime, zone: str) -> None:
    """Save one offer, and bring it to its state. What has ended was published before it did."""
    then = now - timedelta(days=abs(offer.runs[0] or 0) + 2) if offer.state is State.ENDED else now
    saved = promotions.draft(session, definition=dated(offer, now, zone), by=by, now=then, zone=zone)
    if offer.state is not State.DRAFT:
        promotions.publish(session, saved, now=then, zone=zone)
    if offer.state is State.PAUSED:
        promotions.pause(session, saved, now=now)
