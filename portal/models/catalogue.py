"""What is sold, where, and to whom: brands, stores, categories, products, customers."""

from datetime import date

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.columns import Base, Code, Currency, Minor, Name, Words

product_category = Table(
    "product_category",
    Base.metadata,
    Column("product_id", ForeignKey("product.id", ondelete="CASCADE"), primary_key=True),
    Column("category_id", ForeignKey("category.id"), primary_key=True, index=True),
)

customer_segment = Table(
    "customer_segment",
    Base.metadata,
    Column("customer_id", ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True),
    Column("segment_id", ForeignKey("segment.id"), primary_key=True, index=True),
)


class Brand(Base):
    """A name that guests know; a grocer's department serves as one."""

    __tablename__ = "brand"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]


class Store(Base):
    """A place with tills. Its zone decides what the time is there, its currency what a price means."""

    __tablename__ = "store"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    brand_id: Mapped[int | None] = mapped_column(ForeignKey("brand.id"), index=True)
    city: Mapped[str] = mapped_column(String(120), default="", server_default="")
    timezone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[Currency]

    brand: Mapped[Brand | None] = relationship()


class Category(Base):
    """A shelf of the menu or the shop; `parent_id` makes the tree."""

    __tablename__ = "category"
    __table_args__ = (CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)

    parent: Mapped["Category | None"] = relationship(remote_side=[id])


class Product(Base):
    """Something with a price. `floor_minor` is the least it may cost after all discounts."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("cost_minor IS NULL OR cost_minor >= 0", name="cost_not_negative"),
        CheckConstraint("floor_minor >= 0 AND floor_minor <= price_minor", name="floor_within_price"),
        Index("ix_product_name", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    price_minor: Mapped[Minor]
    cost_minor: Mapped[Minor | None]
    floor_minor: Mapped[Minor] = mapped_column(default=0, server_default="0")
    currency: Mapped[Currency]
    brand_id: Mapped[int | None] = mapped_column(ForeignKey("brand.id"), index=True)
    tags: Mapped[Words] = mapped_column(default=list)

    brand: Mapped[Brand | None] = relationship()
    categories: Mapped[list[Category]] = relationship(secondary=product_category, order_by=Category.code)


class Segment(Base):
    """A group of customers that a promotion can be for."""

    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]


class Customer(Base):
    """A known guest. `orders` unknown (NULL) is neither new nor returning."""

    __tablename__ = "customer"
    __table_args__ = (CheckConstraint("orders IS NULL OR orders >= 0", name="orders_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    email: Mapped[str | None] = mapped_column(String(254))
    birthday: Mapped[date | None]
    orders: Mapped[int | None]

    segments: Mapped[list[Segment]] = relationship(secondary=customer_segment, order_by=Segment.code)
