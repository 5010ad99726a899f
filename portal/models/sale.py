"""What was sold before: baskets with their lines, as the promotions of tomorrow are tried on them."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.columns import Base, Code, Currency, Minor, Moment


class PastBasket(Base):
    """One basket that was paid. Its day and hour are the store's own, because promotions ask the store's clock.

    `local_at` is ISO 8601 with the store's offset at that moment; `customer_orders` how many baskets the customer
    had before this one, NULL where nobody can know. `source` says which till or data set it came from.
    """

    __tablename__ = "past_basket"
    __table_args__ = (
        CheckConstraint("local_hour >= 0 AND local_hour <= 23", name="hour_of_a_day"),
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        CheckConstraint("customer_orders IS NULL OR customer_orders >= 0", name="orders_not_negative"),
        Index("ix_past_basket_source_day", "source", "business_date"),
        Index("ix_past_basket_store_day", "store_id", "business_date"),
        Index("ix_past_basket_sold_at", "sold_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    source: Mapped[str] = mapped_column(String(32))
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    customer_orders: Mapped[int | None]
    channel: Mapped[str | None] = mapped_column(String(64))
    sold_at: Mapped[Moment]
    business_date: Mapped[date]
    local_at: Mapped[str] = mapped_column(String(32))
    local_hour: Mapped[int]
    currency: Mapped[Currency]
    total_minor: Mapped[Minor]


class PastBasketLine(Base):
    """One line of a past basket: so many units of a product at the price that was paid for each."""

    __tablename__ = "past_basket_line"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity_positive"),
        CheckConstraint("unit_price_minor >= 0", name="price_not_negative"),
        # Lines are only ever read basket by basket: SQLite keeps them in that order and needs no second tree.
        {"sqlite_with_rowid": False},
    )

    basket_id: Mapped[int] = mapped_column(ForeignKey("past_basket.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
