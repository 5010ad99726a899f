"""Who signs in to the portal."""

from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, String, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.columns import Base, Moment, Name, Words


class Role(StrEnum):
    """What a person does here; `portal.web.access` says which rights come with it."""

    ADMINISTRATOR = "administrator"
    MARKETER = "marketer"
    APPROVER = "approver"
    ANALYST = "analyst"
    STORE_MANAGER = "store_manager"
    HELP_DESK = "help_desk"


class User(UserMixin, Base):
    """One person. Sessions carry `session_version`: raising it ends every one of them."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("role IN ({})".format(", ".join(f"'{role}'" for role in Role)), name="role_known"),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[Name]
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    brand_codes: Mapped[Words] = mapped_column(default=list)
    store_codes: Mapped[Words] = mapped_column(default=list)
    session_version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[Moment]

    def get_id(self) -> str:
        """What a session keeps: the account, and the version that must still hold."""
        return f"{self.id}.{self.session_version}"
