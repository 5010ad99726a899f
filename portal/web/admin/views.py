"""Settings: the tokens with which programs use the API."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from portal import clock
from portal.db import reading, transaction
from portal.errors import Invalid
from portal.services import api_tokens
from portal.web.access import needs

bp = Blueprint("admin", __name__)


class TokenForm(FlaskForm):
    """A new token: which program it is for, and what that program may do."""

    name = StringField("Which program is it for?", [InputRequired("Name the program."), Length(max=200)])
    scopes = SelectMultipleField(
        "What may it do?",
        choices=list(api_tokens.SCOPES.items()),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


@bp.get("")
@needs("users.manage")
def index() -> ResponseReturnValue:
    """The list of tokens and the form for a new one."""
    return _page(TokenForm())


@bp.post("/api-tokens")
@needs("users.manage")
def create() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        with transaction() as session:
            token, text = api_tokens.create(
                session, current_user, form.name.data or "", form.scopes.data or [], now=clock.now()
            )
    except Invalid as error:
        for path, message in error.errors.items():
            form[path].errors = [*form[path].errors, message]
        return _page(form, 422)
    page = render_template("admin/token.html", token=token, text=text, scopes=api_tokens.SCOPES)
    return page, 200, {"Cache-Control": "no-store"}


@bp.get("/api-tokens/<public_id>/revoke")
@needs("users.manage")
def ask_revoke(public_id: str) -> ResponseReturnValue:
    """Say what will happen."""
    return render_template("admin/revoke.html", token=api_tokens.by_public_id(reading(), public_id))


@bp.post("/api-tokens/<public_id>/revoke")
@needs("users.manage")
def revoke(public_id: str) -> ResponseReturnValue:
    """End a token."""
    with transaction() as session:
        token = api_tokens.by_public_id(session, public_id)
        api_tokens.revoke(token, now=clock.now())
    flash(f"The token of {token.name} no longer works.")
    return redirect(url_for(".index"), code=303)


def _page(form: TokenForm, status: int = 200) -> ResponseReturnValue:
    tokens = api_tokens.every(reading())
    return render_template("admin/index.html", form=form, tokens=tokens, scopes=api_tokens.SCOPES), status
