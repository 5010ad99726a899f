"""`portal demo load`: people, the restaurant, its promotions, the grocer; each stage in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime

from portal import config
from portal.db import transaction
from portal.demo import grocer, loading, offers, people, reported, restaurant, tills
from portal.demo.records import Company
from portal.services import sales

# A bar for so many baskets under a label; its value is called with how many more are done.
Bar = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]


def load_restaurant(bar: Bar, *, now: datetime, zone: str) -> dict[str, int]:
    """The people, the chain with its baskets, its promotions. Returns how many of each were added.

    Baskets are of the 30 days before `now`; once there are some, a later call adds none. The stores get a version
    before there are promotions, so that a till can be behind.
    """
    with transaction() as session:
        added = {"people": people.add_people(session)}
        has_sales = sales.days_of(session, source=restaurant.SOURCE) is not None
    company = restaurant.company(now.date())
    added["baskets"] = write(company, "Harbour Kitchen Group", bar, with_sales=not has_sales)
    if not tills.has_versions():
        tills.publish(config.current(), at=now - tills.FIRST_PUBLISHED, note="First publication")
    with transaction() as session:
        added["promotions"] = offers.add_offers(session, offers.HARBOUR, now=now, zone=zone)
    return added


def load_grocer(bar: Bar, *, first: date, last: date, now: datetime, zone: str) -> dict[str, int]:
    """The grocer with its baskets between two days, and its promotions. Raises PackageMissing."""
    company = grocer.company(first, last)
    added = {"baskets": write(company, "Grocer, simulated from real patterns", bar, with_sales=True)}
    with transaction() as session:
        added["promotions"] = offers.add_offers(session, offers.GROCER, now=now, zone=zone)
    return added


def load_tills(*, now: datetime) -> dict[str, int]:
    """Publish what was loaded to the restaurant's stores, enrol their tills, let them report.

    Returns how many tills and sales were added.
    """
    at = now if tills.has_versions(2) else now - tills.LAST_PUBLISHED
    tills.publish(config.current(), at=at, note="Promotions of the demo")
    return {"tills": tills.enrol(now=now), "reported sales": reported.report(config.current(), now=now)}


def write(company: Company, label: str, bar: Bar, *, with_sales: bool) -> int:
    """Add what is missing of a company; returns how many baskets were added."""
    with bar(label, company.sales_count if with_sales else 0) as step, transaction() as session:
        loading.load_catalogue(session, company)
        return loading.load_sales(session, company, step) if with_sales else 0
