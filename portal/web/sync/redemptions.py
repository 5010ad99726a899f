"""The server's word before payment: reserve, commit, void. Source: sync.md, section 4."""

from collections.abc import Callable

from flask import Response, g

from portal import clock, config
from portal.db import transaction
from portal.services.limits import holds
from portal.services.limits.redemptions import HoldAnswer, Redemption
from portal.web.access import VOUCHER_REDEEM, till
from portal.web.documented import Answer, Description, documented
from portal.web.sync.answering import as_json
from portal.web.sync.blueprint import bp
from portal.web.sync.bodies import taken
from portal.web.sync.words import INVALID, REFUSED, UNREADABLE

ANSWERS = {200: Answer("What stands now; `status` says which.", HoldAnswer), **UNREADABLE, **REFUSED, **INVALID}


def described(summary: str, details: str) -> Description:
    """The three have the same body, answers and security."""
    return Description(
        summary, details, "Redemptions", ANSWERS, body=Redemption, is_compressible=True, security=("till",)
    )


@bp.post("/redemptions/reserve")
@till(VOUCHER_REDEEM)
@documented(
    described(
        "Hold a redemption for a basket",
        "For what needs the server's word before payment. A hold lasts 15 minutes; the same basket may ask again.",
    )
)
def reserve() -> Response:
    """Promise a redemption."""
    return settle(holds.reserve)


@bp.post("/redemptions/commit")
@till(VOUCHER_REDEEM)
@documented(
    described("Count what was given", "After payment. It stands even where the hold is lost, and is flagged then.")
)
def commit() -> Response:
    """Count a redemption."""
    return settle(holds.commit)


@bp.post("/redemptions/void")
@till(VOUCHER_REDEEM)
@documented(described("Give a hold back", "When the basket is given up, or its payment is taken back."))
def void() -> Response:
    """Give a hold back."""
    return settle(holds.void)


def settle(how: Callable[..., HoldAnswer]) -> Response:
    """Do it in one transaction; the answer goes out after the commit."""
    request = taken(Redemption)
    with transaction() as session:
        answer = how(session, g.till, request, settings=config.current(), now=clock.now())
    return as_json(answer)
