"""Where limited promotions stand: used, leased, held, left, limit by limit. For people; nothing here decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.models.limits import Dimension, LimitCounter, LimitLease
from portal.services.limits.counters import Limits, limits_of

PIECE = 30
"""Promotions on one page."""
POLICIES = ("open", "leased", "online_only")


@dataclass(frozen=True, slots=True)
class Bar:
    """One limit: redemptions, or minor units of `currency`. `of` is a store's code where it is the fullest store."""

    dimension: str
    limit: int
    used: int
    leased: int
    held: int
    currency: str | None = None
    of: str | None = None

    @property
    def left(self) -> int:
        """What is neither used nor promised; 0 where more was used than there was."""
        return max(0, self.limit - self.used - self.leased - self.held)

    @property
    def over(self) -> int:
        """How much more was used than the limit."""
        return max(0, self.used - self.limit)

    def parts(self) -> tuple[int, int, int]:
        """The lengths of used, leased and held in thousandths of the bar; together at most 1000."""
        whole, lengths, room = max(self.limit, 1), [], 1000
        for amount in (self.used, self.leased, self.held):
            length = min(room, max(0, amount) * 1000 // whole)
            length = min(room, max(length, 8)) if amount > 0 else 0  # a little is seen, too
            lengths.append(length)
            room -= length
        return lengths[0], lengths[1], lengths[2]


@dataclass(frozen=True, slots=True)
class Standing:
    """One promotion with its bars. `per_customer` is a limit that is not summed up."""

    code: str
    name: str
    offline: str
    per_customer: int | None
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Piece:
    """A page of them; `total` fit the question, `limited` there are; `next` is where the next page begins."""

    rows: list[Standing]
    total: int
    limited: int
    next: int | None


def listed(session: Session, *, today: date, words: str = "", policy: str = "", first: int = 0) -> Piece:
    """The live limited promotions whose code or name has all `words`, by code."""
    wanted = words.casefold().split()
    everything = limits_of(session)
    fitting = [
        limits
        for _, limits in sorted(everything.items())
        if (not policy or limits.offline == policy)
        and all(word in f"{limits.code} {limits.name}".casefold() for word in wanted)
    ]
    shown = fitting[first : first + PIECE]
    known = _Known(_counters(session, shown, today), _fullest(session, shown), _leased(session, shown, today))
    rows = [
        Standing(limits.code, limits.name, limits.offline, limits.per_customer, _bars(limits, known))
        for limits in shown
    ]
    following = first + PIECE if len(fitting) > first + PIECE else None
    return Piece(rows, len(fitting), len(everything), following)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says of the promotions shown.

    counters: (promotion, dimension): used, reserved; fullest: promotion: store, used, reserved; leased: promotion:
    redemptions, money, redemptions of today.
    """

    counters: Mapping[tuple[str, str], tuple[int, int]]
    fullest: Mapping[str, tuple[str, int, int]]
    leased: Mapping[str, tuple[int, int, int]]


def _bars(limits: Limits, known: _Known) -> list[Bar]:
    count, money, of_day = known.leased.get(limits.code, (0, 0, 0))
    bars = []
    parts: tuple[tuple[Dimension, int | None, int, str | None], ...] = (
        (Dimension.TOTAL, limits.total, count, None),
        (Dimension.DAY, limits.per_day, of_day, None),
        (Dimension.BUDGET, limits.budget, money, limits.currency),
    )
    for dimension, limit, promised, currency in parts:
        if limit is not None:
            used, reserved = known.counters.get((limits.code, dimension), (0, 0))
            bars.append(Bar(dimension, limit, used, min(promised, reserved), max(0, reserved - promised), currency))
    if limits.per_store is not None:
        store, used, reserved = known.fullest.get(limits.code, (None, 0, 0))
        split = (reserved, 0) if limits.offline == "leased" else (0, reserved)
        bars.append(Bar(Dimension.STORE, limits.per_store, used, *split, of=store))
    return bars


def _counters(session: Session, shown: list[Limits], today: date) -> dict[tuple[str, str], tuple[int, int]]:
    """(used, reserved) of what has one counter: in all, today, the budget."""
    keys = {"", today.isoformat(), *(limits.currency for limits in shown if limits.currency)}
    rows = session.execute(
        select(LimitCounter.promotion_code, LimitCounter.dimension, LimitCounter.used, LimitCounter.reserved).where(
            LimitCounter.promotion_code.in_([limits.code for limits in shown]),
            LimitCounter.dimension.in_([Dimension.TOTAL, Dimension.DAY, Dimension.BUDGET]),
            LimitCounter.key.in_(keys),
        )
    )
    return {(code, dimension): (used, reserved) for code, dimension, used, reserved in rows}


def _fullest(session: Session, shown: list[Limits]) -> dict[str, tuple[str, int, int]]:
    """By promotion the store that has the least left."""
    codes = [limits.code for limits in shown if limits.per_store is not None]
    amount = LimitCounter.used + LimitCounter.reserved
    place = func.row_number().over(partition_by=LimitCounter.promotion_code, order_by=(amount.desc(), LimitCounter.key))
    ranked = (
        select(
            LimitCounter.promotion_code,
            LimitCounter.key,
            LimitCounter.used,
            LimitCounter.reserved,
            place.label("place"),
        )
        .where(LimitCounter.promotion_code.in_(codes), LimitCounter.dimension == Dimension.STORE)
        .subquery()
    )
    columns = (ranked.c.promotion_code, ranked.c.key, ranked.c.used, ranked.c.reserved)
    rows = session.execute(select(*columns).where(ranked.c.place == 1))
    return {code: (store, used, reserved) for code, store, used, reserved in rows}


def _leased(session: Session, shown: list[Limits], today: date) -> dict[str, tuple[int, int, int]]:
    """By promotion what tills hold: redemptions, money, redemptions of today."""
    outstanding = LimitLease.granted_count - LimitLease.spent_count
    rows = session.execute(
        select(
            LimitLease.promotion_code,
            func.coalesce(func.sum(outstanding), 0),
            func.coalesce(func.sum(LimitLease.granted_minor - LimitLease.spent_minor), 0),
            func.coalesce(func.sum(outstanding).filter(LimitLease.business_date == today), 0),
        )
        .where(
            LimitLease.promotion_code.in_([limits.code for limits in shown]),
            or_(LimitLease.granted_count > LimitLease.spent_count, LimitLease.granted_minor > LimitLease.spent_minor),
        )
        .group_by(LimitLease.promotion_code)
    )
    return {code: (int(count), int(money), int(of_day)) for code, count, money, of_day in rows}
