"""What the preview shows, gathered: templates only word it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.db import Session
from portal.engine import Invalid, PromotionValidator
from portal.engine.describe import describe, describe_sections
from portal.services import naming, previews, publications, samples
from portal.services.publications import Live
from portal.services.samples import Trial
from portal.web.basket_form import BasketForm
from portal.web.builder_form import Note, notes_of

Values = dict[str, Any]

STAND_IN = "PREVIEW"
MOST_REASONS = 40
# The nearer a promotion came to applying, the earlier its reason stands.
NEAR = (
    "not_best",
    "minimum_spend",
    "missing_items",
    "suggested",
    "trigger",
    "customer",
    "payment_method",
    "no_benefit",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A result (contract, section 6) with the names that a till would print."""

    result: Values
    trial: Trial
    product_names: Mapping[str, str]
    promotion_names: Mapping[str, str]
    own: str
    store_name: str

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return str(self.result["currency"])

    @property
    def moment(self) -> datetime:
        """The store's wall clock."""
        return datetime.fromisoformat(self.trial.basket["at"])

    def product(self, sku: str) -> str:
        """A product's name, or its sku."""
        return self.trial.names.get(sku) or self.product_names.get(sku, sku)

    def promotion(self, code: str) -> str:
        """A promotion's name, or its code."""
        return self.promotion_names.get(code) or code

    def lines(self) -> list[tuple[Values, Values]]:
        """Each line of the basket with its result."""
        return list(zip(self.trial.basket["lines"], self.result["lines"], strict=True))

    def why_not(self) -> Values | None:
        """Why the promotion that is built does not apply, if it does not."""
        return next((entry for entry in self.result["not_applied"] if entry["promotion"] == self.own), None)


@dataclass(frozen=True, slots=True)
class Shown:
    """The preview of a definition. No receipt where there are problems; `others` says whether anything else runs."""

    words: str
    sections: Mapping[str, str]
    problems: list[Note] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)
    receipt: Receipt | None = None
    together: Receipt | None = None
    not_applied: list[Values] = field(default_factory=list)
    not_applied_total: int = 0

    @property
    def others(self) -> bool:
        """True when other promotions run beside this one."""
        return self.together is not None


def shown_of(
    session: Session,
    definition: Values,
    basket: BasketForm,
    names: Mapping[tuple[str, str], str],
    *,
    zone: str,
    now: datetime,
) -> Shown:
    """The preview of a definition as typed, on the basket of the controls.

    A missing code does not keep the receipt back: the promotion is tried under a stand-in.
    """
    validator = PromotionValidator()
    problems = notes_of(validator.validate_promotion(definition), "problem")
    warnings = notes_of(validator.warnings(definition) + naming.unknown(definition, names), "warning")
    words, sections = describe(definition, names), describe_sections(definition, names)
    tried = code_or_stand_in(definition)
    if validator.validate_promotion(tried):
        return Shown(words, sections, problems)
    trial = samples.trial(session, tried, basket.wanted(), zone=zone, now=now)
    live = publications.live(session)
    try:
        preview = previews.preview(live, tried, trial.basket)
    except Invalid as invalid:
        return Shown(words, sections, problems + _basket_notes(invalid, basket), warnings)
    products = {code: name for (kind, code), name in names.items() if kind == "product"}
    receipts = _receipts(session, preview, trial, live, tried, products)
    return Shown(words, sections, problems, warnings, *receipts)


def code_or_stand_in(definition: Values) -> Values:
    """The definition, under a stand-in while it has no code."""
    return definition if definition.get("code") else {**definition, "code": STAND_IN}


def _receipts(
    session: Session, preview: previews.Preview, trial: Trial, live: Live, tried: Values, products: Mapping[str, str]
) -> tuple[Receipt, Receipt | None, list[Values], int]:
    own = tried["code"]
    names = {code: definition.get("name") or code for code, definition in live.definitions.items()}
    names[own] = tried.get("name") or "This promotion"
    store = samples.store_name(session, trial.basket.get("store"))
    alone, together = (
        Receipt(result, trial, products, names, own, store) for result in (preview.alone, preview.together)
    )
    others = any(code != own for code in live.definitions)
    rest = sorted((entry for entry in preview.together["not_applied"] if entry["promotion"] != own), key=_nearness)
    named = [{**entry, "name": names.get(entry["promotion"], entry["promotion"])} for entry in rest[:MOST_REASONS]]
    return alone, together if others else None, named, len(rest)


def _nearness(entry: Values) -> tuple[int, int, str]:
    reason = entry["reason"]
    near = NEAR.index(reason) if reason in NEAR else len(NEAR)
    return near, entry["detail"].get("missing", 0), entry["promotion"]


def _basket_notes(invalid: Invalid, basket: BasketForm) -> list[Note]:
    """What is wrong with the basket, at the controls: the engine counts only the lines that are filled in."""
    notes = notes_of(invalid.problems, "problem")
    return [Note(note.level, f"basket.{_control(note.field, basket.filled())}", _basket_words(note)) for note in notes]


def _basket_words(note: Note) -> str:
    """The engine's basket has whole minor units; people write a price, or leave it to the catalogue."""
    if not note.field.endswith(".unit_price"):
        return note.message
    if note.message == "is required":
        return "is required, because the catalogue has no such product"
    return "must be an amount of 0 or more, such as 4.50"


def _control(name: str, filled: list[int]) -> str:
    steps = name.split(".")
    if steps[0] == "lines" and len(steps) > 1 and int(steps[1]) < len(filled):
        steps[1] = str(filled[int(steps[1])])
    return ".".join(steps)
