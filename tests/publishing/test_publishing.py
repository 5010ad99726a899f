"""Versions per store, bundles by content, manifests that verify: sync.md, sections 1 and 2."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.config import Settings
from portal.engine import PromotionCalculator
from portal.errors import Conflict, NotFound
from portal.models.catalogue import Store
from portal.models.publication import Content, ContentKind, StorePublication, StoreSync
from portal.services import promotions, publications
from portal.services.sync import contents, keys, manifests, publishing, views_of_bundle
from tests.publishing.conftest import NOW

Publish = Callable[..., Any]
pytestmark = pytest.mark.databases("sqlite", "postgresql")


def versions(session: Session) -> dict[int, list[int]]:
    rows = session.execute(select(StorePublication.store_id, StorePublication.version).order_by(StorePublication.id))
    found: dict[int, list[int]] = {}
    for store_id, version in rows:
        found.setdefault(store_id, []).append(version)
    return found


def manifest(session: Session, store: Store, settings: Settings, now: Any = NOW) -> tuple[dict[str, Any], Any]:
    found = manifests.current(session, store.id, settings=settings, now=now)
    return json.loads(found.body), found


def test_stores_that_the_same_promotions_reach_share_one_bundle(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("ALL")
    published("ONE", scope={"stores": ["S1"]})
    published("NOT-TWO", scope={"exclude_stores": ["S2"]})
    published("EUROS", currency="EUR", type="amount_discount", rule={"amount": 5, "on": "basket"})
    assert publishing.publish_all(session, settings=settings, now=NOW) == 4
    held = {store.code: sorted(views_of_bundle.of_store(session, store.id).promotions) for store in stores}
    assert held == {
        "S1": ["ALL", "EUROS", "NOT-TWO", "ONE"],
        "S2": ["ALL", "EUROS"],
        "S3": ["ALL", "EUROS", "NOT-TWO"],
        "S4": ["ALL", "NOT-TWO"],
    }
    assert session.scalar(select(func.count()).where(Content.kind == ContentKind.BUNDLE)) == 4
    published("LATER", scope={"stores": ["S2", "S3"]})
    assert publishing.publish_all(session, settings=settings, now=NOW) == 2
    assert versions(session) == {stores[0].id: [1], stores[1].id: [1, 2], stores[2].id: [1, 2], stores[3].id: [1]}


def test_equal_content_is_no_new_version(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    promotion = published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    publications.changed(session, now=NOW)
    assert publishing.publish_all(session, settings=settings, now=NOW + timedelta(minutes=1)) == 0
    promotions.pause(session, promotion, now=NOW)
    assert publishing.publish_all(session, settings=settings, now=NOW) == 4
    promotions.resume(session, promotion, now=NOW)
    assert publishing.publish_all(session, settings=settings, now=NOW) == 4
    assert versions(session)[stores[0].id] == [1, 2, 3]
    assert (
        session.scalar(select(func.count()).where(Content.kind == ContentKind.BUNDLE)) == 4
    )  # two currencies, with and without


def test_a_bundle_is_content_only_and_its_name_is_its_hash(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    told, _ = manifest(session, stores[0], settings)
    plain = contents.bytes_for(session, stores[0].id, told["sha256"], "identity")
    assert (hashlib.sha256(plain).hexdigest(), len(plain)) == (told["sha256"], told["length"])
    assert gzip.decompress(contents.bytes_for(session, stores[0].id, told["sha256"], "gzip")) == plain
    packed = contents.bytes_for(session, stores[0].id, told["sha256"], "zstd")
    assert zstandard.ZstdDecompressor().decompress(packed) == plain
    bundle = json.loads(plain)
    assert set(bundle) == {"engine", "currency", "settings", "promotions", "golden", "voucher_keys"}
    assert plain == contents.canonical(bundle).plain
    assert bundle["promotions"][0]["revision"] == 1


def test_the_golden_baskets_are_what_the_engine_gives(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("DRINKS", rule={"percent": 20, "items": {"categories": ["drinks"]}})
    published("LUNCH", trigger={"kind": "code", "code": "LUNCH"}, schedule={"starts_at": "2026-11-26T08:00:00"})
    publishing.publish_all(session, settings=settings, now=NOW)
    told, _ = manifest(session, stores[0], settings)
    bundle = json.loads(contents.plain_bytes(session, told["sha256"]))
    calculator = PromotionCalculator(bundle)
    for each in bundle["golden"]:
        assert calculator.calculate_promotions(each["basket"]) == each["result"]
    applied = {entry["promotion"] for each in bundle["golden"] for entry in each["result"]["applied"]}
    assert applied == {"DRINKS", "LUNCH"}


def test_what_begins_within_the_horizon_is_in_the_bundle_with_its_own_times_and_what_is_over_is_not(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("SOON", schedule={"starts_at": "2026-12-08T00:00:00"})
    published("FAR", schedule={"starts_at": "2026-12-24T00:00:00"})
    published("ENDS", schedule={"ends_at": "2026-11-26T00:00:00"})
    publishing.publish_all(session, settings=settings, now=NOW)

    def held(now: Any) -> list[str]:
        publishing.publish_all(session, settings=settings, now=now)
        return sorted(views_of_bundle.of_store(session, stores[0].id).promotions)

    assert held(NOW) == ["ENDS", "SOON"]
    assert held(NOW + timedelta(days=2)) == ["SOON"]
    assert held(NOW + timedelta(days=16)) == ["FAR", "SOON"]
    soon = views_of_bundle.one(session, stores[0].id, "SOON")
    assert soon["schedule"]["starts_at"] == "2026-12-08T00:00:00"


def test_a_roll_back_is_a_new_version_with_older_content_and_holds_the_store(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    store = stores[0]
    published("GOOD")
    publishing.publish_all(session, settings=settings, now=NOW)
    published("BAD")
    publishing.publish_all(session, settings=settings, now=NOW)
    assert publishing.roll_back(session, store.id, 1, settings=settings, now=NOW) == 3
    told, _ = manifest(session, store, settings)
    assert told["version"] == 3
    assert list(views_of_bundle.decoded(session, told["sha256"]).promotions) == ["GOOD"]
    published("NEXT")
    assert publishing.publish_all(session, settings=settings, now=NOW) == 3  # the others
    assert views_of_bundle.version(session, store.id).version == 3
    assert publishing.release(session, store.id, settings=settings, now=NOW)
    assert versions(session)[store.id] == [1, 2, 3, 4]
    assert views_of_bundle.many(session, store.id, ["BAD", "NEXT", "NONE"]).keys() == {"BAD", "NEXT"}
    with pytest.raises(NotFound):
        publishing.roll_back(session, store.id, 9, settings=settings, now=NOW)
    with pytest.raises(Conflict):
        publishing.roll_back(session, store.id, 4, settings=settings, now=NOW)


def test_a_manifest_is_small_and_verifies_with_the_published_key_alone(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    stores[0].code = "S" * 64
    session.flush()
    published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    told, found = manifest(session, stores[0], settings)
    assert len(found.body) <= 1024
    assert hashlib.sha256(found.body).hexdigest() == found.etag
    public = {key["id"]: base64.b64decode(key["key"]) for key in keys.public(settings.keys)}
    verifier = Ed25519PublicKey.from_public_bytes(public[told["key_id"]])
    verifier.verify(base64.b64decode(found.signature), found.body)
    with pytest.raises(InvalidSignature):
        verifier.verify(base64.b64decode(found.signature), found.body.replace(b'"version":1', b'"version":2'))
    assert (told["store"], told["version"], told["poll_after_s"], told["offline_grace_h"]) == ("S" * 64, 1, 30, 72)


def test_a_manifest_is_signed_anew_after_six_hours_and_when_the_content_changes(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    _, first = manifest(session, stores[0], settings)
    assert manifest(session, stores[0], settings, NOW + timedelta(hours=5))[1] == first
    assert manifests.etag(session, stores[0].id, now=NOW + timedelta(hours=5)) == first.etag
    assert manifests.etag(session, stores[0].id, now=NOW + timedelta(hours=6)) is None
    told, second = manifest(session, stores[0], settings, NOW + timedelta(hours=6))
    assert (told["version"], second.etag != first.etag) == (1, True)
    published("Q")
    publishing.publish_all(session, settings=settings, now=NOW)
    assert manifest(session, stores[0], settings)[0]["version"] == 2


def test_a_rotation_reaches_the_bundles_before_the_new_key_signs(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    old = keys.active(settings.keys).id
    new = keys.rotate(settings.keys, signs_from=clock.now() + timedelta(hours=72)).id
    assert publishing.publish_all(session, settings=settings, now=NOW) == 4
    told, _ = manifest(session, stores[0], settings)
    assert told["key_id"] == old
    bundle = json.loads(contents.plain_bytes(session, told["sha256"]))
    assert [key["id"] for key in bundle["voucher_keys"]] == [old, new]


def test_a_new_key_that_signs_at_once_signs_every_manifest_anew(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("P")
    publishing.publish_all(session, settings=settings, now=NOW)
    new = keys.rotate(settings.keys).id
    assert manifest(session, stores[0], settings)[0]["key_id"] == new
    assert manifests.renew(session, settings=settings, now=NOW) == 3
    assert manifests.renew(session, settings=settings, now=NOW) == 0


def test_another_stores_hash_is_not_found(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("ONE", scope={"stores": ["S1"]})
    publishing.publish_all(session, settings=settings, now=NOW)
    foreign = views_of_bundle.version(session, stores[0].id).sha256
    with pytest.raises(NotFound):
        contents.bytes_for(session, stores[1].id, foreign, "gzip")


def test_a_store_before_its_first_publication_has_nothing(
    session: Session, settings: Settings, stores: list[Store], database_url: str
):
    for ask in (views_of_bundle.version, lambda s, i: manifests.current(s, i, settings=settings, now=NOW)):
        with pytest.raises(NotFound):
            ask(session, stores[0].id)
    assert session.scalar(select(func.count()).select_from(StoreSync)) == 0


def test_promotions_in_force_follow_the_stores_own_clock(
    session: Session, settings: Settings, stores: list[Store], published: Publish, database_url: str
):
    published("WALL", schedule={"starts_at": "2026-11-26T00:00:00", "ends_at": "2026-11-27T00:00:00"})
    published("UTC", schedule={"starts_at": "2026-11-26T00:00:00", "timezone": "UTC"})
    publishing.publish_all(session, settings=settings, now=NOW)

    def codes(at: Any) -> list[str]:
        return [promotion["code"] for promotion in views_of_bundle.active(session, stores[0].id, at)]

    midnight = NOW.replace(hour=23)  # in Berlin
    assert codes(midnight - timedelta(seconds=1)) == []
    assert codes(midnight) == ["WALL"]
    assert codes(midnight + timedelta(hours=1)) == ["UTC", "WALL"]
    assert codes(midnight + timedelta(days=1)) == ["UTC"]
