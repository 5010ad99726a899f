"""The no-loss number, and the lists of what waits for a person: look, repair, settle."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, config
from portal.db import reading, transaction
from portal.errors import Invalid
from portal.services.sync import differences, no_loss, repairs
from portal.web import htmx
from portal.web.access import needs
from portal.web.reports.blueprint import LISTS, bp, first_row, stores_seen

LIST = f"<any({', '.join(LISTS)}):name>"
FIND: dict[str, Any] = {
    "quarantine": lambda session, is_open, **more: repairs.quarantined(session, waiting=is_open, **more),
    "conflicts": lambda session, is_open, **more: repairs.conflicts(session, open=is_open, **more),
    "differences": lambda session, is_open, **more: differences.listed(session, open=is_open, **more),
}


@bp.get("/")
@needs("sync.view")
def index() -> ResponseReturnValue:
    """Whether anything is lost, till by till, and what waits."""
    stores = stores_seen()
    equations = no_loss.check(reading(), stores=stores)
    waiting = {name: FIND[name](reading(), True, stores=stores).total for name in LISTS}
    context = {"equations": equations, "sum": no_loss.summed(equations), "waiting": waiting, "lists": LISTS}
    return render_template("reports/index.html", **context)


@bp.get(f"/{LIST}")
@needs("sync.view")
def listed(name: str) -> ResponseReturnValue:
    """One list: a page, or its next rows."""
    is_open, first = request.args.get("done") is None, first_row()
    piece = FIND[name](reading(), is_open, stores=stores_seen(), first=first)
    template = LISTS[name].rows if first else "reports/_list.html"
    context = {"list": LISTS[name], "lists": LISTS, "piece": piece, "is_open": is_open}
    return htmx.page_or_fragment("reports/list.html", template, **context)


@bp.get("/quarantine/<int:id>")
@needs("sync.view")
def quarantined(id: int) -> ResponseReturnValue:
    """One entry of the quarantine, with its text to mend."""
    return _quarantine_page(id)


@bp.post("/quarantine/<int:id>/repair")
@needs("sync.manage")
def repair(id: int) -> ResponseReturnValue:
    """Read the mended text as an upload; with mistakes it comes back."""
    text = request.form.get("text", "").replace("\r\n", "\n")
    now = clock.now()
    try:
        with transaction() as session:
            done = repairs.repair(session, id, text, by=current_user.id, settings=config.current(), now=now)
    except Invalid as invalid:
        return _quarantine_page(id, invalid.errors, text=text)
    was_there = done.outcome == "duplicate"
    flash(
        "The event was there already; nothing is counted twice." if was_there else "The event is repaired and counted."
    )
    return redirect(url_for(".listed", name="quarantine"), code=303)


@bp.post("/quarantine/<int:id>/set-aside")
@needs("sync.manage")
def set_aside(id: int) -> ResponseReturnValue:
    """Say that nothing is to be done, and why."""
    note = request.form.get("note", "")
    try:
        with transaction() as session:
            repairs.set_aside(session, id, note, by=current_user.id, now=clock.now())
    except Invalid as invalid:
        return _quarantine_page(id, invalid.errors, note=note)
    flash("Set aside. The bytes stay where they are.")
    return redirect(url_for(".listed", name="quarantine"), code=303)


@bp.get("/conflicts/<int:id>")
@needs("sync.view")
def conflict(id: int) -> ResponseReturnValue:
    """Both contents beside each other."""
    return render_template("reports/conflict.html", sides=repairs.sides(reading(), id, stores=stores_seen()), errors={})


@bp.post("/conflicts/<int:id>/settle")
@needs("sync.manage")
def settle_conflict(id: int) -> ResponseReturnValue:
    """Say what was found out about a conflict."""
    note = request.form.get("note", "")
    try:
        with transaction() as session:
            repairs.settle(session, id, note, by=current_user.id, now=clock.now())
    except Invalid as invalid:
        sides = repairs.sides(reading(), id)
        return render_template("reports/conflict.html", sides=sides, errors=invalid.errors, note=note), 422
    flash("The conflict is settled.")
    return redirect(url_for(".listed", name="conflicts"), code=303)


@bp.get("/differences/<event_id>")
@needs("sync.view")
def difference(event_id: str) -> ResponseReturnValue:
    """Both results beside each other."""
    shown = differences.one(reading(), event_id, stores=stores_seen())
    return render_template("reports/difference.html", shown=shown, errors={})


@bp.post("/differences/<event_id>/settle")
@needs("sync.manage")
def settle_difference(event_id: str) -> ResponseReturnValue:
    """Say what was found out about a difference."""
    note = request.form.get("note", "")
    try:
        with transaction() as session:
            differences.settle(session, event_id, note, by=current_user.id, now=clock.now())
    except Invalid as invalid:
        shown = differences.one(reading(), event_id)
        return render_template("reports/difference.html", shown=shown, errors=invalid.errors, note=note), 422
    flash("The difference is settled.")
    return redirect(url_for(".listed", name="differences"), code=303)


def _quarantine_page(id: int, errors: dict[str, str] | None = None, **given: str) -> ResponseReturnValue:
    row = repairs.one(reading(), id, stores=stores_seen())
    context = {"row": row, "text": repairs.pretty(row.raw), "errors": errors or {}, **given}
    return render_template("reports/quarantined.html", **context), 422 if errors else 200
