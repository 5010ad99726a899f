"""CSV import: choose a file, look at what it would do, confirm."""

from pathlib import Path

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.db import reading, transaction
from portal.errors import Conflict, Invalid
from portal.services import catalogue, entries, imports, uploads
from portal.web.access import needs
from portal.web.catalogue import forms
from portal.web.catalogue.area import bp
from portal.web.catalogue.loaders import KIND
from portal.web.catalogue.views import csv_answer

SHOWN = 200  # rows of each table on the page; the rest is counted, and bad rows are all in the download


def folder() -> Path:
    """Where files wait."""
    return Path(current_app.instance_path) / "imports"


@bp.get(f"/import/{KIND}")
@needs("catalogue.import")
def choose(kind: str) -> ResponseReturnValue:
    """The page that takes a file."""
    return _file_page(kind, forms.FileForm())


@bp.post(f"/import/{KIND}")
@needs("catalogue.import")
def upload(kind: str) -> ResponseReturnValue:
    """Keep the file, and go on to what it would do; one that can't be read comes back with the reason."""
    form = forms.FileForm()
    content = form.file.data.read() if form.file.data else b""
    try:
        imports.plan(reading(), catalogue.kind_of(kind), content)
    except Invalid as error:
        forms.show(form, error if content else Invalid({"file": "Choose a file that is not empty."}))
        return _file_page(kind, form, 422)
    token = uploads.keep(folder(), current_user.id, kind, content)
    return redirect(url_for(".look", kind=kind, token=token), code=303)


@bp.get(f"/import/{KIND}/<token>")
@needs("catalogue.import")
def look(kind: str, token: str) -> ResponseReturnValue:
    """What the file would do, and every row that stays out."""
    about = catalogue.kind_of(kind)
    made = imports.plan(reading(), about, uploads.load(folder(), current_user.id, kind, token))
    return render_template("catalogue/plan.html", kind=about, plan=made, token=token, shown=SHOWN)


@bp.get(f"/import/{KIND}/<token>/rows-left-out.csv")
@needs("catalogue.import")
def bad_rows(kind: str, token: str) -> ResponseReturnValue:
    """The rows that stay out, each with its problem."""
    made = imports.plan(reading(), catalogue.kind_of(kind), uploads.load(folder(), current_user.id, kind, token))
    return csv_answer(imports.bad_rows(made), f"{kind}-rows-left-out.csv")


@bp.post(f"/import/{KIND}/<token>")
@needs("catalogue.import")
def apply(kind: str, token: str) -> ResponseReturnValue:
    """Do what the page has shown; when the catalogue has moved on, show it anew instead."""
    about, content = catalogue.kind_of(kind), uploads.load(folder(), current_user.id, kind, token)
    try:
        with transaction() as session:
            made = imports.plan(session, about, content)
            done = imports.apply(session, made, seen=request.form.get("seen", ""))
    except Conflict as error:
        flash(error.detail, "warning")
        return redirect(url_for(".look", kind=kind, token=token), code=303)
    uploads.forget(folder(), current_user.id, kind, token)
    flash(_told(about, done, len(made.bad)))
    return redirect(url_for(".index", kind=kind), code=303)


def _told(about: catalogue.Kind, done: int, left_out: int) -> str:
    noun = about.one if done == 1 else about.name
    rest = f" {left_out:,} {'row was' if left_out == 1 else 'rows were'} left out." if left_out else ""
    return f"{done:,} {noun} added or changed.{rest}"


def _file_page(kind: str, form: forms.FileForm, status: int = 200) -> ResponseReturnValue:
    about = catalogue.kind_of(kind)
    needed = [column for column, line in forms.LINES[kind].items() if line.needed]
    context = {
        "kind": about,
        "form": form,
        "columns": entries.COLUMNS[kind],
        "needed": needed,
        "lines": forms.LINES[kind],
    }
    return render_template("catalogue/import.html", **context), status
