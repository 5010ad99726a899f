"""Signing in and out, and where a person starts."""

from portal.web.auth.views import bp

__all__ = ["bp"]
