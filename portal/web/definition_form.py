"""The builder's form: posted fields to a definition and back, by the engine's own shapes.

A field's name is its dotted path in the definition: `rule.percent`, `rule.slots.0.quantity`. What cannot be read
stays in the definition as it was typed, so that the engine's validator says the same words about it as the command
line does. A blank field is absent. Three things differ from the definition because people write them differently:

- money is written in units of the promotion's currency, `10.00`, and kept in minor units;
- a decimal comma is read as a point;
- start and end are a date and a time of day; an end without a time means the end of that day.
"""

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge

from portal.currencies import minor_units, plain
from portal.engine.definition import DEFINITION, PERCENT, RULES, TEXT
from portal.engine.shapes import Decimal, Field, Flag, Integer, ListOf, Money, Object, Shape

Node = dict[str, Any]
"""Posted fields as a tree: names to nodes; under "" the list of texts posted for the node itself."""

Values = dict[str, Any]

# Every row of a form is read, checked and rendered for each key that is pressed.
MOST_FIELDS, LONGEST_NAME = 2000, 200

FUNDING = ListOf(Object((Field("payer", TEXT), Field("percent", PERCENT))), ordered=True)
"""`funding` is an object of shares by payer; the form has a row for each."""


def read_form(pairs: Iterable[tuple[str, str]]) -> Values:
    """The definition that posted fields stand for. Fields outside of the definition (`basket.…`) are left out."""
    node = tree(pairs)
    shape = form_shape(first_text(node.get("type", {})), first_text(node.get("rule", {}).get("on", {})))
    definition: Values = read_object(shape, node, first_text(node.get("currency", {})))
    if "funding" in definition:
        definition["funding"] = _mapping(definition["funding"])
    return definition


def tree(pairs: Iterable[tuple[str, str]]) -> Node:
    """Dotted names as a tree; names that no page makes are left out. Raises RequestEntityTooLarge."""
    root: Node = {}
    for number, (name, text) in enumerate(pairs, 1):
        if number > MOST_FIELDS:
            raise RequestEntityTooLarge
        steps = name.split(".")
        if not all(steps) or len(name) > LONGEST_NAME:
            continue
        node = root
        for step in steps:
            node = node.setdefault(step, {})
        node.setdefault("", []).append(text.replace("\0", ""))
    return root


def form_shape(kind: str | None, on: str | None) -> Object:
    """The shape of a definition of type `kind`, as the form shows it; `on` is what a threshold counts."""
    rule = RULES.get(kind or "", Object(()))
    if kind == "threshold" and on != "quantity":
        rule = _with_money_at(rule)
    own: dict[str, Shape] = {"rule": rule, "description": TEXT, "funding": FUNDING}
    fields = [replace(entry, shape=own.get(entry.name, entry.shape)) for entry in DEFINITION.fields]
    return Object(tuple(fields))


def write_text(shape: Shape, value: Any, currency: str | None) -> str:
    """A value of a definition as the text of its field; what is not of the shape, as it stands."""
    if value is None:
        return ""
    if isinstance(shape, Money) and type(value) is int:
        return plain(value, currency)
    if isinstance(shape, ListOf) and isinstance(value, list):
        return join_words([write_text(shape.item, entry, currency) for entry in value])
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def split_words(text: str) -> list[str]:
    """`a, "b, c"` as its words: separated by commas or lines, in quotation marks where a word holds a comma."""
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    return [word.strip() for row in rows for word in row if word.strip()]


def join_words(words: Iterable[str]) -> str:
    """The reverse of split_words."""
    quoted = ('"' + word.replace('"', '""') + '"' if re.search(r'[,"\n]', word) else word for word in words)
    return ", ".join(quoted)


def moment_parts(value: Any, *, is_end: bool) -> tuple[str, str]:
    """A wall-clock moment as (date, time of day) of the form; a text that is none comes back as (text, "")."""
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)", str(value or ""), re.ASCII)
    if match is None:
        return str(value or ""), ""
    day, clock = (
        match.group(1),
        match.group(2).removesuffix(":00") if match.group(2).count(":") == 2 else match.group(2),
    )
    if clock != "00:00":
        return day, clock
    return (_day_after(day, -1) or day, "") if is_end else (day, "")


def with_row(definition: Values, name: str) -> Values:
    """The definition with an empty row behind the list `name`."""
    parent, key = _parent_of(definition, name)
    rows = parent.get(key)
    if key == "funding":
        parent[key] = {**(rows or {}), "": None}
    elif isinstance(rows, list) or rows is None:
        parent[key] = [*(rows or []), {}]
    return definition


def without_row(definition: Values, name: str) -> Values:
    """The definition without the row `name`, such as `rule.slots.1`."""
    parent, position = _parent_of(definition, name)
    if not position.isdecimal():
        return definition
    if isinstance(parent, list) and int(position) < len(parent):
        del parent[int(position)]
    elif isinstance(parent, dict) and int(position) < len(parent):
        del parent[list(parent)[int(position)]]
    return definition


def _with_money_at(rule: Object) -> Object:
    tiers = rule.by_name["tiers"]
    assert isinstance(tiers.shape, ListOf)
    assert isinstance(tiers.shape.item, Object)
    tier = tiers.shape.item
    money = tuple(replace(entry, shape=Money()) if entry.name == "at" else entry for entry in tier.fields)
    shape = replace(tiers.shape, item=Object(money, tier.one_of, tier.at_most_one))
    fields = tuple(replace(entry, shape=shape) if entry is tiers else entry for entry in rule.fields)
    return Object(fields, rule.one_of, rule.at_most_one)


def _parent_of(definition: Values, name: str) -> tuple[Any, str]:
    *steps, last = name.split(".")
    parent: Any = definition
    for step in steps:
        if isinstance(parent, list):
            parent = parent[int(step)] if step.isdecimal() and int(step) < len(parent) else {}
        else:
            parent = parent.setdefault(step, {})
    return parent, last


def first_text(node: Node) -> str | None:
    """The text posted for a node, None when it is blank."""
    return (node.get("") or [""])[0].strip() or None


def _read(shape: Shape, node: Node, currency: str | None) -> Any:
    if isinstance(shape, Object):
        return read_object(shape, node, currency)
    if isinstance(shape, ListOf):
        return _read_list(shape, node, currency)
    text = first_text(node)
    return None if text is None else _READERS.get(type(shape), _as_typed)(text, currency)


def read_object(shape: Object, node: Node, currency: str | None) -> Values:
    """What was posted for an object, by its shape; blank parts are left out, unreadable ones stay as typed."""
    values: Values = {}
    for entry in shape.fields:
        if entry.name not in node:
            continue
        value = _read_moment(node[entry.name], is_end=entry.name == "ends_at") if "date" in node[entry.name] else None
        value = _read(entry.shape, node[entry.name], currency) if value is None else value
        kept_empty = (entry.required and value == {}) or first_text(node[entry.name]) is not None
        if value is not None and (value not in ({}, []) or kept_empty):
            values[entry.name] = value
    return values


def _read_list(shape: ListOf, node: Node, currency: str | None) -> list[Any]:
    positions = sorted((key for key in node if key.isdecimal()), key=int)
    if positions:
        return [value for key in positions if (value := _read(shape.item, node[key], currency)) is not None]
    words = [word for text in node.get("", []) for word in split_words(text)]
    return [_read(shape.item, {"": [word]}, currency) for word in words]


def _read_moment(node: Node, *, is_end: bool = False) -> str | None:
    day, clock = first_text(node["date"]), first_text(node.get("time", {}))
    if day is None:
        return f"T{clock}" if clock else None
    if clock is None and is_end:
        day = _day_after(day, 1) or day
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII) is None:
        return f"{day}T{clock}" if clock else day
    clock = clock or "00:00"
    return f"{day}T{clock}:00" if clock.count(":") == 1 else f"{day}T{clock}"


def _day_after(day: str, days: int) -> str | None:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return None


def _mapping(rows: list[Values]) -> Values:
    return {row.get("payer", ""): row.get("percent") for row in rows if row}


def _as_typed(text: str, currency: str | None) -> str:
    return text


def _integer(text: str, currency: str | None) -> int | str:
    return int(text) if re.fullmatch(r"-?\d{1,15}", text, re.ASCII) else text


def _with_point(text: str) -> str:
    """`9,90` as `9.90`; `1,000`, which may be a thousand, stays as it is and is refused."""
    return re.sub(r"^(-?\d+),(\d{1,2})$", r"\1.\2", text, flags=re.ASCII)


def _decimal(text: str, currency: str | None) -> int | float | str:
    point = _with_point(text)
    if re.fullmatch(r"-?\d{1,15}(\.\d+)?", point, re.ASCII) is None:
        return text
    number = float(point)
    return int(number) if number.is_integer() else number


def _money(text: str, currency: str | None) -> int | str:
    minor = minor_units(_with_point(text), currency)
    return text if minor is None else minor


def _flag(text: str, currency: str | None) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


_READERS: dict[type, Callable[[str, str | None], Any]] = {
    Integer: _integer,
    Decimal: _decimal,
    Money: _money,
    Flag: _flag,
}
