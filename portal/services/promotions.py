"""Promotions from the first draft to the archive. Every save is a new, immutable revision.

States are derived, not stored: people set draft, published, paused or archived; `starts_at` and `ends_at` decide
between scheduled, active and ended. Both are instants. A definition with a time zone names them exactly. One without
means each store's own wall clock, so it begins in several zones at several instants; the portal then counts by the
chain's default zone (setting CHAIN_TIMEZONE), while every till asks its own clock.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.engine import PromotionValidator
from portal.engine.times import is_form, utc_of
from portal.errors import Conflict, Invalid, NotFound
from portal.models.promotion import Promotion, PromotionRevision, StateSet
from portal.services import publications
from portal.services.states import State, state_at

Definition = dict[str, Any]


def by_code(session: Session, code: str) -> Promotion:
    """The promotion of that code. Raises NotFound."""
    promotion = session.scalar(select(Promotion).where(Promotion.code == code))
    if promotion is None:
        raise NotFound(f"There is no promotion {code}.")
    return promotion


def revision(session: Session, promotion: Promotion, number: int) -> PromotionRevision:
    """One revision by its number. Raises NotFound."""
    found = session.scalar(
        select(PromotionRevision).where(
            PromotionRevision.promotion_id == promotion.id, PromotionRevision.number == number
        )
    )
    if found is None:
        raise NotFound(f"{promotion.code} has no revision {number}.")
    return found


def latest(session: Session, promotion: Promotion) -> PromotionRevision:
    """The revision that is being edited."""
    return revision(session, promotion, promotion.draft_number)


def history(session: Session, promotion: Promotion) -> list[PromotionRevision]:
    """Every revision, the newest first, with who saved it."""
    query = (
        select(PromotionRevision)
        .where(PromotionRevision.promotion_id == promotion.id)
        .options(joinedload(PromotionRevision.created_by))
        .order_by(PromotionRevision.number.desc())
    )
    return list(session.scalars(query))


def problems(definition: Definition) -> dict[str, str]:
    """What the engine refuses in a definition, by field path; empty when it can be published."""
    return {problem["field"]: problem["message"] for problem in PromotionValidator().validate_promotion(definition)}


def draft(
    session: Session, *, definition: Definition, by: int | None, now: datetime, zone: str = "UTC", note: str = ""
) -> Promotion:
    """A new promotion with its first revision. It may be unfinished: only its code and type have to be right.

    `by` is a user's id. Raises Invalid for a code or type that cannot be used, also for a code that is taken.
    """
    _check_identity(definition)
    code = definition["code"]
    if session.scalar(select(Promotion.id).where(Promotion.code == code)) is not None:
        raise Invalid({"code": f"is taken: there is already a promotion {code}; choose another code"})
    promotion = Promotion(
        code=code, name="", type="", state_set=StateSet.DRAFT, draft_number=0, created_by_id=by, created_at=now
    )
    _copy_columns(promotion, definition, zone)
    promotion.updated_at = now
    session.add(promotion)
    session.flush()
    _add_revision(session, promotion, definition, by=by, now=now, note=note)
    return promotion


def revise(
    session: Session,
    promotion: Promotion,
    *,
    definition: Definition,
    expected: int,
    by: int | None,
    now: datetime,
    zone: str = "UTC",
    note: str = "",
) -> PromotionRevision:
    """Save a definition as the next revision; tills keep the published one. Saving what is there changes nothing.

    `expected` is the number of the revision that the editor started from. Raises Conflict when somebody else has
    saved since, or the promotion is archived; Invalid for another code or an unknown type.
    """
    _check_identity(definition)
    if definition["code"] != promotion.code:
        raise Invalid({"code": f"stays {promotion.code} once it is saved; copy the promotion to give it another code"})
    if promotion.state_set == StateSet.ARCHIVED:
        raise Conflict(f"{promotion.code} is archived. Copy it to go on with it.")
    current = latest(session, promotion)
    if current.number != expected:
        raise Conflict(_overtaken(promotion, current))
    if current.document_sha256 == digest(definition):
        return current
    if promotion.published_number is None:
        _copy_columns(promotion, definition, zone)
    return _add_revision(session, promotion, definition, by=by, now=now, note=note)


def publish(session: Session, promotion: Promotion, *, now: datetime, zone: str = "UTC") -> None:
    """Let tills apply the latest revision, from its start on.

    Raises Invalid with every problem of the definition, Conflict when it is archived or its end has passed.
    """
    if promotion.state_set == StateSet.ARCHIVED:
        raise Conflict(f"{promotion.code} is archived. Copy it to go on with it.")
    current = latest(session, promotion)
    if wrong := problems(current.document):
        raise Invalid(wrong)
    _, ends_at = instants(current.document, zone)
    if ends_at is not None and ends_at <= now:
        raise Conflict(f"The end of {promotion.code} has passed. Choose a later end, then publish it.")
    _copy_columns(promotion, current.document, zone)
    promotion.published_number = current.number
    promotion.state_set = StateSet.PUBLISHED
    promotion.ended_at = None
    _changed_live(session, promotion, now)


def pause(session: Session, promotion: Promotion, *, now: datetime) -> None:
    """Tills stop applying it until it is resumed. Raises Conflict unless it is scheduled or active."""
    _needs(promotion, now, State.SCHEDULED, State.ACTIVE, to="paused")
    promotion.state_set = StateSet.PAUSED
    _changed_live(session, promotion, now)


def resume(session: Session, promotion: Promotion, *, now: datetime) -> None:
    """Tills apply it again. Raises Conflict unless it is paused."""
    _needs(promotion, now, State.PAUSED, to="resumed")
    promotion.state_set = StateSet.PUBLISHED
    _changed_live(session, promotion, now)


def end(session: Session, promotion: Promotion, *, now: datetime) -> None:
    """End it for good; only publishing it again brings it back. Raises Conflict unless it is published."""
    _needs(promotion, now, State.SCHEDULED, State.ACTIVE, State.PAUSED, to="ended")
    promotion.ended_at = now
    _changed_live(session, promotion, now)


def archive(session: Session, promotion: Promotion, *, now: datetime) -> None:
    """Take it out of the lists. Raises Conflict unless it is a draft or has ended."""
    _needs(promotion, now, State.DRAFT, State.ENDED, to="archived")
    promotion.state_set = StateSet.ARCHIVED
    _changed_live(session, promotion, now)


def copy(session: Session, promotion: Promotion, *, by: int | None, now: datetime, zone: str = "UTC") -> Promotion:
    """A new draft with the same content, under the code with -2, -3 ... behind it."""
    document = latest(session, promotion).document
    code = _free_code(session, promotion.code)
    name = f"{document['name']} (copy)" if isinstance(document.get("name"), str) else None
    definition = {**document, "code": code} | ({"name": name} if name else {})
    return draft(session, definition=definition, by=by, now=now, zone=zone, note=f"Copy of {promotion.code}")


def restore(
    session: Session, promotion: Promotion, number: int, *, by: int | None, now: datetime, zone: str = "UTC"
) -> PromotionRevision:
    """Make an older revision the latest again, as a new one; tills keep the published one until it is published."""
    document = revision(session, promotion, number).document
    note = f"Restored from revision {number}"
    expected = promotion.draft_number
    return revise(session, promotion, definition=document, expected=expected, by=by, now=now, zone=zone, note=note)


def instants(definition: Definition, zone: str) -> tuple[datetime | None, datetime | None]:
    """Start and end of a definition as instants, None where they are open or cannot be read.

    `zone` (IANA) stands in where the definition has none.
    """
    schedule = definition.get("schedule")
    schedule = schedule if isinstance(schedule, Mapping) else {}
    own = schedule.get("timezone")
    zone = own if isinstance(own, str) and is_form("zone", own) else zone
    return _instant(schedule.get("starts_at"), zone), _instant(schedule.get("ends_at"), zone)


def digest(definition: Definition) -> str:
    """The SHA-256 of a definition's canonical JSON: equal when the content is."""
    text = json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _instant(local: object, zone: str) -> datetime | None:
    if not isinstance(local, str) or not is_form("local", local):
        return None
    try:
        return datetime.fromisoformat(utc_of(local, zone))
    except ValueError:
        return None


def _check_identity(definition: Definition) -> None:
    found = problems(definition)
    wrong = {field: message for field, message in found.items() if field in ("code", "type")}
    if wrong:
        raise Invalid(wrong)


def _copy_columns(promotion: Promotion, definition: Definition, zone: str) -> None:
    name, currency = definition.get("name"), definition.get("currency")
    promotion.name = name[:200] if isinstance(name, str) and name else definition["code"]
    promotion.type = definition["type"]
    promotion.currency = currency if isinstance(currency, str) and re.fullmatch("[A-Z]{3}", currency) else None
    promotion.starts_at, promotion.ends_at = instants(definition, zone)


def _add_revision(
    session: Session, promotion: Promotion, definition: Definition, *, by: int | None, now: datetime, note: str
) -> PromotionRevision:
    promotion.draft_number += 1
    promotion.updated_at = now
    added = PromotionRevision(
        promotion_id=promotion.id,
        number=promotion.draft_number,
        document=definition,
        document_sha256=digest(definition),
        note=note,
        created_by_id=by,
        created_at=now,
    )
    session.add(added)
    session.flush()
    return added


def _overtaken(promotion: Promotion, current: PromotionRevision) -> str:
    who = current.created_by.name if current.created_by else "Somebody"
    return (
        f"{who} saved {promotion.code} (revision {current.number}) while you were editing. "
        "Nothing of yours is lost: it still stands in the form."
    )


def _needs(promotion: Promotion, now: datetime, *allowed: State, to: str) -> None:
    state = state_at(promotion, now)
    if state not in allowed:
        words = " or ".join(f"{'an' if each[0] in 'ae' else 'a'} {each} one" for each in allowed)
        raise Conflict(f"{promotion.code} is {state}; only {words} can be {to}.")


def _changed_live(session: Session, promotion: Promotion, now: datetime) -> None:
    promotion.updated_at = now
    publications.changed(session, now=now)


def _free_code(session: Session, code: str) -> str:
    stem = re.sub(r"-\d+$", "", code)[:58]
    taken = set(session.scalars(select(Promotion.code).where(Promotion.code.startswith(stem, autoescape=True))))
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"
