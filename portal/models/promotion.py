"""Promotions, their revisions, and the stamp that says which set of them is live."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.columns import Base, Code, Currency, Document, Moment, Name
from portal.models.user import User


class StateSet(StrEnum):
    """What people decided about a promotion; the state that is shown also asks the clock."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Promotion(Base):
    """One promotion. What it does stands in its revisions; the columns here are what lists search and sort by.

    `name`, `type`, `currency`, `starts_at` and `ends_at` are copied from the published revision, before the first
    publication from the draft. Both moments are instants: services.promotions says how a wall clock becomes one.
    """

    __tablename__ = "promotion"
    __table_args__ = (
        CheckConstraint("state_set IN ({})".format(", ".join(f"'{s}'" for s in StateSet)), name="state_set_known"),
        CheckConstraint(
            "state_set = 'draft' OR state_set = 'archived' OR published_number IS NOT NULL", name="live_has_revision"
        ),
        Index("ix_promotion_state", "state_set", "starts_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    type: Mapped[str] = mapped_column(String(32), index=True)
    currency: Mapped[Currency | None]
    state_set: Mapped[str] = mapped_column(String(16), default=StateSet.DRAFT)
    starts_at: Mapped[Moment | None]
    ends_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
    draft_number: Mapped[int]
    published_number: Mapped[int | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment] = mapped_column(index=True)

    revisions: Mapped[list["PromotionRevision"]] = relationship(
        back_populates="promotion", order_by="PromotionRevision.number.desc()", passive_deletes=True
    )

    @property
    def has_unpublished_changes(self) -> bool:
        """True when tills apply an older revision than the one that is edited."""
        return self.published_number is not None and self.published_number != self.draft_number


class PromotionRevision(Base):
    """A promotion as somebody saved it; never changed afterwards. `document` is the contract's definition."""

    __tablename__ = "promotion_revision"
    __table_args__ = (UniqueConstraint("promotion_id", "number", name="uq_promotion_revision_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id", ondelete="CASCADE"))
    number: Mapped[int]
    document: Mapped[Document]
    document_sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(200), default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[Moment]

    promotion: Mapped[Promotion] = relationship(back_populates="revisions")
    created_by: Mapped[User | None] = relationship()


class LiveStamp(Base):
    """One row: `stamp` is replaced by a new random text whenever the set of published promotions changes."""

    __tablename__ = "live_stamp"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stamp: Mapped[str] = mapped_column(String(32))
    changed_at: Mapped[Moment]
