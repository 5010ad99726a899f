"""What is really answered, with a published bundle, fits the schema that the document gives for it."""

from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from tests.api.conftest import LUNCH20, PREFIX, Asking, make_promotion, publish
from tests.reports.tills import sale

LEASED: dict[str, Any] = {
    **LUNCH20,
    "code": "FIRST100",
    "currency": "USD",
    "limits": {"total": 100, "budget": 9000, "offline": "leased"},
}
LATER: dict[str, Any] = {**LUNCH20, "code": "LATER", "schedule": {"ends_at": "2099-01-01T00:00", "timezone": "UTC"}}
CALLS = [
    ("GET", "/manifest", "/manifest", None),
    ("GET", "/leases", "/leases", None),
    ("GET", "/catalogue", "/catalogue", None),
    ("GET", "/bundle/{sha256}", "/bundle/{sha256}", None),
    ("GET", "/customers/C1", "/customers/{id}", None),
    ("GET", "/promotions/active", "/promotions/active", None),
    ("GET", "/promotions/LATER", "/promotions/{code}", None),
    ("POST", "/promotions/bulk", "/promotions/bulk", {"codes": ["LATER", "NOTHING"]}),
    ("GET", "/version", "/version", None),
    ("POST", "/usage", "/usage", {"events": [sale(1), sale(3), {"event_id": 7}]}),
    ("POST", "/logs", "/logs", {"events": []}),
    ("POST", "/devices/rotate", "/devices/rotate", None),
]


@pytest.mark.parametrize(("method", "path", "name", "body"), CALLS, ids=[call[1] for call in CALLS])
def test_an_answer_fits_its_schema(
    asking: Asking, session: Session, app: Flask, method: str, path: str, name: str, body: Any
) -> None:
    for definition in (LUNCH20, LEASED, LATER):
        make_promotion(session, definition)
    publish(session, app)
    sha256 = asking.get("/manifest").get_json()["sha256"]
    answer = asking(method, path.replace("{sha256}", sha256), json=body)
    assert answer.status_code == 200, answer.text
    document = asking.client.get("/api/openapi.json").get_json()
    described = document["paths"][PREFIX + name][method.lower()]["responses"]["200"]
    schema = {"components": document["components"], **described["content"]["application/json"]["schema"]}
    found = [error.message[:200] for error in Draft202012Validator(schema).iter_errors(answer.get_json())]
    assert found == []
    for header in described.get("headers", {}):
        assert answer.headers.get(header), header


def test_a_problem_fits_its_schema(asking: Asking) -> None:
    schemas = asking.client.get("/api/openapi.json").get_json()["components"]["schemas"]
    for answer in (asking.get("/manifest"), asking.get("/manifest", token=None), asking.post("/usage", data=b"{")):
        assert answer.status_code >= 400
        Draft202012Validator(schemas["Problem"]).validate(answer.get_json(force=True))
