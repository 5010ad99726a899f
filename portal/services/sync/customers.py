"""What a till may know of a guest: what promotions ask for, and nothing that names a person. Source: sync.md, 2."""

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.errors import NotFound
from portal.models.catalogue import Customer, Segment, customer_segment
from portal.models.limits import Dimension, LimitCounter


class CustomerFacts(BaseModel):
    """The `customer` of a basket: `orders` null is unknown; `usage` counts redemptions by promotion, zeros left out."""

    id: str
    segments: list[str]
    orders: int | None
    usage: dict[str, int]


def facts(session: Session, code: str) -> CustomerFacts:
    """Segments, orders and usage of one customer. Raises NotFound."""
    if "\0" in code:  # PostgreSQL has no text with it
        raise NotFound("There is no such customer.")
    found = session.execute(select(Customer.id, Customer.code, Customer.orders).where(Customer.code == code)).first()
    if found is None:
        raise NotFound("There is no such customer.")
    segments = session.scalars(
        select(Segment.code)
        .join(customer_segment, customer_segment.c.segment_id == Segment.id)
        .where(customer_segment.c.customer_id == found.id)
        .order_by(Segment.code)
    )
    counted = session.execute(
        select(LimitCounter.promotion_code, LimitCounter.used)
        .where(LimitCounter.dimension == Dimension.CUSTOMER, LimitCounter.key == found.code, LimitCounter.used > 0)
        .order_by(LimitCounter.promotion_code)
    )
    return CustomerFacts(
        id=found.code, segments=list(segments), orders=found.orders, usage={row[0]: row[1] for row in counted}
    )
