"""Reported sales priced again by the server, later and apart, with the revisions that they name. Source: sync.md, 4.

A till leaves out what may not be used offline, so not the whole bundle is priced but the promotions that it says it
applied: those alone give the same, whatever else was there to choose from. Where the reported bundle is known they
are taken from it, as the till had them; otherwise the revision is compiled anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, undefer

from portal.engine import Invalid, PromotionCalculator, PromotionCompiler
from portal.engine.definition import ENGINE_VERSION
from portal.models.promotion import Promotion, PromotionRevision
from portal.models.publication import Content, StorePublication
from portal.models.usage import PriceDifference, Pricing, UsageEvent
from portal.services.sync.inserts import insert_missing, table_of

Values = dict[str, Any]
AT_ONCE = 200
REASON = "impossible"
"""The key of `priced` that says why a basket could not be priced."""


class Impossible(Exception):
    """The basket can't be priced here; the message says why."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a till had: compiled promotions by code, and the engine's settings."""

    promotions: Mapping[str, Values]
    settings: Values


NOTHING = Bundle({}, {})


@dataclass(slots=True)
class Known:
    """What was loaded for a batch: bundles by (store, version), compiled revisions by (code, number)."""

    bundles: dict[tuple[int, int | None], Bundle] = field(default_factory=dict)
    by_hash: dict[str, Bundle] = field(default_factory=dict)
    revisions: dict[tuple[str, int], Values] = field(default_factory=dict)


def reprice(session: Session, *, now: datetime) -> int:
    """Price at most AT_ONCE sales that wait for it, the oldest first; gives how many."""
    events = session.scalars(
        select(UsageEvent)
        .where(UsageEvent.pricing == Pricing.PENDING)
        .order_by(UsageEvent.received_at)
        .limit(AT_ONCE)
        .options(undefer(UsageEvent.body))
        .with_for_update(skip_locked=True)
    ).all()
    known = Known()
    found = [_judged(session, known, event, now) for event in events]
    insert_missing(session, PriceDifference, [row for _, row in found if row], ("event_id",))
    if events:
        table = table_of(UsageEvent)
        statement = update(table).where(table.c.event_id == bindparam("one")).values(pricing=bindparam("judged"))
        judged = zip(events, found, strict=True)
        session.connection().execute(
            statement, [{"one": event.event_id, "judged": pricing} for event, (pricing, _) in judged]
        )
        session.expire_all()
    return len(events)


def _judged(session: Session, known: Known, event: UsageEvent, now: datetime) -> tuple[Pricing, Values | None]:
    """Whether the server comes to the same, and the row of the difference."""
    body = orjson.loads(event.body)
    reported = body["result"]
    row = {"event_id": event.event_id, "reported_minor": event.total_minor, "reported": reported, "found_at": now}
    try:
        priced = price(session, known, event, body)
    except Impossible as impossible:
        return Pricing.IMPOSSIBLE, {**row, "priced_minor": event.total_minor, "priced": {REASON: str(impossible)}}
    if compared(reported) == compared(priced, like=reported):
        return Pricing.SAME, None
    return Pricing.DIFFERS, {**row, "priced_minor": priced["total"], "priced": priced}


def price(session: Session, known: Known, event: UsageEvent, body: Values) -> Values:
    """The result of a reported basket with the promotions that it names. Raises Impossible."""
    bundle = _bundle(session, known, event.store_id, event.bundle_version)
    promotions = [_promotion(session, known, bundle, each) for each in body["result"]["applied"]]
    unique = {promotion["code"]: promotion for promotion in promotions}
    document = {"engine": ENGINE_VERSION, "settings": bundle.settings, "promotions": list(unique.values())}
    try:
        return PromotionCalculator(document).calculate_promotions(body["basket"])
    except Invalid as invalid:
        raise Impossible(f"The engine can't use it: {invalid}") from None


def compared(result: Values, like: Values | None = None) -> tuple[Any, ...]:
    """What two results must have in common; a revision only where `like` (or the result itself) names it."""
    named = {each["promotion"] for each in (like or result)["applied"] if each.get("revision") is not None}
    lines = sorted((str(line["id"]), line["gross"], line["discount"], line["net"]) for line in result["lines"])
    applied = sorted(
        (each["promotion"], each["discount"], each["times"], each["revision"] if each["promotion"] in named else 0)
        for each in result["applied"]
    )
    return result["subtotal"], result["discount"], result["total"], lines, applied


def _bundle(session: Session, known: Known, store_id: int, version: int | None) -> Bundle:
    """The bundle of a store's version, empty where it is not known here."""
    key = (store_id, version)
    if key not in known.bundles:
        sha256 = session.scalar(
            select(StorePublication.sha256).where(
                StorePublication.store_id == store_id, StorePublication.version == version
            )
        )
        known.bundles[key] = _content(session, known, sha256) if sha256 else NOTHING
    return known.bundles[key]


def _content(session: Session, known: Known, sha256: str) -> Bundle:
    if sha256 not in known.by_hash:
        plain = session.scalar(select(Content.plain).where(Content.sha256 == sha256))
        document = orjson.loads(plain) if plain else {"promotions": []}
        promotions = {each["code"]: each for each in document["promotions"]}
        known.by_hash[sha256] = Bundle(promotions, document.get("settings") or {})
    return known.by_hash[sha256]


def _promotion(session: Session, known: Known, bundle: Bundle, applied: Values) -> Values:
    """The compiled promotion that a result names. Raises Impossible for one that is not known here."""
    code, number = applied["promotion"], applied.get("revision")
    in_bundle = bundle.promotions.get(code)
    if in_bundle is not None and number in (None, in_bundle.get("revision")):
        return in_bundle
    if number is None:
        raise Impossible(f"{code} is applied without its revision, and the bundle is not known.")
    if (code, number) not in known.revisions:
        known.revisions[code, number] = _compiled(session, code, number)
    return known.revisions[code, number]


def _compiled(session: Session, code: str, number: int) -> Values:
    document = session.scalar(
        select(PromotionRevision.document)
        .join(Promotion, Promotion.id == PromotionRevision.promotion_id)
        .where(Promotion.code == code, PromotionRevision.number == number)
    )
    if document is None:
        raise Impossible(f"Revision {number} of {code} is not known here.")
    try:
        return PromotionCompiler().compile_promotion(document) | {"revision": number}
    except Invalid as invalid:
        raise Impossible(f"Revision {number} of {code} can't be compiled: {invalid}") from None
