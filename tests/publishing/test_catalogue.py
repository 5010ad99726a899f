"""The catalogue: what a till needs to know of products, once for all stores of a currency."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.catalogue import Category, Product, Store
from portal.models.publication import StoreSync
from portal.services.sync import contents, manifests, publishing
from tests.menu import make_menu
from tests.publishing.conftest import NOW

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def told(session: Session, store: Store, settings: Settings) -> dict[str, object]:
    return json.loads(manifests.current(session, store.id, settings=settings, now=NOW).body)


def held(session: Session, store: Store) -> dict[str, object]:
    sha256 = manifests.catalogue_of(session, store.id)
    return json.loads(contents.bytes_for(session, store.id, sha256, "identity"))


@pytest.fixture
def shops(session: Session) -> list[Store]:
    make_menu(session)
    session.add(Store(code="E1", name="Euro", timezone="Europe/Berlin", currency="EUR"))
    session.add(Product(sku="BROT", name="Brot", price_minor=300, floor_minor=100, currency="EUR", tags=["vegan"]))
    session.flush()
    return list(session.scalars(select(Store).order_by(Store.code)))


def test_products_have_their_price_and_their_categories_with_ancestors(
    session: Session, settings: Settings, shops: list[Store], database_url: str
) -> None:
    publishing.publish_all(session, settings=settings, now=NOW)
    euro, first, second = shops
    assert held(session, euro)["products"] == [
        {"sku": "BROT", "name": "Brot", "categories": [], "tags": ["vegan"], "unit_price": 300, "floor_price": 100}
    ]
    latte = next(each for each in held(session, first)["products"] if each["sku"] == "LATTE")
    assert latte == {
        "sku": "LATTE",
        "name": "Latte",
        "categories": ["coffee", "drinks"],
        "brand": "BEAN",
        "tags": [],
        "unit_price": 450,
        "floor_price": 0,
    }
    assert told(session, first, settings)["catalogue_sha256"] == manifests.catalogue_of(session, second.id)


def test_a_new_price_changes_the_catalogue_and_not_the_version(
    session: Session, settings: Settings, shops: list[Store], database_url: str
) -> None:
    publishing.publish_all(session, settings=settings, now=NOW)
    before = {store.code: told(session, store, settings) for store in shops}
    session.scalars(select(Product).where(Product.sku == "LATTE")).one().price_minor = 475
    session.flush()
    assert publishing.publish_all(session, settings=settings, now=NOW, catalogues=False) == 0
    assert {store.code: told(session, store, settings) for store in shops} == before
    assert publishing.publish_all(session, settings=settings, now=NOW) == 0
    after = {store.code: told(session, store, settings) for store in shops}
    assert after["E1"] == before["E1"]
    for code in ("S1", "S2"):
        assert after[code]["catalogue_sha256"] != before[code]["catalogue_sha256"]
        assert (after[code]["version"], after[code]["sha256"]) == (before[code]["version"], before[code]["sha256"])
    assert next(each for each in held(session, shops[1])["products"] if each["sku"] == "LATTE")["unit_price"] == 475


def test_categories_that_stand_in_a_circle_end(
    session: Session, settings: Settings, shops: list[Store], database_url: str
) -> None:
    rows = {each.code: each for each in session.scalars(select(Category))}
    rows["drinks"].parent_id = rows["coffee"].id
    session.flush()
    publishing.publish_all(session, settings=settings, now=NOW)
    latte = next(each for each in held(session, shops[1])["products"] if each["sku"] == "LATTE")
    assert latte["categories"] == ["coffee", "drinks"]


def test_a_held_store_still_gets_new_prices(
    session: Session, settings: Settings, shops: list[Store], database_url: str
) -> None:
    publishing.publish_all(session, settings=settings, now=NOW)
    row = session.get(StoreSync, shops[1].id)
    row.held_at = NOW
    session.scalars(select(Product).where(Product.sku == "LATTE")).one().price_minor = 475
    session.flush()
    publishing.publish_all(session, settings=settings, now=NOW)
    assert manifests.catalogue_of(session, shops[1].id) == manifests.catalogue_of(session, shops[2].id)
