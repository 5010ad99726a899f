"""What a session may carry: the account it belongs to, and the page that a person wanted before signing in."""

import re

from portal.db import reading
from portal.models.user import User
from portal.services import users

# A path of ours: one slash first, then neither a second slash nor a backslash, nothing unprintable anywhere.
OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def load_user(token: str) -> User | None:
    """The account that a session's `token` ("id.version") names, for Flask-Login."""
    match = re.fullmatch(r"(\d{1,18})\.(\d{1,9})", token, re.ASCII)
    if match is None:
        return None
    return users.by_session(reading(), int(match.group(1)), int(match.group(2)))


def own_path(address: str | None) -> str | None:
    """`address` when it is a path of this portal, else None: nobody is led to another site."""
    return address if address and OWN_PATH.fullmatch(address) else None
