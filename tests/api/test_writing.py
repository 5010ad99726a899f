"""POST /usage and /logs: bodies, limits, what is kept. What becomes of each event is tried in tests/reports."""

import gzip
import json
import zlib
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.models.usage import Quarantined, TillLog, UsageEvent
from portal.services.sync import usage
from portal.web.sync import bodies
from tests.api.conftest import Asking
from tests.reports.tills import log_line, sale

GZIP = {"Content-Encoding": "gzip"}


def batch(*events: Any) -> bytes:
    return json.dumps({"events": events}).encode()


def kept(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("headers", [{}, GZIP, {"Idempotency-Key": "batch-7"}])
def test_usage_is_answered_event_by_event(
    asking: Asking, session: Session, headers: dict[str, str], database_url: str
) -> None:
    body = batch(sale(1), sale(3))
    sent = gzip.compress(body) if headers == GZIP else body
    answer = asking.post("/usage", data=sent, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.get_json()
    assert [each["outcome"] for each in found["outcomes"]] == ["accepted", "accepted"]
    assert (found["ack_through_seq"], found["missing"]) == (1, [{"first": 2, "last": 2}])
    again = asking.post("/usage", data=sent, headers=headers)
    assert [each["outcome"] for each in again.get_json()["outcomes"]] == ["duplicate", "duplicate"]
    assert kept(session, UsageEvent) == 2


def test_logs_are_a_stream_of_their_own(asking: Asking, session: Session) -> None:
    answer = asking.post("/logs", data=batch(log_line(1)))
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["ack_through_seq"] == 1
    assert (kept(session, TillLog), kept(session, UsageEvent)) == (1, 0)


@pytest.mark.parametrize("path", ["/usage", "/logs"])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{not json", {}),
        (b"", {}),
        (b"\xff\xfe", {}),
        (b"no gzip at all", GZIP),
        (gzip.compress(batch())[:-9], GZIP),
        (gzip.compress(batch()) + b"tail", GZIP),
        (gzip.compress(b"{not json"), GZIP),
    ],
)
def test_what_is_no_batch_is_answered_400_and_kept(
    asking: Asking, session: Session, path: str, body: bytes, headers: dict[str, str]
) -> None:
    answer = asking.post(path, data=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert answer.content_type == "application/problem+json"
    row = session.scalars(select(Quarantined)).one()
    assert row.stream == path[1:]
    assert row.raw in (body, b"{not json")


@pytest.mark.parametrize("body", [b"7", b"{}", b'{"events": 7}'])
def test_json_that_is_no_batch_is_answered_422(asking: Asking, body: bytes) -> None:
    assert asking.post("/usage", data=body).status_code == 422


def test_a_batch_has_at_most_500_events(asking: Asking, session: Session) -> None:
    answer = asking.post("/usage", data=batch(*[{}] * 501))
    assert answer.status_code == 422
    assert kept(session, Quarantined) == 0


@pytest.mark.parametrize("chunked", [False, True])
def test_a_bomb_is_refused_before_it_is_inflated(
    asking: Asking, session: Session, chunked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 MB of zeros in 100 kB: no more than the limit and one step is ever inflated."""
    inflated = []
    make = zlib.decompressobj

    class Watched:
        def __init__(self, wbits: int) -> None:
            self.inner = make(wbits)

        def decompress(self, data: bytes, most: int = 0) -> bytes:
            part = self.inner.decompress(data, most)
            inflated.append(len(part))
            return part

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    monkeypatch.setattr(bodies.zlib, "decompressobj", Watched)
    answer = asking.post("/usage", data=gzip.compress(b" " * 100_000_000), headers=GZIP)
    assert answer.status_code == 413
    assert sum(inflated) <= bodies.MOST_INFLATED + bodies.STEP
    assert kept(session, Quarantined) == 0


def test_a_compressed_body_is_read_up_to_its_limit(asking: Asking) -> None:
    noise = bytes(range(256)) * 4097  # 1 MB and 256 bytes
    assert asking.post("/usage", data=noise, headers=GZIP).status_code == 413


def test_a_body_without_a_length_is_read_up_to_its_limit(asking: Asking) -> None:
    class Endless:
        """A chunked body that never ends, and counts what is taken of it."""

        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= bodies.MOST_INFLATED + 1, "somebody wanted all of it"
            self.taken += size
            assert self.taken <= bodies.MOST_INFLATED * 2
            return b" " * size

        def close(self) -> None:
            pass

    environ = {"wsgi.input": Endless(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = asking.post("/usage", environ_overrides=environ)
    assert answer.status_code == 413


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_other_compressions_are_not_taken(asking: Asking, encoding: str) -> None:
    assert asking.post("/usage", data=b"x", headers={"Content-Encoding": encoding}).status_code == 415


@pytest.mark.parametrize("path", ["/usage", "/logs"])
def test_a_database_that_does_not_answer_is_503_with_retry_after(
    asking: Asking, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(usage, "upload", away)
    monkeypatch.setattr("portal.services.sync.logs.upload", away)
    answer = asking.post(path, data=batch(sale(1)))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "server closed" not in answer.text
