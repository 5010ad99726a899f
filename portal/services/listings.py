"""The list of promotions: what is searched, filtered, sorted and counted, in two queries however long it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.models.promotion import Promotion
from portal.services.states import State, state_column

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "code": Promotion.code,
    "name": Promotion.name,
    "type": Promotion.type,
    "starts": Promotion.starts_at,
    "ends": Promotion.ends_at,
    "changed": Promotion.updated_at,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for. No states means all but the archived; `sort` may begin with a minus."""

    words: str = ""
    states: tuple[State, ...] = ()
    types: tuple[str, ...] = ()
    sort: str = "-changed"


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of the list. `counts` has each state's number under the same words and types; `total` what is wanted."""

    promotions: list[Promotion]
    counts: dict[State, int]
    total: int


def search(session: Session, wanted: Wanted, *, now: datetime, limit: int = 25) -> Found:
    """The first `limit` promotions that fit, and how many there are of each state."""
    shown = wanted.states or tuple(state for state in State if state is not State.ARCHIVED)
    column = state_column(now)
    rows = session.execute(select(column, func.count()).where(*_conditions(wanted)).group_by(column)).all()
    counts = {State(state): number for state, number in rows}
    query = select(Promotion).where(column.in_(shown), *_conditions(wanted))
    promotions = session.scalars(query.order_by(*_order(wanted.sort)).limit(limit)).all()
    return Found(list(promotions), counts, sum(counts.get(state, 0) for state in shown))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        or_(Promotion.code.icontains(word, autoescape=True), Promotion.name.icontains(word, autoescape=True))
        for word in wanted.words.split()
    ]
    return [*conditions, Promotion.type.in_(wanted.types)] if wanted.types else conditions


def _order(sort: str) -> tuple[UnaryExpression[Any], ...]:
    column = SORTS.get(sort.removeprefix("-"), Promotion.updated_at)
    first = column.desc() if sort.startswith("-") else column.asc()
    return first.nulls_last(), Promotion.code.asc()
