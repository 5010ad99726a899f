"""What the pages of promotions show: the list's links, the builder with everything around it."""

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for

from portal import clock, config
from portal.db import Session, reading
from portal.engine.describe import describe_sections
from portal.engine.times import is_form
from portal.models.promotion import Promotion
from portal.services import listings, naming, promotions, samples
from portal.services.states import State, state_at
from portal.web import htmx
from portal.web.basket_form import BasketForm
from portal.web.builder_form import EMPTY_WORDS, BuilderForm, place
from portal.web.promotions.actions import possible
from portal.web.promotions.blueprint import bp
from portal.web.promotions.kinds import KINDS


@bp.app_template_test("date_text")
def date_text(text: str) -> bool:
    """True for what a date field of a browser can hold; anything else is shown as it was typed."""
    return is_form("date", text)


CURRENCIES = (
    *("AUD", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "INR", "JPY", "KRW"),
    *("KWD", "NOK", "NZD", "SEK", "SGD", "THB", "USD"),
)


def list_context(found: listings.Found, wanted: listings.Wanted, sort: str, limit: int) -> dict[str, Any]:
    """Everything that the list shows."""
    return {
        "found": found,
        "wanted": wanted,
        "sort": sort,
        "limit": limit,
        "states": [(state, found.counts.get(state, 0)) for state in State],
        "kinds": KINDS,
        "now": clock.now(),
        "zone": config.current().chain_timezone,
        "state_at": state_at,
        "address": address_maker(),
    }


def address_maker() -> Callable[..., str]:
    """Makes addresses of the list: the present one with some filters changed, and from the top."""
    now = {key: request.args.getlist(key) for key in ("q", "state", "type", "sort") if request.args.get(key)}

    def address(toggle: str | None = None, **changes: Any) -> str:
        args: dict[str, Any] = {**now, **changes}
        if toggle:
            states = args.get("state", [])
            args["state"] = [each for each in states if each != toggle] + ([] if toggle in states else [toggle])
        return url_for("promotions.index", **{key: value for key, value in args.items() if value})

    return address


def builder(form: BuilderForm, promotion: Promotion | None, status: int = 200, conflict: str | None = None) -> Response:
    """The builder as a page, or for htmx the form alone."""
    session = reading()
    form.names = naming.names(session, [form.definition])
    state = state_at(promotion, clock.now()) if promotion else State.DRAFT
    action, check = _actions(form)
    return htmx.page_or_fragment(
        "promotions/edit.html",
        "promotions/_form.html",
        status,
        form=form,
        promotion=promotion,
        state=state,
        actions=possible(promotion, state) if promotion else [],
        kind=KINDS[form.kind],
        basket=BasketForm.read(request.form.items(multi=True)),
        section_words=describe_sections(form.definition, form.names),
        empty_words=EMPTY_WORDS,
        currencies=[(code, code) for code in sorted({*CURRENCIES, *samples.currencies(session)})],
        action=action,
        check_action=check,
        conflict=conflict,
        place=place,
    )


def _actions(form: BuilderForm) -> tuple[str, str]:
    if form.saved_code:
        code = form.saved_code
        return url_for("promotions.save", code=code), url_for("promotions.save_checked", code=code)
    kind = form.kind
    return url_for("promotions.create", kind=kind), url_for("promotions.create_checked", kind=kind)


def usual_currency(session: Session) -> str:
    """The currency of most stores."""
    found = samples.currencies(session)
    return found[0] if found else "USD"


def saved_words(definition: dict[str, Any]) -> str:
    """What to tell after a draft was saved."""
    open_ends = len(promotions.problems(definition))
    if not open_ends:
        return "Saved as a draft. Tills do not know it until it is published."
    things = "1 thing needs" if open_ends == 1 else f"{open_ends} things need"
    return f"Saved as a draft. {things} a correction before it can be published."
