"""Who may do what: the one table of rights by role, and the marks that every view carries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock
from portal.db import reading, transaction
from portal.errors import Forbidden
from portal.models.user import Role, User
from portal.services import api_tokens
from portal.services.sync import devices
from portal.web import htmx

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

# The words that pages use for a role, in the order in which a form offers them.
ROLES: dict[Role, str] = {
    Role.ADMINISTRATOR: "Administrator",
    Role.MARKETER: "Marketer",
    Role.APPROVER: "Approver",
    Role.ANALYST: "Analyst",
    Role.STORE_MANAGER: "Store manager",
    Role.HELP_DESK: "Help desk",
}

LOOKING = frozenset({"catalogue.view", "promotions.view", "preview.use"})

RIGHTS: dict[Role, frozenset[str]] = {
    Role.ADMINISTRATOR: LOOKING
    | {
        "catalogue.edit",
        "catalogue.import",
        "customers.view",
        "promotions.edit",
        "promotions.publish",
        "sync.view",
        "sync.manage",
        "users.manage",
    },
    Role.MARKETER: LOOKING
    | {"catalogue.edit", "catalogue.import", "customers.view", "promotions.edit", "promotions.publish", "sync.view"},
    Role.APPROVER: LOOKING | {"customers.view", "promotions.publish", "sync.view"},
    Role.ANALYST: LOOKING | {"customers.view", "sync.view"},
    # Sees the tills of own stores alone.
    Role.STORE_MANAGER: LOOKING | {"sync.view"},
    # Looks guests up, nothing else: what a promotion would give is read by the people who plan it.
    Role.HELP_DESK: frozenset({"promotions.view", "customers.view"}),
}
KNOWN = frozenset[str]().union(*RIGHTS.values())


Right = str | Callable[..., str]


def needs(right: Right) -> Callable[[View], View]:
    """Mark a view: only a signed-in person whose role has `right` gets in. Stands below the route's decorator.

    Where the right depends on the address, `right` is a function of the view's arguments.
    """
    if isinstance(right, str) and right not in KNOWN:
        raise ValueError(f"no role has the right {right!r}; add it to RIGHTS")
    return _mark(right)


def signed_in(view: View) -> View:
    """Mark a view that every signed-in person may use, whatever the role."""
    return _mark("")(view)


def public(view: View) -> View:
    """Mark a view that anybody may use, signed in or not."""
    return _mark(None)(view)


@dataclass(frozen=True, slots=True)
class TillScope:
    """What a device token must allow."""

    scope: str


SYNC_READ, USAGE_WRITE, VOUCHER_REDEEM = "sync:read", "usage:write", "voucher:redeem"


def till(scope: str) -> Callable[[View], View]:
    """Mark a view that only a till's token with `scope` may use; `g.till` is then who asks."""

    def mark(view: View) -> View:
        view.__dict__["needs_right"] = TillScope(scope)
        return view

    return mark


def _mark(right: Right | None) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__dict__["needs_right"] = right
        return view

    return mark


def can(user: object, right: str) -> bool:
    """True when `user` is a signed-in, active person whose role has `right`."""
    return isinstance(user, User) and user.is_active and right in RIGHTS[Role(user.role)]


def right_of(endpoint: str, arguments: Mapping[str, Any]) -> str | TillScope | None:
    """What the view needs: a right, "" for any signed-in person, None for anybody, or the scope of a till's token.

    Raises LookupError without a mark.
    """
    view = current_app.view_functions[endpoint]
    if endpoint == "static" or endpoint.endswith(".static"):
        return None
    if "needs_right" not in view.__dict__:
        raise LookupError(f"the view {endpoint} has no mark: @needs(right), @signed_in or @public")
    right = view.__dict__["needs_right"]
    return right(**arguments) if callable(right) else right


def guard() -> ResponseReturnValue | None:
    """Before each request: refuse who may not, send who is not signed in to the sign-in page."""
    if request.endpoint is None:
        return None
    right = right_of(request.endpoint, request.view_args or {})
    if right is None:
        return None
    if isinstance(right, TillScope):
        g.till = devices.authenticate(reading, request.headers.get("Authorization", ""), right.scope, clock.now())
        if g.till.ends_rotation:
            with transaction() as session:
                devices.end_rotation(session, g.till)
        return None
    if by_token():
        _guard_program(right)
        return None
    if not current_user.is_authenticated:
        return to_sign_in()
    if right and not can(current_user, right):
        raise Forbidden(f"Your role, {ROLES[Role(current_user.role)].lower()}, does not include this.")
    return None


def by_token() -> bool:
    """True for a program that brings a token to /api/v1: its session, if it has one, is not believed."""
    return request.path.startswith("/api/v1/") and request.headers.get("Authorization", "").startswith("Bearer ")


def _guard_program(right: str) -> None:
    header, now = request.headers["Authorization"], clock.now()
    caller = api_tokens.authenticate(reading(), header, now=now)
    if right and not (right in caller.scopes and can(caller.user, right)):
        raise Forbidden("This token does not include this; Settings has what each token is for.")
    with transaction() as session:
        api_tokens.note_use(session, header, now=now)


def to_sign_in() -> ResponseReturnValue:
    """Send a person to the sign-in page and back afterwards; a machine gets 401."""
    if request.path.startswith("/api/"):
        abort(401)
    if htmx.wants_fragment():
        return htmx.go(url_for("auth.sign_in", next=htmx.page_address()))
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return htmx.go(url_for("auth.sign_in", next=wanted))


def init_app(app: Flask) -> None:
    """Put the guard before every request, and `can` into the templates."""
    app.before_request(guard)
    app.jinja_env.globals["can"] = can


def views_without_marks(app: Flask) -> list[str]:
    """The endpoints that carry no mark; a test keeps this empty."""
    unmarked = (name for name, view in app.view_functions.items() if "needs_right" not in view.__dict__)
    return sorted(name for name in unmarked if name.split(".")[-1] != "static")
