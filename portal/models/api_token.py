"""Tokens with which programs use /api/v1 in a person's name. Source: sync.md, section 7."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.columns import Base, Moment, Name, Words
from portal.models.user import User


class ApiToken(Base):
    """`pat_<public_id>_<secret>`; only the SHA-256 of the secret is kept. It can do what its person can, at most."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[Name]
    token_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[Words] = mapped_column(default=list)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[Moment]
    last_used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]

    user: Mapped[User] = relationship()
