"""The list, the choice of a type, and the builder: open, save, add a row."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import abort, flash, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, config
from portal.db import Session, reading, transaction
from portal.errors import Conflict, Invalid
from portal.models.promotion import Promotion
from portal.services import listings, promotions
from portal.services.pickers import Option, search_options
from portal.services.states import State
from portal.web import htmx
from portal.web.access import can, needs
from portal.web.builder_form import BuilderForm, notes_of
from portal.web.definition_form import read_form, tree, with_row, without_row
from portal.web.promotions import pages
from portal.web.promotions.blueprint import bp
from portal.web.promotions.kinds import FAMILIES, KINDS, start

PIECE = 25


@bp.get("/promotions")
@needs("promotions.view")
def index() -> ResponseReturnValue:
    """The list, filtered by what stands in the address."""
    args = request.args
    states = tuple(State(word) for word in args.getlist("state") if word in set(State))
    types = tuple(kind for kind in args.getlist("type") if kind in KINDS)
    sort = args.get("sort", "-changed")
    wanted = listings.Wanted(args.get("q", "").strip()[:200], states, types, sort)
    limit = min(args.get("shown", PIECE, type=int) or PIECE, 5000)
    found = listings.search(reading(), wanted, now=clock.now(), limit=max(limit, PIECE))
    context = pages.list_context(found, wanted, sort, limit)
    return htmx.page_or_fragment("promotions/index.html", "promotions/_list.html", **context)


@bp.get("/new-promotion")
@needs("promotions.edit")
def choose() -> ResponseReturnValue:
    """The 13 types as cards."""
    return htmx.page_or_fragment("promotions/choose.html", "promotions/choose.html", families=FAMILIES)


@bp.get("/new-promotion/<kind>")
@needs("promotions.edit")
def new(kind: str) -> ResponseReturnValue:
    """An empty form of a type."""
    if kind not in KINDS:
        abort(404)
    form = BuilderForm(start(kind, pages.usual_currency(reading())), show_all=False)
    return pages.builder(form, None)


@bp.post("/new-promotion/<kind>")
@needs("promotions.edit")
def create(kind: str) -> ResponseReturnValue:
    """Save a new draft, finished or not."""
    return _save(None, lambda code: url_for(".edit", code=code))


@bp.post("/new-promotion/<kind>/check")
@needs("promotions.edit")
def create_checked(kind: str) -> ResponseReturnValue:
    """Save a new draft and go on to publishing it, if nothing is wrong with it."""
    return _save(None, lambda code: url_for(".confirm", code=code, action="publish"), complete=True)


@bp.get("/promotions/<code>")
@needs("promotions.view")
def edit(code: str) -> ResponseReturnValue:
    """The builder with the newest revision."""
    promotion = promotions.by_code(reading(), code)
    definition = promotions.latest(reading(), promotion).document
    form = BuilderForm(definition, saved_code=code, revision=promotion.draft_number).checked()
    return pages.builder(form, promotion)


@bp.post("/promotions/<code>")
@needs("promotions.edit")
def save(code: str) -> ResponseReturnValue:
    """Save what was typed as the next revision."""
    return _save(code, lambda code: url_for(".edit", code=code))


@bp.post("/promotions/<code>/check")
@needs("promotions.edit")
def save_checked(code: str) -> ResponseReturnValue:
    """Save, and go on to publishing, if nothing is wrong."""
    return _save(code, lambda code: url_for(".confirm", code=code, action="publish"), complete=True)


@bp.post("/promotion-rows")
@needs("preview.use")
def rows() -> ResponseReturnValue:
    """The form as it was sent, with a row more (`add`) or less (`remove`); nothing is saved."""
    form = posted_form()
    added, removed = request.args.get("add", ""), request.args.get("remove", "")
    if added:
        with_row(form.definition, added)
    if removed:
        without_row(form.definition, removed)
    response = pages.builder(form, _promotion_of(form))
    return htmx.announce(response, {"builder-changed": added or removed}, settled=True)


@bp.get("/promotion-options")
@needs("promotions.view")
def options() -> ResponseReturnValue:
    """What the builder's search offers, as JSON: `kinds` with commas between them, `q` the words."""
    session, words = reading(), request.args.get("q", "")[:100]
    found = [
        {"kind": kind, **asdict(option)}
        for kind in dict.fromkeys(request.args.get("kinds", "").split(","))
        if kind != "segment" or can(current_user, "customers.view")
        for option in (
            promotion_options(session, words) if kind == "promotion" else search_options(session, kind, words, 8)
        )
    ]
    return jsonify({"options": found})


def promotion_options(session: Session, words: str) -> list[Option]:
    """Promotions whose name or code holds the words, the last changed first."""
    found = listings.search(session, listings.Wanted(words), now=clock.now(), limit=8)
    return [Option(promotion.code, promotion.name) for promotion in found.promotions]


def posted_form() -> BuilderForm:
    """The builder's form as it was sent."""
    pairs = list(request.form.items(multi=True))
    definition = read_form(pairs)
    if definition.get("type") not in KINDS:
        abort(400)
    definition.setdefault("rule", {})
    hidden = {key: node.get("", [""])[0] for key, node in tree(pairs).get("form", {}).items()}
    revision = hidden.get("revision", "")
    return BuilderForm(
        definition,
        saved_code=hidden.get("saved_code") or None,
        revision=int(revision) if revision.isdecimal() else 0,
        show_all=False,
    )


def _save(code: str | None, then: Callable[[str], str], complete: bool = False) -> ResponseReturnValue:
    """Save the posted form under `code`, or as a new promotion; `complete` refuses what cannot be published."""
    form = posted_form()
    if complete and (wrong := promotions.problems(form.definition)):
        return _refused(form, wrong)
    try:
        with transaction() as session:
            saved = _store(session, code, form)
    except Invalid as invalid:
        return _refused(form, invalid.errors)
    except Conflict as conflict:
        return _overtaken(form, conflict)
    if not complete:
        flash(pages.saved_words(form.definition), "success")
    return htmx.go(then(saved.code))


def _store(session: Any, code: str | None, form: BuilderForm) -> Promotion:
    facts = {"definition": form.definition, "by": current_user.id, "now": clock.now()}
    zone = config.current().chain_timezone
    if code is None:
        return promotions.draft(session, zone=zone, **facts)
    promotion = promotions.by_code(session, code)
    promotions.revise(session, promotion, expected=form.revision, zone=zone, **facts)
    return promotion


def _refused(form: BuilderForm, wrong: dict[str, str]) -> ResponseReturnValue:
    form.notes = notes_of({**promotions.problems(form.definition), **wrong}, "problem")
    form.show_all = form.refused = True
    return pages.builder(form, _promotion_of(form), status=422)


def _overtaken(form: BuilderForm, conflict: Conflict) -> ResponseReturnValue:
    promotion = _promotion_of(form)
    if promotion is not None:
        form.revision = promotion.draft_number
    # htmx only swaps a 422; a plain form gets the status that says what happened.
    status = 422 if htmx.wants_fragment() else 409
    return pages.builder(form, promotion, status=status, conflict=conflict.detail)


def _promotion_of(form: BuilderForm) -> Promotion | None:
    return promotions.by_code(reading(), form.saved_code) if form.saved_code else None
