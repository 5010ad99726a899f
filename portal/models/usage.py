"""What tills report: closed baskets and logs, and what of it could not be taken as it stands. Source: sync.md, 4."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.columns import Base, Currency, Document, Minor, Moment, Words
from portal.models.device import Device


class UsageKind(StrEnum):
    """What happened at the till."""

    SALE = "sale"
    VOID = "void"
    REFUND = "refund"


class Pricing(StrEnum):
    """Whether the server came to the same result: PENDING is the outbox of the re-pricing job."""

    PENDING = "pending"
    SAME = "same"
    DIFFERS = "differs"
    IMPOSSIBLE = "impossible"  # the revisions that it names are not known here
    NOT_PRICED = "not_priced"  # a void or a refund


class UsageEvent(Base):
    """A fact about a closed sale, known for ever by `event_id`. `body` is the event as canonical JSON text.

    `of_event_id` of a void or refund is the sale that it takes back. `store_id` and `business_date` (the chain's
    business day) are the server's; `at` and `local_at` the till's.
    """

    __tablename__ = "usage_event"
    __table_args__ = (
        Index("ix_usage_event_device_seq", "device_id", "device_seq"),
        Index("ix_usage_event_store_day", "store_id", "business_date"),
        Index("ix_usage_event_basket", "basket_code"),
        Index("ix_usage_event_of", "of_event_id"),
        Index("ix_usage_event_customer", "customer_code"),
        Index(
            "ix_usage_event_pending",
            "received_at",
            sqlite_where=text("pricing = 'pending'"),
            postgresql_where=text("pricing = 'pending'"),
        ),
    )

    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    content_sha256: Mapped[str] = mapped_column(String(64))
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    device_seq: Mapped[int] = mapped_column(BigInteger)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))
    kind: Mapped[str] = mapped_column(String(8))
    basket_code: Mapped[str] = mapped_column(String(128))
    of_event_id: Mapped[str | None] = mapped_column(String(36))
    customer_code: Mapped[str | None] = mapped_column(String(64))
    bundle_version: Mapped[int | None]
    at: Mapped[Moment]
    local_at: Mapped[str] = mapped_column(String(40))
    business_date: Mapped[date]
    currency: Mapped[Currency]
    subtotal_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    total_minor: Mapped[Minor]
    flags: Mapped[Words] = mapped_column(default=list)
    pricing: Mapped[str] = mapped_column(String(12), default=Pricing.PENDING)
    received_at: Mapped[Moment]
    body: Mapped[str] = mapped_column(Text, deferred=True)


class UsageApplied(Base):
    """One promotion that a reported basket was given; a void or refund gives back with numbers below zero."""

    __tablename__ = "usage_applied"
    __table_args__ = (
        Index("ix_usage_applied_promotion_day", "promotion_code", "business_date"),
        {"sqlite_with_rowid": False},
    )

    event_id: Mapped[str] = mapped_column(ForeignKey("usage_event.event_id", ondelete="CASCADE"), primary_key=True)
    promotion_code: Mapped[str] = mapped_column(String(64), primary_key=True)
    revision: Mapped[int | None]
    store_id: Mapped[int]
    business_date: Mapped[date]
    currency: Mapped[Currency]
    redemptions: Mapped[int]
    discount_minor: Mapped[Minor]


class UsageConflict(Base):
    """The second content under an event_id that is known with another content: both are kept, a person looks."""

    __tablename__ = "usage_conflict"
    __table_args__ = (
        UniqueConstraint("event_id", "content_sha256", name="uq_usage_conflict_content"),
        Index("ix_usage_conflict_device_seq", "device_id", "device_seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(36))
    content_sha256: Mapped[str] = mapped_column(String(64))
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    device_seq: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[Moment]
    body: Mapped[str] = mapped_column(Text, deferred=True)
    resolved_at: Mapped[Moment | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")

    device: Mapped[Device] = relationship()


class QuarantineState(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    REPAIRED = "repaired"
    SET_ASIDE = "set_aside"


class Quarantined(Base):
    """Bytes of a till that can't be read as an event, or a body that is no JSON at all, with the reason.

    `device_seq` and `event_id` are there where they could be read. A repair is a usage event of its own.
    """

    __tablename__ = "quarantined"
    __table_args__ = (
        UniqueConstraint("device_id", "stream", "raw_sha256", name="uq_quarantined_raw"),
        Index("ix_quarantined_device_seq", "device_id", "stream", "device_seq"),
        Index("ix_quarantined_state", "state", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    stream: Mapped[str] = mapped_column(String(8))
    device_seq: Mapped[int | None] = mapped_column(BigInteger)
    event_id: Mapped[str | None] = mapped_column(String(36))
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    raw_sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    received_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(12), default=QuarantineState.WAITING)
    resolved_at: Mapped[Moment | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")

    device: Mapped[Device] = relationship()


class PriceDifference(Base):
    """A reported basket that the server prices otherwise, with the revisions that it names; both results are kept."""

    __tablename__ = "price_difference"

    event_id: Mapped[str] = mapped_column(ForeignKey("usage_event.event_id", ondelete="CASCADE"), primary_key=True)
    reported_minor: Mapped[Minor]
    priced_minor: Mapped[Minor]
    reported: Mapped[Document]
    priced: Mapped[Document]
    found_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")

    event: Mapped[UsageEvent] = relationship()


class TillLog(Base):
    """A line of a till's log; kept for a set number of days."""

    __tablename__ = "till_log"
    __table_args__ = (
        Index("ix_till_log_device_seq", "device_id", "device_seq"),
        Index("ix_till_log_at", "at"),
    )

    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    content_sha256: Mapped[str] = mapped_column(String(64))
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    device_seq: Mapped[int] = mapped_column(BigInteger)
    level: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(64))
    at: Mapped[Moment]
    promotion_code: Mapped[str | None] = mapped_column(String(64))
    basket_code: Mapped[str | None] = mapped_column(String(128))
    message: Mapped[str] = mapped_column(Text)
    detail: Mapped[Document] = mapped_column(default=dict)
    received_at: Mapped[Moment]

    device: Mapped[Device] = relationship()
