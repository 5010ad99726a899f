"""The extensions: made here, bound to an app in portal/app.py."""

from typing import Any

from flask import Response, request
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from portal.models.columns import Base


class SessionProtect(CSRFProtect):
    """CSRF tokens for whatever a session is believed for; a program with a token of its own has none."""

    def protect(self, **how: Any) -> None:
        """Refuse a request of a session without its CSRF token."""
        is_program = request.headers.get("Authorization", "").startswith("Bearer ")
        if not (is_program and request.path.startswith("/api/v1/")):
            super().protect(**how)


class SparingCompress(Compress):
    """Compresses what is made for the asker; bytes that were signed, or compressed once and kept, go as they are."""

    def after_request(self, response: Response | None) -> Response:
        """Compress `response` unless it says no-transform."""
        if response is not None and "no-transform" in response.headers.get("Cache-Control", ""):
            return response
        return super().after_request(response)


class SparingLimiter(Limiter):
    """Limits the views that were given one. Tills ask all day: theirs are not looked up for limits that nobody set."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not (in_middleware and request.blueprint == "sync"):
            super()._check_request_limit(callable_name=callable_name, in_middleware=in_middleware)


# Rows stay readable after commit: a template that prints 50 of them must not run 50 more queries.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()
login_manager = LoginManager()
csrf = SessionProtect()
compress = SparingCompress()
limiter = SparingLimiter(key_func=get_remote_address)
