"""Publishing: what each store's tills shall have, as versions of that store without gaps. Source: sync.md, section 1.

The rows of the stores are locked, in the order of their ids, before the promotions are read. So whoever publishes
later has seen at least as much, and a version never brings back an older state. A change that commits after that look
has a publication of its own.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.engine.definition import ENGINE_VERSION
from portal.errors import Conflict, NotFound
from portal.models.catalogue import Store
from portal.models.publication import Content, StorePublication, StoreSync
from portal.services.sync import bundles, catalogue, contents, keys, manifests
from portal.services.sync.bundles import Kept
from portal.services.sync.inserts import insert_all, is_sqlite
from portal.services.sync.manifests import Version
from portal.services.sync.reaching import Place

Values = dict[str, Any]
CHUNK = 500  # rows of one INSERT: SQLite takes at most 32,766 values


def publish_all(
    session: Session,
    *,
    settings: Settings,
    now: datetime,
    note: str = "",
    only: Collection[int] | None = None,
    catalogues: bool = True,
) -> int:
    """Give every store whose bundle changed its next version; returns how many got one. Held stores are skipped.

    `only` names stores by id. Without `catalogues` those that are published stay as they are; a currency that has none
    gets one.
    """
    held_rows = _locked(session, only)
    places = _places(session, only)
    products = _catalogues(session, places, held_rows, anew=catalogues, now=now)
    is_free = {place.id: place.id not in held_rows or held_rows[place.id].held_at is None for place in places}
    made = bundles.keep_for(session, [each for each in places if is_free[each.id]], settings=settings, now=now)
    release = _Release(session, settings, now, note)
    for place in places:
        release.update(place, held_rows.get(place.id), made.get(place.id), products[place.currency])
    overtaken = release.write()
    published = len(release.given)
    if overtaken:  # Another publication was the first one of these stores: look again, now that their rows are there.
        published += publish_all(session, settings=settings, now=now, note=note, only=overtaken, catalogues=catalogues)
    return published


def publish_store(session: Session, store_id: int, *, settings: Settings, now: datetime, note: str = "") -> int:
    """The same for one store: 1 when it got a version, else 0. Raises NotFound for no such store."""
    if session.get(Store, store_id) is None:
        raise NotFound("There is no such store.")
    return publish_all(session, settings=settings, now=now, note=note, only=[store_id])


def roll_back(session: Session, store_id: int, version: int, *, settings: Settings, now: datetime) -> int:
    """Give a store the content of an older version as a new one, and hold it there; returns the version in force.

    Raises NotFound for a version that the store never had, Conflict for the one that it has.
    """
    row = _row_of(session, store_id)
    found = session.execute(
        select(StorePublication.sha256, Content.length)
        .join(Content, Content.sha256 == StorePublication.sha256)
        .where(StorePublication.store_id == store_id, StorePublication.version == version)
    ).one_or_none()
    if found is None:
        raise NotFound(f"This store never had version {version}; it has 1 to {row.version}.")
    if version == row.version:
        raise Conflict(f"Version {version} is the one in force.")
    row.held_at = now
    place = _places(session, [store_id])[0]
    min_engine = int(orjson.loads(contents.plain_bytes(session, found.sha256))["engine"])
    release = _Release(session, settings, now, f"Content of version {version}", min_engine)
    release.update(place, row, Kept(found.sha256, found.length), row.catalogue_sha256)
    release.write()
    return row.version


def release(session: Session, store_id: int, *, settings: Settings, now: datetime) -> int:
    """Let changes reach a store again, and publish them; 1 when it got a version. Raises Conflict unless it is held."""
    row = _row_of(session, store_id)
    if row.held_at is None:
        raise Conflict("This store is not held; changes reach it already.")
    row.held_at = None
    session.flush()
    return publish_all(session, settings=settings, now=now, note="Released", only=[store_id], catalogues=False)


class _Release:
    """Versions that are being given: collected store by store, written at once."""

    def __init__(
        self, session: Session, settings: Settings, now: datetime, note: str, min_engine: int = ENGINE_VERSION
    ) -> None:
        self.session, self.settings, self.now, self.note = session, settings, now, note
        self.min_engine = min_engine
        self.key = keys.active(settings.keys)
        self.given: list[Values] = []
        self.first: list[Values] = []

    def update(self, place: Place, row: StoreSync | None, kept: Kept | None, products: str | None) -> None:
        """Note what changes for a store; `kept` is None where its bundle stays as it is."""
        is_new = kept is not None and (row is None or row.sha256 != kept.sha256)
        if row is not None and not is_new:
            self._update_catalogue(row, products)
            return
        assert kept is not None  # a store without a row is not held
        version = row.version + 1 if row else 1
        about = Version(place.code, version, kept.sha256, kept.length, self.min_engine, products)
        values = manifests.columns(about, settings=self.settings, now=self.now, key=self.key) | {
            "version": version,
            "sha256": kept.sha256,
            "catalogue_sha256": products,
            "published_at": self.now,
        }
        if row is None:
            self.first.append({"store_id": place.id, **values})
            return
        _set(row, values)
        self._note(place.id, version, kept.sha256)

    def _update_catalogue(self, row: StoreSync, products: str | None) -> None:
        """Other prices under the same version: only the manifest changes."""
        if products != row.catalogue_sha256:
            about = orjson.loads(row.manifest)
            version = Version(about["store"], row.version, row.sha256, about["length"], about["min_engine"], products)
            signed = manifests.columns(version, settings=self.settings, now=self.now, key=self.key)
            _set(row, {**signed, "catalogue_sha256": products})

    def write(self) -> list[int]:
        """Write everything; returns the stores whose first publication somebody else has made meanwhile."""
        self.session.flush()
        insert = sqlite.insert if is_sqlite(self.session) else postgresql.insert
        added: set[int] = set()
        for start in range(0, len(self.first), CHUNK):
            statement = insert(StoreSync).values(self.first[start : start + CHUNK])
            returned = statement.on_conflict_do_nothing().returning(StoreSync.store_id)
            added.update(self.session.scalars(returned))
        for row in self.first:
            if row["store_id"] in added:
                self._note(row["store_id"], 1, row["sha256"])
        insert_all(self.session, StorePublication, self.given)
        return [row["store_id"] for row in self.first if row["store_id"] not in added]

    def _note(self, store_id: int, version: int, sha256: str) -> None:
        self.given.append(
            {
                "store_id": store_id,
                "version": version,
                "sha256": sha256,
                "published_at": self.now,
                "note": self.note[:200],
            }
        )


def _set(row: StoreSync, values: Values) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _locked(session: Session, only: Collection[int] | None) -> dict[int, StoreSync]:
    """The rows of the stores, locked in the order of their ids and read after that."""
    query = select(StoreSync).order_by(StoreSync.store_id).with_for_update()
    if only is not None:
        query = query.where(StoreSync.store_id.in_(only))
    return {row.store_id: row for row in session.scalars(query.execution_options(populate_existing=True))}


def _row_of(session: Session, store_id: int) -> StoreSync:
    row = _locked(session, [store_id]).get(store_id)
    if row is None:
        raise NotFound("Nothing was published to this store yet.")
    return row


def _places(session: Session, only: Collection[int] | None) -> list[Place]:
    query = select(Store.id, Store.code, Store.currency, Store.timezone).order_by(Store.id)
    if only is not None:
        query = query.where(Store.id.in_(only))
    return [Place(*row) for row in session.execute(query)]


def _catalogues(
    session: Session, places: list[Place], rows: Mapping[int, StoreSync], *, anew: bool, now: datetime
) -> dict[str, str]:
    """The catalogue of each currency by hash: that of the stores that have one, or made anew."""
    known: dict[str, str] = {}
    if not anew:
        for place in places:
            row = rows.get(place.id)
            if row is not None and row.catalogue_sha256 is not None:
                known[place.currency] = row.catalogue_sha256
    missing = {place.currency for place in places} - known.keys()
    return known | catalogue.refresh(session, missing, now=now)
