"""What only a real server shows: the Date header, chunked bodies, a connection that goes on after a refusal."""

import gzip
import http.client
import json
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from portal import clock
from portal.config import current
from portal.db import transaction
from portal.services.sync import publishing
from tests.api.conftest import LUNCH20, PREFIX, make_promotion, make_store, make_till
from tests.live import Live
from tests.reports.tills import sale

HEADERS = {"Content-Type": "application/json"}


@pytest.fixture
def token(live: Live) -> str:
    """The token of a till whose store has a bundle."""
    with live.app.app_context():
        with transaction() as session:
            _, token = make_till(session, make_store(session))
            make_promotion(session, LUNCH20)
        with transaction() as session:
            publishing.publish_all(session, settings=current(), now=clock.now())
    return token


@pytest.fixture
def wire(live: Live) -> Iterator[http.client.HTTPConnection]:
    """A connection."""
    parts = urlsplit(live.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    yield connection
    connection.close()


def ask(wire: http.client.HTTPConnection, method: str, path: str, token: str, **kwargs: Any) -> tuple[int, Any, bytes]:
    headers = {"Authorization": f"Bearer {token}", **kwargs.pop("headers", {})}
    wire.request(method, PREFIX + path, headers=headers, **kwargs)
    answer = wire.getresponse()
    return answer.status, answer.headers, answer.read()


def test_the_clock_of_the_server_is_in_the_date_header(wire: http.client.HTTPConnection, token: str) -> None:
    status, headers, _ = ask(wire, "GET", "/manifest", token)
    told = parsedate_to_datetime(headers["Date"])
    assert status == 200
    assert abs(clock.now() - told) < timedelta(seconds=5)
    status, headers, body = ask(wire, "GET", "/manifest", token, headers={"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")
    assert abs(clock.now() - parsedate_to_datetime(headers["Date"])) < timedelta(seconds=5)


def test_a_chunked_body_is_taken(wire: http.client.HTTPConnection, token: str) -> None:
    body = gzip.compress(json.dumps({"events": [sale(1)]}).encode())
    pieces = iter([body[:50], body[50:]])
    headers = {**HEADERS, "Content-Encoding": "gzip"}
    status, _, answer = ask(wire, "POST", "/usage", token, body=pieces, headers=headers, encode_chunked=True)
    assert status == 200, answer
    assert json.loads(answer)["ack_through_seq"] == 1


def test_the_bundle_arrives_as_it_was_signed_for(wire: http.client.HTTPConnection, token: str) -> None:
    _, _, body = ask(wire, "GET", "/manifest", token)
    manifest = json.loads(body)
    accepted = {"Accept-Encoding": "gzip"}
    status, headers, sent = ask(wire, "GET", f"/bundle/{manifest['sha256']}", token, headers=accepted)
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert int(headers["Content-Length"]) == len(sent)
    assert len(gzip.decompress(sent)) == manifest["length"]
