"""A test client that inspects every page: what a person would stumble over fails the test that met it."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from portal.models.user import User

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
LABELLED = {"input", "select", "textarea"}
NEEDS_NO_LABEL = {"hidden", "submit", "button", "reset", "image"}
HTMX_WRITES = ("hx-post", "hx-put", "hx-patch", "hx-delete")
# Words that are only there when a template printed what it should not have.
LEAKS = re.compile(
    r"\bNone\b|\bundefined\b|\bNaN\b|&lt;[a-z]+[ &]|\{\{|\{%|<(?:built-in|function|bound)|0x[0-9a-f]{8,}"
    r"|&amp;(?:amp|lt|gt|quot|#)"
)


class Page(HTMLParser):
    """What matters of one page or fragment."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.fields: list[tuple[str, dict[str, str]]] = []
        self.problems: list[str] = []
        self.words: list[str] = []
        self.referred: list[str] = []
        self.form: list[bool] = []
        self.labels = 0
        self.quiet = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        names = [name for name, _ in attrs]
        if doubled := [name for name in set(names) if names.count(name) > 1]:
            self.problems.append(f"<{tag}> has {doubled} twice")
        if "id" in a:
            self.ids[a["id"]] += 1
        self.referred += (
            a.get("for", "").split() + a.get("aria-describedby", "").split() + a.get("aria-labelledby", "").split()
        )
        self.policy(tag, a)
        self.forms(tag, a)
        if tag in ("script", "style", "textarea", "pre", "code"):
            self.quiet += 1

    def policy(self, tag: str, a: dict[str, str]) -> None:
        """What the content policy would block, or a person could not use."""
        if "style" in a or tag == "style":
            self.problems.append(f"<{tag}> has a style of its own")
        if tag == "script" and "src" not in a and a.get("type") not in ("application/json",):
            self.problems.append("a script stands in the page")
        if events := [name for name in a if name.startswith(("on", "hx-on"))]:
            self.problems.append(f"<{tag}> has {events}")
        if tag == "img" and "alt" not in a:
            self.problems.append(f"a picture has no alt: {a.get('src')}")
        if tag == "a" and a.get("href", "").lower().startswith("javascript:"):
            self.problems.append("a link runs a script")

    def forms(self, tag: str, a: dict[str, str]) -> None:
        """Which fields want a label, and which forms carry their token."""
        if tag == "label":
            self.labels += 1
            self.labelled.add(a.get("for", ""))
        if tag in LABELLED and a.get("type", "text") not in NEEDS_NO_LABEL:
            inside = {"aria-label": "inside a label"} if self.labels else {}
            self.fields.append((tag, inside | a))
        if tag == "form":
            self.form.append(a.get("method", "get").lower() != "post")
        if tag == "input" and a.get("name") == "csrf_token" and self.form:
            self.form[-1] = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.labels -= 1
        if tag in ("script", "style", "textarea", "pre", "code"):
            self.quiet -= 1

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self.words.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def problems(text: str, *, whole: bool) -> list[str]:
    """Everything that is wrong with a page (`whole`) or a fragment."""
    page = Page(text)
    found = list(page.problems)
    found += [f"the id {id!r} stands {count} times" for id, count in page.ids.items() if count > 1]
    for tag, a in page.fields:
        if not (a.get("id", "") in page.labelled or a.keys() & {"aria-label", "aria-labelledby", "title"}):
            found.append(f"no label for <{tag} name={a.get('name')!r}>")
    found += ["a form that posts has no csrf_token"] * page.form.count(False)
    found += [f"{leak.group()!r} in the text: ...{context}..." for leak, context in leaks("".join(page.words))]
    if whole:
        found += [f"{id!r} is referred to, but is not there" for id in set(page.referred) - page.ids.keys()]
        found += [f"the page has {what}" for what in missing_parts(text)]
    return found


def leaks(words: str) -> list[tuple[re.Match[str], str]]:
    """Each leak with the words around it."""
    return [(match, words[max(0, match.start() - 30) : match.end() + 30]) for match in LEAKS.finditer(words)]


def missing_parts(text: str) -> list[str]:
    """What every whole page has."""
    parts = {"no title": "<title>", "no language": "<html lang=", "no main": "<main", "no heading": "<h1"}
    found = [what for what, mark in parts.items() if mark not in text]
    writes = any(write in text for write in HTMX_WRITES)
    return (
        [*found, "htmx calls that write, and no csrf-token for them"] if writes and "csrf-token" not in text else found
    )


class PagesClient(FlaskClient):
    """The test client of the app: inspects HTML, and carries a CSRF token as the portal's own pages do."""

    def open(self, *args: Any, csrf: bool = True, inspect: bool = True, **kwargs: Any) -> TestResponse:
        """Ask; `csrf=False` sends no token, `inspect=False` takes the page as it comes."""
        if csrf and kwargs.get("method", "GET") not in SAFE_METHODS:
            kwargs["headers"] = {"X-CSRFToken": self.csrf_token(), **dict(kwargs.get("headers") or {})}
        response = super().open(*args, **kwargs)
        shown = response.status_code not in range(300, 400)  # nobody sees the text of a redirect
        if inspect and shown and response.mimetype == "text/html" and response.get_data():
            text = response.get_data(as_text=True)
            found = problems(text, whole="<html" in text)
            assert not found, f"{response.request.method} {response.request.path}:\n  " + "\n  ".join(found)
        return response

    def csrf_token(self) -> str:
        """A token that fits this client's session."""
        with self.session_transaction() as session:
            kept = session.setdefault("csrf_token", "0" * 40)
        return str(URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token").dumps(kept))

    def sign_in(self, user: User) -> "PagesClient":
        """Be `user` from now on."""
        with self.session_transaction() as session:
            session.update(_user_id=user.get_id(), _fresh=True)
        return self

    def htmx(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """Ask as htmx does."""
        headers = {"HX-Request": "true", **kwargs.pop("headers", {})}
        return self.open(path, method=method, headers=headers, **kwargs)


def use_pages_client(app: Flask) -> None:
    """Let app.test_client() give a client that inspects."""
    app.test_client_class = PagesClient
