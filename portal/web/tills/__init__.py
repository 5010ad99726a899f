"""The stores page: tills by store, one store's tills and versions, and what may be done about them."""

from portal.web.tills import actions, views
from portal.web.tills.area import bp

__all__ = ["actions", "bp", "views"]
