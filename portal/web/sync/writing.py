"""What a till reports: usage and logs, in batches. Source: sync.md, section 4."""

from collections.abc import Callable
from typing import Any

from flask import Response, g

from portal import clock, config
from portal.db import transaction
from portal.errors import PortalError
from portal.models.device import Stream
from portal.services.sync import logs, quarantine, usage
from portal.services.sync.batches import Unreadable
from portal.services.sync.events import LogUpload, UploadAnswer, UsageUpload
from portal.web.access import USAGE_WRITE, till
from portal.web.documented import Answer, Description, Parameter, documented
from portal.web.sync.answering import as_json
from portal.web.sync.blueprint import bp
from portal.web.sync.bodies import Broken, plain_bytes
from portal.web.sync.words import INVALID, REFUSED, UNREADABLE

ANSWERS = {200: Answer("One outcome for each event.", UploadAnswer), **UNREADABLE, **REFUSED, **INVALID}
SENT = (
    Parameter("Idempotency-Key", "header", "allowed, and not needed: each event carries its own id"),
    Parameter("Content-Encoding", "header", "gzip, where the body is compressed", {"type": "string", "enum": ["gzip"]}),
)


@bp.post("/usage")
@till(USAGE_WRITE)
@documented(
    Description(
        "Report closed baskets",
        "upload_usage: up to 500 events, answered after they are committed, each with its outcome. An event that can't "
        "be read is kept in quarantine and does not stop the others; send again what is answered `retry`, and "
        "everything after an answer that did not arrive.",
        "Reporting",
        ANSWERS,
        SENT,
        UsageUpload,
        is_compressible=True,
        security=("till",),
    )
)
def upload_usage() -> Response:
    """Keep a batch of closed baskets."""
    return upload(Stream.USAGE, usage.upload)


@bp.post("/logs")
@till(USAGE_WRITE)
@documented(
    Description(
        "Report log lines",
        "upload_logs: up to 500 lines, numbered apart from usage, never sent before it. No personal data.",
        "Reporting",
        ANSWERS,
        SENT,
        LogUpload,
        is_compressible=True,
        security=("till",),
    )
)
def upload_logs() -> Response:
    """Keep a batch of log lines."""
    return upload(Stream.LOGS, logs.upload)


def upload(stream: Stream, take: Callable[..., UploadAnswer]) -> Response:
    """Hand the body to the service that takes it; what is no batch at all is answered 400, and kept."""
    plain = None
    try:
        plain = plain_bytes()
        with transaction() as session:
            answer: Any = take(session, g.till, plain, settings=config.current(), now=clock.now())
    except Broken as broken:
        keep(stream, broken.raw, broken)
        raise
    except Unreadable as unreadable:
        keep(stream, plain or b"", unreadable)
        raise
    return as_json(answer)


def keep(stream: Stream, raw: bytes, why: PortalError) -> None:
    """Keep a body for a person."""
    with transaction() as session:
        quarantine.keep_body(session, g.till, stream, raw, why.detail, clock.now())
