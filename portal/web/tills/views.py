"""Pages that look: the list of stores, its file, one store, what its tills sell with."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal import clock, config
from portal.db import Session, reading
from portal.engine.definition import ENGINE_VERSION
from portal.models.catalogue import Store
from portal.services import tables
from portal.services.sync import alerts, store_tills, tills
from portal.web import htmx
from portal.web.access import needs
from portal.web.tills import loaders, words
from portal.web.tills.area import bp, store_of
from portal.web.tills.forms import InviteForm

COLUMNS = (
    "store", "store_name", "city", "store_version", "till", "till_version", "engine", "last_seen", "clock_skew_s",
    "outbox", "events_missing", "behind", "silent", "clock_off", "suspended",
)  # fmt: skip
SHOWN_PROMOTIONS = 25
SHOWN_VERSIONS = 10


@bp.get("/tills")
@needs("sync.view")
def index() -> ResponseReturnValue:
    """The list: a page, what a filter found, or the next rows."""
    asked, first, now = loaders.wanted(), loaders.first_row(), clock.now()
    found = tills.search(reading(), asked, now=now, first=first)
    zone = config.current().chain_timezone
    answer = htmx.page_or_fragment(
        "tills/index.html",
        "tills/_rows.html" if first else "tills/_found.html",
        asked=asked,
        found=found,
        loaders=loaders,
        words=words,
        now=now,
        lead=words.lead(found, now, zone),
    )
    return answer if first else htmx.show_address(answer, loaders.address(asked))


@bp.get("/tills.csv")
@needs("sync.view")
def table() -> ResponseReturnValue:
    """Everything that the list's filters find, a row for each till."""
    rows = _texts(tills.every(reading(), loaders.wanted(), now=clock.now()))
    head = {"Content-Disposition": 'attachment; filename="tills.csv"', "Cache-Control": "no-store"}
    text: Any = stream_with_context(tables.write(COLUMNS, rows))
    return Response(text, content_type="text/csv; charset=utf-8", headers=head)


def _texts(rows: Iterator[tuple[tills.StoreRow, Any, Any]]) -> Iterator[list[str]]:
    for store, till, state in rows:
        own = [store.code, store.name, store.city, _text(store.version)]
        if till is None:
            yield [*own, *[""] * 10, _yes(store.suspended_at)]
            continue
        behind, silent, skewed, missing = state
        skew = None if till.clock_skew_ms is None else round(till.clock_skew_ms / 1000)
        facts = (till.name, till.bundle_version, till.engine_version, _moment(till.last_seen_at), skew)
        flags = (_yes(behind), _yes(silent), _yes(skewed), _yes(store.suspended_at))
        yield [*own, *map(_text, facts), _text(till.outbox_length), _text(missing), *flags]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _yes(value: object) -> str:
    return "yes" if value else "no"


@bp.get("/tills/<code>")
@needs("sync.view")
def store(code: str) -> ResponseReturnValue:
    """One store: its tills, its versions, what its bundle holds."""
    session = reading()
    return store_page(session, store_of(session, code), InviteForm())


def store_page(session: Session, store: Store, form: InviteForm, status: int = 200) -> ResponseReturnValue:
    """The page of a store; every time is the store's own."""
    now = clock.now()
    states, revoked = store_tills.tills(session, store, now=now)
    held = store_tills.holdings(session, store, now=now)
    versions = store_tills.versions(session, store, most=_shown("versions", SHOWN_VERSIONS))
    context = {
        "store": store,
        "sync": store_tills.sync_of(session, store),
        "states": states,
        "revoked": revoked,
        "invitations": store_tills.invitations(session, store, now=now),
        "held": held,
        "shown": _shown("promotions", SHOWN_PROMOTIONS),
        "versions": versions,
        "alerts": alerts.of_store(session, store.id),
        "in_use": store_tills.versions_in_use(session, store),
        "form": form,
        "now": now,
        "words": words,
        "newest_engine": ENGINE_VERSION,
    }
    return render_template("tills/store.html", **context), status


def _shown(name: str, least: int) -> int:
    return min(max(least, request.args.get(name, 0, type=int)), 10_000)


@bp.get("/tills/<code>/tills")
@needs("sync.view")
def states(code: str) -> ResponseReturnValue:
    """The table of a store's tills alone; the page asks for it every half minute."""
    session, now = reading(), clock.now()
    store = store_of(session, code)
    found, _ = store_tills.tills(session, store, now=now)
    context: dict[str, Any] = {"store": store, "sync": store_tills.sync_of(session, store), "states": found, "now": now}
    return htmx.fragment("tills/_tills.html", words=words, newest_engine=ENGINE_VERSION, **context)
