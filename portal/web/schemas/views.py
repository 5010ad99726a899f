"""/schemas/: the JSON Schemas of definition, compiled promotion, basket, bundle and result."""

from functools import cache

from flask import Blueprint, Response, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.engine.schema import schemas
from portal.engine.shapes import Schema
from portal.errors import NotFound
from portal.web.access import public

bp = Blueprint("schemas", __name__)

ABOUT = {
    "definition": "A promotion as it is stored, imported and exported",
    "compiled-promotion": "A promotion as a till is sent it",
    "basket": "What a shopper buys",
    "bundle": "What a till is sent: its promotions and settings",
    "result": "What a basket costs, and why",
}


@cache
def _published() -> dict[str, Schema]:
    return schemas()


@bp.get("/schemas/")
@public
def index() -> ResponseReturnValue:
    """The list of schemas."""
    return render_template("schemas/index.html", about=ABOUT)


@bp.get("/schemas/<name>.json")
@public
def schema(name: str) -> Response:
    """One schema, under the address that it names itself by."""
    if name not in ABOUT:
        raise NotFound(f"There is no schema {name}; there are {', '.join(ABOUT)}.")
    response = jsonify({"$id": url_for(".schema", name=name, _external=True), **_published()[name]})
    response.mimetype = "application/schema+json"
    response.cache_control.max_age = 3600
    return response
