"""Limits: promises whose time is over come back, and so does what refunds gave back before their sale was known."""

from portal import clock, config
from portal.db import transaction
from portal.services.limits import counters, expiring, refunds


def expire() -> int:
    """Give back expired holds and leases, batch by batch; returns how many."""
    settings, given = config.current(), 0
    while True:
        with transaction() as session:
            number = expiring.expire(session, clock.now(), settings=settings)
        given += number
        if not number:
            return given


def give_back() -> int:
    """Count refunds that wait for it; returns how many rows they had."""
    with transaction() as session:
        rows = refunds.give_back_waiting(session)
        counters.count_sales(session, rows)
        return len(rows)
