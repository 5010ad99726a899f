"""What limited promotions have used, hold and lease; every change has a row in the ledger. Source: sync.md, 4 and 6."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.columns import Base, Currency, Minor, Moment
from portal.models.device import Device


class Dimension(StrEnum):
    """What a counter counts, and what its key is."""

    TOTAL = "total"  # redemptions; key ""
    STORE = "per_store"  # redemptions; key: the store's code
    DAY = "per_day"  # redemptions; key: the chain's business day, YYYY-MM-DD
    CUSTOMER = "per_customer"  # redemptions; key: the customer's code
    BUDGET = "budget"  # money in minor units; key: the currency


class LimitCounter(Base):
    """How much of a promotion is used, and how much is promised by holds and leases (`reserved`).

    A limit holds as long as used + reserved <= limit is part of the condition of every UPDATE that raises `reserved`.
    `used` may pass the limit: a closed sale is a fact.
    """

    __tablename__ = "limit_counter"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        {"sqlite_with_rowid": False},
    )

    promotion_code: Mapped[str] = mapped_column(String(64), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved: Mapped[int] = mapped_column(BigInteger, default=0)


class LimitEntry(Base):
    """The ledger: one row for each thing that used a promotion or gave it back, once for ever by `source`.

    `source` is `usage:<event_id>`, `commit:<hold id>` or `void:<hold id>`, these with a number when it happens
    again. Numbers below zero give back.
    """

    __tablename__ = "limit_entry"
    __table_args__ = (
        UniqueConstraint("promotion_code", "source", name="uq_limit_entry_source"),
        Index("ix_limit_entry_basket", "promotion_code", "basket_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    promotion_code: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(64))
    basket_code: Mapped[str] = mapped_column(String(128))
    store_code: Mapped[str] = mapped_column(String(64))
    customer_code: Mapped[str | None] = mapped_column(String(64))
    business_date: Mapped[date]
    currency: Mapped[Currency]
    redemptions: Mapped[int]
    amount_minor: Mapped[Minor]
    at: Mapped[Moment]


class HoldState(StrEnum):
    """The life of a hold."""

    HELD = "held"
    COMMITTED = "committed"
    VOIDED = "voided"
    EXPIRED = "expired"


class LimitHold(Base):
    """What a till reserved for a basket before payment; one per promotion, store and basket. Good for 15 minutes."""

    __tablename__ = "limit_hold"
    __table_args__ = (
        UniqueConstraint("promotion_code", "store_id", "basket_code", name="uq_limit_hold_basket"),
        Index("ix_limit_hold_state", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    promotion_code: Mapped[str] = mapped_column(String(64))
    basket_code: Mapped[str] = mapped_column(String(128))
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))
    customer_code: Mapped[str | None] = mapped_column(String(64))
    business_date: Mapped[date]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    state: Mapped[str] = mapped_column(String(12))
    flagged: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]


class LimitLease(Base):
    """The slice of a promotion that one till may spend offline, counted since it was enrolled.

    granted: what it was ever promised; spent: what its reports used of that; granted - spent is reserved in the
    counters. `offered_count`/`offered_minor` are the smaller promise of the last answer: they replace the granted ones
    when the till shows, by the ETag it sends, that it holds that answer (`offered_etag`). `business_date` is the day
    whose counter is reserved, where the promotion is limited per day.
    """

    __tablename__ = "limit_lease"
    __table_args__ = (
        UniqueConstraint("device_id", "promotion_code", name="uq_limit_lease_promotion"),
        CheckConstraint("spent_count <= granted_count AND spent_minor <= granted_minor", name="spent_within_granted"),
        Index("ix_limit_lease_until", "valid_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    promotion_code: Mapped[str] = mapped_column(String(64), index=True)
    currency: Mapped[Currency | None]
    business_date: Mapped[date | None]
    granted_count: Mapped[int] = mapped_column(BigInteger, default=0)
    granted_minor: Mapped[Minor] = mapped_column(default=0)
    spent_count: Mapped[int] = mapped_column(BigInteger, default=0)
    spent_minor: Mapped[Minor] = mapped_column(default=0)
    offered_count: Mapped[int] = mapped_column(BigInteger, default=0)
    offered_minor: Mapped[Minor] = mapped_column(default=0)
    offered_etag: Mapped[str | None] = mapped_column(String(64))
    valid_until: Mapped[Moment]
    renewed_at: Mapped[Moment]

    device: Mapped[Device] = relationship()


class LeaseDocument(Base):
    """The last answer of a till's leases, byte for byte: kept until something in it changes or it grows old."""

    __tablename__ = "lease_document"

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    issued_at: Mapped[Moment]
    etag: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
