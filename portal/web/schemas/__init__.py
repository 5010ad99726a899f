"""The JSON Schemas of our documents, for whoever writes or reads them elsewhere."""

from portal.web.schemas.views import bp

__all__ = ["bp"]
