"""The kinds of values in our documents, as data: each reads a JSON value and writes its own JSON Schema.

A document's shape is written once (definition.py); validation, defaults, compilation, JSON Schemas and the
builder's form are all derived from it. `read` never raises: it notes problems and returns the value in its one
canonical form (an integral 2.0 is 2, null is absent), or None when it is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from portal.engine import times
from portal.engine.problems import Findings, Path
from portal.engine.quoting import shown

LARGEST = 10**12
"""No integer of a document is larger in size: contract, section 1."""

Schema = dict[str, Any]


class Shape(Protocol):
    """What a value may be."""

    def read(self, value: Any, path: Path, findings: Findings) -> Any:
        """The value in canonical form; notes what is wrong at `path` otherwise."""

    def schema(self) -> Schema:
        """The JSON Schema (2020-12) of the same values."""


def whole_number(value: Any) -> int | None:
    """The integer that a JSON number stands for (2.0 is 2), or None."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


@dataclass(frozen=True, slots=True)
class Anything:
    """A value that the engines neither read nor check."""

    def read(self, value: Any, path: Path, findings: Findings) -> Any:
        return value

    def schema(self) -> Schema:
        return {}


@dataclass(frozen=True, slots=True)
class Text:
    """A text; empty only where `may_be_empty`."""

    may_be_empty: bool = False

    def read(self, value: Any, path: Path, findings: Findings) -> str | None:
        if isinstance(value, str) and (value or self.may_be_empty):
            return value
        findings.add(path, "must not be empty" if value == "" else f"must be a text, not {shown(value)}")
        return None

    def schema(self) -> Schema:
        return {"type": "string"} if self.may_be_empty else {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Matching:
    """A text of one form, such as a code; `meaning` says the form in words, `example` shows one."""

    pattern: str
    meaning: str
    example: str

    def read(self, value: Any, path: Path, findings: Findings) -> str | None:
        if isinstance(value, str) and re.fullmatch(self.pattern, value, re.ASCII):
            return value
        findings.add(path, f"must be {self.meaning}, such as {self.example}, not {shown(value)}")
        return None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{self.pattern}$"}


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number from `least` to `most`."""

    least: int = -LARGEST
    most: int = LARGEST

    def read(self, value: Any, path: Path, findings: Findings) -> int | None:
        number = whole_number(value)
        if number is not None and self.least <= number <= self.most:
            return number
        findings.add(path, f"must be a whole number {self._range()}, not {shown(value)}")
        return None

    def _range(self) -> str:
        return (
            f"from {self.least} on" if self.most == LARGEST and self.least >= 0 else f"from {self.least} to {self.most}"
        )

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of the document's currency, from `least` on."""

    least: int = 1

    def read(self, value: Any, path: Path, findings: Findings) -> int | None:
        number = whole_number(value)
        if number is not None and self.least <= number <= LARGEST:
            findings.money_at = path
            return number
        least = "above 0" if self.least else "of 0 or more"
        findings.add(path, f"must be an amount {least}, without fractions of the smallest coin, not {shown(value)}")
        return None

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": LARGEST, "description": "minor units"}


@dataclass(frozen=True, slots=True)
class Decimal:
    """A JSON number with at most `places` decimals, in its own unit; the bounds are in steps of the last place."""

    places: int
    least: int
    most: int
    meaning: str

    def read(self, value: Any, path: Path, findings: Findings) -> int | float | None:
        steps = steps_of(value, self.places)
        if steps is not None and self.least <= steps <= self.most:
            return whole_number(value) if steps % 10**self.places == 0 else value
        findings.add(path, f"must be {self.meaning}, not {shown(value)}")
        return None

    def schema(self) -> Schema:
        scale = 10**self.places
        bound = {"exclusiveMinimum": 0} if self.least == 1 else {"minimum": self.least / scale}
        return {"type": "number", **bound, "maximum": self.most / scale, "description": self.meaning}


def steps_of(value: Any, places: int) -> int | None:
    """12.5 with 2 places as 1250; None for what is no number or has more decimals.

    Reads the shortest decimal text of the number, as JavaScript prints it, so no binary rounding comes in.
    """
    if type(value) is int:
        return value * 10**places
    if not isinstance(value, float):
        return None
    match = re.fullmatch(r"(-?)(\d+)\.(\d+)", repr(value))
    if match is None:
        number = whole_number(value)
        return None if number is None else number * 10**places
    sign, whole, decimals = match.groups()
    decimals = decimals.rstrip("0")
    if len(decimals) > places:
        return None
    return int(f"{sign}{whole}{decimals.ljust(places, '0')}")


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, value: Any, path: Path, findings: Findings) -> bool | None:
        if isinstance(value, bool):
            return value
        findings.add(path, f"must be true or false, not {shown(value)}")
        return None

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: Any, path: Path, findings: Findings) -> str | None:
        if isinstance(value, str) and value in self.words:
            return value
        findings.add(path, f"must be {' or '.join(self.words)}, not {shown(value)}")
        return None

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time or of the clock in one written form, which one of the readers of times.py knows."""

    form: str

    def read(self, value: Any, path: Path, findings: Findings) -> str | None:
        if isinstance(value, str) and times.is_form(self.form, value):
            return value
        findings.add(path, f"must be {times.FORMS[self.form].meaning}, not {shown(value)}")
        return None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{times.FORMS[self.form].pattern}$"}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one shape; `ordered` ones keep the order in which they were written."""

    item: Shape
    least: int = 0
    most: int | None = None
    ordered: bool = False

    def read(self, value: Any, path: Path, findings: Findings) -> list[Any] | None:
        if not isinstance(value, list):
            findings.add(path, f"must be a list, not {shown(value)}")
            return None
        if len(value) < self.least:
            findings.add(path, "must not be empty")
        elif self.most is not None and len(value) > self.most:
            findings.add(path, f"must have at most {self.most} entries, not {len(value)}")
        return [self.item.read(entry, (*path, position), findings) for position, entry in enumerate(value)]

    def schema(self) -> Schema:
        bounds = {"minItems": self.least} if self.least else {}
        return {
            "type": "array",
            "items": self.item.schema(),
            **bounds,
            **({"maxItems": self.most} if self.most else {}),
        }


@dataclass(frozen=True, slots=True)
class Mapping:
    """An object whose keys are data, such as codes."""

    value: Shape

    def read(self, value: Any, path: Path, findings: Findings) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            findings.add(path, f"must be an object, not {shown(value)}")
            return None
        return {
            key: self.value.read(entry, (*path, key), findings) for key, entry in value.items() if entry is not None
        }

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"anyOf": [self.value.schema(), {"type": "null"}]}}


@dataclass(frozen=True, slots=True)
class Field:
    """A key of an object. `default` is what its absence means."""

    name: str
    shape: Shape
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Object:
    """An object with known keys; of the keys `one_of` exactly one is given, of `at_most_one` one or none."""

    fields: tuple[Field, ...]
    one_of: tuple[str, ...] = ()
    at_most_one: tuple[str, ...] = ()
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {entry.name: entry for entry in self.fields})

    def read(self, value: Any, path: Path, findings: Findings) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            findings.add(path, f"must be an object, not {shown(value)}")
            return None
        known = self.by_name
        result = {}
        for key, entry in value.items():
            if entry is None:
                continue
            if key in known:
                result[key] = known[key].shape.read(entry, (*path, key), findings)
            else:
                findings.add((*path, key), f"is not known here; known are {', '.join(known)}")
        for wanted in self.fields:
            if wanted.required and wanted.name not in result:
                findings.add((*path, wanted.name), "is required")
        if self.one_of or self.at_most_one:
            self._check_alternatives(result, path, findings)
        return result

    def _check_alternatives(self, result: dict[str, Any], path: Path, findings: Findings) -> None:
        alternatives = self.one_of or self.at_most_one
        given = [key for key in alternatives if key in result]
        if not given and self.one_of:
            findings.add(path, f"needs exactly one of {' or '.join(alternatives)}")
        elif len(given) > 1 and findings.valid(*((*path, key) for key in given)):
            findings.add(path, f"must have only one of {' or '.join(alternatives)}, not {' and '.join(given)}")

    def schema(self) -> Schema:
        properties = {entry.name: _nullable(entry) for entry in self.fields}
        result: Schema = {"type": "object", "properties": properties, "additionalProperties": {"type": "null"}}
        if required := [entry.name for entry in self.fields if entry.required]:
            result["required"] = required
        if self.one_of:
            result["oneOf"] = [_given(key) for key in self.one_of]
        if self.at_most_one:
            result["not"] = {"required": list(self.at_most_one), "properties": {k: _some() for k in self.at_most_one}}
        return result


def _nullable(entry: Field) -> Schema:
    schema = entry.shape.schema()
    if not schema or entry.required:
        return schema
    default = {} if entry.default in (None, [], {}) else {"default": entry.default}
    return {"anyOf": [schema, {"type": "null"}], **default}


def _some() -> Schema:
    return {"not": {"type": "null"}}


def _given(key: str) -> Schema:
    return {"required": [key], "properties": {key: _some()}}
