"""A small chain for tests of limits: stores, tills, published promotions, sales to count."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.catalogue import Store
from portal.models.device import Device
from portal.models.limits import LimitCounter
from portal.models.promotion import Promotion
from portal.services import promotions
from portal.services.limits.counters import Counted
from portal.services.sync.devices import Till

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = date(2026, 6, 1)


def make_store(session: Session, code: str = "S1") -> Store:
    """A store that sells in dollars."""
    found = session.scalar(select(Store).where(Store.code == code))
    if found is None:
        found = Store(code=code, name=code, timezone="UTC", currency="USD")
        session.add(found)
        session.flush()
    return found


def make_till(session: Session, store: str = "S1") -> Till:
    """An enrolled till of a store."""
    place = make_store(session, store)
    public_id = uuid4().hex[:12]
    device = Device(
        public_id=public_id, store_id=place.id, name=public_id, scopes=[], token_hash=uuid4().hex, enrolled_at=NOON
    )
    session.add(device)
    session.flush()
    return Till(device.id, public_id, place.id, place.code, place.currency, frozenset(), False)


def publish(session: Session, code: str = "P", **limits: Any) -> None:
    """A published promotion with these limits, or the same one with others."""
    definition = {
        "code": code,
        "name": code,
        "type": "percent_discount",
        "currency": "USD",
        "rule": {"percent": 10},
        "limits": limits,
    }
    row = session.scalar(select(Promotion).where(Promotion.code == code))
    if row is None:
        row = promotions.draft(session, definition=definition, by=None, now=NOON)
    else:
        expected = row.draft_number
        promotions.revise(session, row, definition=definition, expected=expected, by=None, now=NOON)
    promotions.publish(session, row, now=NOON)


def sale(till: Till, code: str = "P", **changes: Any) -> Counted:
    """A reported sale of one promotion."""
    given: dict[str, Any] = {
        "promotion_code": code,
        "source": f"usage:{uuid4()}",
        "basket_code": uuid4().hex,
        "device_id": till.device_id,
        "store_code": till.store_code,
        "customer_code": None,
        "business_date": TODAY,
        "currency": "USD",
        "redemptions": 1,
        "amount_minor": 100,
        "at": NOON,
    }
    return Counted(**(given | changes))


def counters(session: Session, code: str = "P") -> dict[str, tuple[int, int]]:
    """By dimension and key (total, per_store:S1): used and reserved; what is zero is left out."""
    found = session.execute(
        select(LimitCounter.dimension, LimitCounter.key, LimitCounter.used, LimitCounter.reserved).where(
            LimitCounter.promotion_code == code
        )
    )
    return {
        f"{dimension}:{key}".removesuffix(":"): (used, reserved)
        for dimension, key, used, reserved in found
        if used or reserved
    }
