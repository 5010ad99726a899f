"""What is done with a saved promotion: publish, pause, resume, end, archive, copy, restore a revision."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, config
from portal.db import Session, reading, transaction
from portal.engine import PromotionValidator
from portal.engine.describe import describe
from portal.errors import Conflict
from portal.models.promotion import Promotion
from portal.services import naming, promotions, samples
from portal.services.states import State, state_at
from portal.web import filters, htmx
from portal.web.access import can, needs
from portal.web.builder_form import Note, notes_of, place
from portal.web.promotions.blueprint import bp


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do with a promotion. `consequence` says what happens; {stores} and {code} stand for themselves."""

    name: str
    word: str
    icon: str
    right: str
    states: tuple[State, ...]
    done: str
    consequence: str


LIVE = (State.SCHEDULED, State.ACTIVE)
ACTIONS = {
    action.name: action
    for action in (
        Action(
            "publish",
            "Publish",
            "broadcast",
            "promotions.publish",
            (State.DRAFT, *LIVE, State.PAUSED, State.ENDED),
            "{code} is published.",
            "{stores} will apply this revision.",
        ),
        Action(
            "pause",
            "Pause",
            "pause-circle",
            "promotions.publish",
            LIVE,
            "{code} is paused.",
            "{stores} will stop applying {code} until you resume it.",
        ),
        Action(
            "resume",
            "Resume",
            "play-circle",
            "promotions.publish",
            (State.PAUSED,),
            "{code} goes on.",
            "{stores} will apply {code} again.",
        ),
        Action(
            "end",
            "End",
            "stop-circle",
            "promotions.publish",
            (*LIVE, State.PAUSED),
            "{code} has ended.",
            "{stores} will stop applying {code} for good. To bring it back, publish it again.",
        ),
        Action(
            "archive",
            "Archive",
            "archive",
            "promotions.edit",
            (State.DRAFT, State.ENDED),
            "{code} is in the archive.",
            "{code} leaves the list. It stays in the archive, where it can be copied.",
        ),
        Action(
            "copy",
            "Copy",
            "copy",
            "promotions.edit",
            tuple(State),
            "This is a copy. Give it its own name and dates.",
            "A new draft with the same content. {code} stays as it is.",
        ),
    )
}


def possible(promotion: Promotion, state: State) -> list[Action]:
    """What the signed-in person may do with a promotion in this state."""
    return [
        action
        for action in ACTIONS.values()
        if state in action.states and can(current_user, action.right) and _has_a_point(promotion, state, action)
    ]


def _has_a_point(promotion: Promotion, state: State, action: Action) -> bool:
    return action.name != "publish" or state in (State.DRAFT, State.ENDED) or promotion.has_unpublished_changes


def right_for(action: str, **_: object) -> str:
    """The right that an action needs."""
    return ACTIONS[action].right


@bp.get("/promotions/<code>/<any(publish, pause, resume, end, archive, copy):action>")
@needs(right_for)
def confirm(code: str, action: str) -> ResponseReturnValue:
    """Say what will happen, and ask."""
    session, chosen = reading(), ACTIONS[action]
    promotion = promotions.by_code(session, code)
    definition = promotions.latest(session, promotion).document
    if action == "publish" and promotions.problems(definition):
        return htmx.go(url_for(".edit", code=code))
    names = naming.names(session, [definition])
    stores = store_words(session, definition)
    return render_template(
        "promotions/confirm.html",
        promotion=promotion,
        state=state_at(promotion, clock.now()),
        action=chosen,
        label=_label(promotion, definition, chosen, stores),
        consequence=chosen.consequence.format(stores=f"The tills in {stores}", code=promotion.code),
        words=describe(definition, names) if action != "archive" else "",
        warnings=_warnings(definition, names) if action == "publish" else [],
        place=place,
    )


@bp.post("/promotions/<code>/<any(publish, pause, resume, end, archive, copy):action>")
@needs(right_for)
def act(code: str, action: str) -> ResponseReturnValue:
    """Do it."""
    chosen = ACTIONS[action]
    with transaction() as session:
        promotion = promotions.by_code(session, code)
        if action == "publish" and request.form.get("revision") != str(promotion.draft_number):
            raise Conflict(f"{code} was changed since this page was opened. Go back and look at it first.")
        changed = STEPS[action](session, promotion, clock.now())
    flash(chosen.done.format(code=code), "success")
    return htmx.go(url_for(".edit", code=changed.code))


@bp.get("/promotions/<code>/revisions")
@needs("promotions.view")
def revisions(code: str) -> ResponseReturnValue:
    """Every revision in words, the newest first."""
    session = reading()
    promotion = promotions.by_code(session, code)
    found = promotions.history(session, promotion)
    names = naming.names(session, [revision.document for revision in found])
    return render_template(
        "promotions/revisions.html",
        promotion=promotion,
        state=state_at(promotion, clock.now()),
        revisions=[(revision, describe(revision.document, names)) for revision in found],
        zone=_zone(),
    )


@bp.post("/promotions/<code>/revisions/<int:number>/restore")
@needs("promotions.edit")
def restore(code: str, number: int) -> ResponseReturnValue:
    """Make an older revision the newest."""
    with transaction() as session:
        promotion = promotions.by_code(session, code)
        promotions.restore(session, promotion, number, by=current_user.id, now=clock.now(), zone=_zone())
    flash(f"Revision {number} is the newest again. Publish it to bring it to the tills.", "success")
    return htmx.go(url_for(".edit", code=code))


def store_words(session: Session, definition: dict[str, Any]) -> str:
    """`12 stores`, or `all 12 stores` where none is chosen."""
    number = samples.store_count(session, definition)
    scope = definition.get("scope")
    chosen = isinstance(scope, dict) and (scope.get("stores") or scope.get("exclude_stores"))
    return f"{'' if chosen or number < 2 else 'all '}{filters.count(number, 'store')}"


def _warnings(definition: dict[str, Any], names: naming.Names) -> list[Note]:
    return notes_of(PromotionValidator().warnings(definition) + naming.unknown(definition, names), "warning")


def _label(promotion: Promotion, definition: dict[str, Any], action: Action, stores: str) -> str:
    if action.name != "publish":
        return f"{action.word} {promotion.code}"
    starts_at, _ = promotions.instants(definition, _zone())
    if starts_at is None or starts_at <= clock.now():
        return f"Publish now in {stores}"
    return f"Publish on {filters.when(starts_at, _zone())} in {stores}"


def _zone() -> str:
    return config.current().chain_timezone


def _publish(session: Session, promotion: Promotion, now: datetime) -> Promotion:
    promotions.publish(session, promotion, now=now, zone=_zone())
    return promotion


def _copy(session: Session, promotion: Promotion, now: datetime) -> Promotion:
    return promotions.copy(session, promotion, by=current_user.id, now=now, zone=_zone())


def _step(do: Callable[..., None]) -> Callable[[Session, Promotion, datetime], Promotion]:
    def step(session: Session, promotion: Promotion, now: datetime) -> Promotion:
        do(session, promotion, now=now)
        return promotion

    return step


STEPS: dict[str, Callable[[Session, Promotion, datetime], Promotion]] = {
    "publish": _publish,
    "pause": _step(promotions.pause),
    "resume": _step(promotions.resume),
    "end": _step(promotions.end),
    "archive": _step(promotions.archive),
    "copy": _copy,
}
