"""What a till may still spend while it is alone. Source: sync.md, sections 2 and 6."""

from flask import Response, g, request

from portal import clock, config
from portal.db import transaction
from portal.services.limits import leases as slices
from portal.services.sync import keys
from portal.web.access import SYNC_READ, till
from portal.web.documented import Answer, Description, documented
from portal.web.sync.answering import has, signed, unchanged
from portal.web.sync.blueprint import bp
from portal.web.sync.documents import Leases
from portal.web.sync.words import IF_NONE_MATCH, REFUSED, SIGNED, UNCHANGED


@bp.get("/leases")
@till(SYNC_READ)
@documented(
    Description(
        "What this till may still spend offline",
        "Signed like the manifest. For each leased promotion what is left of this till's slice, and until when; "
        "`counted_through_seq` says up to which usage event that counts.",
        "Reading",
        {200: Answer("The leases.", Leases, headers=SIGNED), **UNCHANGED, **REFUSED},
        (IF_NONE_MATCH,),
        security=("till",),
    )
)
def leases() -> Response:
    """The till's slices, renewed."""
    settings = config.current()
    given = request.headers.get("If-None-Match")
    with transaction() as session:
        body, tag = slices.document(
            session, g.till, settings=settings, now=clock.now(), if_none_match=given and given.strip('"')
        )
    return unchanged(tag) if has(tag) else signed(body, tag, keys.active(settings.keys).sign(body))
