"""What limits promotions have, and how reported sales are counted towards them. Source: sync.md, 4 and 6."""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.models.limits import Dimension
from portal.services import publications
from portal.services.limits import covering, ledger
from portal.services.limits.taking import Key, add_used, change_reserved, keys_of


@dataclass(frozen=True, slots=True)
class Limits:
    """A live promotion's limits: redemptions, `budget` in minor units of `currency`; None is no limit."""

    code: str
    name: str
    currency: str | None
    total: int | None = None
    per_store: int | None = None
    per_day: int | None = None
    per_customer: int | None = None
    budget: int | None = None
    offline: str = "open"
    on_refund: str = "restore"

    def by_dimension(self) -> dict[str, int | None]:
        """The limits as the counters name them."""
        return {
            Dimension.TOTAL: self.total,
            Dimension.STORE: self.per_store,
            Dimension.DAY: self.per_day,
            Dimension.CUSTOMER: self.per_customer,
            Dimension.BUDGET: self.budget,
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """What one event did to one promotion. Below zero it gives back.

    `source` is `usage:<event_id>` or `commit:<hold id>`; `redemptions` is 1 for a basket that it was applied to,
    however often; `amount_minor` what the basket was given, rewards included. `device_id` is the till whose lease
    covers it; `store_code` and `business_date` are those of the sale, for what a refund gives back too.
    """

    promotion_code: str
    source: str
    basket_code: str
    device_id: int
    store_code: str
    customer_code: str | None
    business_date: date
    currency: str
    redemptions: int
    amount_minor: int
    at: datetime

    def changes(self) -> dict[Key, int]:
        """By counter, what this adds to `used`."""
        keys = keys_of(self.store_code, self.business_date, self.currency, self.customer_code)
        return {
            (self.promotion_code, dimension, key): self.amount_minor
            if dimension == Dimension.BUDGET
            else self.redemptions
            for dimension, key in keys.items()
        }


_kept: list[tuple[str, Mapping[str, Limits]]] = []
_lock = threading.Lock()


def limits_of(session: Session) -> Mapping[str, Limits]:
    """By code, the limits of live promotions that have any; from memory while the set of promotions is the same."""
    live = publications.live(session)
    with _lock:
        if not _kept or _kept[0][0] != live.stamp:
            found = {code: of_definition(definition) for code, definition in live.definitions.items()}
            limited = {code: each for code, each in found.items() if any_of(each)}
            _kept[:] = [(live.stamp, limited)]
        return _kept[0][1]


def of_definition(definition: Mapping[str, object]) -> Limits:
    """The limits that a definition (contract, section 3) gives."""
    given = definition.get("limits")
    values = given if isinstance(given, dict) else {}
    names = ("total", "per_store", "per_day", "per_customer", "budget", "offline", "on_refund")
    currency = definition.get("currency")
    return Limits(
        code=str(definition["code"]),
        name=str(definition.get("name") or definition["code"]),
        currency=currency if isinstance(currency, str) else None,
        **{name: values[name] for name in names if values.get(name) is not None},
    )


def any_of(limits: Limits) -> bool:
    """True when anything is limited."""
    return any(limit is not None for limit in limits.by_dimension().values())


def count_sales(session: Session, rows: Sequence[Counted]) -> dict[str, set[str]]:
    """Count what sales used and refunds gave back, each (promotion, source) once for ever.

    Gives by source the promotions whose limit it went over. A basket's live hold, else the lease of the till, is
    settled: `reserved` goes down by what it had promised. A sale whose hold was committed is counted already; its
    row has what the event says beyond that.
    """
    ordered = sorted({(row.promotion_code, row.source): row for row in rows}.values(), key=_order)
    if not ordered:
        return {}
    holds = covering.lock_holds(session, ordered)
    ordered = ledger.beyond_commits(session, ordered, holds)
    fresh = ledger.enter(session, ordered)
    if not fresh:
        return {}
    released = covering.settle(session, fresh, holds)
    used: dict[Key, int] = defaultdict(int)
    for row in fresh:
        for key, change in row.changes().items():
            used[key] += change
    for key in released:
        used[key] += 0  # locked with the others, in the same order
    after = add_used(session, used)
    change_reserved(session, released)
    return _over(session, fresh, used, after)


def _order(row: Counted) -> tuple[str, str]:
    return row.promotion_code, row.source


def _over(
    session: Session, fresh: Sequence[Counted], used: Mapping[Key, int], after: Mapping[Key, int]
) -> dict[str, set[str]]:
    """By source the promotions that it went over, one row after the other."""
    limits = limits_of(session)
    running = {key: after[key] - change for key, change in used.items()}
    over: dict[str, set[str]] = defaultdict(set)
    for row in fresh:
        mine = limits.get(row.promotion_code)
        bounds = mine.by_dimension() if mine else {}
        for key, change in row.changes().items():
            running[key] += change
            bound = bounds.get(key[1])
            applies = key[1] != Dimension.BUDGET or (mine is not None and mine.currency == row.currency)
            if bound is not None and applies and change > 0 and running[key] > bound:
                over[row.source].add(row.promotion_code)
    return dict(over)
