"""The forms of the catalogue: text fields, which services/entries.py reads and judges as it does files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField, StringField
from wtforms.fields import Field

from portal.errors import Invalid

Choices = list[tuple[str, str]]


class Needed:
    """Marks a field that must be filled; the service says so when it is not."""

    field_flags = {"required": True}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Nothing to check here."""


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its label, help, whether it must be filled, how wide it is, and from where it offers choices."""

    label: str
    help: str = ""
    needed: bool = False
    wide: bool = False
    choices: str = ""
    offers: str = ""
    picks: str = ""


CODE_HELP = "Letters, digits, dot, dash, underscore. Promotions and tills name it by this code, so it stays."
SEVERAL = "Search, or write codes with commas between them."

LINES: dict[str, dict[str, Line]] = {
    "products": {
        "sku": Line("SKU", CODE_HELP, needed=True),
        "name": Line("Name", "As it stands on the receipt.", needed=True),
        "currency": Line("Currency", "Three letters, such as USD.", needed=True),
        "price": Line("Price", "What a guest pays without promotions.", needed=True),
        "cost": Line("Cost", "What it costs you."),
        "floor": Line("Lowest price", "No promotion takes it below this."),
        "brand": Line("Brand", choices="brands"),
        "categories": Line("Categories", f"{SEVERAL} A product is in the ones above them too.", picks="category"),
        "tags": Line("Tags", "Search, or write words with commas between them.", picks="tag"),
    },
    "categories": {
        "code": Line("Code", CODE_HELP, needed=True),
        "name": Line("Name", needed=True),
        "parent": Line("Below", "The code of the category above; nothing for the top.", offers="category"),
    },
    "brands": {"code": Line("Code", CODE_HELP, needed=True), "name": Line("Name", needed=True)},
    "stores": {
        "code": Line("Code", CODE_HELP, needed=True),
        "name": Line("Name", needed=True),
        "brand": Line("Brand", choices="brands"),
        "city": Line("City"),
        "timezone": Line("Time zone", "Happy hours follow it. Such as America/New_York.", needed=True, offers="zone"),
        "currency": Line("Currency", "Three letters, such as USD.", needed=True),
    },
    "customers": {
        "code": Line("Code", CODE_HELP, needed=True),
        "name": Line("Name", needed=True),
        "email": Line("E-mail"),
        "birthday": Line("Birthday", "Year, month and day: 1990-11-22."),
        "orders": Line("Orders so far", "0 makes a new guest; nothing where it is unknown."),
        "segments": Line("Segments", SEVERAL, picks="segment"),
    },
    "segments": {"code": Line("Code", CODE_HELP, needed=True), "name": Line("Name", needed=True)},
}


def _field(line: Line) -> Field:
    validators = [Needed()] if line.needed else []
    if line.choices:
        return SelectField(line.label, validators, validate_choice=False)
    offers = {"list": f"{line.offers}-options"} if line.offers else {}
    return StringField(line.label, validators, render_kw={"autocomplete": "off", **offers})


FORMS: dict[str, type[FlaskForm]] = {
    kind: type(f"{kind.title()}Form", (FlaskForm,), {column: _field(line) for column, line in lines.items()})
    for kind, lines in LINES.items()
}


class FileForm(FlaskForm):
    """One CSV file."""

    file = FileField("CSV file", [Needed()], render_kw={"accept": ".csv,text/csv"})


def filled(kind: str, texts: Mapping[str, str], choices: Mapping[str, Choices], *, is_new: bool) -> FlaskForm:
    """The form of an entry; the key of one that exists can't be changed."""
    form = FORMS[kind](data={column: _shown(line, texts[column]) for column, line in LINES[kind].items()})
    for column, line in LINES[kind].items():
        if line.choices:
            form[column].choices = [("", "None"), *choices[line.choices]]
    if not is_new:
        key = next(iter(LINES[kind]))
        form[key].render_kw = {"readonly": True}
        form[key].data = texts[key]
    return form


def texts_of(form: FlaskForm, kind: str) -> dict[str, str]:
    """What a person wrote, by column."""
    return {column: _written(line, form[column].data or "") for column, line in LINES[kind].items()}


def _shown(line: Line, text: str) -> str:
    """A list with commas, as the picker of the builder reads it; a word that holds one stands in quotation marks."""
    if not line.picks:
        return text
    return ", ".join(_quoted(word) if set(word) & set(',"') else word for word in text.split("|"))


def _quoted(word: str) -> str:
    return '"{}"'.format(word.replace('"', '""'))


def _written(line: Line, text: str) -> str:
    if not line.picks:
        return text
    found = re.findall(r'\s*"((?:[^"]|"")*)"|([^,|\n]+)', text)
    return "|".join(quoted.replace('""', '"') or bare.strip() for quoted, bare in found)


def show(form: FlaskForm, error: Invalid) -> None:
    """Put the service's words at their fields, as whole sentences: `is empty` becomes `Name is empty`."""
    for path, message in error.errors.items():
        has_no_subject = message.startswith(("is ", "has ", "holds ", "stands "))
        form[path].errors = [
            f"{form[path].label.text} {message}" if has_no_subject else message[0].upper() + message[1:]
        ]
