"""Everything that is said to htmx and heard from it: all HX- headers live here."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

VARY = ("HX-Request", "HX-History-Restore-Request", "HX-Boosted")


def wants_fragment() -> bool:
    """True when htmx will swap the answer into the page it already has."""
    h = request.headers
    return (
        h.get("HX-Request") == "true"
        and h.get("HX-History-Restore-Request") != "true"
        and h.get("HX-Boosted") != "true"
    )


def page_or_fragment(page: str, fragment: str, status: int = 200, **context: object) -> Response:
    """Render `fragment` for htmx, `page` for everybody else, both with the same context.

    Without Vary a cache or the back button would show rows without a page.
    """
    response = make_response(render_template(fragment if wants_fragment() else page, **context), status)
    response.vary.update(VARY)
    return response


def fragment(template: str, status: int = 200, **context: object) -> Response:
    """Render a partial that only htmx asks for."""
    response = make_response(render_template(template, **context), status)
    response.vary.update(VARY)
    return response


def go(address: str) -> ResponseReturnValue:
    """Send the browser to `address`: a whole page for htmx, 303 for a plain form."""
    if not wants_fragment():
        return redirect(address, code=303)
    response = make_response("", 204)
    response.headers["HX-Redirect"] = address
    return response


def announce(response: Response, events: Mapping[str, object], *, settled: bool = False) -> Response:
    """Let htmx fire `events` (name: detail) in the page: when the answer comes, or once it is `settled` in place."""
    response.headers["HX-Trigger-After-Settle" if settled else "HX-Trigger"] = json.dumps(dict(events))
    return response


def page_address() -> str:
    """The path and query of the page from which htmx asks; "/" where it does not say."""
    try:
        parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # anybody may write anything into a header
        return "/"
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def show_address(response: Response, address: str) -> Response:
    """Let the browser's address bar show `address` once htmx has taken the answer."""
    if wants_fragment():
        response.headers["HX-Push-Url"] = address
    return response
