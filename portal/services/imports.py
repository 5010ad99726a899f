"""CSV import of the catalogue: first a plan that says what would change and what cannot, then the same plan applied."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from portal.errors import Conflict, Invalid
from portal.models.catalogue import Category
from portal.services import catalogue, entries, tables
from portal.services.catalogue import Kind, Row
from portal.services.categories import MOST_ABOVE, above
from portal.services.entries import COLUMNS, Fault, Known, Values

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that would be added (`row` is None) or changed: column to (text before, text after)."""

    line: int
    key: str
    values: Values
    row: Row | None
    differences: dict[str, tuple[str, str]]


@dataclass(slots=True)
class FileRow:
    """A row of the file: the line where it begins, its cells as they stand and by column, what is wrong with it."""

    line: int
    raw: tuple[str, ...]
    cells: dict[str, str]
    faults: list[Fault]


@dataclass(slots=True)
class Plan:
    """What a file would do. Every row of the file is in exactly one of added, changed and bad, or counted in `same`."""

    kind: Kind
    head: tuple[str, ...]
    about: Known
    added: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    bad: list[FileRow] = field(default_factory=list)
    same: int = 0

    @property
    def ignored(self) -> list[str]:
        """The columns of the file that nothing is done with."""
        return [name or "(without a name)" for name in self.head if name not in COLUMNS[self.kind.name]]

    @property
    def total(self) -> int:
        """The rows of the file."""
        return len(self.added) + len(self.changed) + len(self.bad) + self.same

    @property
    def to_do(self) -> int:
        """How many entries would be added or changed."""
        return len(self.added) + len(self.changed)

    @property
    def fingerprint(self) -> str:
        """Changes when the plan would do something else than what a person has seen."""
        seen = hashlib.sha256()
        for change in (*self.added, *self.changed):
            seen.update(repr((change.line, change.row is None, sorted(change.differences.items()))).encode())
        seen.update(repr([row.line for row in self.bad]).encode())
        return seen.hexdigest()


def plan(session: Session, kind: Kind, content: bytes) -> Plan:
    """What the file would do; nothing is changed. Raises Invalid under `file` when it can't be read at all.

    A column that the file does not have keeps its value in entries that exist.
    """
    table = tables.read(content)
    columns = COLUMNS[kind.name]
    if columns[0] not in table.head:
        wanted = ", ".join(columns)
        raise Invalid({"file": f"The column {columns[0]} is missing. The first line names the columns: {wanted}."})
    made = Plan(kind, table.head, entries.known(session, kind.name))
    rows = [_file_row(table.head, line, cells) for line, cells in table.rows]
    _mark_repeated(columns[0], rows)
    present = catalogue.by_keys(session, kind, sorted({_key(kind, row) for row in rows}))
    texts = {key: entries.texts(kind.name, kind.values_of(row)) for key, row in present.items()}
    if kind.name == "categories":
        _settle_tree(made.about, rows, texts)
    for row in rows:
        _sort_in(made, row, present.get(_key(kind, row)), texts.get(_key(kind, row), {}))
    return made


def _key(kind: Kind, row: FileRow) -> str:
    return row.cells.get(COLUMNS[kind.name][0], "").strip()


def _file_row(head: tuple[str, ...], line: int, cells: tuple[str, ...]) -> FileRow:
    faults = []
    if len(cells) != len(head):
        reason = f"has {len(cells)} cells, the first line has {len(head)}"
        faults = [Fault("row", reason, "Check its commas and quotation marks")]
    return FileRow(line, cells, dict(zip(head, cells, strict=False)), faults)


def _mark_repeated(key: str, rows: list[FileRow]) -> None:
    """Rows with the same key are all wrong: which of them is meant, nobody can say."""
    lines: dict[str, list[int]] = {}
    for row in rows:
        lines.setdefault(row.cells.get(key, "").strip(), []).append(row.line)
    for row in rows:
        code = row.cells.get(key, "").strip()
        if code and len(lines[code]) > 1:
            row.faults.append(
                Fault(key, f"{code} stands on line {_others(row, lines[code])} too", "Keep one of these lines")
            )


def _others(row: FileRow, lines: list[int]) -> str:
    """The first of the other lines; all of them, at each of them, would grow with the square of the file."""
    first = [str(line) for line in lines[: MOST_NAMED + 1] if line != row.line][:MOST_NAMED]
    more = len(lines) - 1 - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more else "")


def _given(kind: str, row: FileRow, before: dict[str, str]) -> dict[str, str]:
    return {column: row.cells.get(column, before.get(column, "")) for column in COLUMNS[kind]}


def _settle_tree(about: Known, rows: list[FileRow], present: dict[str, dict[str, str]]) -> None:
    """Let categories refer to others of the same file, except to rows that stay out; mark circles."""
    existing = dict(about.categories)
    ids = {category.id: code for code, category in existing.items()}
    parents = {code: ids.get(category.parent_id or 0) for code, category in existing.items()}
    texts = {row.line: _given("categories", row, present.get(row.cells.get("code", "").strip(), {})) for row in rows}
    sound = {texts[row.line]["code"].strip(): row for row in rows if not row.faults}
    while True:
        about.categories = {**{code: Category() for code in sound}, **existing}
        wanted = {code: texts[row.line]["parent"].strip() or None for code, row in sound.items()}
        after = {**parents, **wanted}
        wrong = [code for code, row in sound.items() if _is_wrong(code, row, texts[row.line], after, about)]
        if not wrong:
            return
        for code in wrong:
            del sound[code]


def _is_wrong(code: str, row: FileRow, given: dict[str, str], parents: dict[str, str | None], about: Known) -> bool:
    if entries.read("categories", given, about)[1]:
        return True
    way = above(parents, code)
    if code in way:
        row.faults.append(Fault("parent", "stands below this category itself", "Use one that does not"))
    elif len(way) > MOST_ABOVE:
        row.faults.append(Fault("parent", f"has {MOST_ABOVE} categories above it", "Use one nearer to the top"))
    return bool(row.faults)


def _sort_in(made: Plan, row: FileRow, present: Row | None, before: dict[str, str]) -> None:
    kind = made.kind.name
    values, wrong = entries.read(kind, _given(kind, row, before), made.about)
    said = {fault.field for fault in row.faults}
    row.faults.extend(fault for fault in wrong if "row" not in said and fault.field not in said)
    if row.faults:
        made.bad.append(row)
        return
    after = entries.texts(kind, values)
    differences = {
        column: (before.get(column, ""), text) for column, text in after.items() if before.get(column, "") != text
    }
    if not differences:
        made.same += 1
        return
    change = Change(row.line, _key(made.kind, row), values, present, differences)
    (made.changed if present is not None else made.added).append(change)


def apply(session: Session, made: Plan, *, seen: str) -> int:
    """Do what the plan says, and give how many entries were added or changed.

    `seen` is the fingerprint of the plan that a person has looked at. Raises Conflict when this one differs.
    """
    if made.fingerprint != seen:
        raise Conflict("The catalogue was changed since you looked at this file. Look at what it would do now.")
    for change in (*made.added, *made.changed):
        row = change.row or _new_row(made, change.key)
        made.kind.apply(row, change.values, made.about)
        session.add(row)
    session.flush()
    return made.to_do


def _new_row(made: Plan, key: str) -> Row:
    return made.about.categories[key] if made.kind.name == "categories" else made.kind.model()


def bad_rows(made: Plan) -> Iterator[str]:
    """The rows that stay out as CSV, line and problem in front of the row as it stood: to mend and send again."""
    rows = ((str(row.line), _problem(row), *row.raw) for row in made.bad)
    return tables.write(("line", "problem", *made.head), rows)


def _problem(row: FileRow) -> str:
    return " ".join(f"{fault.field}: {fault.sentence}" for fault in row.faults)
