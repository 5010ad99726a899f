"""/healthz for whoever restarts processes, /readyz for whoever sends them work."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from portal.services import health
from portal.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer while the process lives, whatever else is away."""
    return jsonify({"state": "ok"})


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Every part with its state and latency; 503 while one of them is not ok."""
    checks = health.checks()
    ready = all(check.state == "ok" for check in checks.values())
    body = {"state": "ok" if ready else "unready", "checks": {name: check.told() for name, check in checks.items()}}
    return jsonify(body), 200 if ready else 503
