"""GET /customers/<id>: what promotions ask, and nothing that names a person."""

import pytest
from sqlalchemy.orm import Session

from portal.models.limits import Dimension, LimitCounter
from tests.api.conftest import Asking


@pytest.mark.databases("sqlite", "postgresql")
def test_segments_orders_and_usage_and_nothing_else(asking: Asking, session: Session, database_url: str) -> None:
    for code, used in (("LUNCH20", 2), ("NEVER", 0)):
        session.add(LimitCounter(promotion_code=code, dimension=Dimension.CUSTOMER, key="C1", used=used, reserved=0))
    session.add(LimitCounter(promotion_code="OTHER", dimension=Dimension.CUSTOMER, key="C2", used=9, reserved=0))
    session.add(LimitCounter(promotion_code="OTHER", dimension=Dimension.STORE, key="C1", used=9, reserved=0))
    session.flush()
    answer = asking.get("/customers/C1")
    assert answer.status_code == 200
    assert answer.get_json() == {"id": "C1", "segments": ["vip"], "orders": 3, "usage": {"LUNCH20": 2}}
    assert "Grace" not in answer.text


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("code", ["C2", "c1", "%00", "C1%00", "x" * 300])
def test_unknown_customers_are_not_found(asking: Asking, code: str, database_url: str) -> None:
    answer = asking.get(f"/customers/{code}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
