"""The people of the demo: one for each role."""

from sqlalchemy.orm import Session

from portal.demo import PASSWORD, SIGN_INS
from portal.services import users

NAMES = {
    "ada": "Ada Moreau",
    "ben": "Ben Okafor",
    "root": "Ruth Ito",
    "cy": "Cy Haddad",
    "mia": "Mia Santos",
    "hal": "Hal Walsh",
}
STORES_OF_MANAGERS = ["HK-NYC-1", "HK-NYC-3"]


def add_people(session: Session) -> int:
    """Add the accounts that are not there; returns how many. Nobody's password is set back."""
    missing = [(email, role) for email, role in SIGN_INS if users.find(session, email) is None]
    for email, role in missing:
        stores = STORES_OF_MANAGERS if role == "store_manager" else []
        name = NAMES[email.partition("@")[0]]
        users.create_user(session, email=email, name=name, role=role, password=PASSWORD, store_codes=stores)
    return len(missing)
