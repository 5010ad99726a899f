"""Reading definitions that may be wrong anywhere: a marketer is still typing them."""

from typing import Any

Values = dict[str, Any]


def as_object(value: Any) -> Values:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str:
    """The text, or an empty one."""
    return value if isinstance(value, str) else ""


def as_count(value: Any) -> int:
    """A number of units from 1 to 99, or 1."""
    return value if type(value) is int and 1 <= value <= 99 else 1


def as_amount(value: Any) -> int:
    """A number above 0, or 0."""
    return value if type(value) is int and value > 0 else 0


def codes_at(value: Any, *path: str) -> list[str]:
    """The texts of the list at a path, or none."""
    for step in path:
        value = as_object(value).get(step)
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def first_code(value: Any, *path: str) -> str | None:
    """The first text of the list at a path."""
    found = codes_at(value, *path)
    return found[0] if found else None
