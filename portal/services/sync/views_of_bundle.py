"""Promotions as a store's tills have them: read from the published bundle, never from live rows. Source: sync.md, 2."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.engine import gates
from portal.engine.basket import Basket
from portal.errors import Invalid, NotFound
from portal.models.catalogue import Store
from portal.models.publication import StoreSync
from portal.services.sync import contents

Values = dict[str, Any]
MOST_KEPT = 16


@dataclass(frozen=True, slots=True)
class Version:
    """What the store has been given last."""

    version: int
    sha256: str
    generated_at: datetime


@dataclass(frozen=True, slots=True)
class Bundle:
    """A decoded bundle: the document, its promotions by code, and for each of them what its dates let through."""

    document: Values
    promotions: Mapping[str, Values]
    dates: Mapping[str, gates.Check]


_kept: OrderedDict[str, Bundle] = OrderedDict()
_lock = threading.Lock()


def version(session: Session, store_id: int) -> Version:
    """Number, hash and moment of the store's last publication. Raises NotFound before the first."""
    row = session.execute(
        select(StoreSync.version, StoreSync.sha256, StoreSync.published_at).where(StoreSync.store_id == store_id)
    ).one_or_none()
    if row is None:
        raise NotFound("Nothing was published to this store yet.")
    return Version(*row)


def active(session: Session, store_id: int, at: datetime) -> list[Values]:
    """The promotions in force at a moment, by code: their start and end decide, by the store's clock."""
    bundle = of_store(session, store_id)
    zone = session.scalars(select(Store.timezone).where(Store.id == store_id)).one()
    try:
        local = at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
    except OverflowError:
        raise Invalid({"at": "must be a moment that the store's calendar has"}) from None
    basket = Basket({"currency": bundle.document["currency"], "at": local, "lines": []})
    return [
        promotion
        for code, promotion in bundle.promotions.items()
        if code not in bundle.dates or bundle.dates[code](basket)
    ]


def one(session: Session, store_id: int, code: str) -> Values:
    """The promotion of that code, in force or not yet. Raises NotFound."""
    found = of_store(session, store_id).promotions.get(code)
    if found is None:
        raise NotFound(f"The store's bundle has no promotion {code}.")
    return found


def many(session: Session, store_id: int, codes: Iterable[str]) -> dict[str, Values]:
    """Those of the codes that the bundle has, by code."""
    promotions = of_store(session, store_id).promotions
    return {code: promotions[code] for code in codes if code in promotions}


def of_store(session: Session, store_id: int) -> Bundle:
    """The store's published bundle. Raises NotFound before the first publication."""
    return decoded(session, version(session, store_id).sha256)


def decoded(session: Session, sha256: str) -> Bundle:
    """The bundle of a hash that the caller has from the database, decoded once per process."""
    with _lock:
        if sha256 in _kept:
            _kept.move_to_end(sha256)
            return _kept[sha256]
    document: Values = orjson.loads(contents.plain_bytes(session, sha256))
    promotions = {promotion["code"]: promotion for promotion in document["promotions"]}
    found = Bundle(document, promotions, _dates(promotions))
    with _lock:
        _kept[sha256] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _dates(promotions: Mapping[str, Values]) -> dict[str, gates.Check]:
    """The engine's own gate for start and end of each promotion that has one."""
    return {
        code: check
        for code, promotion in promotions.items()
        for reason, check in gates.of(promotion)
        if reason == "outside_dates"
    }
