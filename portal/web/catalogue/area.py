"""The blueprint on which the views of the catalogue register themselves."""

from flask import Blueprint

bp = Blueprint("catalogue", __name__)
