"""Signing in and out: wrong words, too many tries, where it leads, and how a session ends."""

import time

import pytest
from sqlalchemy.orm import Session

from portal.errors import Conflict, Invalid
from portal.models.user import User
from portal.services import users
from tests.pages import PagesClient

PASSWORD = "a long enough one"


@pytest.fixture
def ada(session: Session) -> User:
    return users.create_user(session, email="Ada@Tests.example ", name="Ada", role="marketer", password=PASSWORD)


def enter(client: PagesClient, **changes: str):
    return client.post("/sign-in", data={"email": "ada@tests.example", "password": PASSWORD, **changes})


def test_the_right_words_lead_to_the_first_area(client: PagesClient, ada: User):
    answer = enter(client)
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").status_code == 303
    assert client.get("/catalogue/products").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "a wrong one"},
        {"email": "nobody@tests.example"},
        {"password": PASSWORD + " "},
        {"password": "x" * 5000},
    ],
    ids=["wrong password", "unknown person", "a blank more", "far too long"],
)
def test_wrong_words_say_the_same_whoever_it_is(client: PagesClient, ada: User, changes: dict[str, str]):
    answer = enter(client, **changes)
    assert answer.status_code == 422
    assert "E-mail or password is wrong" in answer.text
    assert PASSWORD not in answer.text
    assert client.get("/catalogue/products").status_code == 303


def test_empty_fields_say_what_is_missing(client: PagesClient):
    answer = enter(client, email="", password="")
    assert answer.status_code == 422
    assert "Enter your e-mail address." in answer.text
    assert "Enter your password." in answer.text


def test_an_unknown_person_takes_as_long_as_a_wrong_password(session: Session, ada: User):
    def seconds(email: str) -> float:
        began = time.perf_counter()
        assert users.authenticate(session, email=email, password="a wrong one") is None
        return time.perf_counter() - began

    for email in (ada.email, "nobody@tests.example"):
        seconds(email)  # makes the hash for nobody, once
    known = min(seconds(ada.email) for _ in range(5))
    unknown = min(seconds("nobody@tests.example") for _ in range(5))
    assert 0.5 < known / unknown < 2


def test_the_eleventh_wrong_try_of_a_minute_has_to_wait(client: PagesClient, ada: User):
    tries = [enter(client, password="wrong words").status_code for _ in range(10)]
    assert tries == [422] * 10
    answer = enter(client)
    assert answer.status_code == 429
    assert "Wait a minute" in answer.text


def test_right_tries_are_not_counted(client: PagesClient, ada: User):
    assert {enter(client).status_code for _ in range(15)} == {303}


def test_without_a_token_nobody_signs_in(client: PagesClient, ada: User):
    answer = client.post("/sign-in", data={"email": ada.email, "password": PASSWORD}, csrf=False)
    assert answer.status_code == 400


OWN = ["/promotions", "/promotions?state=draft&q=a%20b", "/a", "/a//b", "/?x=//y", "/@a", "/%5cevil.example"]
FOREIGN = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "http://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/a\n",
    "/a\r\nLocation: x",
    "/\u2028evil",
    "/\x00/evil.example",
    "/a\\..\\\\evil.example",
    "",
    "?x=1",
]


@pytest.mark.parametrize("address", OWN)
def test_a_page_of_ours_that_was_wanted_comes_after_signing_in(client: PagesClient, ada: User, address: str):
    assert enter(client, next=address).location == address


@pytest.mark.parametrize("address", FOREIGN, ids=repr)
def test_nobody_is_led_to_another_site(client: PagesClient, ada: User, address: str):
    assert enter(client, next=address).location == "/"
    assert "evil" not in client.get("/sign-in", query_string={"next": address}).headers.get("Location", "")


def test_the_wanted_page_stands_in_the_address_of_the_sign_in_page(client: PagesClient, ada: User):
    asked = client.get("/catalogue/stores?q=pier")
    assert asked.location == "/sign-in?next=/catalogue/stores?q%3Dpier"
    assert 'value="/catalogue/stores?q=pier"' in client.get(asked.location).text


def test_signing_out_takes_a_post_and_ends_the_session(client: PagesClient, ada: User):
    enter(client)
    assert client.get("/sign-out").status_code == 405
    assert client.get("/catalogue/products").status_code == 200
    assert client.post("/sign-out").location == "/sign-in?out=1"
    assert client.get("/catalogue/products").status_code == 303
    assert "You are signed out." in client.get("/sign-in?out=1").text


@pytest.mark.parametrize(
    "end", [users.disable, users.end_sessions, lambda user: users.set_password(user, "another long one")]
)
def test_a_session_ends_with_the_next_request(client: PagesClient, session: Session, ada: User, end):
    enter(client)
    end(ada)
    session.flush()
    assert client.get("/catalogue/products").status_code == 303


def test_a_disabled_person_cannot_sign_in_until_enabled(client: PagesClient, session: Session, ada: User):
    users.disable(ada)
    session.flush()
    assert enter(client).status_code == 422
    users.enable(ada)
    session.flush()
    assert enter(client).status_code == 303


def test_a_crafted_session_names_nobody(client: PagesClient, ada: User):
    for token in ("", "1", f"{ada.id}.2", f"{ada.id}.1.1", "x.y", "9" * 30 + ".1"):
        with client.session_transaction() as kept:
            kept["_user_id"] = token
        assert client.get("/catalogue/products").status_code == 303


def test_who_is_signed_in_does_not_see_the_sign_in_page(client: PagesClient, ada: User):
    enter(client)
    assert client.get("/sign-in?next=/catalogue/stores").location == "/catalogue/stores"


def test_a_hash_with_old_costs_is_replaced_at_the_next_sign_in(client: PagesClient, session: Session, ada: User):
    from argon2 import PasswordHasher

    ada.password_hash = old = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    session.flush()
    assert enter(client).status_code == 303
    session.refresh(ada)
    assert ada.password_hash != old
    assert enter(client).status_code == 303


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"name": "  "}, "name"),
        ({"role": "king"}, "role"),
        ({"password": "too short"}, "password"),
    ],
)
def test_an_account_with_a_mistake_is_refused_at_its_field(session: Session, changes: dict[str, str], field: str):
    given = {"email": "new@tests.example", "name": "New", "role": "analyst", "password": PASSWORD, **changes}
    with pytest.raises(Invalid) as refused:
        users.create_user(session, **given)
    assert list(refused.value.errors) == [field]


def test_an_email_has_one_account_in_any_case(session: Session, ada: User):
    with pytest.raises(Conflict):
        users.create_user(session, email="ADA@tests.example", name="Other", role="analyst", password=PASSWORD)
