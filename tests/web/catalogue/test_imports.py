"""CSV import: what a file would do is shown first, every bad row has its line, reason and remedy, nothing gets lost."""

import csv
import io
import re
import time

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.errors import Conflict, Invalid
from portal.models.catalogue import Category, Product
from portal.services import catalogue, imports, tables
from portal.services.categories import tree
from tests.cast import Cast
from tests.pages import PagesClient

HEAD = "sku,name,price,cost,floor,currency,brand,categories,tags"


def planned(session: Session, text: str, kind: str = "products") -> imports.Plan:
    return imports.plan(session, catalogue.KINDS[kind], text.encode())


def faults(plan: imports.Plan) -> list[tuple[int, str, str]]:
    return [(row.line, fault.field, fault.reason) for row in plan.bad for fault in row.faults]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("a b,N,1,,,USD,,,", "sku", "'a b' is no sku"),
        (",N,1,,,USD,,,", "sku", "is empty"),
        ("X,,1,,,USD,,,", "name", "is empty"),
        ("X,N,,,,USD,,,", "price", "is empty"),
        ("X,N,1.005,,,USD,,,", "price", "'1.005' is no amount in USD"),
        ("X,N,1e3,,,USD,,,", "price", "'1e3' is no amount in USD"),
        ("X,N,-1,,,USD,,,", "price", "'-1' is no amount in USD"),
        ("X,N,99999999999,,,USD,,,", "price", "'99999999999' is no amount in USD"),
        ("X,N,1,x,,USD,,,", "cost", "'x' is no amount in USD"),
        ("X,N,1,,1.01,USD,,,", "floor", "is above the price"),
        ("X,N,1,,,USX,,,", "currency", "'USX' is no currency"),
        ("X,N,1,,,,,,", "currency", "is empty"),
        ("X,N,100,,,JPY,,,", "currency", "no store sells in JPY"),
        ("X,N,1,,,USD,NOPE,,", "brand", "there is no brand 'NOPE'"),
        ("X,N,1,,,USD,,coffee|nope|no,", "categories", "there is no category 'no', 'nope'"),
        (f"X,N,1,,,USD,,,{'t' * 65}", "tags", "has a tag of more than 64 characters"),
        ("X,N,1,,,USD", "row", "has 6 cells, the first line has 9"),
        ("X,Caf\u0007e,1,,,USD,,,", "name", "holds characters that can't be printed"),
        ("X," + "n" * 201 + ",1,,,USD,,,", "name", "has 201 characters"),
    ],
)
def test_a_bad_row_says_line_column_and_reason(menu: Session, row: str, field: str, reason: str):
    plan = planned(menu, f"{HEAD}\nOK,Fine,1.00,,,USD,BEAN,coffee,\n{row}\n")
    assert faults(plan) == [(3, field, reason)]
    assert len(plan.added) == 1
    assert all(fault.remedy for bad in plan.bad for fault in bad.faults)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"name,price\nx,1\n", "The column sku is missing"),
        (b"sku,name,sku\n", "stands there twice"),
        ("sku,name\nX,Caf\u00e9\n".encode("latin-1"), "Line 2 is not UTF-8"),
        (b"PK\x03\x04\x00\x00", "no text file"),
        (b'sku,name\nX,"open\n', "can't be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(menu: Session, content: bytes, words: str):
    with pytest.raises(Invalid) as refused:
        imports.plan(menu, catalogue.KINDS["products"], content)
    assert words in refused.value.errors["file"]


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace(",", ";").encode("utf-8-sig"),
        lambda text: text.replace(",", "\t").encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("sku,name", " SKU , Name ").encode(),
        lambda text: ("\n" + text.replace("\n", "\n\n")).encode(),
    ],
    ids=["mark", "semicolons", "UTF-16", "Windows", "capitals", "empty lines"],
)
def test_what_other_programs_write_is_understood(menu: Session, write):
    plan = imports.plan(
        menu, catalogue.KINDS["products"], write("sku,name,price,currency\nCAFÉ-1,Café,4.50,USD\nA-2,B,1,USD\n")
    )
    assert [change.key for change in plan.added] == ["A-2"]
    assert [bad.cells["sku"] for bad in plan.bad] == ["CAFÉ-1"]


def test_lines_are_counted_as_an_editor_counts_them(menu: Session):
    plan = planned(menu, 'sku,name,price,currency\nA,"two\nlines",1,USD\n\nB,,1,USD\n')
    assert faults(plan) == [(5, "name", "is empty")]
    assert plan.added[0].values["name"] == "two lines"


def test_all_rows_with_the_same_key_stay_out(menu: Session):
    plan = planned(menu, "sku,name,price,currency\nA,One,1,USD\nB,Two,1,USD\nA,Three,2,USD\n")
    assert faults(plan) == [(2, "sku", "A stands on line 4 too"), (4, "sku", "A stands on line 2 too")]
    assert [change.key for change in plan.added] == ["B"]


def test_a_key_on_every_line_names_a_few_of_them(menu: Session):
    plan = planned(menu, "sku,name\n" + "A,One\n" * 3000)
    assert len(plan.bad) == 3000
    repeated = [reason for _, field, reason in faults(plan) if field == "sku"]
    assert repeated[0] == "A stands on line 3, 4, 5, 6, 7 and 2,994 more too"
    assert repeated[2999] == "A stands on line 2, 3, 4, 5, 6 and 2,994 more too"


def test_a_head_of_very_many_columns_is_read_at_once(menu: Session):
    began = time.process_time()
    planned(menu, ",".join(["sku", *(f"c{number}" for number in range(20_000))]) + "\n")
    assert time.process_time() - began < 2


def test_a_file_of_too_many_rows_is_not_read_to_its_end(menu: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    assert len(tables.read(b"sku\nA\nB\n").rows) == 2
    with pytest.raises(Invalid) as refused:
        tables.read(b'sku\nA\nB\nC\n"never read')
    assert "more than 2 rows" in refused.value.errors["file"]


def test_a_missing_column_keeps_its_values(menu: Session):
    plan = planned(menu, "sku,price\nP01,9.99\nP02,1.02\nNEW,3\n")
    assert plan.changed[0].differences == {"price": ("1.01", "9.99")}
    assert plan.same == 1
    assert {fault[1] for fault in faults(plan)} == {"name", "currency"}
    assert plan.total == 3


def test_an_unknown_column_is_named(menu: Session):
    assert planned(menu, "sku,name,price,currency,colour\nA,N,1,USD,red\n").ignored == ["colour"]


def test_the_file_of_the_list_changes_nothing_when_it_comes_back(client: PagesClient, cast: Cast, menu: Session):
    client.sign_in(cast.ada)
    for kind in catalogue.KINDS:
        content = client.get(f"/catalogue/{kind}.csv").get_data()
        plan = imports.plan(menu, catalogue.KINDS[kind], content)
        assert (plan.to_do, plan.bad, plan.ignored) == (0, [], []), kind
        assert plan.same == plan.total > 0


def test_categories_may_name_parents_of_the_same_file_in_any_order(menu: Session):
    plan = planned(menu, "code,name,parent\nlatte,Latte,espresso\nespresso,Espresso,coffee\ntop,Top,\n", "categories")
    imports.apply(menu, plan, seen=plan.fingerprint)
    latte = menu.scalars(select(Category).where(Category.code == "latte")).one()
    assert (latte.parent.code, latte.parent.parent.code) == ("espresso", "coffee")


def test_circles_and_what_hangs_on_bad_rows_stay_out(menu: Session):
    text = "code,name,parent\na,A,b\nb,B,a\nc,C,a\nd,D,e\ne,,\ndrinks,Drinks,coffee\nself,S,self\nfine,F,food\n"
    plan = planned(menu, text, "categories")
    assert [change.key for change in plan.added] == ["fine"]
    assert [row.line for row in plan.bad] == [2, 3, 4, 5, 6, 7, 8]
    assert (7, "parent", "stands below this category itself") in faults(plan)
    imports.apply(menu, plan, seen=plan.fingerprint)
    assert menu.scalars(select(Category).where(Category.code == "drinks")).one().parent_id is None


def test_a_ladder_of_categories_ends_somewhere(menu: Session):
    ladder = "".join(f"l{number},L,{f'l{number - 1}' if number else ''}\n" for number in range(1500))
    plan = planned(menu, f"code,name,parent\n{ladder}", "categories")
    assert [change.key for change in plan.added] == [f"l{number}" for number in range(21)]
    assert (23, "parent", "has 20 categories above it") in faults(plan)
    imports.apply(menu, plan, seen=plan.fingerprint)
    with pytest.raises(Invalid, match="has 20 categories above it"):
        catalogue.save(menu, catalogue.KINDS["categories"], {"code": "x", "name": "X", "parent": "l20"})


def test_a_tree_deeper_than_the_stack_is_walked(menu: Session):
    above = None
    for number in range(1500):
        above = Category(code=f"d{number}", name="D", parent=above)
        menu.add(above)
    menu.flush()
    assert max(node.depth for node in tree(menu)) == 1499


def test_5000_rows_are_planned_and_applied_with_few_queries(menu: Session, counted):
    text = "sku,name,price,currency,categories\n" + "".join(f"N{n},Name {n},{n}.50,USD,coffee\n" for n in range(5000))
    with counted() as statements:
        plan = planned(menu, text)
        assert imports.apply(menu, plan, seen=plan.fingerprint) == 5000
    assert len(statements) < 25, len(statements)
    assert menu.scalar(select(func.count()).select_from(Product)) == 5030
    with counted() as statements:
        again = planned(menu, text.replace(".50,", ".60,"))
        assert len(again.changed) == 5000
    assert len(statements) < 40, len(statements)


def test_bad_rows_can_be_mended_and_sent_again(menu: Session):
    plan = planned(menu, "sku,name,price,currency\n=A,One,1,USD\nB,Two,x,USD\nC,Three,1,USD,extra\n")
    text = "".join(imports.bad_rows(plan))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["line", "problem", "sku", "name", "price", "currency"]
    assert rows[1][2] == "'=A"
    assert rows[2][:3] == [
        "3",
        "price: 'x' is no amount in USD. Use digits and at most 2 decimals after a point: 4.50.",
        "B",
    ]
    assert rows[3][-1] == "extra"
    mended = planned(menu, text.replace("'=A", "A").replace(",x,", ",2,").replace(",extra", ""))
    assert (len(mended.added), mended.bad, mended.ignored) == (3, [], ["line", "problem"])


def test_a_plan_that_does_something_else_than_was_seen_is_refused(menu: Session):
    seen = planned(menu, "sku,price\nP01,9.99\n").fingerprint
    menu.scalars(select(Product).where(Product.sku == "P01")).one().price_minor = 5
    menu.flush()
    with pytest.raises(Conflict):
        imports.apply(menu, planned(menu, "sku,price\nP01,9.99\n"), seen=seen)


def test_a_quote_before_a_formula_goes_and_comes(menu: Session):
    text = "".join(tables.write(("a", "b"), [("=1", "it's"), ("-5", "'x")]))
    assert tables.read(text.encode()).rows == ((2, ("=1", "it's")), (3, ("-5", "'x")))


def upload(client: PagesClient, text: str, kind: str = "products"):
    return client.post(f"/catalogue/import/{kind}", data={"file": (io.BytesIO(text.encode()), "menu.csv")})


def test_a_file_is_looked_at_confirmed_and_gone(client: PagesClient, cast: Cast, menu: Session):
    client.sign_in(cast.ada)
    sent = upload(client, "sku,name,price,currency\nP01,Product 1,9.99,USD\nNEW,New one,2,USD\nBAD,,2,USD\n")
    assert sent.status_code == 303
    page = client.get(sent.location).text
    assert "Save 2 products, leave 1 row out" in page
    assert "1.01" in page
    assert "9.99" in page
    assert "Give a name" in page
    assert menu.scalars(select(Product.price_minor).where(Product.sku == "P01")).one() == 101
    left_out = client.get(f"{sent.location}/rows-left-out.csv").get_data(as_text=True)
    assert "4,name: is empty. Give a name.,BAD,,2,USD" in left_out
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    done = client.post(sent.location, data={"seen": seen.group(1)})
    assert done.location == "/catalogue/products"
    assert "2 products added or changed. 1 row was left out." in client.get(done.location).text
    menu.expire_all()
    assert menu.scalars(select(Product.price_minor).where(Product.sku == "P01")).one() == 999
    gone = client.get(sent.location)
    assert gone.status_code == 404
    assert "Choose it again" in gone.text


def test_a_plan_that_is_not_true_any_more_is_shown_anew(client: PagesClient, cast: Cast, menu: Session):
    client.sign_in(cast.ada)
    sent = upload(client, "sku,price\nP01,9.99\n")
    answer = client.post(sent.location, data={"seen": "something else"})
    assert answer.location == sent.location
    assert "was changed since you looked" in client.get(answer.location).text


def test_a_file_belongs_to_who_sent_it_and_to_its_kind(client: PagesClient, cast: Cast, menu: Session):
    sent = upload(client.sign_in(cast.ada), "sku,price\nP01,9.99\n")
    assert client.sign_in(cast.root).get(sent.location).status_code == 404
    assert client.sign_in(cast.ada).get(sent.location.replace("products", "stores")).status_code == 404
    assert client.get("/catalogue/import/products/..%2F..%2Fsecret_key").status_code == 404


@pytest.mark.parametrize("text", ["", "nothing,useful\n1,2\n"])
def test_a_file_that_cannot_be_taken_comes_back_with_the_reason(
    client: PagesClient, cast: Cast, menu: Session, text: str
):
    answer = upload(client.sign_in(cast.ada), text)
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.text


def test_no_file_at_all_says_so(client: PagesClient, cast: Cast, menu: Session):
    answer = client.sign_in(cast.ada).post("/catalogue/import/stores", data={})
    assert "Choose a file" in answer.text
