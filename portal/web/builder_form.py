"""What the builder's templates ask about a definition: texts of fields, rows, and what is wrong where."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.engine import PromotionValidator
from portal.engine.definition import PERCENT
from portal.engine.problems import Problem
from portal.engine.shapes import ListOf, Object, Shape
from portal.web.definition_form import form_shape, moment_parts, write_text

Names = Mapping[tuple[str, str], str]
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """A message at a field: `level` is `problem` or `warning`."""

    level: str
    field: str
    message: str


@dataclass(slots=True)
class BuilderForm:
    """A definition as the form shows it. `revision` is the number it was loaded from, 0 for a new one.

    `names` has the names of codes that stand in it. Notes that no field of the page has taken are in `unplaced`.
    `show_all` is False for a form that nobody has sent yet; `refused` is True when it was sent and not saved.
    """

    definition: Values
    names: Names = field(default_factory=dict)
    saved_code: str | None = None
    revision: int = 0
    notes: list[Note] = field(default_factory=list)
    show_all: bool = True
    refused: bool = False
    _taken: set[int] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """The promotion's type."""
        return str(self.definition.get("type"))

    @property
    def currency(self) -> str:
        """The promotion's currency as typed, or an empty text."""
        return str(self.definition.get("currency") or "")

    def checked(self) -> "BuilderForm":
        """The same with every problem of the definition, or, when it has none, its warnings."""
        validator = PromotionValidator()
        problems = validator.validate_promotion(self.definition)
        self.notes = notes_of(problems, "problem") or notes_of(validator.warnings(self.definition), "warning")
        return self

    def at(self, name: str) -> Any:
        """The value of a dotted path, None where there is none."""
        value: Any = self.definition
        for step in name.split("."):
            value = _step(value, step)
        return value

    def text(self, name: str) -> str:
        """The text of a field."""
        shape: Shape | None = form_shape(self.kind, self.at("rule.on") if isinstance(self.at("rule"), dict) else None)
        for step in name.split("."):
            shape = _step_shape(shape, step)
        return write_text(shape, self.at(name), self.currency) if shape else str(self.at(name) or "")

    def moment(self, name: str) -> tuple[str, str]:
        """Start or end as (date, time of day); an end without a time of day means the end of that day."""
        return moment_parts(self.at(name), is_end=name.endswith("ends_at"))

    def rows(self, name: str) -> list[str]:
        """The names of the rows of a list: `rule.slots.0`, `rule.slots.1`."""
        value = self.at(name)
        return [f"{name}.{position}" for position in range(len(value))] if isinstance(value, list) else []

    def funding(self) -> list[tuple[str, str]]:
        """The rows of (payer, percent)."""
        value = self.at("funding")
        return [(str(k), write_text(PERCENT, v, None)) for k, v in value.items()] if isinstance(value, dict) else []

    def has(self, name: str, word: object) -> bool:
        """True when a list holds `word`, or a value is it."""
        value = self.at(name)
        return word in value if isinstance(value, list) else value == word

    def given(self, *names: str) -> bool:
        """True when any of the fields holds something, so that what is folded away should be open."""
        return any(self.at(name) not in (None, "", [], {}) for name in names) or any(self.peek(name) for name in names)

    def one_of(self, base: str, *keys: str) -> str:
        """Which of `keys` at `base` is given; the first when none is, an empty text when several are."""
        given = [key for key in keys if self.at(f"{base}.{key}") is not None]
        return given[0] if len(given) == 1 else "" if given else keys[0]

    def names_of(self, kind: str, codes: Any) -> dict[str, str]:
        """The names of the codes of a field, for those that are known."""
        codes = codes if isinstance(codes, list) else [codes]
        return {code: self.names[kind, code] for code in codes if isinstance(code, str) and (kind, code) in self.names}

    def peek(self, name: str) -> list[Note]:
        """The notes at a field and below it."""
        return [note for note in self.notes if note.field == name or note.field.startswith(f"{name}.")]

    def notes_at(self, name: str, deep: bool = False) -> list[Note]:
        """The notes that this field shows; `deep` takes those of its words too (`rule.items.categories.0`)."""
        found = [note for note in self.notes if note.field == name or (deep and note.field.startswith(f"{name}."))]
        self._taken.update(id(note) for note in found)
        return found

    @property
    def unplaced(self) -> list[Note]:
        """Notes that no field has shown; asked after the fields are rendered."""
        return [note for note in self.notes if id(note) not in self._taken]


def notes_of(problems: list[Problem] | Mapping[str, str], level: str) -> list[Note]:
    """Problems as notes at the form's names: `rule.tiers[0].at` becomes `rule.tiers.0.at`."""
    pairs = problems.items() if isinstance(problems, Mapping) else [(p["field"], p["message"]) for p in problems]
    return [Note(level, form_name(path), message) for path, message in pairs]


EMPTY_WORDS = {
    "offer": "",
    "when": "At once and until you end it, all day",
    "where": "In every store, on all items",
    "who": "Every guest, by itself",
    "limits": "No limit",
    "combining": "Together with other promotions",
}
SECTIONS = {
    **dict.fromkeys(("rule", "requires"), "Offer"),
    "schedule": "When",
    "scope": "Where",
    **dict.fromkeys(("targeting", "trigger", "experiment"), "Who"),
    **dict.fromkeys(("limits", "funding"), "Limits"),
    **dict.fromkeys(("stacking", "priority"), "Combining"),
    "basket": "Basket",
}
LABELS = {
    "skus": "products",
    "sku": "product",
    "min_spend": "least spend",
    "min_basket": "least basket",
    "min_quantity": "least number",
    "max_units": "most items",
    "starts_at": "from",
    "ends_at": "until",
    "windows": "time",
    "slots": "part",
    "contents": "product",
    "tiers": "step",
    "requires": "requirement",
    "per_basket": "times in a basket",
    "per_customer": "times a guest",
    "per_store": "times a store",
    "per_day": "times a day",
    "total": "times in total",
    "max_discount": "most that one basket saves",
    "lines": "line",
}
WITHOUT_WORD = ("rule", "schedule", "scope", "targeting", "limits", "stacking", "basket", "customer", "items")


def place(name: str) -> str:
    """A field's name in words: `rule.tiers.0.at` is `Offer, step 1, at`."""
    steps = name.split(".")
    words = [SECTIONS[steps[0]]] if steps[0] in SECTIONS else []
    for step in steps:
        if step.isdigit() and words:
            words[-1] += f" {int(step) + 1}"
        elif step not in WITHOUT_WORD and step:
            words.append(LABELS.get(step, step.replace("_", " ")))
    return (
        ", ".join(words).capitalize()
        if words and words[0] not in SECTIONS.values()
        else ", ".join(words) or "The whole"
    )


def form_name(path: str) -> str:
    """The form's name of the engine's path."""
    return re.sub(r"\[(\d+)\]", r".\1", path)


def _step(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    return value[int(step)] if isinstance(value, list) and step.isdigit() and int(step) < len(value) else None


def _step_shape(shape: Shape | None, step: str) -> Shape | None:
    if isinstance(shape, Object):
        entry = shape.by_name.get(step)
        return entry.shape if entry else None
    return shape.item if isinstance(shape, ListOf) else None
