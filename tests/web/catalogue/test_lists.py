"""Lists of the catalogue: search and filters in the address, pieces of 25, CSV of what is shown, few queries."""

import csv
import io

import pytest
from sqlalchemy.orm import Session

from portal.models.catalogue import Category, Product
from portal.services import catalogue
from tests.cast import Cast
from tests.pages import PagesClient

KINDS = list(catalogue.KINDS)


@pytest.fixture
def ada(client: PagesClient, cast: Cast, menu: Session) -> PagesClient:
    return client.sign_in(cast.ada)


@pytest.mark.parametrize("kind", KINDS)
def test_each_list_has_a_page_a_fragment_and_a_file(ada: PagesClient, kind: str):
    page = ada.get(f"/catalogue/{kind}")
    assert "<html" in page.text
    fragment = ada.htmx("GET", f"/catalogue/{kind}")
    assert "<html" not in fragment.text
    assert "HX-Request" in fragment.headers["Vary"]
    assert ada.get(f"/catalogue/{kind}.csv").mimetype == "text/csv"


def test_a_list_shows_25_rows_and_the_next_on_demand(ada: PagesClient):
    page = ada.get("/catalogue/products").text
    assert "30 products" in page
    assert page.count("<tr data-opens>") == 25
    assert "5 rows not shown yet" in page
    more = ada.htmx("GET", "/catalogue/products?from=25")
    assert more.text.count("<tr data-opens>") == 5
    assert "Show more" not in more.text
    assert "HX-Push-Url" not in more.headers


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("q=product+7", ["P07", "P17", "P27"]),
        ("q=P0&brand=GRILL&tag=vegan", ["P00", "P06"]),
        ("category=coffee&brand=BEAN", ["P01", "P03", "P05", "P07", "P09"]),
        ("q=%25", []),
        ("q=p0&sort=-price&brand=BEAN", ["P09", "P07", "P05", "P03", "P01"]),
        ("currency=JPY", []),
    ],
)
def test_filters_narrow_the_list_and_its_file_alike(ada: PagesClient, query: str, skus: list[str]):
    page = ada.get(f"/catalogue/products?{query}").text
    assert f"{len(skus)} product" in page
    rows = list(csv.DictReader(io.StringIO(ada.get(f"/catalogue/products.csv?{query}").get_data().decode("utf-8-sig"))))
    assert [row["sku"] for row in rows] == skus


def test_an_unknown_filter_or_sort_changes_nothing(ada: PagesClient):
    assert "30 products" in ada.get("/catalogue/products?colour=red&sort=password&from=-3").text
    assert "30 products" in ada.get("/catalogue/products?from=x").text


def test_chips_name_the_filter_and_lead_to_the_list_without_it(ada: PagesClient):
    page = ada.get("/catalogue/products?q=prod&brand=BEAN").text
    assert "Brand: Bean Bar" in page
    assert 'href="/catalogue/products?q=prod" aria-label="Remove the filter Brand: Bean Bar"' in page


def test_the_address_bar_shows_filters_without_empty_ones(ada: PagesClient):
    answer = ada.htmx("GET", "/catalogue/products?q=&brand=BEAN&category=&tag=")
    assert answer.headers["HX-Push-Url"] == "/catalogue/products?brand=BEAN"


def test_categories_stand_below_their_parents(ada: PagesClient):
    page = ada.get("/catalogue/categories").text
    assert page.index(">Drinks</a>") < page.index(">Coffee</a>") < page.index(">Food</a>")
    assert "indent-1" in page
    found = ada.get("/catalogue/categories?q=coff").text
    assert "1 category" in found
    assert "Drinks" in found  # where it stands


def test_an_empty_list_offers_the_first_step(client: PagesClient, cast: Cast):
    page = client.sign_in(cast.ada).get("/catalogue/stores").text
    assert "No stores yet" in page
    assert "Import a CSV file" in page
    assert "Import a CSV file" not in client.sign_in(cast.mia).get("/catalogue/stores").text


def test_nothing_found_says_so_and_leads_back(ada: PagesClient):
    assert "Nothing found" in ada.get("/catalogue/stores?q=zzz").text


@pytest.mark.parametrize("kind", KINDS)
def test_a_longer_list_takes_no_more_queries(ada: PagesClient, counted, kind: str):
    with counted() as statements:
        ada.get(f"/catalogue/{kind}")
    assert len(statements) <= 6, statements


def test_a_file_of_all_products_takes_few_queries(ada: PagesClient, counted):
    with counted() as statements:
        ada.get("/catalogue/products.csv").get_data()
    assert len(statements) <= 4, statements


def test_a_cell_that_a_spreadsheet_would_run_stays_a_text(ada: PagesClient, menu: Session):
    menu.add(Product(sku="EVIL", name="=1+1", price_minor=1, currency="USD"))
    menu.flush()
    text = ada.get("/catalogue/products.csv?q=EVIL").get_data(as_text=True)
    assert "EVIL,'=1+1," in text


def test_names_are_escaped(ada: PagesClient, menu: Session):
    menu.add(Category(code="x", name='<script>alert("x")</script>'))
    menu.flush()
    page = ada.get("/catalogue/categories?q=script", inspect=False).text
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("kind", "words", "first"),
    [
        ("product", "prod 7", 'value="P07">Product 7 · USD 1.07'),
        ("category", "cof", 'value="coffee">Coffee · Drinks'),
        ("brand", "bean", 'value="BEAN">Bean Bar'),
        ("store", "boston", 'value="S1">Pier 1 · Boston'),
        ("segment", "reg", 'value="vip">Regulars'),
        ("tag", "veg", 'value="vegan">vegan · 10 products'),
    ],
)
def test_pickers_offer_what_holds_every_word(ada: PagesClient, kind: str, words: str, first: str):
    answer = ada.htmx("GET", f"/catalogue/pick/{kind}", query_string={"q": words})
    assert first in answer.text
