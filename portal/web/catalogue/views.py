"""Lists and entries of the catalogue; the same views for every kind."""

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.db import reading, transaction
from portal.errors import Conflict, Invalid
from portal.services import catalogue, entries, naming, pickers, tables
from portal.services.catalogue import Kind
from portal.web import htmx
from portal.web.access import needs
from portal.web.catalogue import forms, loaders
from portal.web.catalogue.area import bp
from portal.web.catalogue.loaders import KIND, picked_by, seen_by


@bp.get(f"/{KIND}")
@needs(seen_by)
def index(kind: str) -> ResponseReturnValue:
    """The list: a page, what a filter found, or the next rows."""
    about, first = catalogue.kind_of(kind), loaders.first_row()
    asked = loaders.wanted(about)
    found = loaders.found(reading(), about, asked, first)
    answer = htmx.page_or_fragment(
        "catalogue/index.html",
        "catalogue/_rows.html" if first else "catalogue/_found.html",
        kind=about,
        asked=asked,
        found=found,
        loaders=loaders,
        choices=catalogue.choices(reading(), about),
    )
    return answer if first else htmx.show_address(answer, loaders.address(about, asked))


@bp.get(f"/{KIND}.csv")
@needs(seen_by)
def table(kind: str) -> ResponseReturnValue:
    """Everything that the list's filters find, as CSV; it can be imported again."""
    about = catalogue.kind_of(kind)
    asked = loaders.wanted(about)
    rows = catalogue.every(reading(), about, asked)
    texts = (list(entries.texts(kind, about.values_of(row)).values()) for row in rows)
    return csv_answer(stream_with_context(tables.write(entries.COLUMNS[kind], texts)), f"{kind}.csv")


def csv_answer(text: object, name: str) -> Response:
    """CSV as a file to keep."""
    head = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, content_type="text/csv; charset=utf-8", headers=head)  # type: ignore[arg-type]


@bp.get(f"/new/{KIND}")
@needs("catalogue.edit")
def new(kind: str) -> ResponseReturnValue:
    """The empty form."""
    about = catalogue.kind_of(kind)
    return _form_page(about, _form(about, dict.fromkeys(entries.COLUMNS[kind], ""), is_new=True), None)


@bp.post(f"/new/{KIND}")
@needs("catalogue.edit")
def create(kind: str) -> ResponseReturnValue:
    """Add the entry; with errors the form comes back."""
    about = catalogue.kind_of(kind)
    form = _form(about, dict.fromkeys(entries.COLUMNS[kind], ""), is_new=True)
    try:
        with transaction() as session:
            row = catalogue.save(session, about, forms.texts_of(form, kind))
    except Invalid as error:
        forms.show(form, error)
        return _form_page(about, form, None, 422)
    except Conflict as error:
        forms.show(form, Invalid({entries.COLUMNS[kind][0]: error.detail}))
        return _form_page(about, form, None, 422)
    flash(f"{row.name} is in the catalogue.")
    return redirect(url_for(".index", kind=kind), code=303)


@bp.get(f"/{KIND}/<code>")
@needs(seen_by)
def entry(kind: str, code: str) -> ResponseReturnValue:
    """One entry: its form for who may edit, else its facts."""
    about = catalogue.kind_of(kind)
    row = catalogue.by_key(reading(), about, code)
    texts = entries.texts(kind, about.values_of(row))
    return _form_page(about, _form(about, texts, is_new=False), code)


@bp.post(f"/{KIND}/<code>")
@needs("catalogue.edit")
def save(kind: str, code: str) -> ResponseReturnValue:
    """Change the entry; with errors the form comes back."""
    about = catalogue.kind_of(kind)
    before = entries.texts(kind, about.values_of(catalogue.by_key(reading(), about, code)))
    form = _form(about, before, is_new=False)
    try:
        with transaction() as session:
            row = catalogue.by_key(session, about, code)
            catalogue.save(session, about, forms.texts_of(form, kind), row=row)
    except Invalid as error:
        forms.show(form, error)
        return _form_page(about, form, code, 422)
    flash(f"{row.name} is saved.")
    return redirect(url_for(".index", kind=kind), code=303)


@bp.get("/pick/<any(product, category, brand, store, segment, tag):kind>")
@needs(picked_by)
def pick(kind: str) -> ResponseReturnValue:
    """What a picker offers for the words that were typed, as <option> elements."""
    words = next((request.args[name] for name in ("q", kind, "parent") if name in request.args), "")[:200]
    options = pickers.search_options(reading(), kind, words)
    return htmx.fragment("catalogue/_options.html", options=options)


def _form(about: Kind, texts: dict[str, str], *, is_new: bool) -> FlaskForm:
    return forms.filled(about.name, texts, catalogue.choices(reading(), about), is_new=is_new)


def _form_page(about: Kind, form: FlaskForm, code: str | None, status: int = 200) -> ResponseReturnValue:
    chosen = {column: text.split("|") for column, text in forms.texts_of(form, about.name).items()}
    names = {code: name for (_, code), name in naming.names(reading(), [chosen]).items()}
    zones = sorted(entries.zones()) if about.name == "stores" else []
    context = {
        "kind": about,
        "form": form,
        "code": code,
        "lines": forms.LINES[about.name],
        "zones": zones,
        "names": names,
    }
    return render_template("catalogue/entry.html", **context), status
