"""The catalogue: lists, entries, CSV in and out, and what pickers offer."""

from portal.web.catalogue import importing, views
from portal.web.catalogue.area import bp

__all__ = ["bp", "importing", "views"]
