"""The people of the tests: Ada edits, Ben approves, Root administers, Cy reads, Mia runs a store, Hal helps guests."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.models.user import Role, User

PEOPLE = {
    "ada": Role.MARKETER,
    "ben": Role.APPROVER,
    "root": Role.ADMINISTRATOR,
    "cy": Role.ANALYST,
    "mia": Role.STORE_MANAGER,
    "hal": Role.HELP_DESK,
}
NO_PASSWORD = "!"  # fits no password; tests that sign in through the form set one


class Cast:
    """The people, made in `session` when they are first named: cast.ada."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __getattr__(self, name: str) -> User:
        email = f"{name}@tests.example"
        found = self.session.scalar(select(User).where(User.email == email))
        return found or self.enter(name, email)

    def enter(self, name: str, email: str) -> User:
        """Make one of them."""
        role = PEOPLE[name]
        person = User(email=email, name=name.title(), role=role, password_hash=NO_PASSWORD, created_at=clock.now())
        self.session.add(person)
        self.session.flush()
        return person
