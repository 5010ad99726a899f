"""Bootstrap, its icons and htmx, served from the installed packages under addresses that carry the version."""

from portal.web.assets.views import bp

__all__ = ["bp"]
