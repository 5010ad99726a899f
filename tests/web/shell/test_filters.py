"""Moments as people say them."""

from datetime import UTC, datetime

import pytest

from portal.web.filters import begins, until

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2031, 12, 31, 23, tzinfo=UTC), "Thu 1 Jan 2032"),
        (datetime(2031, 12, 1, 17, tzinfo=UTC), "Mon 1 Dec 2031, 18:00"),
        (None, ""),
    ],
)
def test_a_start_at_midnight_is_its_day(moment, expected):
    assert begins(moment, BERLIN) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2031, 12, 31, 23, tzinfo=UTC), "Wed 31 Dec 2031"),
        (datetime(2031, 12, 1, 17, tzinfo=UTC), "Mon 1 Dec 2031, 18:00"),
        (datetime(2031, 3, 30, 22, tzinfo=UTC), "Sun 30 Mar 2031"),
        (None, ""),
    ],
    ids=["midnight", "evening", "the day the clock changed", "open"],
)
def test_an_end_at_midnight_is_the_day_before(moment, expected):
    assert until(moment, BERLIN) == expected
