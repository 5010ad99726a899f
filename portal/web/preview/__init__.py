"""What a promotion would give: beside the builder while typing, and as JSON."""

from portal.web.preview import api, views
from portal.web.preview.blueprint import bp

__all__ = ["api", "bp", "views"]
