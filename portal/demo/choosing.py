"""Where `portal baskets` takes baskets and promotions from: the database, or the grocer's package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.demo import cases, grocer, journey
from portal.models.catalogue import Store
from portal.services import publications, sales

Values = dict[str, Any]
Days = tuple[date, date] | None


@contextmanager
def portal_session() -> Iterator[Session]:
    """A session that only reads, in the app of the environment's settings."""
    from portal.app import create_app
    from portal.db import reading

    with create_app().app_context():
        yield reading()


def live_head(session: Session) -> Values:
    """The promotions' part of a case with what is published and running."""
    return {"promotions": list(publications.live(session).definitions.values())}


def from_database(session: Session, days: Days, options: Values) -> Iterator[Values]:
    """The past baskets of these days (all, when None), from options `source` on `weeks_later`."""
    first, last = days or (date.min, date.max)
    found = sales.baskets_between(session, first, last, source=options["source"])
    zones = {store.code: store.timezone for store in session.scalars(select(Store))}
    return cases.later(found, options["weeks_later"], zones) if options["weeks_later"] else found


def from_package(days: Days, weeks_later: int) -> Iterator[Values]:
    """The grocer's baskets of these days. Raises PackageMissing, ValueError for another year."""
    company = grocer.company(*days_of_data(days))
    zones = {store.code: store.zone for store in company.stores}
    return cases.later(company.baskets(), weeks_later, zones) if weeks_later else company.baskets()


def days_of_data(days: Days) -> tuple[date, date]:
    """What of these days the grocer's data holds; None is the whole year. Raises ValueError for another year."""
    first, last = days or (journey.FIRST_DAY, journey.LAST_DAY)
    if last < journey.FIRST_DAY or first > journey.LAST_DAY:
        raise ValueError(f"the grocer's data goes from {journey.FIRST_DAY} to {journey.LAST_DAY}; choose days in it")
    return max(first, journey.FIRST_DAY), min(last, journey.LAST_DAY)
