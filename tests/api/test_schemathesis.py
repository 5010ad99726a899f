"""schemathesis over the whole API, with a token and without: no 5xx, nothing that the document does not say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from portal import clock
from portal.config import current
from portal.db import transaction
from portal.extensions import db
from portal.services.sync import devices, publishing
from tests.api.conftest import LUNCH20, PREFIX, make_guest_and_goods, make_promotion, make_store, make_till
from tests.conftest import new_app, new_postgres_database, settings_for

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
# A fact about a closed sale is never refused: an event that the schema does not allow is answered 200, quarantined.
LENIENT = {f"{PREFIX}/usage", f"{PREFIX}/logs"}
EXAMPLES = 5
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.fixture
def portal(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, database_url: str) -> Iterator[Flask]:
    """A portal with a database of its own, where work is committed."""
    fresh = f"sqlite:///{tmp_path / 'api.sqlite3'}"
    if not database_url.startswith("sqlite"):
        fresh = new_postgres_database(request.getfixturevalue("postgres_url"), "api")
    app = new_app(settings_for(tmp_path / "instance", redis_url, DATABASE_URL=fresh, LOG_LEVEL="ERROR"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def token(portal: Flask) -> str:
    """The token of a till whose store has a published bundle."""
    with portal.app_context():
        with transaction() as session:
            store = make_store(session)
            make_guest_and_goods(session)
            _, token = make_till(session, store)
            make_promotion(session, LUNCH20)
        with transaction() as session:
            publishing.publish_all(session, settings=current(), now=clock.now())
        return token


def operations(app: Flask) -> Iterator[Any]:
    """Every operation of the document."""
    for found in schemathesis.openapi.from_wsgi("/api/openapi.json", app).get_all_operations():
        yield found.ok()


def try_out(operation: Any, headers: dict[str, str], mode: GenerationMode, checks: list[Any]) -> None:
    """Some calls of one operation, each answer held against the document."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def calls(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=checks)

    calls()


@pytest.mark.databases("sqlite", "postgresql")
def test_with_a_token_every_answer_is_one_that_the_document_names(portal: Flask, token: str, database_url: str) -> None:
    tried = []
    for operation in operations(portal):
        for mode in MODES:
            checks = list(CHECKS)
            if mode is GenerationMode.NEGATIVE and operation.path not in LENIENT:
                checks.append(wrong_bodies_are_refused)
            try_out(operation, {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}, mode, checks)
            devices.forget()
        tried.append(operation.path)
    assert len(tried) >= 17


def test_without_a_token_nobody_is_let_in(portal: Flask, token: str) -> None:
    for operation in operations(portal):
        try_out(operation, {}, GenerationMode.POSITIVE, [*CHECKS, only_enrolment_is_open])


def wrong_bodies_are_refused(context: Any, response: Any, case: Any) -> Any:
    """A body that the document does not allow is refused. Headers that make no sense are passed over, on purpose."""
    body = case.meta.components.get(ParameterLocation.BODY)
    return negative_data_rejection(context, response, case) if body and body.mode is GenerationMode.NEGATIVE else None


def only_enrolment_is_open(context: Any, response: Any, case: Any) -> None:
    """Nothing but enrolment looks at a request of nobody: 401, or what CSRF says to a session without its token."""
    allowed = {401, 422, 429} if case.path.endswith("/devices/enroll") else {401, 400, 405}
    assert response.status_code in allowed, f"{case.method} {case.path} answered {response.status_code}"
