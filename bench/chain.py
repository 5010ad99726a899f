"""A chain for the benchmark: 1,000 stores of 20 scopes with a till each, and the workload's promotions."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bench.engine import load
from portal.models.catalogue import Category, Product, Store
from portal.models.device import Device
from portal.services import promotions
from portal.services.sync.devices import SCOPES

STORES, GROUPS = 1000, 20
ASKED = "ASK-FIRST"
"""The code of the promotion that tills reserve before payment."""


def fill_catalogue(session: Session) -> None:
    """Stores and the products of the workload's baskets."""
    lines = {line["sku"]: line for basket in load("baskets_100") for line in basket["lines"]}
    categories = {code for line in lines.values() for code in line["categories"]}
    session.add_all(Category(code=code, name=code) for code in sorted(categories))
    session.add_all(
        Product(sku=sku, name=sku, price_minor=line["unit_price"], currency="EUR") for sku, line in lines.items()
    )
    session.flush()
    session.add_all(
        Store(
            code=f"S{number:04}",
            name=f"Store {number}",
            timezone="Europe/Berlin",
            currency="EUR",
        )
        for number in range(STORES)
    )
    session.flush()


def enrol_all(session: Session, stores: list[tuple[int, str]], now: datetime) -> list[str]:
    """A till in each store (id, code); gives their tokens in order."""
    tokens, rows = [], []
    for store_id, code in stores:
        public_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        tokens.append(f"pst_{public_id}_{secret}")
        rows.append(
            {
                "public_id": public_id,
                "store_id": store_id,
                "name": f"Till of {code}",
                "scopes": list(SCOPES),
                "token_hash": hashlib.sha256(secret.encode()).hexdigest(),
                "enrolled_at": now,
            }
        )
    session.execute(insert(Device), rows)
    return tokens


def definitions() -> list[dict[str, Any]]:
    """The workload's 1,000 promotions for every store; then one for each group of stores, which makes 20 scopes."""
    everywhere = load("promotions_sparse_1000")
    return everywhere + [of_group(number, 10) for number in range(GROUPS)]


def of_group(group: int, percent: int) -> dict[str, Any]:
    """A promotion for every twentieth store."""
    return {
        "code": f"only-{group:02}",
        "name": f"Only group {group}",
        "type": "percent_discount",
        "rule": {"percent": percent, "on": "items", "items": {"categories": ["c001"]}},
        "scope": {"stores": [f"S{number:04}" for number in range(group, STORES, GROUPS)]},
    }


def asked_first() -> dict[str, Any]:
    """A promotion whose limit a till may only use with the server's word."""
    return {
        "code": ASKED,
        "name": "Ask first",
        "type": "percent_discount",
        "rule": {"percent": 5, "on": "basket"},
        "limits": {"total": 10_000_000, "offline": "online_only"},
    }


def publish(session: Session, given: list[dict[str, Any]], now: datetime) -> None:
    """Let tills apply some definitions."""
    for definition in given:
        promotion = promotions.draft(session, definition=definition, by=None, now=now)
        promotions.publish(session, promotion, now=now, zone="Europe/Berlin")


def change(session: Session, definition: dict[str, Any], now: datetime) -> None:
    """Publish another revision of a promotion."""
    promotion = promotions.by_code(session, definition["code"])
    current = promotions.latest(session, promotion)
    promotions.revise(session, promotion, definition=definition, expected=current.number, by=None, now=now)
    promotions.publish(session, promotion, now=now, zone="Europe/Berlin")


def usage_bodies(calculate: Any, tills: range, batches: int, size: int, now: datetime) -> dict[int, list[bytes]]:
    """For each till, batches of reported sales of five lines (about 2 kB each), as the bytes of their bodies."""
    baskets = load("baskets_5")
    priced = [(basket, calculate(basket)) for basket in baskets]
    at = now.isoformat(timespec="milliseconds")
    millis = int(now.timestamp() * 1000)
    bodies: dict[int, list[bytes]] = {}
    for till in tills:
        bodies[till] = []
        for batch in range(batches):
            events = []
            for number in range(size):
                seq = batch * size + number + 1
                basket, result = priced[seq % len(priced)]
                events.append(sale(uuid7(millis), seq, f"{till}-{seq}", basket, result, at))
            bodies[till].append(json.dumps({"events": events}, separators=(",", ":")).encode())
    return bodies


def sale(event_id: str, seq: int, code: str, basket: dict[str, Any], result: dict[str, Any], at: str) -> dict[str, Any]:
    """A usage event of a basket as it was priced."""
    return {
        "event_id": event_id,
        "device_seq": seq,
        "kind": "sale",
        "at": at,
        "bundle_version": 1,
        "customer": None,
        "vouchers": [],
        "basket": {**basket, "id": code, "at": at},
        "result": result,
    }


def uuid7(millis: int) -> str:
    """A UUID of version 7."""
    digits = f"{millis:012x}7{secrets.token_hex(2)[1:]}{'89ab'[secrets.randbelow(4)]}{secrets.token_hex(8)[1:]}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"
