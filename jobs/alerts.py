"""What is wrong with tills, noted every minute."""

from portal import clock
from portal.db import transaction
from portal.services.sync import alerts


def watch() -> dict[str, int]:
    """Open and end alerts by how the tills stand now; gives how many of each."""
    with transaction() as session:
        changed = alerts.compare(session, now=clock.now())
    return {"opened": changed.opened, "ended": changed.ended}
