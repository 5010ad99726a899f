"""The blueprint on which the views of this area register themselves."""

from flask import Blueprint

bp = Blueprint("promotions", __name__)
