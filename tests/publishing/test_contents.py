"""Contents: kept once, served from Redis, and from the database when Redis is away or has something else."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.models.catalogue import Product, Store
from portal.models.publication import Content, ContentKind
from portal.services.sync import contents, manifests, publishing, views_of_bundle
from tests.publishing.conftest import NOW

Publish = Callable[..., Any]
pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_without_redis_the_database_serves(
    session: Session,
    settings: Settings,
    stores: list[Store],
    published: Publish,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
):
    published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    sha256 = views_of_bundle.version(session, stores[0].id).sha256
    monkeypatch.setattr("portal.queue.connection", lambda: Redis(unix_socket_path="/nowhere.sock"))
    monkeypatch.setattr(contents, "_paused_until", 0.0)
    for _ in range(2):  # the second time it is not asked any more
        assert json.loads(contents.bytes_for(session, stores[0].id, sha256, "identity"))["promotions"]
    assert contents._paused_until > 0


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_bytes_are_kept_in_redis_and_what_somebody_else_put_there_is_not_served(
    session: Session,
    settings: Settings,
    stores: list[Store],
    published: Publish,
    redis: Redis,
    database_url: str,
    encoding: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(contents, "_paused_until", 0.0)
    published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    sha256 = views_of_bundle.version(session, stores[0].id).sha256
    name = f"portal:content:{sha256}:{encoding}"
    stored = contents.bytes_for(session, stores[0].id, sha256, encoding)
    assert redis.get(name) == stored
    assert 0 < redis.ttl(name) <= contents.CACHE_SECONDS
    other = gzip.compress(b"{}", 6, mtime=0) if encoding == "gzip" else b"{}"
    for wrong in (b"", b"x", stored[:-9], other):
        redis.set(name, wrong)
        assert contents.bytes_for(session, stores[0].id, sha256, encoding) == stored
        assert redis.get(name) == stored


def test_equal_content_is_compressed_to_equal_bytes(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    value = contents.canonical({"b": 1, "a": [1, 2]})
    assert value.plain == contents.canonical({"a": [1, 2], "b": 1}).plain == b'{"a":[1,2],"b":1}'
    first = contents._row(value, ContentKind.BUNDLE, NOW)
    later = contents._row(value, ContentKind.BUNDLE, NOW + timedelta(days=1))
    assert (first["gzip"], first["zstd"]) == (later["gzip"], later["zstd"])


def test_catalogues_that_no_store_has_are_dropped_after_a_day_and_bundles_never(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    publishing.publish_all(session, settings=settings, now=NOW)
    old = {manifests.catalogue_of(session, store.id) for store in stores}
    session.add(Product(sku="A", name="A", price_minor=1, currency="EUR", tags=[]))
    session.flush()
    published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    contents.drop_old_catalogues(session, now=NOW + timedelta(hours=23))
    before = set(session.scalars(select(Content.sha256)))
    assert old <= before
    contents.drop_old_catalogues(session, now=NOW + timedelta(hours=25))
    in_use = {manifests.catalogue_of(session, store.id) for store in stores}
    assert before - set(session.scalars(select(Content.sha256))) == old - in_use != set()
