"""The API for whoever writes a till or a program: OpenAPI 3.1 and pages to try it."""

from portal.web.api_docs.views import bp

__all__ = ["bp"]
