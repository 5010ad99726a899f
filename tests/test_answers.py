"""Errors as answers: a page for people, a fragment for htmx, problem JSON for programs."""

import mimetypes
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.config import ROOT
from portal.errors import Conflict, Invalid
from portal.web.access import public
from tests.conftest import new_app, settings_for
from tests.pages import PagesClient


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Flask:
    """A portal with views that fail in each way there is."""
    app = new_app(settings_for(tmp_path_factory.mktemp("failing"), redis_url))
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @public
    def fail(how: str) -> str:
        if how == "invalid":
            raise Invalid({"rule.percent": "is 0; use 1 to 100"})
        if how == "conflict":
            raise Conflict("LUNCH20 has ended <b>already</b>")
        raise ZeroDivisionError("a secret")

    app.add_url_rule("/fail/<how>", "fail", fail)
    app.add_url_rule("/api/fail/<how>", "api_fail", fail)
    return app


@pytest.fixture
def client(failing: Flask) -> PagesClient:
    client = failing.test_client()
    assert isinstance(client, PagesClient)
    return client


def test_an_error_of_a_service_is_a_page(client: PagesClient) -> None:
    answer = client.get("/fail/conflict", inspect=False)
    assert answer.status_code == 409
    assert "Not possible now" in answer.text
    assert "LUNCH20 has ended &lt;b&gt;already&lt;/b&gt;" in answer.text
    assert "HX-Request" in answer.headers["Vary"]


def test_an_error_of_a_service_is_a_fragment_for_htmx(client: PagesClient) -> None:
    answer = client.htmx("GET", "/fail/conflict", inspect=False)
    assert answer.status_code == 409
    assert "<html" not in answer.text
    assert "LUNCH20" in answer.text


def test_wrong_values_are_told_by_field_in_json(client: PagesClient) -> None:
    answer = client.get("/api/fail/invalid")
    assert answer.content_type == "application/problem+json"
    assert answer.get_json(force=True) == {
        "type": "about:blank",
        "title": "Some values need a correction",
        "status": 422,
        "detail": "rule.percent: is 0; use 1 to 100",
        "errors": [{"field": "rule.percent", "message": "is 0; use 1 to 100"}],
    }


@pytest.mark.parametrize("path", ["/fail/unexpected", "/api/fail/unexpected"])
def test_what_nobody_expected_shows_its_number_and_no_secret(
    client: PagesClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get(path)
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert "a secret" not in answer.text
    assert "a secret" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nowhere", 404, "There is nothing at this address."),
        ("POST", "/healthz", 405, "does not take this kind of request"),
        ("GET", "/assets/htmx/9.9.9/htmx.min.js", 404, "This version is not installed."),
        ("GET", "/assets/htmx/2.0.3/other.js", 404, "There is no such file."),
        ("GET", "/assets/nothing/1/x.js", 404, "There is no such file."),
    ],
)
def test_what_flask_refuses_is_told_in_our_words(
    client: PagesClient, method: str, path: str, status: int, words: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert words in answer.text
    assert status != 405 or "GET" in answer.headers["Allow"]


def test_a_form_without_its_token_is_refused(client: PagesClient) -> None:
    answer = client.post("/sign-in", data={"email": "a@b.example"}, csrf=False)
    assert answer.status_code == 400
    assert "This page was open for too long" in answer.text


def test_every_answer_carries_a_strict_policy(client: PagesClient) -> None:
    headers = client.get("/nowhere").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self' https://cdn.jsdelivr.net/npm/htmx.org@2.0.3/dist/;" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" not in headers
    assert len(headers["X-Request-Id"]) == 12


def test_behind_https_cookies_and_browsers_are_told(tmp_path: object, redis_url: str, session: Session) -> None:
    app = new_app(settings_for(tmp_path, redis_url, HTTPS="on", TRUSTED_PROXIES="1"))  # type: ignore[arg-type]
    answer = app.test_client().get("/sign-in", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.1.2.3"})
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "; Secure;" in answer.headers["Set-Cookie"]


def test_a_page_compresses_and_a_library_stays_for_a_year(client: PagesClient) -> None:
    page = client.get("/sign-in", headers={"Accept-Encoding": "gzip"}, inspect=False)
    assert page.headers["Content-Encoding"] == "gzip"
    library = client.get("/assets/bootstrap/5.3.8/bootstrap.min.css")
    assert "immutable" in library.headers["Cache-Control"]
    assert "max-age=31536000" in library.headers["Cache-Control"]


def test_the_address_of_a_static_file_changes_with_its_content(client: PagesClient) -> None:
    text = client.get("/sign-in").text
    assert "css/portal.css?v=" in text


def test_the_modules_of_the_engine_are_served_as_javascript_and_asked_for_again(client: PagesClient) -> None:
    """A module names the others without a version, so a browser asks each time: never an old one beside a new one."""
    for path in sorted((ROOT / "portal" / "static" / "engine").glob("*.js")):
        accepted = {"Accept-Encoding": "gzip, deflate, br"}
        answer = client.get(f"/static/engine/{path.name}", headers=accepted)
        assert answer.mimetype == "text/javascript"
        assert answer.headers.get("Content-Encoding") == ("br" if path.stat().st_size >= 500 else None)
        assert "no-cache" in answer.headers["Cache-Control"]
        again = client.get(f"/static/engine/{path.name}", headers={**accepted, "If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_modules_are_javascript_whatever_the_list_of_the_machine_says(tmp_path: Path, redis_url: str) -> None:
    try:
        mimetypes.init([])
        mimetypes.add_type("application/octet-stream", ".js")
        app = new_app(settings_for(tmp_path, redis_url))
        assert app.test_client().get("/static/engine/calculator.js").mimetype == "text/javascript"
    finally:
        mimetypes.init()
        mimetypes.add_type("text/javascript", ".js")
