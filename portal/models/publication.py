"""What tills are sent: bundles by their content, and the versions of each store. Source: sync.md, section 1."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.catalogue import Store
from portal.models.columns import Base, Moment


class ContentKind(StrEnum):
    """What the bytes are."""

    BUNDLE = "bundle"
    CATALOGUE = "catalogue"


class Content(Base):
    """Immutable bytes under their SHA-256, compressed once; stores of the same scope share a row.

    `recipe` is the SHA-256 of what a bundle is made of, so that an unchanged one is found without making it again.
    """

    __tablename__ = "content"
    __table_args__ = (CheckConstraint("length >= 0", name="length_not_negative"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    recipe: Mapped[str | None] = mapped_column(String(64), index=True)
    length: Mapped[int]
    plain: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    gzip: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    zstd: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[Moment]


class StorePublication(Base):
    """One version of one store: what it was given when, and why. Never changed; versions have no gaps."""

    __tablename__ = "store_publication"
    __table_args__ = (
        UniqueConstraint("store_id", "version", name="uq_store_publication_version"),
        CheckConstraint("version >= 1", name="version_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("content.sha256"), index=True)
    published_at: Mapped[Moment]
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")


class StoreSync(Base):
    """What one store's tills are sent now: the row under whose lock versions are given.

    `manifest` are the exact bytes that were signed with the key `key_id`; `manifest_etag` is their SHA-256.
    `held_at` is set by a roll-back: until somebody releases the store, changes are not published to it.
    `suspended_at` is set by a person: its tills are answered 403 and keep what they have.
    """

    __tablename__ = "store_sync"
    __table_args__ = (Index("ix_store_sync_issued", "manifest_issued_at"),)

    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("content.sha256"))
    catalogue_sha256: Mapped[str | None] = mapped_column(ForeignKey("content.sha256"))
    published_at: Mapped[Moment]
    manifest: Mapped[bytes] = mapped_column(LargeBinary)
    manifest_etag: Mapped[str] = mapped_column(String(64))
    manifest_signature: Mapped[str] = mapped_column(String(128))
    manifest_issued_at: Mapped[Moment]
    key_id: Mapped[str] = mapped_column(String(16))
    held_at: Mapped[Moment | None]
    suspended_at: Mapped[Moment | None]

    store: Mapped[Store] = relationship()
