"""The log lines of tills: searched, the newest first."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal import config
from portal.db import reading
from portal.services.sync import logs
from portal.services.sync.logs import LEVELS, Wanted
from portal.web import htmx
from portal.web.access import needs
from portal.web.reports.blueprint import LISTS, bp, first_row, stores_seen

FIELDS = {"words": "q", "level": "level", "kind": "kind", "store": "store", "till": "till", "promotion": "promotion"}
"""Each field of a search, and its name in the address."""


@bp.get("/logs")
@needs("sync.view")
def log_lines() -> ResponseReturnValue:
    """The list: a page, what a search found, or the next rows."""
    given = {field: request.args.get(name, "").strip()[:200].replace("\0", "") for field, name in FIELDS.items()}
    first = first_row()
    asked: dict[str, Any] = {FIELDS[field]: value for field, value in given.items() if value}
    found = logs.search(reading(), Wanted(**given, stores=stores_seen()), first=first)
    return htmx.page_or_fragment(
        "reports/logs.html",
        "reports/rows/_logs.html" if first else "reports/_found_logs.html",
        lists=LISTS,
        asked=asked,
        found=found,
        levels=LEVELS,
        kinds=logs.kinds(reading()),
        kept_days=config.current().keep_logs_days,
        next_address=url_for(".log_lines", **{**asked, "from": found.next}),
    )
