"""create_app(): the one place where everything meets."""

import hashlib
import mimetypes
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask, Response, url_for
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import answers, config, logs, models
from portal.config import HTMX_CDN_URL, HTMX_INTEGRITY, ROOT, Settings
from portal.db import prepare
from portal.extensions import compress, csrf, db, limiter, login_manager, migrate
from portal.json_provider import OrjsonProvider
from portal.queue import connect
from portal.web import access, frame, headers
from portal.web.assets.views import asset
from portal.web.auth.sessions import load_user
from portal.web.sessions import PagesSessions

# Every area of the portal: (module that exports `bp`, prefix of its addresses).
AREAS: list[tuple[str, str]] = [
    ("portal.web.health", ""),
    ("portal.web.assets", ""),
    ("portal.web.auth", ""),
    ("portal.web.catalogue", "/catalogue"),
    ("portal.web.promotions", ""),
    ("portal.web.preview", ""),
    ("portal.web.schemas", ""),
    ("portal.web.admin", "/settings"),
    ("portal.web.tills", ""),
    ("portal.web.reports", "/reports"),
    ("portal.web.limits", "/limits"),
    ("portal.web.api_docs", ""),
    ("portal.web.sync", "/api/sync/v1"),
]

# Areas that believe no cookie, so that no page elsewhere can make a browser ask in somebody's name.
WITHOUT_CSRF = ("sync",)

# How often one address may try, by endpoint; counted in Redis, in memory while Redis is away.
# Only refused tries count: a shop full of people behind one address can sign in.
LIMITS: dict[str, str] = {
    "auth.enter": "10 per minute; 60 per hour",
    "sync.enroll": "10 per minute; 60 per hour",
}

MEGABYTE = 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application, set up from `settings` or from the environment."""
    settings = settings or config.read()
    logs.configure(settings)
    app = Flask("portal", instance_path=str(settings.instance))
    app.json = OrjsonProvider(app)
    app.session_interface = PagesSessions()
    app.config.from_mapping(flask_settings(settings))
    app.extensions["portal.redis"] = connect(settings.redis_url)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    bind_extensions(app)
    mimetypes.add_type("text/javascript", ".js")  # browsers refuse modules of another, and machines' lists differ
    headers.bind(app, settings)
    answers.bind(app)
    access.init_app(app)
    bind_areas(app)
    bind_templates(app, settings)
    frame.init_app(app)
    return app


def flask_settings(settings: Settings) -> dict[str, object]:
    """What Flask and its extensions call the settings."""
    return {
        "PORTAL": settings,
        "SECRET_KEY": settings.secret_key,
        "HTMX_SOURCE": settings.htmx_source,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": not settings.database_url.startswith("sqlite")},
        "SESSION_COOKIE_NAME": "portal",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": settings.https,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,  # a session ends with the browser, at the latest after a long day
        "WTF_CSRF_TIME_LIMIT": None,  # a form left open over lunch is still good; the session bounds it
        "MAX_CONTENT_LENGTH": 16 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": 2 * MEGABYTE,
        "RATELIMIT_STORAGE_URI": limits_address(settings.redis_url),
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_KEY_PREFIX": "portal",
        "COMPRESS_MIMETYPES": ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"],
        "COMPRESS_ALGORITHM": ["gzip"],
        "SEND_FILE_MAX_AGE_DEFAULT": 0,
    }


def limits_address(redis_url: str) -> str:
    """What the rate limiter's library calls a Redis behind a socket."""
    return redis_url.replace("unix://", "redis+unix://", 1)


def bind_extensions(app: Flask) -> None:
    """Bind what portal/extensions.py made."""
    models.load()
    db.init_app(app)
    prepare(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    csrf.init_app(app)
    compress.init_app(app)
    limiter.init_app(app)
    login_manager.init_app(app)
    login_manager.user_loader(load_user)


def bind_areas(app: Flask) -> None:
    """Register every area, and put the limits on its views."""
    for module, prefix in AREAS:
        app.register_blueprint(import_module(module).bp, url_prefix=prefix or None)
    for name in WITHOUT_CSRF:
        csrf.exempt(app.blueprints[name])
    for endpoint, limit in LIMITS.items():
        limited: Any = limiter.limit(limit, deduct_when=refused)(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited


def refused(response: Response) -> bool:
    """True for an answer that says no."""
    return response.status_code >= 400


def bind_templates(app: Flask, settings: Settings) -> None:
    """What all templates may use, and addresses of our static files that change with their content."""
    frame.init_app(app)
    app.jinja_env.globals.update(
        asset=asset,
        static=static,
        htmx={"source": settings.htmx_source, "cdn_url": HTMX_CDN_URL, "integrity": HTMX_INTEGRITY},
    )

    @app.url_defaults
    def version_static(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = fingerprint(Path(app.static_folder or "") / str(values["filename"]))


def static(filename: str) -> str:
    """The address of one of our static files, for templates."""
    return url_for("static", filename=filename)


@cache
def fingerprint(path: Path) -> str | None:
    """Eight characters that change with the file's content; None when there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else None
