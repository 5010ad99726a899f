"""Reserve, commit, void: the server's word before payment, for promotions that may not be given offline.

A hold promises one redemption and an amount for fifteen minutes. What the till commits is a fact: it is counted even
where its hold is lost, and flagged. Source: sync.md, section 4.
"""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.errors import Invalid
from portal.models.limits import HoldState, LimitHold
from portal.services import business_day, publications
from portal.services.limits import ledger
from portal.services.limits.counters import Counted, Limits, count_sales, limits_of
from portal.services.limits.redemptions import HoldAnswer, HoldFlag, Reason, Redemption
from portal.services.limits.taking import Keys, change_reserved, insert_for, keys_of, lock, promised, take
from portal.services.sync.devices import Till

LIFETIME = timedelta(minutes=15)

_hold = LimitHold.__table__
assert isinstance(_hold, Table)
_table: Table = _hold


def reserve(session: Session, till: Till, request: Redemption, *, settings: Settings, now: datetime) -> HoldAnswer:
    """Promise a redemption for fifteen minutes; the same basket may ask again, with another amount.

    Raises Invalid (422) for voucher codes.
    """
    _refuse_vouchers(request)
    limits = _limits(session, request.promotion)
    if reason := _refusal(limits, request):
        return _answer(request, "refused", reason=reason)
    assert limits is not None
    hold = _find(session, till, request)
    if hold is not None and hold.state == HoldState.COMMITTED:
        return _answer(request, "committed", flags=_flags(hold))
    fresh = hold is None
    if fresh and not _made(session, till, request, HoldState.HELD, settings, now):
        return reserve(session, till, request, settings=settings, now=now)  # somebody else has just made it
    wanted = hold or _there(session, till, request)
    full = _promise(session, till, wanted, request, limits, fresh, settings, now)
    if not full:
        session.flush()
        return _answer(request, "held", expires_at=wanted.expires_at)
    if fresh:
        session.execute(delete(LimitHold).where(LimitHold.id == wanted.id))
        session.expunge(wanted)
    until = wanted.expires_at if not fresh and wanted.state == HoldState.HELD else None
    return _answer(request, "refused", reason="limit_reached", full=sorted(full), expires_at=until)


def commit(session: Session, till: Till, request: Redemption, *, settings: Settings, now: datetime) -> HoldAnswer:
    """Count what was given. Never refused: a hold that is lost or expired is flagged. Repeating it changes nothing.

    Raises Invalid (422) for voucher codes.
    """
    _refuse_vouchers(request)
    hold = _find(session, till, request)
    if hold is not None and hold.state == HoldState.COMMITTED:
        return _answer(request, "committed", flags=_flags(hold))
    flags: list[HoldFlag] = []
    before: list[tuple[str, int, int]] = []
    if hold is None or hold.settled_at is not None:
        before = _in_ledger(session, till, request)
    if hold is None or hold.state != HoldState.HELD:
        flags.append("hold_expired" if hold is not None and hold.state == HoldState.EXPIRED else "hold_lost")
        if hold is None and not _made(session, till, request, HoldState.COMMITTED, settings, now):
            return commit(session, till, request, settings=settings, now=now)  # somebody else has just made it
        hold = hold or _there(session, till, request)
    elif hold.expires_at <= now:
        flags.append("hold_expired")
    is_reported = any(not source.startswith(ledger.ONLINE) for source, _, _ in before)
    if hold.state == HoldState.HELD or not is_reported:
        source = _source("commit", hold.id, before)
        row = _counted(till, hold, request.customer, request.amount, source, now)
        if count_sales(session, [row]).get(source):
            flags.append("over_limit")
    hold.flagged = flags not in ([], ["over_limit"])
    hold.state, hold.settled_at, hold.amount_minor = HoldState.COMMITTED, now, request.amount
    session.flush()
    return _answer(request, "committed", flags=flags)


def void(session: Session, till: Till, request: Redemption, *, settings: Settings, now: datetime) -> HoldAnswer:
    """Give a hold back, or a commit whose sale was not reported. Repeating it changes nothing."""
    hold = _find(session, till, request)
    if hold is None:
        return _answer(request, "voided", reason="no_hold")
    if hold.state == HoldState.HELD:
        change_reserved(session, _held(till, hold, sign=-1))
    elif hold.state == HoldState.COMMITTED:
        before = _in_ledger(session, till, request)
        if any(not source.startswith(ledger.ONLINE) for source, _, _ in before):
            return _answer(request, "committed", reason="sale_reported", flags=_flags(hold))
        _take_back(session, till, hold, before, now)
    if hold.state in {HoldState.HELD, HoldState.COMMITTED}:
        hold.state, hold.settled_at = HoldState.VOIDED, now
        session.flush()
    return _answer(request, "voided")


def _take_back(
    session: Session, till: Till, hold: LimitHold, before: list[tuple[str, int, int]], now: datetime
) -> None:
    """A row below zero against what the ledger has of the basket."""
    count, minor = sum(entry[1] for entry in before), sum(entry[2] for entry in before)
    row = _counted(till, hold, hold.customer_code, -minor, _source("void", hold.id, before), now, redemptions=-count)
    count_sales(session, [row])


def _promise(
    session: Session,
    till: Till,
    hold: LimitHold,
    request: Redemption,
    limits: Limits,
    fresh: bool,
    settings: Settings,
    now: datetime,
) -> frozenset[str]:
    """Put the new promise in the place of the old one; gives the limits that are full, and then leaves the old one."""
    day = business_day.business_date(now, zone=settings.chain_timezone, starts_at=settings.day_starts_at)
    keys = keys_of(till.store_code, day, request.currency, request.customer)
    old = _held(till, hold) if not fresh and hold.state == HoldState.HELD else {}
    if old:
        lock(session, [*old, *((hold.promotion_code, dimension, key) for dimension, key in keys.items())])
        change_reserved(session, {key: -amount for key, amount in old.items()})
    full = take(session, limits.code, keys, count=1, minor=request.amount, limits=limits.by_dimension())
    if full:
        change_reserved(session, old)
        return full
    hold.customer_code, hold.business_date, hold.currency = request.customer, day, request.currency
    hold.device_id, hold.amount_minor = till.device_id, request.amount
    hold.state, hold.flagged = HoldState.HELD, False
    hold.expires_at = now + LIFETIME
    return full


def _limits(session: Session, code: str) -> Limits | None:
    """The live promotion's limits, with none in them where it is not limited; None when it is not live."""
    found = limits_of(session).get(code)
    if found is None and code in publications.live(session).compiled:
        return Limits(code, code, None)
    return found


def _refusal(limits: Limits | None, request: Redemption) -> Reason | None:
    if limits is None:
        return "not_live"
    if limits.currency is not None and limits.currency != request.currency:
        return "currency"
    if limits.per_customer is not None and request.customer is None:
        return "customer"
    return None


def _refuse_vouchers(request: Redemption) -> None:
    if request.vouchers:
        raise Invalid({"vouchers": "are not supported yet: send an empty list, and the promotion's code alone"})


def _find(session: Session, till: Till, request: Redemption) -> LimitHold | None:
    """The basket's hold, locked and read anew."""
    return session.scalar(
        select(LimitHold)
        .where(
            LimitHold.promotion_code == request.promotion,
            LimitHold.store_id == till.store_id,
            LimitHold.basket_code == request.basket,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _there(session: Session, till: Till, request: Redemption) -> LimitHold:
    found = _find(session, till, request)
    assert found is not None
    return found


def _made(
    session: Session, till: Till, request: Redemption, state: HoldState, settings: Settings, now: datetime
) -> bool:
    """Make the basket's row; false when another request has just made it."""
    values = {
        "promotion_code": request.promotion,
        "store_id": till.store_id,
        "basket_code": request.basket,
        "device_id": till.device_id,
        "customer_code": request.customer,
        "business_date": business_day.business_date(
            now, zone=settings.chain_timezone, starts_at=settings.day_starts_at
        ),
        "currency": request.currency,
        "amount_minor": request.amount,
        "state": state,
        "flagged": False,
        "created_at": now,
        "expires_at": now + LIFETIME,
    }
    statement = insert_for(session, _table).values(**values).on_conflict_do_nothing().returning(_table.c.id)
    return session.scalar(statement) is not None


def _held(till: Till, hold: LimitHold, sign: int = 1) -> dict[tuple[str, str, str], int]:
    """What a live hold has promised, by counter."""
    keys: Keys = keys_of(till.store_code, hold.business_date, hold.currency, hold.customer_code)
    return promised(hold.promotion_code, keys, count=sign, minor=sign * hold.amount_minor)


def _in_ledger(session: Session, till: Till, request: Redemption) -> list[tuple[str, int, int]]:
    place = (request.promotion, till.store_code, request.basket)
    return ledger.by_basket(session, {place}).get(place, [])


def _source(kind: str, hold_id: int, before: list[tuple[str, int, int]]) -> str:
    """The ledger's key; with a number from the second time on, after a commit was voided."""
    times = sum(source.startswith(f"{kind}:") for source, _, _ in before)
    return f"{kind}:{hold_id}" if not times else f"{kind}:{hold_id}:{times + 1}"


def _counted(
    till: Till, hold: LimitHold, customer: str | None, minor: int, source: str, now: datetime, redemptions: int = 1
) -> Counted:
    return Counted(
        promotion_code=hold.promotion_code,
        source=source,
        basket_code=hold.basket_code,
        device_id=till.device_id,
        store_code=till.store_code,
        customer_code=customer,
        business_date=hold.business_date,
        currency=hold.currency,
        redemptions=redemptions,
        amount_minor=minor,
        at=now,
    )


def _flags(hold: LimitHold) -> list[HoldFlag]:
    return ["hold_lost"] if hold.flagged else []


def _answer(
    request: Redemption,
    status: Literal["held", "committed", "voided", "refused"],
    *,
    reason: Reason | None = None,
    full: list[str] | None = None,
    expires_at: datetime | None = None,
    flags: list[HoldFlag] | None = None,
) -> HoldAnswer:
    return HoldAnswer(
        promotion=request.promotion,
        basket=request.basket,
        status=status,
        reason=reason,
        full=full or [],
        expires_at=expires_at,
        flags=flags or [],
    )
