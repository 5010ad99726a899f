"""/api/openapi.json, and /api/docs: Swagger UI from an installed package, under a content policy of our own."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template

from portal.web.access import public
from portal.web.api_docs.openapi import document

bp = Blueprint("api_docs", __name__)
KEPT = "portal.openapi"


@bp.get("/api/openapi.json")
@public
def openapi() -> Response:
    """The OpenAPI document; made once by each process, because it changes with a release alone."""
    kept: dict[str, Any] = current_app.extensions
    if KEPT not in kept:
        kept[KEPT] = document(current_app)
    return jsonify(kept[KEPT])


@bp.get("/api/docs")
@public
def docs() -> str:
    """The API to read and to try."""
    return render_template("api_docs/index.html")
