"""Many rows at once, of which some may be there already: told apart by the database, not by a look before.

PostgreSQL is sent them as one JSON value: a statement with a parameter for each of ten thousand fields costs several
times what the rows cost.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import JSON, DateTime, LargeBinary, Select, Table, Text, bindparam, cast, column, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from portal.models.columns import Base, UtcDateTime

Row = dict[str, Any]


def insert_new(session: Session, model: type[Base], rows: Sequence[Row]) -> set[Any]:
    """Insert `rows` (same keys each) in their order; gives the primary keys (one column) of those that are new.

    A row whose key another transaction is inserting waits for it: keep one order everywhere, or two transactions wait
    for each other.
    """
    if not rows:
        return set()
    table = table_of(model)
    (key,) = table.primary_key.columns
    statement = insert_into(session, table, rows[0]).on_conflict_do_nothing(index_elements=[key]).returning(key)
    return set(session.execute(statement, parameters(session, rows)).scalars())


def insert_all(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert `rows` (same keys each), of which none is there."""
    if rows:
        session.execute(insert_into(session, table_of(model), rows[0]), parameters(session, rows))


def insert_into(session: Session, table: Table, names: Iterable[str]) -> Any:
    """An INSERT of any number of rows with the columns `names`, to which ON CONFLICT and RETURNING may be added.

    Execute it with parameters(): session.execute(insert_into(session, table, rows[0]), parameters(session, rows)).
    """
    if is_sqlite(session):
        return sqlite.insert(table)
    columns = tuple(names)
    return postgresql.insert(table).from_select(columns, _rows_of(table, columns))


def parameters(session: Session, rows: Sequence[Row]) -> Any:
    """The rows (same keys each) as the statement of insert_into() takes them."""
    return list(rows) if is_sqlite(session) else {"rows": as_json(rows)}


def insert_missing(session: Session, model: type[Base], rows: Iterable[Row], unique: Sequence[str] = ()) -> None:
    """Insert those of a few `rows` of which no other has the same values in `unique`; bytes may be among them.

    Without `unique`, any unique key of the table counts.
    """
    dialect = sqlite if is_sqlite(session) else postgresql
    statement = dialect.insert(table_of(model)).on_conflict_do_nothing(index_elements=list(unique) or None)
    if given := list(rows):
        session.execute(statement, given)


def among(session: Session, texts: Iterable[str | None]) -> Select[Any]:
    """The texts as a SELECT, for `column.in_(...)`: one parameter, however many they are."""
    given = orjson.dumps([text for text in texts if text is not None]).decode()
    if is_sqlite(session):
        return select(func.json_each(given).table_valued("value").c.value)
    document = cast(literal(given, Text), postgresql.JSON)
    return select(func.json_array_elements_text(document).column_valued("given"))


def table_of(model: type[Base]) -> Table:
    """The model's table."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def is_sqlite(session: Session) -> bool:
    """True on SQLite, false on PostgreSQL."""
    return session.get_bind().dialect.name == "sqlite"


def as_json(rows: Sequence[Row]) -> str:
    """Rows as PostgreSQL reads them: moments and days as ISO 8601."""
    return orjson.dumps(rows).decode()


@cache
def _rows_of(table: Table, names: tuple[str, ...]) -> Select[Any]:
    """A SELECT of the rows in the parameter `rows`, in their order, with the types of the table."""
    columns = [column(name, _plain(table.c[name].type)) for name in names]
    document = cast(bindparam("rows", type_=Text), postgresql.JSON)
    given = func.json_to_recordset(document).table_valued(*columns).render_derived("given", with_types=True)
    return select(*given.c)


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type as PostgreSQL names it in a list of columns."""
    if isinstance(kind, LargeBinary):
        raise TypeError("bytes have no place in JSON")
    if isinstance(kind, UtcDateTime):
        return DateTime(timezone=True)
    return postgresql.JSONB() if isinstance(kind, JSON) else kind
