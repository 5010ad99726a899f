"""Tokens for programs: shown once, kept as hashes, ended at once. Source: sync.md, section 7."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.errors import Invalid, NotFound, NotKnown
from portal.models.api_token import ApiToken
from portal.models.user import User

# Right: what a program may do with it, in the words of the settings page.
SCOPES = {
    "preview.use": "Price baskets with drafts and with what runs (POST /api/v1/preview)",
}
NOTED_EVERY = timedelta(minutes=1)
_TOKEN = re.compile(r"Bearer pat_([a-z0-9]{12})_([A-Za-z0-9_-]{43})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose program asks, and what the token allows."""

    user: User
    scopes: frozenset[str]


def create(session: Session, user: User, name: str, scopes: Collection[str], *, now: datetime) -> tuple[ApiToken, str]:
    """A token and its text, which is shown this once. Raises Invalid for an empty name or no known scope."""
    name, wrong = name.strip(), {}
    if not name or len(name) > 200:
        wrong["name"] = "needs 1 to 200 letters that say which program uses it, such as Online shop"
    if not scopes or not set(scopes) <= SCOPES.keys():
        wrong["scopes"] = "needs at least one of the things that a token can be for"
    if wrong:
        raise Invalid(wrong)
    secret = secrets.token_urlsafe(32)
    token = ApiToken(
        public_id=secrets.token_hex(6),
        name=name,
        token_hash=_hash(secret),
        scopes=sorted(set(scopes)),
        user_id=user.id,
        created_at=now,
    )
    session.add(token)
    session.flush()
    return token, f"pat_{token.public_id}_{secret}"


def authenticate(session: Session, authorization: str, *, now: datetime) -> Caller:
    """Who asks, by the Authorization header. Raises NotKnown; the account of its person must still be active."""
    match = _TOKEN.fullmatch(authorization.strip())
    token = session.scalar(_with_user().where(ApiToken.public_id == match[1].lower())) if match else None
    is_right = hmac.compare_digest(_hash(match[2]) if match else "", token.token_hash if token else "-")
    if token is None or not is_right or token.revoked_at is not None or not token.user.is_active:
        raise NotKnown("The token is not known here, or it was revoked. Settings has the list of tokens.")
    return Caller(token.user, frozenset(token.scopes))


def note_use(session: Session, authorization: str, *, now: datetime) -> None:
    """Remember when a token was used, at most once a minute."""
    match = _TOKEN.fullmatch(authorization.strip())
    token = session.scalar(select(ApiToken).where(ApiToken.public_id == match[1].lower())) if match else None
    if token is not None and (token.last_used_at is None or token.last_used_at <= now - NOTED_EVERY):
        token.last_used_at = now


def every(session: Session) -> list[ApiToken]:
    """All tokens, the newest first; ended ones last."""
    return list(session.scalars(_with_user().order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())))


def by_public_id(session: Session, public_id: str) -> ApiToken:
    """One token. Raises NotFound."""
    token = session.scalar(_with_user().where(ApiToken.public_id == public_id))
    if token is None:
        raise NotFound("There is no such token.")
    return token


def revoke(token: ApiToken, *, now: datetime) -> None:
    """End a token from this transaction on."""
    token.revoked_at = token.revoked_at or now


def _with_user() -> Select[ApiToken]:
    return select(ApiToken).options(joinedload(ApiToken.user))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
