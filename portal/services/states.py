"""The state of a promotion that people see, once for a row and once as SQL: both must say the same."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, or_

from portal.models.promotion import Promotion, StateSet


class State(StrEnum):
    """What a promotion is right now."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    ARCHIVED = "archived"


def state_at(promotion: Promotion, now: datetime) -> State:
    """The state of a promotion at `now`."""
    if promotion.state_set in (StateSet.ARCHIVED, StateSet.DRAFT):
        return State(promotion.state_set)
    if promotion.ended_at is not None or (promotion.ends_at is not None and promotion.ends_at <= now):
        return State.ENDED
    if promotion.state_set == StateSet.PAUSED:
        return State.PAUSED
    return State.SCHEDULED if promotion.starts_at is not None and promotion.starts_at > now else State.ACTIVE


def state_column(now: datetime) -> ColumnElement[str]:
    """The same as an expression that a query can group and filter by."""
    set_to = Promotion.state_set
    return case(
        (set_to.in_((StateSet.ARCHIVED, StateSet.DRAFT)), set_to),
        (
            or_(Promotion.ended_at.is_not(None), and_(Promotion.ends_at.is_not(None), Promotion.ends_at <= now)),
            State.ENDED,
        ),
        (set_to == StateSet.PAUSED, State.PAUSED),
        (and_(Promotion.starts_at.is_not(None), Promotion.starts_at > now), State.SCHEDULED),
        else_=State.ACTIVE,
    )
