"""Reported sales priced again by the server: the same, otherwise, or not at all; on both databases."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs import reports
from portal.engine import PromotionCalculator, PromotionCompiler
from portal.engine.definition import ENGINE_VERSION
from portal.models.promotion import Promotion, PromotionRevision
from portal.models.publication import Content, StorePublication
from portal.models.usage import PriceDifference, UsageEvent
from portal.services.sync import differences, repricing
from portal.services.sync.devices import Till
from tests.reports.conftest import Upload
from tests.reports.tills import NOW, event_id, given, sale

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def definition(rate: int, code: str = "TEN") -> dict[str, Any]:
    return {
        "code": code,
        "name": f"{rate} % off",
        "type": "percent_discount",
        "currency": "USD",
        "rule": {"percent": rate},
    }


def compiled(rate: int, revision: int, code: str = "TEN") -> dict[str, Any]:
    return PromotionCompiler().compile_promotion(definition(rate, code)) | {"revision": revision}


@pytest.fixture
def known(session: Session) -> Promotion:
    """TEN: revision 1 gives 10 %, revision 2 gives 20 %."""
    row = Promotion(code="TEN", name="Ten", type="percent_discount", draft_number=2, created_at=NOW, updated_at=NOW)
    for number, rate in ((1, 10), (2, 20)):
        document = definition(rate)
        row.revisions.append(
            PromotionRevision(number=number, document=document, document_sha256=str(number), created_at=NOW)
        )
    session.add(row)
    session.flush()
    return row


def priced(seq: int, *promotions: dict[str, Any], **changes: Any) -> Any:
    """A sale with the engine's own result."""
    event = sale(seq, bundle_version=None, **changes)
    bundle = {"engine": ENGINE_VERSION, "settings": {}, "promotions": list(promotions)}
    event["result"] = PromotionCalculator(bundle).calculate_promotions(event["basket"])
    return event


def pricing_of(session: Session, seq: int = 1) -> str:
    return session.get_one(UsageEvent, event_id(seq), populate_existing=True).pricing


@pytest.fixture
def reprice(session: Session) -> Callable[[], int]:
    return lambda: repricing.reprice(session, now=NOW)


def test_the_same_result_is_the_same_and_waits_no_longer(
    session: Session, upload: Upload, known: Promotion, reprice: Any
) -> None:
    upload([priced(1, compiled(10, 1)), priced(2, compiled(20, 2)), priced(3)])
    assert pricing_of(session) == "pending"
    assert reprice() == 3
    assert [pricing_of(session, seq) for seq in (1, 2, 3)] == ["same"] * 3
    assert session.scalars(select(PriceDifference)).all() == []
    assert reprice() == 0


def test_the_revision_that_is_named_counts_and_not_the_newest(
    session: Session, upload: Upload, known: Promotion, reprice: Any
) -> None:
    event = priced(1, compiled(10, 1))
    event["result"]["applied"][0]["revision"] = 2
    upload([event])
    reprice()
    assert pricing_of(session) == "differs"
    row = session.scalars(select(PriceDifference)).one()
    assert (row.reported_minor, row.priced_minor) == (900, 800)
    assert row.reported == event["result"]
    assert row.priced["total"] == 800
    comparison = differences.one(session, event_id(1))
    assert comparison.reason is None
    assert [pair.differs for pair in comparison.lines] == [True, True]


def change_total(result: Any) -> None:
    result["total"] -= 1


def change_lines(result: Any) -> None:
    for line, change in zip(result["lines"], (1, -1), strict=True):
        line["discount"] += change
        line["net"] -= change


def change_times(result: Any) -> None:
    result["applied"][0]["times"] += 1


def give_nothing_for_it(result: Any) -> None:
    result["applied"].append(given("TEN", 0))
    result["applied"].reverse()


@pytest.mark.parametrize("change", [change_total, change_lines, change_times, give_nothing_for_it])
def test_any_amount_that_differs_is_a_difference(
    session: Session, upload: Upload, known: Promotion, reprice: Any, change: Callable[[Any], None]
) -> None:
    event = priced(1, compiled(10, 1))
    change(event["result"])
    upload([event])
    reprice()
    assert pricing_of(session) == "differs"


def test_what_else_stands_in_a_result_is_not_compared(
    session: Session, upload: Upload, known: Promotion, reprice: Any
) -> None:
    event = priced(1, compiled(10, 1))
    event["result"]["not_applied"], event["result"]["printed"] = [], True
    del event["result"]["applied"][0]["revision"]
    event["result"]["lines"].reverse()
    publish(session, upload, event, [compiled(10, 1)])
    reprice()
    assert pricing_of(session) == "same"


def publish(session: Session, upload: Upload, event: Any, promotions: list[Any], settings: Any = None) -> None:
    """Report `event` as priced with version 7 of its store, which has `promotions`."""
    upload([event | {"bundle_version": 7}])
    store_id = session.get_one(UsageEvent, event["event_id"]).store_id
    plain = orjson.dumps({"engine": ENGINE_VERSION, "settings": settings or {}, "promotions": promotions})
    content = Content(sha256="a" * 64, kind="bundle", length=len(plain), plain=plain, gzip=b"", zstd=b"")
    content.created_at = NOW
    session.add(content)
    session.flush()
    session.add(StorePublication(store_id=store_id, version=7, sha256="a" * 64, published_at=NOW))
    session.flush()


def test_the_bundle_that_the_till_had_is_used_where_it_is_known(session: Session, upload: Upload, reprice: Any) -> None:
    """Nothing here knows TEN but the bundle; FREE is left out by the till, and is no difference."""
    publish(session, upload, priced(1, compiled(30, 9)), [compiled(30, 9), compiled(90, 1, "FREE")])
    reprice()
    assert pricing_of(session) == "same"


@pytest.mark.parametrize(
    ("applied", "says"),
    [
        (given("TEN", 100, revision=3), "Revision 3 of TEN is not known"),
        (given("GONE", 100), "Revision 1 of GONE is not known"),
        ({**given("TEN", 100), "revision": None}, "without its revision"),
    ],
)
def test_what_is_not_known_here_is_impossible_and_says_why(
    session: Session, upload: Upload, known: Promotion, reprice: Any, applied: Any, says: str
) -> None:
    upload([sale(1, applied=[applied])])
    reprice()
    assert pricing_of(session) == "impossible"
    assert says in (differences.one(session, event_id(1)).reason or "")


def test_a_basket_that_the_engine_cant_use_is_impossible(session: Session, upload: Upload, reprice: Any) -> None:
    event = sale(1)
    event["basket"]["lines"][0]["unit_price"] = -5
    upload([event])
    reprice()
    assert pricing_of(session) == "impossible"
    assert "unit_price" in (differences.one(session, event_id(1)).reason or "")


def test_voids_and_refunds_are_not_priced(session: Session, upload: Upload, reprice: Any) -> None:
    upload([sale(1), sale(2, kind="void", of=event_id(1)), sale(3, kind="refund", of=event_id(1))])
    assert [pricing_of(session, seq) for seq in (1, 2, 3)] == ["pending", "not_priced", "not_priced"]
    assert reprice() == 1


def test_the_job_prices_all_in_batches(
    app: Flask, session: Session, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repricing, "AT_ONCE", 2)
    upload([priced(seq) for seq in range(1, 6)])
    with app.app_context():
        assert reports.reprice() == 5
        assert reports.reprice() == 0
    assert {pricing_of(session, seq) for seq in range(1, 6)} == {"same"}


def test_a_till_that_reports_a_difference_again_makes_no_second_one(
    session: Session, upload: Upload, till: Till, reprice: Any
) -> None:
    event = sale(1)
    event["result"]["total"] = 1
    upload([event])
    reprice()
    upload([event])
    assert reprice() == 0
    assert len(session.scalars(select(PriceDifference)).all()) == 1


def test_a_bundle_with_another_revision_does_not_stand_in_for_the_one_that_is_named(
    session: Session, upload: Upload, known: Promotion, reprice: Any
) -> None:
    publish(session, upload, priced(1, compiled(20, 2)), [compiled(10, 1)])
    reprice()
    assert pricing_of(session) == "same"
