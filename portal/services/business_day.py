"""The chain's business day: a calendar day in the chain's zone, cut at the hour of a setting. Source: sync.md, 6."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def business_date(at: datetime, *, zone: str, starts_at: int) -> date:
    """The business day of an aware moment; what comes before `starts_at` o'clock belongs to the day before."""
    local = at.astimezone(ZoneInfo(zone))
    return local.date() if local.hour >= starts_at else local.date() - timedelta(days=1)


def end_of(day: date, *, zone: str, starts_at: int) -> datetime:
    """The moment at which a business day ends: the first instant of the next one."""
    return datetime.combine(day + timedelta(days=1), time(starts_at), tzinfo=ZoneInfo(zone))
