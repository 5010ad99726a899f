"""The preview beside the builder: fragments for htmx, a page without it."""

from datetime import datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from portal import clock, config
from portal.db import reading
from portal.services import naming, samples
from portal.web import htmx
from portal.web.access import needs
from portal.web.basket_form import BasketForm
from portal.web.builder_form import EMPTY_WORDS, place
from portal.web.definition_form import read_form
from portal.web.filters import money
from portal.web.preview.blueprint import bp
from portal.web.preview.shown import code_or_stand_in, shown_of


@bp.app_template_filter("plain_money")
def plain_money(minor: int, currency: str) -> str:
    """An amount without its currency: a receipt names it once."""
    return money(minor, currency).removeprefix(currency).strip()


@bp.app_template_filter("wall_clock")
def wall_clock(moment: datetime) -> str:
    """A store's own time as `Tue 1 Dec, 18:00`."""
    return f"{moment:%a} {moment.day} {moment:%b %Y}, {moment:%H:%M}"


@bp.post("/preview/promotion")
@needs("preview.use")
def promotion() -> ResponseReturnValue:
    """The words, the receipt, what is wrong and why others do not apply, for the form as it stands."""
    session = reading()
    pairs = list(request.form.items(multi=True))
    definition, basket = read_form(pairs), BasketForm.read(pairs)
    names = naming.names(session, [definition])
    shown = shown_of(session, definition, basket, names, zone=config.current().chain_timezone, now=clock.now())
    return htmx.page_or_fragment(
        "preview/page.html", "preview/_result.html", shown=shown, place=place, empty_words=EMPTY_WORDS
    )


@bp.post("/preview/lines")
@needs("preview.use")
def lines() -> ResponseReturnValue:
    """The basket's lines as they were sent: `add` one, `remove` one by its position, `fill` the sample in, `clear`."""
    pairs = list(request.form.items(multi=True))
    basket = _changed(BasketForm.read(pairs), read_form(pairs))
    response = htmx.fragment("preview/_lines.html", basket=basket)
    return htmx.announce(response, {"builder-changed": ""}, settled=True)


def _changed(basket: BasketForm, definition: dict[str, Any]) -> BasketForm:
    args = request.args
    if "add" in args:
        return basket.with_line()
    if (position := args.get("remove", type=int)) is not None:
        return basket.without_line(position)
    if "fill" in args:
        zone = config.current().chain_timezone
        wanted = basket.wanted()
        trial = samples.trial(reading(), code_or_stand_in(definition), wanted, zone=zone, now=clock.now())
        return basket.holding(trial.basket["lines"])
    return basket.holding([])
