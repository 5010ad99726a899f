"""What is wrong with a document: problems by field, and their order.

Source: contract, section 1 ("Errors are ...") and section 7 ("all errors: keys as written, then missing ones ...").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from portal.engine.quoting import in_script_order

Path = tuple[str | int, ...]
"""Where a value stands in a document: keys and list positions, `("rule", "tiers", 0, "at")`."""

PAGE_ORDER = (
    # Required keys in the order of the contract's page; no object has two of them in another order.
    *("engine", "promotions", "basket", "code", "type", "currency", "at", "lines", "rule", "schedule", "stacking"),
    *("id", "sku", "unit_price", "slots", "contents", "buy", "get", "gift", "when", "trigger", "offer", "tiers"),
    *("items", "quantity", "percent", "basis_points", "amount", "price", "earn", "reward", "promotion"),
    *("from", "to", "windows", "group", "key", "seed", "unit", "range"),
)
_PAGE_RANK = {key: rank for rank, key in enumerate(PAGE_ORDER)}


class Problem(TypedDict):
    """One thing that is wrong: the field's path as people write it, and what would be right."""

    field: str
    message: str


class Invalid(ValueError):
    """A document can't be used; `problems` holds every reason, in document order."""

    def __init__(self, problems: list[Problem]) -> None:
        shown = [f"{problem['field']} {problem['message']}".strip() for problem in problems[:3]]
        more = [f"and {len(problems) - 3} more"] if len(problems) > 3 else []
        super().__init__("; ".join(shown + more))
        self.problems = problems


class Findings:
    """Collects problems while a document is read; the first one at a field stays."""

    __slots__ = ("_messages", "money_at")

    def __init__(self) -> None:
        self._messages: dict[Path, str] = {}
        self.money_at: Path | None = None
        """Where an amount of money was read last, if any: it makes a currency necessary."""

    def __bool__(self) -> bool:
        return bool(self._messages)

    def add(self, path: Path, message: str) -> None:
        self._messages.setdefault(path, message)

    def valid(self, *paths: Path) -> bool:
        """True when nothing at or below any of `paths` is wrong."""
        if not self._messages:
            return True
        return not any(wrong[: len(path)] == path for wrong in self._messages for path in paths)

    def in_order_of(self, document: object) -> list[Problem]:
        """All problems: an object before its keys, keys as written, then missing ones in the page's order."""
        ordered = sorted(self._messages.items(), key=lambda entry: _position(document, entry[0]))
        return [{"field": field_name(path), "message": message} for path, message in ordered]


def field_name(path: Iterable[str | int]) -> str:
    """`("rule", "tiers", 0, "at")` as `rule.tiers[0].at`; the whole document is ``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _position(document: Any, path: Path) -> list[tuple[int, int]]:
    """Sort key of a path: at each level the place of the key as written, missing keys after all of them."""
    position = []
    for step in path:
        if isinstance(step, int):
            position.append((0, step))
            document = document[step] if isinstance(document, list) and step < len(document) else None
        elif isinstance(document, dict) and document.get(step) is not None:
            position.append((0, in_script_order(document).index(step)))
            document = document[step]
        else:
            position.append((1, _PAGE_RANK.get(step, len(_PAGE_RANK))))
            document = None
    return position
