"""Rounding and sharing: contract, section 1."""

import pytest

from portal.engine.currencies import amount_text, decimals_of
from portal.engine.money import allocate, percent_of


@pytest.mark.parametrize(
    ("base", "basis_points", "expected", "why"),
    [
        (900, 1250, 113, "112.5 rounds half up"),
        (899, 1250, 112, "112.375 rounds down"),
        (1, 5000, 1, "half a minor unit rounds up"),
        (1, 4999, 0, "just below a half is nothing"),
        (10**12, 10_000, 10**12, "everything of the largest subtotal"),
        (999_999_999_999, 3333, 333_300_000_000, "a product beyond 2**53 stays exact"),
    ],
)
def test_a_percentage_is_rounded_half_up_once(base, basis_points, expected, why):
    assert percent_of(base, basis_points) == expected, why


def units_of(shares, weights):
    """The shares of single units, in order."""
    return [
        share + (unit < extra)
        for (share, extra), (units, _) in zip(shares, weights, strict=True)
        for unit in range(units)
    ]


@pytest.mark.parametrize(
    ("amount", "weights", "expected", "why"),
    [
        (600, [(1, 1000), (2, 800)], [231, 185, 184], "remainders 2000, 1600, 1600: A first, then the earlier B"),
        (1, [(2, 10), (1, 10)], [1, 0, 0], "one minor unit goes to the earliest of equals"),
        (2, [(1, 0), (3, 7)], [0, 1, 1, 0], "a weight of 0 gets nothing"),
        (6, [(1, 3), (2, 5)], [2, 2, 2], "1 and 2, 2 and the spare one to the greatest remainder"),
        (550, [(1, 100), (1, 1000)], [50, 500], "in proportion"),
        (21, [(1, 7), (2, 7)], [7, 7, 7], "all of it"),
        (10**12 - 1, [(1, 10**12 - 1), (1, 1)], [999_999_999_998, 1], "exact where floats are not"),
    ],
)
def test_an_amount_is_shared_by_the_largest_remainders(amount, weights, expected, why):
    assert units_of(allocate(amount, weights), weights) == expected, why


def test_amounts_are_written_with_the_decimals_of_their_currency():
    assert [decimals_of(code) for code in ("USD", "JPY", "KWD", None)] == [2, 0, 3, 2]
    assert amount_text(123456, "USD") == "USD 1,234.56"
    assert amount_text(1234, "JPY") == "JPY 1,234"
    assert amount_text(5, "KWD") == "KWD 0.005"
    assert amount_text(-5, None) == "-0.05"
