"""Sign-in, sign-out, and the first page after it."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from portal.db import transaction
from portal.services import users
from portal.web.access import public, signed_in
from portal.web.auth.forms import SignInForm
from portal.web.auth.sessions import own_path
from portal.web.frame import address_of, areas

bp = Blueprint("auth", __name__)

WRONG = "E-mail or password is wrong. Check both, or ask an administrator for a new password."


@bp.get("/")
@signed_in
def start() -> ResponseReturnValue:
    """The first area that this person may see."""
    found = areas()
    if not found:
        return render_template("auth/nothing.html")
    return redirect(address_of(found[0]), code=303)


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The sign-in page; who is signed in goes on to where they wanted."""
    wanted = own_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(wanted or url_for(".start"), code=303)
    return _page(SignInForm(next=wanted))


@bp.post("/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Sign in; wrong words answer 422 and count for the rate limit."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    with transaction() as rows:
        user = users.authenticate(rows, email=form.email.data, password=form.password.data)
    if user is None:
        form.form_errors.append(WRONG)
        return _page(form, 422)
    session.clear()
    login_user(user)
    return redirect(own_path(form.next.data) or url_for(".start"), code=303)


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Sign out, and say so."""
    logout_user()
    session.clear()
    return redirect(url_for(".sign_in", out=1), code=303)


def _page(form: SignInForm, status: int = 200) -> Response:
    response = make_response(render_template("auth/sign_in.html", form=form, out="out" in request.args), status)
    response.headers["Cache-Control"] = "no-store"
    return response
