"""From an address to what a list is asked for, and back; rights by kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from portal.db import Session
from portal.services import catalogue
from portal.services.catalogue import Found, Kind, Wanted

# The kinds as a part of an address.
KIND = f"<any({', '.join(catalogue.KINDS)}):kind>"
PEOPLE = ("customers", "segments")
FILTER_WORDS = {
    "brand": "Brand",
    "category": "Category",
    "tag": "Tag",
    "currency": "Currency",
    "timezone": "Time zone",
    "segment": "Segment",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: its words, and the address without it."""

    words: str
    without: str


def seen_by(kind: str, **_: object) -> str:
    """The right that a list or an entry of this kind needs."""
    return "customers.view" if kind in PEOPLE else "catalogue.view"


def picked_by(kind: str, **_: object) -> str:
    """The right that a search for this kind (in the singular) needs."""
    return seen_by(f"{kind}s")


def wanted(kind: Kind) -> Wanted:
    """What the address asks for; what it says beyond that is not looked at."""
    args = {name: value.strip() for name, value in request.args.items() if value.strip()}
    sort = args.get("sort", "")
    return Wanted(
        words=args.get("q", "")[:200],
        filters={name: args[name] for name in kind.filters if name in args},
        sort=sort if sort.removeprefix("-") in kind.sorts else "",
    )


def first_row() -> int:
    """Where the piece that is asked for begins."""
    return max(0, request.args.get("from", 0, type=int))


def found(session: Session, kind: Kind, asked: Wanted, first: int) -> Found:
    """A piece of the list; categories come as a tree."""
    if kind.name == "categories":
        return catalogue.search_tree(session, asked, first=first)
    return catalogue.search(session, kind, asked, first=first)


def arguments(asked: Wanted, **changes: Any) -> dict[str, Any]:
    """The arguments of an address that asks for the same, with `changes`; None removes one."""
    own = {"q": asked.words or None, **asked.filters, "sort": asked.sort or None}
    return {name: value for name, value in {**own, **changes}.items() if value is not None}


def address(kind: Kind, asked: Wanted, **changes: Any) -> str:
    """The address of a list that asks for the same, with `changes`."""
    return url_for(".index", kind=kind.name, **arguments(asked, **changes))


def table_address(kind: Kind, asked: Wanted) -> str:
    """The address of the same list as a CSV file."""
    return url_for(".table", kind=kind.name, **arguments(asked))


def chips(kind: Kind, asked: Wanted, choices: Mapping[str, list[tuple[str, str]]]) -> list[Chip]:
    """The filters that are on, with the names that `choices` (catalogue.choices) has for their codes."""
    names = dict(pair for offered in choices.values() for pair in offered)
    words = [Chip(f"“{asked.words}”", address(kind, asked, q=None))] if asked.words else []
    return words + [
        Chip(f"{FILTER_WORDS[name]}: {names.get(value, value)}", address(kind, asked, **{name: None}))
        for name, value in asked.filters.items()
    ]


def flipped(asked: Wanted, column: str) -> str:
    """What a click on a column's head sorts by: up first, then down."""
    return f"-{column}" if asked.sort == column else column
