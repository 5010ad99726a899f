"""Errors as answers: a page, a fragment for htmx, or problem JSON (RFC 9457) under /api."""

import json
import logging
from dataclasses import dataclass, field

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from portal import clock
from portal.errors import Invalid, PortalError, Unavailable
from portal.extensions import limiter
from portal.web.htmx import VARY, wants_fragment

log = logging.getLogger(__name__)

KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
# What a database raises that does not answer, or is too busy to: trying again later helps.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
WORDS: dict[int, tuple[str, str]] = {
    400: ("This request was not understood", "Go back, reload the page and try again."),
    401: ("Please sign in", "This page needs an account."),
    403: ("Not allowed", "Your role does not include this. An administrator can change that."),
    404: ("Not found", "There is nothing at this address. It may have moved or been archived."),
    405: ("Not possible here", "This address does not take this kind of request."),
    413: ("Too large", "The file or form is larger than the portal takes."),
    415: ("Wrong kind of content", "Send JSON with Content-Type: application/json."),
    426: ("Too old", "This program is too old for what it asks; bring it up to date."),
    429: ("Too many tries", "Wait a minute and try again."),
    500: ("Something failed on our side", "Nothing was changed. The number below finds it in the log."),
    503: ("Not available now", "Try again in a moment."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person or a program is told."""

    status: int
    title: str
    detail: str
    errors: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = None  # seconds


def bind(app: Flask) -> None:
    """Make every error of `app` an answer."""
    app.register_error_handler(PortalError, portal_error)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, failure)


def portal_error(error: PortalError) -> Response:
    """Answer what a service raised."""
    errors = error.errors if isinstance(error, Invalid) else {}
    return answer(Problem(error.status, error.title, error.detail, errors, getattr(error, "retry_after", None)))


def stale_form(error: CSRFError) -> Response:
    """Answer a form whose CSRF token is missing or old."""
    return answer(Problem(400, "This page was open for too long", "Reload it and send the form again."))


def http_error(error: HTTPException) -> Response:
    """Answer what Flask raised, in our words."""
    status = error.code or 500
    title, detail = WORDS.get(status, (error.name, error.description or ""))
    response = answer(Problem(status, title, detail, retry_after=until_limit_ends() if status == 429 else None))
    given = error.get_response().headers
    response.headers.extend((name, given[name]) for name in KEPT_HEADERS if name in given)
    return response


def until_limit_ends() -> int:
    """Seconds until the limit that refused this request lets another one in, at least 1."""
    limit = limiter.current_limit
    return max(1, limit.reset_at - int(clock.now().timestamp())) if limit else 60


def failure(error: Exception) -> Response:
    """Log what nobody expected, and answer without touching database or session."""
    log.error("failed: %s %s", request.method, request.path, exc_info=error)
    if isinstance(error, DATABASE_AWAY) and request.path.startswith("/api/sync/"):
        return portal_error(Unavailable("The database does not answer; nothing was changed. Try again later."))
    return answer(Problem(500, *WORDS[500]))


def answer(problem: Problem) -> Response:
    """Give `problem` in the form that the asker can take."""
    if request.path.startswith("/api/"):
        return as_json(problem)
    template = f"errors/{'_fragment' if wants_fragment() else 'page'}.html"
    words = {"problem": problem, "request_id": g.get("request_id")}
    if problem.status >= 500:  # without context processors, because loading the person may be what failed
        page = current_app.jinja_env.get_template("errors/failure.html")
        return make_response(page.render(**words), problem.status)
    response = make_response(render_template(template, **words), problem.status)
    response.vary.update(VARY)
    return response


def as_json(problem: Problem) -> Response:
    """`problem` as application/problem+json; `errors` is a list of {field, message}."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"field": path, "message": message} for path, message in problem.errors.items()]
    if problem.status >= 500:
        body["instance"] = g.get("request_id")
    response = Response(json.dumps(body), problem.status, content_type="application/problem+json")
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
