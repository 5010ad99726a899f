"""How templates write money, moments and numbers."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal import clock
from portal.currencies import plain


def money(minor: int | None, currency: str | None) -> str:
    """Minor units as people read them: 1234550 USD is `USD 12,345.50`; nothing is an empty text."""
    if minor is None:
        return ""
    whole, point, rest = plain(abs(minor), currency).partition(".")
    sign = "\N{MINUS SIGN}" if minor < 0 else ""
    amount = f"{sign}{int(whole):,}{point}{rest}"
    return f"{currency}\N{NO-BREAK SPACE}{amount}" if currency else amount


def when(moment: datetime | None, timezone: str | None = None, *, show_zone: bool = False) -> str:
    """A moment as `Tue 1 Dec, 18:00` in `timezone` (UTC where none is given); the year stands when it is another.

    The zone is named where there is none of the store's, or on request.
    """
    if moment is None:
        return ""
    zone = ZoneInfo(timezone) if timezone else UTC
    local = moment.astimezone(zone)
    year = f" {local.year}" if local.year != clock.now().astimezone(zone).year else ""
    named = f" {local.tzname()}" if show_zone or timezone is None else ""
    return f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}{named}"


def begins(moment: datetime | None, timezone: str) -> str:
    """A start as people say it: midnight is the day alone, `Tue 1 Dec`."""
    return when(moment, timezone).removesuffix(", 00:00")


def until(moment: datetime | None, timezone: str) -> str:
    """An exclusive end as people say it: midnight of 1 January is `Thu 31 Dec`, the last day."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(timezone))
    if (local.hour, local.minute) != (0, 0):
        return when(moment, timezone)
    return begins((local.replace(tzinfo=None) - timedelta(days=1)).replace(tzinfo=local.tzinfo), timezone)


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 store`, `1,204 stores`; "category" needs its plural given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
