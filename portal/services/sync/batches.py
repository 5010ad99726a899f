"""A batch of events as a till sends it: each event read on its own, with its bytes for where it can't be read."""

import gc
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from portal.errors import Invalid, PortalError
from portal.services.sync.devices import Till
from portal.services.sync.events import (
    MOST_EVENTS,
    MOST_SEQ,
    EventOutcome,
    LogReport,
    Outcome,
    Unread,
    UsageReport,
    read_event,
)


class Unreadable(PortalError):
    """A body that is no batch at all. The edge keeps it with quarantine.keep_body, in a transaction of its own."""

    title = "The body can't be read"


@contextmanager
def collected_later() -> Iterator[None]:
    """Let no search for cycles of garbage run meanwhile: a batch makes 100,000 objects, all of them needed.

    Measured: reading a batch takes 22 ms like this, and 100 ms with the searches. Whoever switched them off first
    switches them on again, so threads may use this at the same time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(slots=True)
class Entry:
    """One event of a batch: `report` where it could be read, else `reason`.

    `body` is the event as canonical JSON, `sha256` the hash of it and of the till: the same event from another till
    is not a duplicate. `seq` and `event_id` are there where they could be read.
    """

    event_id: str | None
    seq: int | None
    report: Any = None
    body: str = ""
    sha256: str = ""
    reason: str | None = None
    outcome: Outcome = "accepted"
    flags: list[Any] = field(default_factory=list)

    def answer(self) -> EventOutcome:
        """What the till is told."""
        return EventOutcome.model_construct(
            event_id=self.event_id,
            device_seq=self.seq,
            outcome=self.outcome,
            flags=self.flags if self.outcome == "accepted" else [],
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """The entries in the order in which they were sent; `raw(position)` gives the bytes of one."""

    entries: list[Entry]
    raw: Callable[[int], bytes]


def read(model: type[UsageReport] | type[LogReport], till: Till, body: bytes | Sequence[Any]) -> Batch:
    """Read a batch: bytes of `{"events": [...]}`, or the events.

    Raises Unreadable for bytes that are no JSON, Invalid for JSON that is no batch or has more than MOST_EVENTS.
    """
    values = _events_of(body) if isinstance(body, bytes) else list(body)
    if len(values) > MOST_EVENTS:
        raise Invalid({"events": f"has {len(values):,} events; send at most {MOST_EVENTS} at a time"})
    salt = till.public_id.encode() + b"\n"
    entries = [_read_entry(model, value, salt) for value in values]

    def raw(position: int) -> bytes:
        sent = _slices(body) if isinstance(body, bytes) else None
        return sent[position] if sent else _bytes_of(values[position])

    return Batch(entries, raw)


def _events_of(body: bytes) -> list[Any]:
    document = parse(body)
    events = document.get("events") if isinstance(document, dict) else None
    if not isinstance(events, list):
        raise Invalid({"events": 'is missing; send {"events": [...]}'})
    return events


def parse(body: bytes) -> Any:
    """The JSON value of `body`. Raises Unreadable. One event with half a letter does not spoil the batch."""
    try:
        return orjson.loads(body)
    except ValueError as error:
        reason = str(error)
    try:
        return json.loads(body.decode(), parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise Unreadable(f"It is not JSON: {reason}.") from None


def _number(text: str) -> Any:
    """The number, or for NaN and what is too large something that _canonical refuses."""
    number = float(text)
    return number if math.isfinite(number) else object()


def _read_entry(model: type[UsageReport] | type[LogReport], value: Any, salt: bytes) -> Entry:
    try:
        report = read_event(model, value)
        value = value | {"event_id": report.event_id}
        if isinstance(value.get("of"), str):
            value["of"] = value["of"].lower()
        body = _canonical(value)
    except Unread as unread:
        return Entry(_id_in(value), _seq_in(value), reason=unread.reason, outcome="quarantined")
    return Entry(report.event_id, report.device_seq, report, body.decode(), hashlib.sha256(salt + body).hexdigest())


def _canonical(value: Any) -> bytes:
    """Sorted, without spaces. Raises Unread for what a database could not give back as it was."""
    try:
        body = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise Unread(
            "event: holds half a letter (a lone surrogate), a number that is too large, or too many levels"
        ) from None
    if b"\\u0000" in body and _holds_null(value):
        raise Unread("event: holds the character U+0000, which no text has")
    return body


def _holds_null(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or _holds_null(each) for key, each in value.items())
    return isinstance(value, list) and any(map(_holds_null, value))


def _seq_in(value: Any) -> int | None:
    seq = value.get("device_seq") if isinstance(value, dict) else None
    return seq if type(seq) is int and 1 <= seq <= MOST_SEQ else None


def _id_in(value: Any) -> str | None:
    """What stands as the id, if it may be one: a person finds the event by it."""
    name = value.get("event_id") if isinstance(value, dict) else None
    if not isinstance(name, str) or len(name) != 36 or not name.isascii() or not name.isprintable():
        return None
    return name.lower()


def _bytes_of(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


def _slices(body: bytes) -> list[bytes] | None:
    """The bytes of each event just as they were sent; None where they can't be told apart."""
    try:
        text = body.decode()
        found = list(_elements(text, _start_of_events(text)))
    except (ValueError, IndexError, RecursionError):
        return None
    return [text[start:end].encode() for start, end in found]


_SPACE = " \t\r\n"
_decode = json.JSONDecoder().raw_decode


def _skip(text: str, at: int, also: str = "") -> int:
    while text[at] in _SPACE or text[at] in also:
        at += 1
    return at


def _start_of_events(text: str) -> int:
    """Where the array under "events" begins; the last one where the key stands twice, as parsers have it."""
    at, found = _skip(text, 0) + 1, -1
    while text[at := _skip(text, at, ",")] != "}":
        key, at = _decode(text, at)
        at = _skip(text, at, ":")
        if key == "events":
            found = at
        _, at = _decode(text, at)
    return found


def _elements(text: str, start: int) -> Any:
    at = start + 1
    while text[at := _skip(text, at, ",")] != "]":
        _, end = _decode(text, at)
        yield at, end
        at = end


def told_apart(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The entries that could be read: the first of each id in the order of ids, and those that repeat an id."""
    firsts: dict[str, Entry] = {}
    repeated = []
    for entry in entries:
        if entry.report is None:
            continue
        if firsts.setdefault(entry.event_id or "", entry) is not entry:
            repeated.append(entry)
    return [firsts[event_id] for event_id in sorted(firsts)], sorted(repeated, key=lambda each: each.event_id or "")


def compare(entries: Sequence[Entry], known: Mapping[str, str]) -> list[Entry]:
    """Set the outcome of entries whose id is known (id: hash of the content); gives those with another content."""
    conflicts = []
    for entry in entries:
        entry.outcome = "duplicate" if known[entry.event_id or ""] == entry.sha256 else "conflict"
        if entry.outcome == "conflict":
            entry.reason = "This event_id is known with another content; both are kept."
            conflicts.append(entry)
    return conflicts
