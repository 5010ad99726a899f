"""Entries: added and changed in a form, with the words of the service at their fields."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.catalogue import Category, Customer, Product, Store
from tests.cast import Cast
from tests.pages import PagesClient

GOOD = {
    "products": {
        "sku": "NEW",
        "name": "New one",
        "currency": "usd",
        "price": "4.50",
        "cost": "1",
        "floor": "2",
        "brand": "BEAN",
    },
    "categories": {"code": "tea", "name": "Tea", "parent": "drinks"},
    "brands": {"code": "WOK", "name": "Wok"},
    "stores": {
        "code": "S9",
        "name": "Quay",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "city": "Berlin",
        "brand": "",
    },
    "customers": {"code": "C9", "name": "Cy", "email": "cy@tests.example", "birthday": "1990-11-22", "orders": "0"},
    "segments": {"code": "new", "name": "New guests"},
}


@pytest.fixture
def ada(client: PagesClient, cast: Cast, menu: Session) -> PagesClient:
    return client.sign_in(cast.ada)


@pytest.mark.parametrize("kind", GOOD)
def test_an_entry_is_added_opened_and_saved_again(ada: PagesClient, kind: str):
    given = GOOD[kind]
    key = next(iter(given.values()))
    assert ada.get(f"/catalogue/new/{kind}").status_code == 200
    added = ada.post(f"/catalogue/new/{kind}", data=given)
    assert (added.status_code, added.location) == (303, f"/catalogue/{kind}")
    assert "is in the catalogue" in ada.get(added.location).text
    page = ada.get(f"/catalogue/{kind}/{key}").text
    assert f'value="{given["name"]}"' in page
    saved = ada.post(f"/catalogue/{kind}/{key}", data={**given, "name": "Another name"})
    assert saved.status_code == 303
    assert "Another name" in ada.get(f"/catalogue/{kind}?q=Another").text


def test_a_product_keeps_lists_and_amounts(ada: PagesClient, session: Session):
    lists = {"categories": "coffee, food", "tags": 'vegan, "hot, spicy", new'}
    ada.post("/catalogue/new/products", data=GOOD["products"] | lists)
    product = session.scalars(select(Product).where(Product.sku == "NEW")).one()
    assert (product.price_minor, product.cost_minor, product.floor_minor, product.currency) == (450, 100, 200, "USD")
    assert [category.code for category in product.categories] == ["coffee", "food"]
    assert sorted(product.tags) == ["hot, spicy", "new", "vegan"]
    page = ada.get("/catalogue/products/NEW", inspect=False).text
    assert "&#34;hot, spicy&#34;, new, vegan" in page


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("products", {"sku": "a b"}, "is no sku"),
        ("products", {"sku": "P01"}, "There is a product P01 already"),
        ("products", {"name": " "}, "Name is empty. Give a name."),
        ("products", {"price": "4,50"}, "is no amount in USD. Use digits and at most 2 decimals after a point: 4.50."),
        ("products", {"price": "-1"}, "is no amount in USD"),
        ("products", {"floor": "4.51"}, "is above the price"),
        ("products", {"currency": "USX"}, "is no currency"),
        ("products", {"currency": "EUR"}, "No store sells in EUR. Use USD"),
        ("products", {"brand": "NONE"}, "There is no brand"),
        ("products", {"categories": "coffee, nope"}, "There is no category &#39;nope&#39;"),
        ("categories", {"parent": "tea"}, "There is no category &#39;tea&#39;"),
        ("stores", {"timezone": "Mars/Base"}, "is no time zone"),
        ("stores", {"timezone": "europe/berlin"}, "is no time zone"),
        ("customers", {"email": "nobody"}, "is no e-mail address"),
        ("customers", {"birthday": "22.11.1990"}, "is no date. Write year, month and day: 1990-11-22."),
        ("customers", {"orders": "many"}, "is no count"),
        ("segments", {"code": ""}, "Code is empty. Use 1 to 64"),
    ],
)
def test_a_mistake_stands_at_its_field_with_the_remedy(
    ada: PagesClient, kind: str, changes: dict[str, str], words: str
):
    answer = ada.post(f"/catalogue/new/{kind}", data={**GOOD[kind], **changes})
    assert answer.status_code == 422
    assert words in answer.text
    assert "1 field needs a correction" in answer.text


def test_a_category_cannot_stand_below_itself(ada: PagesClient, session: Session):
    answer = ada.post("/catalogue/categories/drinks", data={"code": "drinks", "name": "Drinks", "parent": "coffee"})
    assert answer.status_code == 422
    assert "stands below this category itself" in answer.text
    assert session.scalars(select(Category).where(Category.code == "drinks")).one().parent_id is None


def test_the_code_of_an_entry_stays(ada: PagesClient, session: Session):
    ada.post("/catalogue/stores/S1", data={**GOOD["stores"], "code": "OTHER", "name": "Moved"})
    assert session.scalars(select(Store).where(Store.name == "Moved")).one().code == "S1"


def test_unknown_orders_stay_unknown(ada: PagesClient, session: Session):
    ada.post("/catalogue/customers/C2", data={"code": "C2", "name": "Bo", "segments": "vip"})
    bo = session.scalars(select(Customer).where(Customer.code == "C2")).one()
    assert (bo.orders, [segment.code for segment in bo.segments]) == (None, ["vip"])


def test_who_may_not_edit_sees_facts_and_no_form(client: PagesClient, cast: Cast, menu: Session):
    page = client.sign_in(cast.mia).get("/catalogue/products/P03").text
    assert "Product 3" in page
    assert "Save" not in page


def test_an_entry_that_does_not_exist_is_not_found(ada: PagesClient):
    answer = ada.get("/catalogue/products/NOPE")
    assert answer.status_code == 404
    assert "There is no product NOPE." in answer.text
