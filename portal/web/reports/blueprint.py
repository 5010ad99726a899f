"""The blueprint of the reports, whose stores a person sees, and the lists that there are."""

from dataclasses import dataclass

from flask import Blueprint, request
from flask_login import current_user

from portal.models.user import Role

bp = Blueprint("reports", __name__)


@dataclass(frozen=True, slots=True)
class List:
    """One list of what waits for a person: its words, and its template of rows."""

    name: str
    title: str
    lead: str
    heads: tuple[str, ...]
    rows: str
    nothing: str
    nothing_words: str
    done: str


LISTS = {
    "quarantine": List(
        "quarantine",
        "Quarantine",
        "What tills sent that can't be read. The bytes are kept: mend the text and it is counted as the till meant it, "
        "or set it aside and say why.",
        ("Till", "What is wrong", "Number", "Arrived"),
        "reports/rows/_quarantine.html",
        "Nothing in quarantine",
        "Every event that tills sent could be read.",
        "Dealt with",
    ),
    "conflicts": List(
        "conflicts",
        "Conflicts",
        "Two contents under one id. The first one counts; the second is kept until somebody has looked.",
        ("Till", "Event", "Number", "Arrived"),
        "reports/rows/_conflicts.html",
        "No conflicts",
        "No till has reported two contents under one id.",
        "Settled",
    ),
    "differences": List(
        "differences",
        "Price differences",
        "Sales that the server prices otherwise than the till did, with the same promotions. The till's result is what "
        "the guest paid.",
        ("Basket", "Till says", "Server says", "Found"),
        "reports/rows/_differences.html",
        "No price differences",
        "Wherever the server has priced a sale again, it came to the same.",
        "Settled",
    ),
}


def stores_seen() -> tuple[str, ...] | None:
    """The codes of the stores that the signed-in person may see; None is all of them."""
    return tuple(current_user.store_codes) if current_user.role == Role.STORE_MANAGER else None


def first_row() -> int:
    """Where the piece that is asked for begins."""
    return max(0, min(request.args.get("from", 0, type=int), 10**9))
