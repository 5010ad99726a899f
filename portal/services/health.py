"""Whether the parts that the portal stands on answer, and how fast."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal import clock, queue
from portal.config import ROOT
from portal.db import reading

log = logging.getLogger(__name__)

HEARTBEAT_LIMIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Check:
    """One part: ok, failed or late, what is wrong in words, and how long the answer took."""

    state: Literal["ok", "failed", "late"]
    latency_ms: float
    detail: str = ""

    def told(self) -> dict[str, object]:
        """As JSON."""
        told: dict[str, object] = {"state": self.state, "latency_ms": self.latency_ms}
        return told | {"detail": self.detail} if self.detail else told


class Late(Exception):
    """The part answers, but has not done its work for too long."""


def checks() -> dict[str, Check]:
    """Ask every part, one after the other."""
    parts = {"database": database, "migrations": migrations, "redis": redis, "scheduler": scheduler}
    return {name: measured(name, ask) for name, ask in parts.items()}


def measured(name: str, ask: Callable[[], None]) -> Check:
    """Run one check and time it. The answer says little, the log says all: /readyz is open to everybody."""
    start = time.perf_counter()
    state: Literal["ok", "failed", "late"] = "ok"
    detail = ""
    try:
        ask()
    except Late as error:
        state, detail = "late", str(error)
    except (SQLAlchemyError, RedisError, OSError) as error:
        log.warning("%s does not answer: %s", name, error)
        state, detail = "failed", "does not answer; the log says why"
    return Check(state, round((time.perf_counter() - start) * 1000, 2), detail)


def database() -> None:
    """Ask the database for a one."""
    reading().execute(text("SELECT 1"))


def migrations() -> None:
    """Raises Late unless the tables are those of this release."""
    found = MigrationContext.configure(reading().connection()).get_current_heads()
    if set(found) != set(heads()):
        raise Late(
            f"tables are at {', '.join(found) or 'nothing'}, this release needs {', '.join(heads())}: portal migrate"
        )


@cache
def heads() -> tuple[str, ...]:
    """The migrations that this release ends with; one, unless two branches were merged carelessly."""
    return tuple(ScriptDirectory(str(ROOT / "migrations")).get_heads())


def redis() -> None:
    """Ask Redis for a pong."""
    queue.connection().ping()


def scheduler() -> None:
    """Raises Late unless scheduler and worker have together run the heartbeat job within the last minute."""
    beat = queue.connection().get(queue.HEARTBEAT_KEY)
    if beat is None:
        raise Late("no periodic job has run yet; are scheduler and worker running?")
    age = clock.now().timestamp() - float(beat)
    if age > HEARTBEAT_LIMIT_SECONDS:
        raise Late(f"the last periodic job ran {age:.0f} s ago; are scheduler and worker running?")
