"""The blueprint of the tills' pages, and which stores a person sees there."""

from flask import Blueprint
from flask_login import current_user

from portal.db import Session
from portal.models.catalogue import Store
from portal.models.user import Role
from portal.services.sync import store_tills

bp = Blueprint("tills", __name__)


def own_codes() -> frozenset[str] | None:
    """The stores that the signed-in person may see: a store manager's own, None for all of them."""
    return frozenset(current_user.store_codes) if current_user.role == Role.STORE_MANAGER else None


def store_of(session: Session, code: str) -> Store:
    """A store that the person may see. Raises NotFound for any other."""
    return store_tills.store(session, code, own_codes())
