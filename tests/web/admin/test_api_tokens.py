"""Tokens for programs: made on the settings page, shown once, no more than their person may, ended at once."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.api_token import ApiToken
from tests.cast import Cast
from tests.pages import PagesClient

BODY = {
    "definition": {"code": "P", "type": "percent_discount", "rule": {"percent": 10}},
    "basket": {
        "currency": "USD",
        "at": "2026-11-20T12:00:00Z",
        "lines": [{"id": "1", "sku": "A", "unit_price": 1000, "quantity": 1}],
    },
}


def made(client: PagesClient, cast: Cast, **form: object) -> str:
    client.sign_in(cast.root)
    page = client.post("/settings/api-tokens", data={"name": "Online shop", "scopes": "preview.use", **form})
    assert page.status_code == 200, page.text
    assert page.headers["Cache-Control"] == "no-store"
    return re.search(r"pat_[a-z0-9]{12}_[\w-]{43}", page.text)[0]


def asked(client: PagesClient, token: str) -> int:
    """What a program is answered: it has neither session nor CSRF token."""
    program = client.application.test_client()
    head = {"Authorization": f"Bearer {token}"}
    return program.post("/api/v1/preview", json=BODY, headers=head, csrf=False).status_code


def test_a_program_prices_a_basket_with_its_token_until_it_is_revoked(
    client: PagesClient, cast: Cast, session: Session
):
    token = made(client, cast)
    assert asked(client, token) == 200
    row = session.scalar(select(ApiToken))
    assert token.rpartition("_")[2] not in (row.token_hash, row.public_id)
    session.refresh(row)
    assert row.last_used_at is not None
    assert client.get("/settings").status_code == 200
    client.get(f"/settings/api-tokens/{row.public_id}/revoke")
    assert client.post(f"/settings/api-tokens/{row.public_id}/revoke").status_code == 303
    assert asked(client, token) == 401
    assert "Revoked" in client.get("/settings").text


def test_a_token_is_refused_with_one_letter_changed_or_when_its_person_is_gone(
    client: PagesClient, cast: Cast, session: Session
):
    token = made(client, cast)
    assert asked(client, token[:-1] + ("a" if token[-1] != "a" else "b")) == 401
    assert asked(client, "nonsense") == 401
    cast.root.is_active = False
    session.flush()
    assert asked(client, token) == 401


def test_a_token_does_no_more_than_its_person_may(client: PagesClient, cast: Cast, session: Session):
    token = made(client, cast)
    cast.root.role = "help_desk"
    session.flush()
    assert asked(client, token) == 403


def test_with_a_token_the_session_is_not_believed(client: PagesClient, cast: Cast):
    client.sign_in(cast.root)
    head = {"Authorization": "Bearer nonsense"}
    assert client.post("/api/v1/preview", json=BODY, headers=head).status_code == 401


def test_without_a_token_the_csrf_token_is_needed(client: PagesClient, cast: Cast):
    assert client.sign_in(cast.root).post("/api/v1/preview", json=BODY, csrf=False).status_code == 400
    assert (
        client.post("/api/v1/preview", json=BODY, headers={"Authorization": "Basic x"}, csrf=False).status_code == 400
    )


def test_a_token_needs_a_name_and_something_to_do(client: PagesClient, cast: Cast):
    client.sign_in(cast.root)
    page = client.post("/settings/api-tokens", data={"name": ""})
    assert (page.status_code, "Name the program." in page.text) == (422, True)
    page = client.post("/settings/api-tokens", data={"name": "Shop"})
    assert (page.status_code, "needs at least one" in page.text) == (422, True)
    assert client.post("/settings/api-tokens", data={"name": "Shop", "scopes": "users.manage"}).status_code == 422
