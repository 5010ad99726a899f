"""How tills stand, in words for people."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.models.device import Stream
from portal.services.sync.store_tills import Gap, Held
from portal.services.sync.tills import Condition, Found
from portal.web.filters import count, when

KINDS = {"silent": "Silent", "behind": "Behind", "skewed": "Clock off", "missing": "Events missing"}

# Condition: its word on a chip, its icon, its tone.
CONDITIONS: dict[Condition, tuple[str, str, str]] = {
    Condition.SILENT: ("Silent", "wifi-off", "red"),
    Condition.BEHIND: ("Behind", "clock-history", "amber"),
    Condition.SKEWED: ("Clock off", "stopwatch", "amber"),
    Condition.MISSING: ("Events missing", "question-circle", "amber"),
    Condition.SUSPENDED: ("Suspended", "pause-circle", "red"),
    Condition.HELD: ("Rolled back", "arrow-counterclockwise", "violet"),
    Condition.FINE: ("In order", "check-circle", "green"),
    Condition.EMPTY: ("No tills", "dash-circle", "neutral"),
}
MOST_RANGES = 4
NOUNS = {Stream.USAGE: ("sale event", "sale events"), Stream.LOGS: ("log entry", "log entries")}


def lead(found: Found, now: datetime, zone: str) -> list[tuple[str, Condition | None]]:
    """The sentences above the list, each with the condition that finds its stores: what asks for somebody, else that
    all is well.
    """
    if not found.tills:
        return []
    said: list[tuple[str, Condition | None]] = []
    if found.quiet:
        verb = "has" if found.quiet == 1 else "have"
        since = f"since {clock_of(found.quiet_since, now, zone)}" if found.quiet_since else "yet"
        said.append((f"{count(found.quiet, 'store')} {verb} not fetched {since}.", Condition.SILENT))
    if partly := found.counts.get(Condition.SILENT, 0) - found.quiet:
        where = count(partly, "more store" if found.quiet else "store")
        said.append((f"In {where} some tills are silent.", Condition.SILENT))
    for condition, one, many in COUNTED:
        if number := found.counts.get(condition, 0):
            said.append((f"{count(number, 'store')} {one if number == 1 else many}", condition))
    if number := found.counts.get(Condition.MISSING, 0):
        said.append((f"From {count(number, 'store')} some events have not arrived.", Condition.MISSING))
    everything = "The only till is in order." if found.tills == 1 else f"All {count(found.tills, 'till')} are in order."
    return said or [(everything, None)]


COUNTED = (
    (Condition.BEHIND, "has a till that is behind its newest version.", "have tills behind their newest version."),
    (Condition.SKEWED, "has a till whose clock is off.", "have tills whose clocks are off."),
)


def clock_of(moment: datetime | None, now: datetime, zone: str) -> str:
    """The time alone within the last half day, else with its date; in `zone`, which is named."""
    written = when(moment, zone, show_zone=True)
    return written.partition(", ")[2] if moment and now - moment < timedelta(hours=12) else written


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago: `just now`, `4 minutes ago`, `3 hours ago`, `2 days ago`."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if seconds < 90:
        return "just now"
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size * (1 if noun == "minute" else 2):
            return f"{count(int(seconds // size), noun)} ago"
    return "just now"


def skew(milliseconds: int | None) -> str:
    """A till's clock: `right`, `3 min ahead`, `40 s behind`."""
    if milliseconds is None:
        return "not known"
    seconds, side = abs(milliseconds) // 1000, "ahead" if milliseconds > 0 else "behind"
    if seconds < 2:
        return "right"
    if seconds < 120:
        return f"{seconds} s {side}"
    return f"{seconds // 60:,} min {side}" if seconds < 7200 else f"{seconds // 3600:,} h {side}"


def gaps(missing: dict[Stream, list[Gap]], events: int) -> list[str]:
    """What has not arrived, a sentence for each stream: `3 sale events have not arrived: numbers 3 to 5`."""
    said = []
    for stream, ranges in missing.items():
        number = sum(last - first + 1 for first, last in ranges)
        verb = "has" if number == 1 else "have"
        words = "number" if number == 1 else "numbers"
        said.append(f"{count(number, *NOUNS[stream])} {verb} not arrived: {words} {_ranges(ranges)}")
    return said or ([f"{count(events, 'event')} have not arrived"] if events else [])


def _ranges(ranges: list[Gap]) -> str:
    said = [f"{first:,}" if first == last else f"{first:,} to {last:,}" for first, last in ranges[:MOST_RANGES]]
    more = len(ranges) - MOST_RANGES
    return ", ".join(said) + (f" and {count(more, 'more range')}" if more > 0 else "")


def times(held: Held, now: datetime, zone: str) -> str:
    """Where the promotion is between its own dates, by the store's clock: the end is the last day."""
    if held.is_in_force:
        return f"In force until {_date(held.ends_at, is_end=True)}" if held.ends_at else "In force, without an end"
    if held.starts_at and _is_ahead(held.starts_at, now, zone):
        return f"Begins {_date(held.starts_at)}"
    return f"Ended {_date(held.ends_at, is_end=True)}" if held.ends_at else "Not in force"


def _is_ahead(text: str, now: datetime, zone: str) -> bool:
    local = now.astimezone(UTC if text.endswith("Z") else ZoneInfo(zone)).replace(tzinfo=None)
    return datetime.fromisoformat(text.removesuffix("Z")) > local


def _date(text: str, *, is_end: bool = False) -> str:
    moment = datetime.fromisoformat(text.removesuffix("Z"))
    at_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    if at_midnight and is_end:
        moment -= timedelta(days=1)
    clock = "" if at_midnight else f", {moment:%H:%M}"
    return f"{moment:%a} {moment.day} {moment:%b} {moment.year}{clock}{' UTC' if text.endswith('Z') else ''}"
