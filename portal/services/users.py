"""Accounts: who may sign in, with which role, and when their sessions end."""

from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.errors import Conflict, Invalid, NotFound
from portal.models.user import Role, User

PASSWORD_MIN, PASSWORD_MAX = 10, 200


@cache
def hasher() -> PasswordHasher:
    """Argon2id with the library's current advice for its costs."""
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that fits no password; checking against it takes as long as checking a real one."""
    return hasher().hash("an account that does not exist")


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    brand_codes: Sequence[str] = (),
    store_codes: Sequence[str] = (),
) -> User:
    """Add an account. Raises Invalid by field, and Conflict when the e-mail has one already."""
    errors = _problems(email, name, role, password)
    if errors:
        raise Invalid(errors)
    address = normalised(email)
    if find(session, address) is not None:
        raise Conflict(f"{address} has an account already")
    user = User(
        email=address,
        name=name.strip(),
        role=Role(role),
        password_hash=hasher().hash(password),
        brand_codes=list(brand_codes),
        store_codes=list(store_codes),
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    return user


def _problems(email: str, name: str, role: str, password: str) -> dict[str, str]:
    errors = {}
    try:
        validate_email(normalised(email), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        errors["email"] = str(error)
    if not name.strip():
        errors["name"] = "Give the person's name."
    if role not in set(Role):
        errors["role"] = f"{role!r} is no role; use one of {', '.join(Role)}."
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        errors["password"] = f"Use {PASSWORD_MIN} to {PASSWORD_MAX} characters."
    return errors


def normalised(email: str) -> str:
    """The e-mail as it is stored: without blanks around it, in small letters."""
    return email.strip().lower()


def find(session: Session, email: str) -> User | None:
    """The account of `email`, or None."""
    return session.scalar(select(User).where(User.email == normalised(email)))


def by_email(session: Session, email: str) -> User:
    """The account of `email`. Raises NotFound."""
    user = find(session, email)
    if user is None:
        raise NotFound(f"{normalised(email)} has no account")
    return user


def by_session(session: Session, user_id: int, session_version: int) -> User | None:
    """The active account that a session belongs to; None once it was disabled or its sessions were ended."""
    user = session.get(User, user_id)
    return user if user is not None and user.is_active and user.session_version == session_version else None


def authenticate(session: Session, *, email: str, password: str) -> User | None:
    """The active account with this e-mail and password, or None; both take the same time.

    A hash made with older costs is replaced on the way, so this belongs into a transaction.
    """
    user = find(session, email)
    fits = _fits(user.password_hash if user is not None else _nobody(), password[: PASSWORD_MAX + 1])
    if user is None or not fits or not user.is_active:
        return None
    if hasher().check_needs_rehash(user.password_hash):
        user.password_hash = hasher().hash(password)
    return user


def _fits(password_hash: str, password: str) -> bool:
    try:
        return hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def set_password(user: User, password: str) -> None:
    """Give a new password, and end every session. Raises Invalid."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Invalid({"password": f"Use {PASSWORD_MIN} to {PASSWORD_MAX} characters."})
    user.password_hash = hasher().hash(password)
    end_sessions(user)


def end_sessions(user: User) -> None:
    """Sign the person out everywhere."""
    user.session_version += 1


def disable(user: User) -> None:
    """Refuse further sign-ins, and end every session."""
    user.is_active = False
    end_sessions(user)


def enable(user: User) -> None:
    """Let a disabled account sign in again."""
    user.is_active = True


def everybody(session: Session) -> Sequence[User]:
    """All accounts, by e-mail."""
    return session.scalars(select(User).order_by(User.email)).all()
