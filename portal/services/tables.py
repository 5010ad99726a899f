"""CSV in and out: what people's programs write is understood, what we write opens in them without harm."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from portal.errors import Invalid

MOST_ROWS = 50_000
DELIMITERS = ",;\t"
# A cell that begins like this is a formula for a spreadsheet; the quote before it keeps it a text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """A file's head (small letters) and its rows as (line of the file, cells)."""

    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read(content: bytes) -> Table:
    """The table of a CSV file. Raises Invalid under `file` with what is wrong and how to write it."""
    lines = _lines(_decoded(content))
    head = next(lines, None)
    if head is None:
        raise Invalid({"file": "The file is empty. Its first line names the columns."})
    names = tuple(cell.strip().lower() for cell in head[1])
    twice = sorted(name for name, times in Counter(names).items() if name and times > 1)
    if twice:
        raise Invalid({"file": f"The column {', '.join(twice)} stands there twice. Keep one."})
    first = islice(lines, MOST_ROWS)
    rows = tuple((line, tuple(_without_quote(cell) for cell in cells)) for line, cells in first)
    if next(lines, None) is not None:
        raise Invalid({"file": f"The file has more than {MOST_ROWS:,} rows. Split it into smaller files."})
    return Table(names, rows)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Invalid({"file": f"Line {line} is not UTF-8. Save the file as CSV UTF-8 and choose it again."}) from None
    if "\0" in text:
        raise Invalid({"file": "This is no text file. Save the sheet as CSV UTF-8 and choose it again."})
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, each with the line at which it begins."""
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Invalid({"file": f"Line {reader.line_num} can't be read ({error}). Check its quotation marks."}) from None


def _without_quote(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA and len(cell) > 1 else cell


def _with_quote(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def write(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV text piece by piece, with the mark at the front by which spreadsheets know UTF-8."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_with_quote(cell) for cell in row])
        if buffer.tell() > 64_000:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
