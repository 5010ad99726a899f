"""What tills of these tests report: events as JSON values, and tills to report them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.catalogue import Store
from portal.models.device import Device
from portal.services.sync.devices import SCOPES, Till

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
AT = "2026-11-25T06:30:00-05:00"


def make_till(session: Session, number: int = 1, store: str = "S1") -> Till:
    """A till of a store, enrolled."""
    found = session.scalar(select(Store).where(Store.code == store))
    if found is None:
        found = Store(code=store, name=f"Store {store}", timezone="America/New_York", currency="USD")
        session.add(found)
        session.flush()
    device = Device(
        public_id=f"till{number:08}",
        store_id=found.id,
        name=f"Counter {number}",
        scopes=list(SCOPES),
        token_hash=f"{number:064}",
        enrolled_at=NOW - timedelta(days=30),
    )
    session.add(device)
    session.flush()
    return Till(device.id, device.public_id, found.id, found.code, found.currency, frozenset(SCOPES), False)


def event_id(number: int, till: int = 1) -> str:
    """The id of a till's event: they ascend with the number."""
    return str(uuid.UUID(int=(0x0193_0000_0000_7000_8000 << 48) + (till << 32) + number))


def sale(seq: int, *, till: int = 1, lines: int = 2, applied: list[Any] | None = None, **changes: Any) -> Any:
    """A sale of `lines` lines of 500 each; what is applied (its discounts) comes off the first line."""
    off = sum(each["discount"] for each in applied or [])
    basket_lines = [{"id": str(n), "sku": f"SKU{n}", "unit_price": 500, "quantity": 1} for n in range(1, lines + 1)]
    offs = [off] + [0] * (lines - 1)
    result_lines = [
        {"id": str(n), "gross": 500, "discount": gone, "net": 500 - gone, "adjustments": []}
        for n, gone in enumerate(offs[:lines], 1)
    ]
    return {
        "event_id": event_id(seq, till),
        "device_seq": seq,
        "kind": "sale",
        "of": None,
        "at": AT,
        "bundle_version": 1,
        "customer": None,
        "vouchers": [],
        "basket": {"id": f"b-{till}-{seq}", "currency": "USD", "at": AT, "store": "S1", "lines": basket_lines},
        "result": {
            "subtotal": 500 * lines,
            "discount": off,
            "total": 500 * lines - off,
            "currency": "USD",
            "lines": result_lines,
            "applied": applied or [],
        },
        **changes,
    }


def given(code: str, discount: int, times: int = 1, revision: int = 1) -> dict[str, Any]:
    """A promotion as a result names it."""
    return {"promotion": code, "revision": revision, "discount": discount, "times": times}


def log_line(seq: int, *, till: int = 1, **changes: Any) -> Any:
    """A line of a till's log."""
    return {
        "event_id": event_id(seq + 1_000_000, till),
        "device_seq": seq,
        "level": "warning",
        "kind": "bundle",
        "at": AT,
        "promotion": None,
        "basket": None,
        "message": "The bundle was refused: its hash is another one.",
        "detail": {"version": 7},
        **changes,
    }
