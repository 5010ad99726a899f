"""How alembic finds the tables and the database: those of the app that Flask-Migrate runs in."""

from typing import Literal

from alembic import context
from flask import current_app
from sqlalchemy import JSON, Connection, DefaultClause
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import False_, True_

from portal.extensions import db
from portal.models.columns import UtcDateTime


def render_item(kind: str, item: object, autogen_context: object) -> str | Literal[False]:
    """Write our own column types as the plain ones that the database sees, and booleans as both databases take them."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON) and not isinstance(item, JSONB):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if kind == "server_default" and isinstance(item, DefaultClause) and isinstance(item.arg, True_ | False_):
        return f"sa.{item.arg}()"  # alembic would write what SQLite calls it, which PostgreSQL refuses
    return False


def run(connection: Connection) -> None:
    """Migrate over `connection`, all steps in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


with db.engine.connect() as connection:
    current_app.logger.debug("migrating %s", db.engine.url.render_as_string(hide_password=True))
    run(connection)
