"""Is the process alive, and is everything there that it needs."""

from portal.web.health.views import bp

__all__ = ["bp"]
