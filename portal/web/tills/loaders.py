"""From an address to what the list of stores is asked for, and back."""

from typing import Any

from flask import request, url_for

from portal.services.sync.tills import Condition, Wanted
from portal.web.tills.area import own_codes


def wanted() -> Wanted:
    """What the address asks for; conditions that it does not know are not looked at."""
    chosen = set(request.args.getlist("is"))
    return Wanted(
        words=request.args.get("q", "").strip()[:200],
        conditions=tuple(each for each in Condition if each in chosen),
        codes=own_codes(),
    )


def first_row() -> int:
    """Where the piece that is asked for begins."""
    return min(max(0, request.args.get("from", 0, type=int)), 1_000_000)


def arguments(asked: Wanted, **changes: Any) -> dict[str, Any]:
    """The arguments of an address that asks for the same, with `changes`."""
    own = {"q": asked.words or None, "is": [each.value for each in asked.conditions] or None}
    return {name: value for name, value in {**own, **changes}.items() if value is not None}


def address(asked: Wanted, **changes: Any) -> str:
    """The address of the list that asks for the same, with `changes`; None removes one."""
    return url_for(".index", **arguments(asked, **changes))


def toggled(asked: Wanted, condition: Condition) -> str:
    """The address with one condition taken away or added."""
    chosen = [each.value for each in Condition if (each in asked.conditions) != (each is condition)]
    return address(asked, **{"is": chosen or None})


def table_address(asked: Wanted) -> str:
    """The address of the same list as a CSV file."""
    return url_for(".table", **arguments(asked))
