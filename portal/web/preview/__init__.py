"""What a promotion would give: beside the builder while typing, and as JSON."""

from flask import Blueprint

bp = Blueprint("preview", __name__)

from portal.web.preview import api, views  # noqa: F401  (the views register themselves on bp)
