"""The page of limits."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock, config
from portal.db import reading
from portal.services import business_day
from portal.services.limits import standing
from portal.web import htmx
from portal.web.access import needs

bp = Blueprint("limits", __name__)

POLICIES = {"open": "Counted later", "leased": "Leased to tills", "online_only": "Online only"}


@bp.get("/")
@needs("sync.view")
def index() -> ResponseReturnValue:
    """The limited promotions, or what a search found."""
    words = request.args.get("q", "").strip()[:200].replace("\0", "")
    policy = request.args.get("offline", "") if request.args.get("offline") in POLICIES else ""
    settings, first = config.current(), max(0, min(request.args.get("from", 0, type=int), 10**6))
    today = business_day.business_date(clock.now(), zone=settings.chain_timezone, starts_at=settings.day_starts_at)
    piece = standing.listed(reading(), today=today, words=words, policy=policy, first=first)
    return htmx.page_or_fragment(
        "limits/index.html",
        "limits/_found.html",
        words=words,
        policy=policy,
        policies=POLICIES,
        piece=piece,
        today=today,
        next_address=next_address(words, policy, piece.next),
    )


def next_address(words: str, policy: str, first: int | None) -> str | None:
    """Where the next promotions are, with the same question."""
    asked: dict[str, Any] = {"q": words, "offline": policy, "from": first}
    return url_for(".index", **{name: value for name, value in asked.items() if value}) if first else None
