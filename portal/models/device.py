"""Tills as devices: how they are enrolled, what they were last seen with, what is wrong. Source: sync.md, 5."""

from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.catalogue import Store
from portal.models.columns import Base, Moment, Name, Words


class Device(Base):
    """One till. Tokens are `pst_<public_id>_<secret>`; only SHA-256 hashes of the secrets are kept.

    During a rotation `next_token_hash` is valid beside `token_hash`; its first use ends the older one.
    `usage_highest_seq` and `log_highest_seq` are the highest `device_seq` received in each stream.
    `clock_skew_ms` is the till's clock minus ours; `outbox_length` how many events it had not sent.
    """

    __tablename__ = "device"
    __table_args__ = (Index("ix_device_seen", "last_seen_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"), index=True)
    name: Mapped[Name]
    scopes: Mapped[Words] = mapped_column(default=list)
    token_hash: Mapped[str] = mapped_column(String(64))
    next_token_hash: Mapped[str | None] = mapped_column(String(64))
    enrolled_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    last_seen_at: Mapped[Moment | None]
    last_upload_at: Mapped[Moment | None]
    bundle_version: Mapped[int | None]
    engine_version: Mapped[int | None]
    clock_skew_ms: Mapped[int | None] = mapped_column(BigInteger)
    outbox_length: Mapped[int | None]
    usage_highest_seq: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    log_highest_seq: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    store: Mapped[Store] = relationship()


class EnrolmentCode(Base):
    """A one-use code, good for ten minutes, that turns into a device; only its hash is kept."""

    __tablename__ = "enrolment_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"), index=True)
    device_name: Mapped[Name]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)


class Stream(StrEnum):
    """The two numbered streams of a till: each has its own `device_seq`, from 1, without gaps."""

    USAGE = "usage"
    LOGS = "logs"


class DeviceGap(Base):
    """Numbers of a till's stream that have not arrived though later ones have: first_seq to last_seq, both included."""

    __tablename__ = "device_gap"
    __table_args__ = (CheckConstraint("first_seq >= 1 AND last_seq >= first_seq", name="range"),)

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(8), primary_key=True)
    first_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last_seq: Mapped[int] = mapped_column(BigInteger)


class AlertKind(StrEnum):
    """What can be wrong with a till."""

    BEHIND = "behind"
    SILENT = "silent"
    SKEWED = "skewed"
    MISSING = "missing"


class TillAlert(Base):
    """Something wrong with a till, from `since` until `ended_at`; one open row per till and kind."""

    __tablename__ = "till_alert"
    __table_args__ = (
        Index(
            "uq_till_alert_open",
            "device_id",
            "kind",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    since: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    detail: Mapped[str] = mapped_column(String(200), default="", server_default="")

    device: Mapped[Device] = relationship()
