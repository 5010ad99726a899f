"""Voids and refunds as tills report them: what they give back, in whatever order they come; on both databases."""

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models.limits import LimitCounter, LimitEntry
from portal.models.usage import UsageApplied
from portal.services.sync import no_loss
from tests.reports.conftest import Upload
from tests.reports.tills import event_id, given, make_till, sale

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def sold(seq: int = 1) -> Any:
    """Two lines of 500; TEN takes 100 off each, so 800 are paid."""
    event = sale(seq, applied=[given("TEN", 200)])
    for line in event["result"]["lines"]:
        line.update(discount=100, net=400, adjustments=[{"promotion": "TEN", "amount": 100, "quantity": 1}])
    return event


def back(seq: int, *lines: str, of: int = 1, kind: str = "refund") -> Any:
    """A refund of one unit of each of `lines`."""
    event = sold(of)
    kept = [line for line in event["basket"]["lines"] if line["id"] in lines]
    result = [line for line in event["result"]["lines"] if line["id"] in lines]
    event["basket"]["lines"], event["result"]["lines"] = kept, result
    event["result"] |= {"subtotal": 500 * len(lines), "discount": 100 * len(lines), "total": 400 * len(lines)}
    return event | {"event_id": event_id(seq), "device_seq": seq, "kind": kind, "of": event_id(of)}


def used(session: Session, dimension: str) -> int:
    query = select(LimitCounter.used).where(LimitCounter.dimension == dimension)
    return session.execute(query.execution_options(populate_existing=True)).scalars().one()


def totals(session: Session) -> tuple[int, int]:
    """The redemptions and the discount that are left of all that was reported."""
    sums = select(func.sum(UsageApplied.redemptions), func.sum(UsageApplied.discount_minor))
    redemptions, discount = session.execute(sums).one()
    return int(redemptions), int(discount)


def test_a_void_gives_all_back_once(session: Session, upload: Upload) -> None:
    upload([sold()])
    assert (used(session, "total"), used(session, "budget")) == (1, 200)
    for _ in range(2):
        upload([back(2, "1", "2", kind="void")])
        assert (used(session, "total"), used(session, "budget")) == (0, 0)
    assert totals(session) == (0, 0)
    row = session.get_one(UsageApplied, (event_id(2), "TEN"))
    assert (row.redemptions, row.discount_minor, row.revision) == (-1, -200, 1)


def test_a_partial_refund_gives_the_budget_back_and_the_redemption_with_the_last_unit(
    session: Session, upload: Upload
) -> None:
    upload([sold(), back(2, "1")])
    assert (used(session, "total"), used(session, "budget")) == (1, 100)
    upload([back(3, "2")])
    assert (used(session, "total"), used(session, "budget")) == (0, 0)
    upload([back(4, "1", "2")])  # more than was sold
    assert (used(session, "total"), used(session, "budget")) == (0, 0)


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))), ids=str)
@pytest.mark.parametrize("at_once", [True, False], ids=["one batch", "batches"])
def test_a_refund_that_comes_before_its_sale_gives_back_when_the_sale_comes(
    session: Session, upload: Upload, order: tuple[int, ...], at_once: bool
) -> None:
    other = make_till(session, 2)
    events = [sold(), back(2, "1"), back(1, "2") | {"event_id": event_id(1, till=2)}]
    if at_once:
        upload([events[place] for place in order if place < 2])
        upload([events[2]], by=other)
    else:
        for place in order:
            upload([events[place]], by=other) if place == 2 else upload([events[place]])
    assert (used(session, "total"), used(session, "budget")) == (0, 0)
    assert totals(session) == (0, 0)
    assert session.scalar(select(func.count()).select_from(LimitEntry)) == 3
    assert all(equation.holds for equation in no_loss.check(session))


def test_a_refund_of_a_refund_gives_nothing(session: Session, upload: Upload) -> None:
    upload([sold(), back(2, "1"), back(3, "1") | {"of": event_id(2)}])
    assert used(session, "budget") == 100


def test_a_refund_of_a_sale_that_never_comes_is_kept(session: Session, upload: Upload) -> None:
    assert [each.outcome for each in upload([back(2, "1", of=77)]).outcomes] == ["accepted"]
    assert session.scalar(select(func.count()).select_from(UsageApplied)) == 0
