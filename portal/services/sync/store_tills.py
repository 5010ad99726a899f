"""One store: its tills and how they stand, who was invited, what its bundle holds; suspending and resuming it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from portal.engine.describe import describe
from portal.errors import Conflict, NotFound
from portal.models.catalogue import Store
from portal.models.device import Device, DeviceGap, EnrolmentCode, Stream
from portal.models.promotion import Promotion, PromotionRevision
from portal.models.publication import StorePublication, StoreSync
from portal.services import naming
from portal.services.sync import devices, trouble, views_of_bundle

MOST_GAPS = 200

Gap = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TillState:
    """A till and what is wrong with it. `gaps` are the first ranges missing by stream, `events_missing` counts all."""

    device: Device
    is_behind: bool
    behind_since: datetime | None
    is_silent: bool
    is_skewed: bool
    events_missing: int
    gaps: dict[Stream, list[Gap]]

    @property
    def is_fine(self) -> bool:
        """True when nothing is wrong."""
        return not (self.is_behind or self.is_silent or self.is_skewed or self.events_missing)


@dataclass(frozen=True, slots=True)
class Held:
    """A promotion of the store's bundle: its name, its sentence, and its own times as its definition has them."""

    code: str
    revision: int
    name: str
    sentence: str
    starts_at: str | None
    ends_at: str | None
    is_in_force: bool


def store(session: Session, code: str, codes: Collection[str] | None = None) -> Store:
    """The store. Raises NotFound for one that does not exist or is not among `codes`, in the same words."""
    found = session.scalar(select(Store).where(Store.code == code)) if codes is None or code in codes else None
    if found is None:
        raise NotFound("There is no such store.")
    return found


def sync_of(session: Session, store: Store) -> StoreSync | None:
    """What the store's tills are sent; None before the first publication."""
    return session.scalar(select(StoreSync).where(StoreSync.store_id == store.id, StoreSync.version > 0))


def tills(session: Session, store: Store, *, now: datetime) -> tuple[list[TillState], list[Device]]:
    """The store's tills by name, and the revoked ones, the last revoked first."""
    every = session.scalars(select(Device).where(Device.store_id == store.id).order_by(Device.name, Device.id)).all()
    judged, gaps = trouble.of_store(session, store.id, now=now), _gaps(session, store)
    states = [_state(device, judged[device.id], gaps) for device in every if device.id in judged]
    revoked = [device for device in every if device.revoked_at is not None]
    return states, sorted(revoked, key=lambda device: device.revoked_at or now, reverse=True)


def _state(device: Device, row: Any, gaps: dict[tuple[int, Stream], list[Gap]]) -> TillState:
    own = {stream: gaps[device.id, stream] for stream in Stream if (device.id, stream) in gaps}
    return TillState(
        device, bool(row.behind), row.behind_since, bool(row.silent), bool(row.skewed), int(row.events_missing), own
    )


def _gaps(session: Session, store: Store) -> dict[tuple[int, Stream], list[Gap]]:
    found: dict[tuple[int, Stream], list[Gap]] = defaultdict(list)
    query = (
        select(DeviceGap)
        .join(Device, Device.id == DeviceGap.device_id)
        .where(Device.store_id == store.id)
        .order_by(DeviceGap.device_id, DeviceGap.stream, DeviceGap.first_seq)
        .limit(MOST_GAPS)
    )
    for gap in session.scalars(query):
        found[gap.device_id, Stream(gap.stream)].append((gap.first_seq, gap.last_seq))
    return found


def till(session: Session, store: Store, public_id: str) -> Device:
    """A till of this store. Raises NotFound for another's."""
    device = devices.by_public_id(session, public_id)
    if device.store_id != store.id:
        raise NotFound("There is no such till.")
    return device


def versions(session: Session, store: Store, *, most: int) -> list[StorePublication]:
    """The store's versions, the newest first."""
    query = select(StorePublication).where(StorePublication.store_id == store.id)
    return list(session.scalars(query.order_by(StorePublication.version.desc()).limit(most)))


def versions_in_use(session: Session, store: Store) -> dict[int, int]:
    """How many of the store's tills said that they have which version."""
    query = (
        select(Device.bundle_version, func.count())
        .where(Device.store_id == store.id, Device.revoked_at.is_(None), Device.bundle_version.is_not(None))
        .group_by(Device.bundle_version)
    )
    return {version: number for version, number in session.execute(query) if version is not None}


def invitations(session: Session, store: Store, *, now: datetime) -> list[EnrolmentCode]:
    """Codes that can still be used, the oldest first."""
    query = select(EnrolmentCode).where(
        EnrolmentCode.store_id == store.id, EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at > now
    )
    return list(session.scalars(query.order_by(EnrolmentCode.expires_at, EnrolmentCode.id)))


def invitation(session: Session, store: Store, number: int) -> tuple[EnrolmentCode, Device | None]:
    """A code's row and the till that it made. Raises NotFound for another store's."""
    code = session.get(EnrolmentCode, number)
    if code is None or code.store_id != store.id:
        raise NotFound("There is no such invitation.")
    return code, session.get(Device, code.device_id) if code.device_id else None


def last_invitation(session: Session, store: Store) -> EnrolmentCode:
    """The code that was made last; for the page that shows it."""
    query = select(EnrolmentCode).where(EnrolmentCode.store_id == store.id)
    return session.scalars(query.order_by(EnrolmentCode.id.desc()).limit(1)).one()


def suspend(session: Session, store: Store, *, now: datetime) -> None:
    """Refuse the store's tills from now on, but for usage. Raises Conflict before the first publication."""
    _lock(session, store).suspended_at = now
    session.flush()
    devices.forget()


def resume(session: Session, store: Store) -> None:
    """Answer the store's tills again."""
    _lock(session, store).suspended_at = None
    session.flush()
    devices.forget()


def _lock(session: Session, store: Store) -> StoreSync:
    row = session.scalar(select(StoreSync).where(StoreSync.store_id == store.id).with_for_update())
    if row is None:
        raise Conflict(f"Nothing has been published to {store.name} yet, so there is nothing to suspend.")
    return row


def holdings(session: Session, store: Store, *, now: datetime) -> list[Held]:
    """What the store's bundle holds, those in force first; empty before the first publication."""
    row = sync_of(session, store)
    if row is None:
        return []
    compiled = views_of_bundle.of_store(session, store.id).promotions
    in_force = {promotion["code"] for promotion in views_of_bundle.active(session, store.id, now)}
    wanted = [(code, promotion["revision"]) for code, promotion in compiled.items()]
    definitions = _definitions(session, wanted)
    names = naming.names(session, definitions.values())
    held = [
        _held(code, promotion, definitions.get(code, promotion), names, code in in_force)
        for code, promotion in compiled.items()
    ]
    return sorted(held, key=lambda each: (not each.is_in_force, each.starts_at or "", each.name))


def _held(code: str, promotion: dict[str, Any], definition: Any, names: naming.Names, is_in_force: bool) -> Held:
    schedule = promotion.get("schedule", {})
    return Held(
        code,
        promotion["revision"],
        promotion.get("name") or code,
        describe(definition, names),
        schedule.get("starts_at"),
        schedule.get("ends_at"),
        is_in_force,
    )


def _definitions(session: Session, wanted: list[tuple[str, int]]) -> dict[str, Any]:
    """The definitions of these (code, revision), by code; a thousand at a time."""
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), 1000):
        query = (
            select(Promotion.code, PromotionRevision.document)
            .join(PromotionRevision, PromotionRevision.promotion_id == Promotion.id)
            .where(tuple_(Promotion.code, PromotionRevision.number).in_(wanted[start : start + 1000]))
        )
        found |= {row.code: row.document for row in session.execute(query)}
    return found
