"""Every route for every role, and for nobody: the table of rights decides, and nothing else."""

import re
from itertools import product

import pytest
from flask import Flask

from portal.models.user import Role
from portal.web import access
from tests.cast import PEOPLE, Cast
from tests.pages import PagesClient

SAMPLES = {"filename": "css/portal.css", "library": "htmx", "version": "0", "name": "htmx.min.js"}


def addresses(app: Flask) -> list[tuple[str, str, str, dict[str, str]]]:
    """Every (method, address, endpoint, arguments); a part that must be one of several words stands with each."""
    found = []
    for rule in app.url_map.iter_rules():
        words = {
            name: [w.strip() for w in ws.split(",")] for ws, name in re.findall(r"<any\(([^)]*)\):(\w+)>", rule.rule)
        }
        names = sorted(rule.arguments)
        for values in product(*(words.get(name, [SAMPLES.get(name, "1")]) for name in names)):
            arguments = dict(zip(names, values, strict=True))
            method = sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})[0]
            address = app.url_map.bind("localhost").build(rule.endpoint, arguments, method=method)
            found.append((method, address, rule.endpoint, arguments))
    return found


def test_every_view_says_who_may_use_it(app: Flask):
    assert access.views_without_marks(app) == []


def test_nobody_is_sent_to_the_sign_in_page_from_every_page_that_is_not_public(app: Flask, client: PagesClient):
    for method, address, endpoint, arguments in addresses(app):
        with app.app_context():
            right = access.right_of(endpoint, arguments)
        answer = client.open(address, method=method)
        if right is None:
            assert not answer.headers.get("Location", "").startswith("/sign-in?next"), address
        elif address.startswith("/api/"):
            assert answer.status_code == 401, address
        else:
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in"), (method, address)


@pytest.mark.parametrize("person", PEOPLE)
def test_a_role_gets_in_where_its_rights_say_so_and_nowhere_else(
    app: Flask, client: PagesClient, cast: Cast, person: str
):
    user = getattr(cast, person)
    rights = access.RIGHTS[Role(user.role)]
    for method, address, endpoint, arguments in addresses(app):
        if endpoint in ("auth.sign_out", "auth.enter"):
            continue
        client.sign_in(user)
        with app.app_context():
            right = access.right_of(endpoint, arguments)
        status = client.open(address, method=method, inspect=False).status_code
        if isinstance(right, access.TillScope):  # people are no tills, whatever their role
            assert status == 401, (method, address)
            continue
        allowed = right is None or right == "" or right in rights
        assert (status == 403) is not allowed, (method, address, right)


def test_a_view_without_a_mark_answers_nobody(app: Flask, client: PagesClient, cast: Cast, monkeypatch):
    monkeypatch.setitem(app.view_functions, "auth.start", lambda: "secret")
    answer = client.sign_in(cast.root).get("/", inspect=False)
    assert answer.status_code == 500
    assert b"secret" not in answer.data


def test_every_role_has_a_word_and_rights():
    assert set(access.ROLES) == set(access.RIGHTS) == set(Role)


def test_a_right_that_no_role_has_is_a_mistake_in_the_code():
    with pytest.raises(ValueError, match=r"promotions\.destroy"):
        access.needs("promotions.destroy")


def test_htmx_is_led_to_the_sign_in_page_as_a_whole(client: PagesClient):
    answer = client.htmx(
        "GET", "/catalogue/products?q=x", headers={"HX-Current-URL": "http://localhost/catalogue/stores?q=a"}
    )
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/catalogue/stores?q%3Da"


def test_a_page_address_that_is_none_leads_to_the_start(client: PagesClient):
    answer = client.htmx("GET", "/catalogue/products", headers={"HX-Current-URL": "http://["})
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/"


def test_the_navigation_shows_what_the_role_may_see(client: PagesClient, cast: Cast):
    analyst = client.sign_in(cast.cy).get("/catalogue/products").text
    assert ">Customers<" in analyst
    manager = client.sign_in(cast.mia).get("/catalogue/products").text
    assert ">Customers<" not in manager
    assert ">Stores<" in manager
