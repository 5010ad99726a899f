"""Promotions: the list, the builder, and what is done with one."""

from flask import Blueprint

bp = Blueprint("promotions", __name__)

from portal.web.promotions import actions, views  # noqa: F401  (the views register themselves on bp)
