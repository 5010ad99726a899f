"""Views of the published bundle for tills and programs that do not keep one. Source: sync.md, section 2.

All of them show the same published version and bear its ETag (weak, because the bytes are other ones) and its number.
"""

import re
from datetime import UTC, datetime

from flask import Response, g, request

from portal import clock
from portal.db import reading
from portal.errors import Invalid
from portal.services.sync import views_of_bundle
from portal.web.access import SYNC_READ, till
from portal.web.documented import Answer, Description, Parameter, documented
from portal.web.sync.answering import has, unchanged_view, view_of
from portal.web.sync.blueprint import bp
from portal.web.sync.bodies import taken
from portal.web.sync.documents import ActivePromotions, Bulk, BulkAnswer, Found, OnePromotion, Version
from portal.web.sync.words import IF_NONE_MATCH, INVALID, MISSING, REFUSED, UNCHANGED, UNREADABLE, VIEWED

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})")
AT = Parameter(
    "at",
    "query",
    "a moment with its offset, ISO 8601; now, where it is left out",
    {"type": "string", "pattern": f"^{MOMENT.pattern}$", "examples": ["2026-12-01T18:00:00+01:00"]},
)


@bp.get("/promotions/active")
@till(SYNC_READ)
@documented(
    Description(
        "The promotions in force",
        "active_promotions: those of the published bundle that are in force at `at`, by their dates.",
        "Promotions",
        {200: Answer("They, as compiled.", ActivePromotions, headers=VIEWED), **UNCHANGED, **REFUSED, **MISSING}
        | {**INVALID},
        (AT, IF_NONE_MATCH),
        security=("till",),
    )
)
def active() -> Response:
    """The promotions in force at a moment; 304 only where the moment is given, because now moves on."""
    given = request.args.get("at")
    at = clock.now() if given is None else moment_of(given)
    session = reading()
    version = views_of_bundle.version(session, g.till.store_id)
    if given is not None and has(version.sha256):
        return unchanged_view(version)
    found = views_of_bundle.active(session, g.till.store_id, at)
    return view_of(version, {"at": at.isoformat(), "promotions": list(found)})


def moment_of(text: str) -> datetime:
    """An aware moment. Raises Invalid."""
    try:
        if MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid({"at": "must be a moment with its offset, such as 2026-12-01T18:00:00Z"})


@bp.get("/promotions/<code>")
@till(SYNC_READ)
@documented(
    Description(
        "One promotion",
        "get_promotion: one of the published bundle, in force or not yet.",
        "Promotions",
        {200: Answer("It, as compiled.", OnePromotion, headers=VIEWED), **UNCHANGED, **REFUSED, **MISSING},
        (Parameter("code", "path", "the promotion's code"), IF_NONE_MATCH),
        security=("till",),
    )
)
def promotion(code: str) -> Response:
    """One promotion of the published bundle."""
    session = reading()
    version = views_of_bundle.version(session, g.till.store_id)
    found = views_of_bundle.one(session, g.till.store_id, code)
    return unchanged_view(version) if has(version.sha256) else view_of(version, {"promotion": found})


@bp.post("/promotions/bulk")
@till(SYNC_READ)
@documented(
    Description(
        "Up to 500 promotions by code",
        "bulk_get: each code with its outcome, `found` or `not_found`, in the order asked.",
        "Promotions",
        {200: Answer("An outcome for each code.", BulkAnswer, headers=VIEWED), **REFUSED, **MISSING}
        | {**UNREADABLE, **INVALID},
        body=Bulk,
        is_compressible=True,
        security=("till",),
    )
)
def bulk() -> Response:
    """An outcome for each code."""
    codes = taken(Bulk).codes
    session = reading()
    version = views_of_bundle.version(session, g.till.store_id)
    found = views_of_bundle.many(session, g.till.store_id, codes)
    results = [
        {"code": code, "outcome": Found.FOUND if code in found else Found.NOT_FOUND, "promotion": found.get(code)}
        for code in codes
    ]
    return view_of(version, {"results": results})


@bp.get("/version")
@till(SYNC_READ)
@documented(
    Description(
        "The version in force",
        "version: number, SHA-256 and moment of the last publication to the token's store.",
        "Promotions",
        {200: Answer("The version.", Version, headers=VIEWED), **UNCHANGED, **REFUSED, **MISSING},
        (IF_NONE_MATCH,),
        security=("till",),
    )
)
def version() -> Response:
    """Version, hash and moment of the last publication."""
    found = views_of_bundle.version(reading(), g.till.store_id)
    if has(found.sha256):
        return unchanged_view(found)
    return view_of(
        found, {"version": found.version, "sha256": found.sha256, "generated_at": found.generated_at.isoformat()}
    )
