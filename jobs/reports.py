"""What tills reported: priced again, checked for losses; old logs deleted."""

import logging
import time

from portal import clock, config
from portal.db import reading, transaction
from portal.services.sync import logs, no_loss, repricing

log = logging.getLogger(__name__)

MOST_SECONDS = 45
"""How long one run works before it leaves the rest to the next one."""


def reprice() -> int:
    """Price what waits for it, in transactions of a batch each; gives how many sales."""
    done, until = 0, time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        with transaction() as session:
            priced = repricing.reprice(session, now=clock.now())
        done += priced
        if priced < repricing.AT_ONCE:
            break
    return done


def check_no_loss() -> int:
    """Check the no-loss equation of each till; the log names those that break it. Gives how many."""
    broken = no_loss.summed(no_loss.check(reading())).broken
    for each in broken:
        log.error("no-loss does not hold for %s %s: %s", each.store_code, each.till, each)
    return len(broken)


def delete_logs() -> int:
    """Delete log lines that are older than they are kept, batch by batch; gives how many."""
    done, until = 0, time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        with transaction() as session:
            deleted = logs.delete_old(session, settings=config.current(), now=clock.now())
        done += deleted
        if deleted < logs.DELETED_AT_ONCE:
            break
    return done
