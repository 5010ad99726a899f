"""Harbour Kitchen Group is a plausible chain, and the same on every machine."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.demo import loading, offers, restaurant
from portal.engine import PromotionCalculator, PromotionCompiler, PromotionValidator
from portal.models.promotion import Promotion
from portal.services import sales
from portal.services.states import State, state_at

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
ZONE = "America/New_York"


def test_the_same_days_give_the_same_baskets() -> None:
    one, other = restaurant.company(DAY), restaurant.company(DAY, days=2)
    assert one.sales_count > 10_000
    lately = {sale.code: sale.lines for sale in one.sales() if sale.at.date() >= date(2026, 11, 20)}
    assert {sale.code: sale.lines for sale in other.sales()} == lately


def test_everything_on_the_menu_stands_in_the_tree_at_a_price_above_its_cost() -> None:
    company = restaurant.company(DAY)
    assert len(company.items) >= 60
    assert {item.shelf for item in company.items} <= {shelf.code for shelf in company.shelves}
    assert all(item.price > (item.cost or 0) >= 0 and item.floor <= item.price for item in company.items)
    assert len({store.zone for store in company.stores}) == 5
    assert len(company.stores) == 12


def test_lunch_and_dinner_are_the_peaks_by_the_stores_own_clock() -> None:
    hours = Counter(sale.at.hour for sale in restaurant.company(DAY).sales() if "GRILL" in store_brand(sale.store))
    assert hours[12] > 2 * hours[15] < hours[19]
    assert not set(hours) & set(range(11))


def store_brand(code: str) -> str:
    return next(store.brand or "" for store in restaurant.menu.STORES if store.code == code)


def test_guests_count_their_orders_one_by_one() -> None:
    company = restaurant.company(DAY)
    orders: dict[str, list[int | None]] = {}
    for sale in company.sales():
        orders.setdefault(sale.customer or "", []).append(sale.orders)
    assert set(orders.pop("")) == {None}
    for guest in company.guests:
        counted = orders.get(guest.code, [])
        assert counted == list(range((guest.orders or 0) - len(counted), guest.orders or 0))


@pytest.mark.parametrize("each", offers.HARBOUR + offers.GROCER, ids=lambda each: each.definition["code"])
def test_an_offer_is_a_valid_definition(each: offers.Offer) -> None:
    assert PromotionValidator().validate_promotion(offers.dated(each, NOW, ZONE)) == []


def test_the_offers_have_every_type_and_every_state_but_archived() -> None:
    assert len({each.definition["type"] for each in offers.HARBOUR}) == 13
    assert {each.state for each in offers.HARBOUR} == set(State) - {State.ARCHIVED}


def test_every_running_offer_finds_a_basket_of_the_month_or_waits_for_a_code() -> None:
    running = [each for each in offers.HARBOUR if each.state is State.ACTIVE and "trigger" not in each.definition]
    compiled = [PromotionCompiler().compile_promotion(offers.dated(each, NOW, ZONE)) for each in running]
    calculator = PromotionCalculator({"engine": 1, "promotions": compiled})
    found = {
        applied["promotion"]
        for basket in restaurant.company(DAY).baskets()
        for applied in calculator.calculate_promotions(basket)["applied"]
    }
    assert found == {each.definition["code"] for each in running}


def test_offers_are_saved_in_their_states_and_only_once(session: Session) -> None:
    assert offers.add_offers(session, offers.HARBOUR, now=NOW, zone=ZONE) == len(offers.HARBOUR)
    saved = {promotion.code: state_at(promotion, NOW) for promotion in session.scalars(select(Promotion))}
    assert saved == {each.definition["code"]: each.state for each in offers.HARBOUR}
    assert offers.add_offers(session, offers.HARBOUR, now=NOW, zone=ZONE) == 0


@pytest.mark.databases("sqlite", "postgresql")
def test_baskets_come_back_from_the_database_as_they_were(database_url: str, session: Session) -> None:
    company = restaurant.company(DAY, days=5)
    loading.load_catalogue(session, company)
    steps: list[int] = []
    assert loading.load_sales(session, company, steps.append) == company.sales_count == sum(steps)
    first, last = sales.days_of(session, source="restaurant") or (DAY, DAY)
    assert list(sales.baskets_between(session, first, last)) == list(company.baskets())
    assert loading.load_sales(session, company, steps.append) == 0


def test_past_baskets_are_narrowed_by_day_source_and_store(session: Session) -> None:
    company = restaurant.company(DAY, days=9)
    loading.load_catalogue(session, company)
    loading.load_sales(session, company, lambda count: None)
    day, stores = date(2026, 11, 13), ["HK-CHI-1", "HK-CHI-2"]
    wanted = [
        basket for basket in company.baskets() if basket["store"] in stores and basket["at"].startswith("2026-11-13")
    ]
    assert list(sales.baskets_between(session, day, day, source="restaurant", stores=stores)) == wanted != []
    assert sales.count_between(session, day, day, stores=stores) == len(wanted)
    assert sales.count_between(session, day, day, source="grocer") == 0
    assert sales.days_of(session) == (date(2026, 11, 13), date(2026, 11, 21))
    assert sales.days_of(session, source="grocer") is None
