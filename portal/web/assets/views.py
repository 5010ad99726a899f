"""Files of installed packages, by library, version and a fixed list of names."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, send_file, url_for

from portal.config import HTMX_VERSION
from portal.errors import NotFound
from portal.web.access import public

BOOTSTRAP_VERSION = "5.3.8"
FOREVER = 365 * 24 * 3600

bp = Blueprint("assets", __name__)

SWAGGER_VERSION = "5.31.0"
SWAGGER = "flask_openapi3_swagger:templates/swagger"
BOOTSTRAP = "flask_bootstrap:static/bootstrap5"
# Library: (version, {name in the address: package and path})
LIBRARIES: dict[str, tuple[str, dict[str, str]]] = {
    "htmx": (HTMX_VERSION, {"htmx.min.js": "js_lib_htmx:static/htmx/htmx.min.js"}),
    "bootstrap": (
        BOOTSTRAP_VERSION,
        {
            "bootstrap.min.css": f"{BOOTSTRAP}/css/bootstrap.min.css",
            "bootstrap.min.js": f"{BOOTSTRAP}/js/bootstrap.min.js",
            "popper.min.js": f"{BOOTSTRAP}/umd/popper.min.js",
        },
    ),
    "swagger": (
        SWAGGER_VERSION,
        {
            "swagger-ui.css": f"{SWAGGER}/css/swagger-ui.css",
            "swagger-ui-bundle.js": f"{SWAGGER}/js/swagger-ui-bundle.js",
        },
    ),
    "icons": (BOOTSTRAP_VERSION, {"bootstrap-icons.svg": f"{BOOTSTRAP}/icons/bootstrap-icons.svg"}),
}


@cache
def location(library: str, name: str) -> Path:
    """The file on disk. Raises NotFound for what is not on the list."""
    _, names = LIBRARIES.get(library, ("", {}))
    if name not in names:
        raise NotFound("There is no such file.")
    package, _, path = names[name].partition(":")
    return Path(str(files(package))) / path


def asset(library: str, name: str) -> str:
    """The address of a library's file, for templates: asset('bootstrap', 'bootstrap.min.css')."""
    return url_for("assets.library", library=library, version=LIBRARIES[library][0], name=name)


@bp.get("/assets/<library>/<version>/<name>")
@public
def library(library: str, version: str, name: str) -> Response:
    """Send one file; a year's cache, because the version stands in the address."""
    path = location(library, name)
    if version != LIBRARIES[library][0]:
        raise NotFound("This version is not installed.")
    response = send_file(path, max_age=FOREVER)
    response.cache_control.immutable = True
    return response
