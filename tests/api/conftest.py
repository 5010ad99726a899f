"""A store whose till asks over HTTP, with a customer, a product and a promotion that is published to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal import clock, config
from portal.models.catalogue import Category, Customer, Product, Segment, Store
from portal.models.device import Device
from portal.services import promotions
from portal.services.sync import devices, publishing
from tests.pages import PagesClient

PREFIX = "/api/sync/v1"
LUNCH20: dict[str, Any] = {"code": "LUNCH20", "type": "percent_discount", "rule": {"percent": 20}}


@dataclass(slots=True)
class Asking:
    """A till that asks through the test client."""

    client: PagesClient
    store: Store
    device: Device
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, *, token: str | None = "own", **kwargs: Any) -> TestResponse:
        """Ask; `token` None sends none."""
        given = self.token if token == "own" else token
        bearer = {"Authorization": f"Bearer {given}"} if given else {}
        headers = {**bearer, **self.headers, **kwargs.pop("headers", {})}
        return self.client.open(PREFIX + path, method=method, headers=headers, csrf=False, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        return self("POST", path, **kwargs)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """No token of an earlier test is believed."""
    devices.forget()
    yield
    devices.forget()


def make_store(session: Session, code: str = "S1") -> Store:
    """A store."""
    store = Store(code=code, name=f"Pier {code}", city="Boston", timezone="America/New_York", currency="USD")
    session.add(store)
    session.flush()
    return store


def make_till(session: Session, store: Store) -> tuple[Device, str]:
    """A till of a store, and its token."""
    now = clock.now()
    enrolled = devices.enroll(session, devices.invite(session, store, "Counter 1", by=None, now=now), now=now)
    return enrolled.device, enrolled.token


def make_guest_and_goods(session: Session) -> None:
    """The customer C1 and a coffee."""
    segment, category = Segment(code="vip", name="VIP"), Category(code="coffee", name="Coffee")
    guest = Customer(code="C1", name="Grace Guest", email="grace@guests.example", orders=3, segments=[segment])
    latte = Product(sku="LATTE", name="Latte", price_minor=450, currency="USD", categories=[category], tags=[])
    session.add_all([guest, latte])
    session.flush()


def make_promotion(session: Session, definition: dict[str, Any]) -> None:
    """A promotion that tills may apply."""
    now = clock.now()
    promotion = promotions.draft(session, definition=definition, by=None, now=now)
    promotions.publish(session, promotion, now=now)


@pytest.fixture
def asking(app: Flask, client: PagesClient, session: Session) -> Asking:
    """The till of store S1."""
    store = make_store(session)
    make_guest_and_goods(session)
    device, token = make_till(session, store)
    return Asking(client, store, device, token)


@pytest.fixture
def published(asking: Asking, session: Session, app: Flask) -> Asking:
    """The same, when LUNCH20 is published to the store."""
    make_promotion(session, LUNCH20)
    publish(session, app)
    return asking


def publish(session: Session, app: Flask) -> None:
    """Give every store what is published now."""
    with app.app_context():
        publishing.publish_all(session, settings=config.current(), now=clock.now())
    session.flush()
