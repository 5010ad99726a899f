"""The set of promotions that tills may apply, compiled once for as long as it does not change.

A row in the database carries a stamp that every change of the set replaces; each process keeps the compiled set of
the stamp that it saw last. So a page asks one short question, not a thousand rows.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.db import AFTER_COMMIT, after_commit
from portal.engine import Invalid, PromotionCompiler
from portal.models.promotion import LiveStamp, Promotion, PromotionRevision, StateSet
from portal.queue import JobName, enqueue

Values = dict[str, Any]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """The published promotions that are neither paused nor ended nor archived, by code."""

    stamp: str
    definitions: Mapping[str, Values] = field(repr=False)
    compiled: Mapping[str, Values] = field(repr=False)


_kept: list[Live] = []
_lock = threading.Lock()


def changed(session: Session, *, now: datetime) -> None:
    """Note that the set is another one from this transaction on, and have it published to the stores."""
    values = {"stamp": uuid4().hex, "changed_at": now}
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    first = dialect.insert(LiveStamp).values(id=1, **values)
    # Two first changes at once would both find no row, if one looked before.
    session.execute(first.on_conflict_do_update(index_elements=[LiveStamp.id], set_=values))
    # Once for all changes of a transaction; without a transaction() the periodic job publishes them.
    if _publish_soon not in session.info.get(AFTER_COMMIT, [_publish_soon]):
        after_commit(session, _publish_soon)


def _publish_soon() -> None:
    enqueue(JobName.PUBLISH)


def live(session: Session) -> Live:
    """The live set, from memory when the stamp is the one that was seen last.

    Promotions whose end has passed stay in it until the next change: the engine answers `outside_dates` for them.
    """
    stamp = session.scalar(select(LiveStamp.stamp)) or ""
    with _lock:
        if not _kept or _kept[0].stamp != stamp:
            _kept[:] = [_load(session, stamp)]
        return _kept[0]


def _load(session: Session, stamp: str) -> Live:
    if not stamp:
        return Live("", {}, {})
    rows = session.execute(
        select(PromotionRevision.document, PromotionRevision.number)
        .join(
            Promotion,
            and_(
                Promotion.id == PromotionRevision.promotion_id, Promotion.published_number == PromotionRevision.number
            ),
        )
        .where(Promotion.state_set == StateSet.PUBLISHED, Promotion.ended_at.is_(None))
        .order_by(Promotion.code)
    ).all()
    compiled = {document["code"]: _compiled(document, number) for document, number in rows}
    kept = {code: promotion for code, promotion in compiled.items() if promotion is not None}
    return Live(stamp, {document["code"]: document for document, _ in rows if document["code"] in kept}, kept)


def _compiled(document: Values, number: int) -> Values | None:
    """A published revision as tills are sent it; one that a newer engine refuses is left out, and named in the log."""
    try:
        return PromotionCompiler().compile_promotion(document) | {"revision": number}
    except Invalid as invalid:
        log.error("published, but left out: %s revision %s: %s", document["code"], number, invalid)
        return None
