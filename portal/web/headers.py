"""What every answer carries: a strict content policy and the other headers that keep browsers careful."""

import uuid

import structlog
from flask import Flask, Response, g, request

from portal.config import HTMX_CDN_URL, Settings

CDN = HTMX_CDN_URL.rsplit("/", 1)[0] + "/"  # this version and nothing else of that host
POLICY = {
    "default-src": "'self'",
    "script-src": f"'self' {CDN}",
    "style-src": "'self'",
    "img-src": "'self' data:",  # Bootstrap's stylesheet draws its marks with data: pictures
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def bind(app: Flask, settings: Settings) -> None:
    """Number every request, and set the headers on every answer of `app`."""
    app.before_request(number_request)
    headers = dict(HEADERS)
    if settings.https:
        headers["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        return response


def number_request() -> None:
    """Give the request a number, which its log lines and its error page carry."""
    g.request_id = uuid.uuid4().hex[:12]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, path=request.path)
