"""Moments as plain seconds: of a wall clock as it is written, or of UTC."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def local_seconds(written: str) -> int:
    """Seconds since the year 1 that a wall clock shows; fractions are dropped (boundaries are whole seconds)."""
    hour, minute = int(written[11:13]), int(written[14:16])
    second = int(written[17:19]) if written[16:17] == ":" else 0
    return date.fromisoformat(written[:10]).toordinal() * 86_400 + hour * 3600 + minute * 60 + second


def written_instant(written: str) -> int:
    """UTC seconds since the year 1 of a moment with Z or an offset."""
    if written.endswith("Z"):
        return local_seconds(written)
    sign = -1 if written[-6] == "-" else 1
    return local_seconds(written) - sign * (int(written[-5:-3]) * 3600 + int(written[-2:]) * 60)


def meant_instant(written: str, zone: str) -> int:
    """UTC seconds of a wall clock time in a zone: the first of an ambiguous one, a gap moves forward by the gap."""
    naive = datetime.fromisoformat(written)
    # fold=0 takes the offset before the change: the first of two, and past the gap by the gap.
    offset = naive.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset()
    assert offset is not None
    return local_seconds(written) - int(offset.total_seconds())


def instant_text(seconds: int) -> str:
    """UTC seconds since the year 1 as YYYY-MM-DDTHH:MM:SSZ."""
    moment = datetime(1, 1, 1, tzinfo=UTC) + timedelta(days=seconds // 86_400 - 1, seconds=seconds % 86_400)
    return moment.isoformat().replace("+00:00", "Z")
