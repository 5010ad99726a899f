"""What a till fetches: the signed manifest, and bytes under their hash. Source: sync.md, section 2."""

from functools import partial

import orjson
from flask import Response, g, request

from portal import clock, config
from portal.db import glance, reading, transaction
from portal.engine.definition import ENGINE_VERSION
from portal.services.sync import devices, kept_bytes, manifests
from portal.services.sync.manifests import Manifest
from portal.web.access import SYNC_READ, till
from portal.web.documented import Answer, Description, Parameter, documented
from portal.web.sync.answering import (
    ASK_AGAIN,
    FOREVER,
    encoding_wanted,
    engine_of_till,
    has,
    refuse_old_engine,
    signed,
    stored,
    unchanged,
)
from portal.web.sync.blueprint import bp
from portal.web.sync.documents import PUBLISHED_BUNDLE, Catalogue, ManifestDocument
from portal.web.sync.words import IF_NONE_MATCH, MISSING, REFUSED, SIGNED, TOO_OLD, UNCHANGED, WHOLE, X_ENGINE

STORED = {"ETag": "SHA-256 of the plain bytes, and the encoding behind a colon where there is one"}


@bp.get("/manifest")
@till(SYNC_READ)
@documented(
    Description(
        "What is in force, signed",
        "At most 1 kB, signed with Ed25519 over the exact bytes. Ask every `poll_after_s` seconds with If-None-Match; "
        "the `Date` header is the server's clock.",
        "Reading",
        {200: Answer("The manifest.", ManifestDocument, headers=SIGNED), **UNCHANGED, **REFUSED, **MISSING, **TOO_OLD},
        (
            IF_NONE_MATCH,
            X_ENGINE,
            Parameter("X-Bundle-Version", "header", "the version that the till sells with", dict(WHOLE)),
            Parameter("X-Outbox", "header", "how many events the till has not sent yet", dict(WHOLE)),
            Parameter("X-Till-Time", "header", "the till's clock, ISO 8601 with offset"),
        ),
        security=("till",),
    )
)
def manifest() -> Response:
    """The store's manifest; a poll that finds nothing new costs one short question."""
    note_poll()
    if "If-None-Match" in request.headers:
        tag = glance(partial(manifests.etag, store_id=g.till.store_id, now=clock.now()))
        if tag is not None and has(tag):
            return unchanged(tag)
    found = current_manifest()
    return signed(found.body, found.etag, found.signature)


def current_manifest() -> Manifest:
    """The store's manifest, signed anew where that is due. Raises TooOld for a till that cannot read its bundle."""
    with transaction() as session:
        found = manifests.current(session, g.till.store_id, settings=config.current(), now=clock.now())
    refuse_old_engine(orjson.loads(found.body)["min_engine"])
    return found


def note_poll() -> None:
    """Keep what the till says of itself, at most once a minute."""
    given = request.headers
    devices.seen(
        transaction,
        g.till,
        version=given.get("X-Bundle-Version"),
        engine=given.get("X-Engine"),
        outbox=given.get("X-Outbox"),
        till_time=given.get("X-Till-Time"),
        now=clock.now(),
    )


@bp.get("/catalogue")
@till(SYNC_READ)
@documented(
    Description(
        "The store's products and prices",
        "Kept under its hash like a bundle, compressed once with zstd and gzip.",
        "Reading",
        {200: Answer("The catalogue.", Catalogue, headers=STORED), **UNCHANGED, **REFUSED, **MISSING},
        (IF_NONE_MATCH,),
        security=("till",),
    )
)
def catalogue() -> Response:
    """The products as they were published last."""
    sha256 = manifests.catalogue_of(reading(), g.till.store_id)
    if has(sha256):
        return unchanged(sha256)
    encoding = encoding_wanted()
    return stored(kept_bytes.bytes_for(reading, g.till, sha256, encoding), sha256, encoding, ASK_AGAIN)


@bp.get("/bundle/<sha256>")
@till(SYNC_READ)
@documented(
    Description(
        "The bundle of a hash",
        "Immutable, cacheable for ever, compressed once with zstd and gzip. A hash that this store never had is 404.",
        "Reading",
        {200: Answer("The bundle, golden baskets included.", PUBLISHED_BUNDLE, headers=STORED), **UNCHANGED, **REFUSED}
        | {**MISSING, **TOO_OLD},
        (
            Parameter("sha256", "path", "as the manifest has it", {"type": "string", "pattern": "^[0-9a-f]{64}$"}),
            IF_NONE_MATCH,
            X_ENGINE,
        ),
        security=("till",),
    )
)
def bundle(sha256: str) -> Response:
    """The immutable bytes."""
    if engine_of_till() < ENGINE_VERSION:  # no bundle needs more than that, so most tills are not looked at closer
        current_manifest()
    encoding = encoding_wanted()
    body = kept_bytes.bytes_for(reading, g.till, sha256, encoding)
    return unchanged(sha256, FOREVER) if has(sha256) else stored(body, sha256, encoding, FOREVER)
