"""What the catalogue asks of its database in two dialects: tags, words in any case, imports."""

import pytest
from sqlalchemy.orm import Session

from portal.services import catalogue, imports, pickers
from portal.services.catalogue import KINDS, Wanted

pytestmark = pytest.mark.databases("sqlite", "postgresql")

BRANDS = "code,name\nBEAN,Bean Bar\n"
CATEGORIES = "code,name,parent\nlatte,Latte,coffee\ncoffee,Coffee,\n"
PRODUCTS = """sku,name,price,currency,brand,categories,tags
L1,Café Latte,4.50,USD,BEAN,latte|coffee,hot|vegan
L2,Iced 100%,5,USD,,coffee,vegan
L3,Water,0,USD,,,
"""


@pytest.fixture
def menu(session: Session) -> Session:
    for kind, text in (("brands", BRANDS), ("categories", CATEGORIES), ("products", PRODUCTS)):
        plan = imports.plan(session, KINDS[kind], text.encode())
        imports.apply(session, plan, seen=plan.fingerprint)
    return session


@pytest.mark.parametrize(
    ("wanted", "skus"),
    [
        (Wanted(), ["L1", "L2", "L3"]),
        (Wanted(words="LATTE caf"), ["L1"]),
        (Wanted(words="100%"), ["L2"]),
        (Wanted(words="_"), []),
        (Wanted(filters={"tag": "vegan"}), ["L1", "L2"]),
        (Wanted(filters={"tag": "veg"}), []),
        (Wanted(filters={"category": "latte", "brand": "BEAN"}), ["L1"]),
        (Wanted(sort="-price"), ["L2", "L1", "L3"]),
    ],
)
def test_lists_find_the_same(menu: Session, wanted: Wanted, skus: list[str]):
    found = catalogue.search(menu, KINDS["products"], wanted)
    assert [row.sku for row in found.rows] == skus
    assert found.total == len(skus)
    assert [row.sku for row in catalogue.every(menu, KINDS["products"], wanted)] == skus


def test_pickers_offer_the_same(menu: Session):
    tags = pickers.search_options(menu, "tag", "")
    assert [(option.code, option.more) for option in tags] == [("hot", "1 product"), ("vegan", "2 products")]
    assert [option.code for option in pickers.search_options(menu, "product", "e")] == ["L1", "L2", "L3"]
    assert pickers.search_options(menu, "category", "lat")[0].more == "Coffee"


def test_an_import_that_comes_again_changes_nothing(menu: Session):
    plan = imports.plan(menu, KINDS["products"], PRODUCTS.encode())
    assert (plan.same, plan.to_do, plan.bad) == (3, 0, [])
