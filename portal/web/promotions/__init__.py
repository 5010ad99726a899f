"""Promotions: the list, the builder, and what is done with one."""

from portal.web.promotions import actions, views
from portal.web.promotions.blueprint import bp

__all__ = ["actions", "bp", "views"]
