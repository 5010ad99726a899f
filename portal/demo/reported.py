"""What the demo's tills have reported: past baskets of their stores, priced with what the stores were sent.

Most of it is in order. One till left out a number, one sent an event that can't be read, one the same sale twice with
different totals, one a discount that its promotions do not give: each for a page that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.db import transaction
from portal.demo.tills import TILLS, DemoTill
from portal.engine import PromotionCalculator
from portal.models.catalogue import Store
from portal.models.device import Device
from portal.services import sales
from portal.services.sync import devices, repricing, usage, views_of_bundle

Values = dict[str, Any]

MOST = 40
DAYS = timedelta(days=2)
LEAVES_A_NUMBER_OUT = ("HK-NYC-3", "Terrace")
SENDS_NONSENSE = ("HK-CHI-2", "Bar")
SENDS_TWICE = ("HK-NYC-1", "Counter 2")
GIVES_TOO_MUCH = ("HK-LAX-1", "Counter 1")
EXTRA_MINOR = 50


def report(settings: Settings, *, now: datetime) -> int:
    """Let every till of the demo that has reported nothing yet do so; returns how many sales were added."""
    with transaction() as session:
        fresh = [(wanted, device) for wanted in TILLS if (device := _fresh(session, wanted)) is not None]
    added = sum(_upload(wanted, device, settings, now - wanted.seen) for wanted, device in fresh)
    if added:
        with transaction() as session:
            while repricing.reprice(session, now=now):
                pass
    return added


def _fresh(session: Session, wanted: DemoTill) -> Device | None:
    query = select(Device).join(Store).where(Store.code == wanted.store, Device.name == wanted.name)
    device: Device | None = session.scalars(query.order_by(Device.id).limit(1)).one_or_none()
    return device if device is not None and device.last_upload_at is None and device.revoked_at is None else None


def _upload(wanted: DemoTill, device: Device, settings: Settings, at: datetime) -> int:
    with transaction() as session:
        store = session.get_one(Store, device.store_id)
        till = devices.Till(
            device.id, device.public_id, store.id, store.code, store.currency, frozenset(devices.SCOPES), False
        )
        version = views_of_bundle.version(session, store.id)
        promotions = views_of_bundle.of_store(session, store.id).promotions
        calculator = PromotionCalculator({"engine": 1, "promotions": list(promotions.values())})
        baskets = list(_baskets(session, wanted, at))
        events = [
            _sale(wanted, basket, calculator.calculate_promotions(basket), version.version, number)
            for basket, number in zip(baskets, _numbers(wanted), strict=False)
        ]
        usage.upload(session, till, _with_mistakes(wanted, events), settings=settings, now=at)
        return len(events)


def _baskets(session: Session, wanted: DemoTill, at: datetime) -> Iterator[Values]:
    """The till's part of the store's baskets of the last days, the latest ones."""
    names = [each.name for each in TILLS if each.store == wanted.store]
    found = sales.baskets_between(session, (at - DAYS).date(), at.date(), stores=(wanted.store,))
    earlier = [basket for basket in found if at - DAYS < datetime.fromisoformat(basket["at"]) <= at]
    yield from earlier[names.index(wanted.name) :: len(names)][-MOST:]


def _numbers(wanted: DemoTill) -> Iterator[int]:
    leaves_out = (wanted.store, wanted.name) == LEAVES_A_NUMBER_OUT
    return (number for number in count(1) if not (leaves_out and number == 3))


def _sale(wanted: DemoTill, basket: Values, result: Values, version: int, number: int) -> Values:
    return {
        "event_id": str(uuid5(NAMESPACE_URL, f"demo:{wanted.store}:{wanted.name}:{basket['id']}")),
        "device_seq": number,
        "kind": "sale",
        "bundle_version": version,
        "customer": basket.get("customer", {}).get("id"),
        "vouchers": [],
        "at": basket["at"],
        "basket": basket,
        "result": {name: part for name, part in result.items() if name != "not_applied"},
    }


def _with_mistakes(wanted: DemoTill, events: list[Values]) -> list[Values]:
    """The events with the mistake that this till makes, if it makes one."""
    till = (wanted.store, wanted.name)
    copied: list[Values] = orjson.loads(orjson.dumps(events))
    if not copied:
        return copied
    if till == SENDS_NONSENSE:
        copied[-1]["basket"]["lines"][0]["quantity"] = "two"
    if till == SENDS_TWICE:
        again: Values = orjson.loads(orjson.dumps(copied[-1]))
        again["result"] |= _given(again["result"], EXTRA_MINOR)
        copied.append(again | {"device_seq": copied[-1]["device_seq"] + 1})
    if till == GIVES_TOO_MUCH:
        for event in copied[-3:]:
            event["result"] |= _given(event["result"], EXTRA_MINOR)
    return copied


def _given(result: Values, minor: int) -> Values:
    """The result with so much more off its first line, and no contradiction in it."""
    line = result["lines"][0] | {
        "discount": result["lines"][0]["discount"] + minor,
        "net": result["lines"][0]["net"] - minor,
    }
    return {
        "discount": result["discount"] + minor,
        "total": result["total"] - minor,
        "lines": [line, *result["lines"][1:]],
    }
