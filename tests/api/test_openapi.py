"""The OpenAPI document: every route of the API is in it, and nothing else; it is OpenAPI 3.1."""

import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from portal.services.sync.events import UploadAnswer, UsageReport
from portal.web.access import TillScope
from tests.api.conftest import PREFIX
from tests.pages import PagesClient


@pytest.fixture
def document(client: PagesClient) -> Any:
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def routes(app: Flask, prefix: str) -> set[tuple[str, str]]:
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(prefix)
    }


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return {(path, method): each for path, item in document["paths"].items() for method, each in item.items()}


@pytest.mark.parametrize("prefix", [PREFIX, "/api/v1/"])
def test_every_route_is_documented_and_every_document_is_a_route(app: Flask, document: Any, prefix: str) -> None:
    documented = {each for each in operations(document) if each[0].startswith(prefix)}
    assert documented == routes(app, prefix)


def test_the_routes_of_the_contract_are_there(app: Flask) -> None:
    wanted = {
        ("post", "/devices/enroll"),
        ("post", "/devices/rotate"),
        ("get", "/manifest"),
        ("get", "/leases"),
        ("get", "/catalogue"),
        ("get", "/customers/{id}"),
        ("get", "/bundle/{sha256}"),
        ("get", "/promotions/active"),
        ("get", "/promotions/{code}"),
        ("post", "/promotions/bulk"),
        ("get", "/version"),
        ("post", "/usage"),
        ("post", "/logs"),
        ("post", "/redemptions/reserve"),
        ("post", "/redemptions/commit"),
        ("post", "/redemptions/void"),
    }
    assert routes(app, PREFIX) == {(PREFIX + path, method) for method, path in wanted}


def test_security_is_what_the_view_asks_for(app: Flask, document: Any) -> None:
    by_path = {(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)): rule.endpoint for rule in app.url_map.iter_rules()}
    for (path, _), operation in operations(document).items():
        right = app.view_functions[by_path[path]].__dict__["needs_right"]
        names = {name for each in operation["security"] for name in each}
        assert names == ({"till"} if isinstance(right, TillScope) else set() if right is None else {"token", "session"})
        if names:
            assert {"401", "403"} <= operation["responses"].keys()


def test_the_types_that_validate_are_the_ones_that_are_shown(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["UsageReport"] == without_refs(
        UsageReport.model_json_schema(ref_template="#/components/schemas/{model}")
    )
    assert set(schemas["UploadAnswer"]["properties"]) == set(UploadAnswer.model_fields)
    assert {"bundle", "compiled-promotion", "basket", "result", "Problem"} <= schemas.keys()
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("description") or schema.get("title"), name


def without_refs(schema: Any) -> Any:
    return {key: value for key, value in schema.items() if key != "$defs"}


def test_every_reference_leads_somewhere(document: Any) -> None:
    text = str(document)
    for name in set(re.findall(r"#/components/schemas/([A-Za-z0-9._-]+)", text)):
        assert name in document["components"]["schemas"]


def test_everything_is_explained(document: Any) -> None:
    names = [operation["operationId"] for operation in operations(document).values()]
    assert len(names) == len(set(names))
    for operation in operations(document).values():
        assert operation["summary"]
        assert operation["description"]
        assert all(each["description"] for each in operation["parameters"])


def test_the_document_needs_nobody_signed_in_and_no_database(client: PagesClient, session: Session) -> None:
    assert client.get("/api/openapi.json").status_code == 200
