"""Where a session's cookie is read at all."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

WITHOUT = "/api/sync/"


class PagesSessions(SecureCookieSessionInterface):
    """Sessions for people; tills have none: their cookies are not read, and they are sent none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a request; None, which Flask makes an empty one of that nobody can write to, for tills."""
        return None if request.path.startswith(WITHOUT) else super().open_session(app, request)
