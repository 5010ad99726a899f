"""The periodic jobs: a list, and how Redis is made to agree with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rq_scheduler import Scheduler

from portal import clock
from portal.queue import JobName


@dataclass(frozen=True, slots=True)
class Periodic:
    """One periodic job. `id` is fixed, or each start would add a copy; `cron` is read in UTC."""

    id: str
    job: JobName
    every_seconds: int | None = None
    cron: str | None = None

    @property
    def description(self) -> str:
        """What Redis keeps beside the job, so that a changed interval is seen."""
        return f"{self.job} {f'every {self.every_seconds} s' if self.every_seconds else self.cron}"


PERIODIC: list[Periodic] = [
    Periodic("heartbeat", JobName.BEAT, every_seconds=15),
    Periodic("publish", JobName.RENEW, every_seconds=30),
    Periodic("publish-prices", JobName.PUBLISH_PRICES, every_seconds=120),
    Periodic("watch-tills", JobName.WATCH_TILLS, every_seconds=60),
    Periodic("reprice", JobName.REPRICE, every_seconds=60),
    Periodic("no-loss", JobName.CHECK_NO_LOSS, cron="20 * * * *"),
    Periodic("expire-limits", JobName.EXPIRE_LIMITS, every_seconds=60),
    Periodic("give-back-limits", JobName.GIVE_BACK_LIMITS, every_seconds=300),
    Periodic("delete-logs", JobName.DELETE_LOGS, cron="40 3 * * *"),
]


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do so that Redis agrees with the list."""

    add: list[Periodic]
    cancel: list[str]


def reconcile(wanted: Sequence[Periodic], scheduled: Mapping[str, str]) -> Changes:
    """Compare the list with what is scheduled (id: description).

    What is right already is left alone: adding it again would put off its next run.
    """
    add = [periodic for periodic in wanted if scheduled.get(periodic.id) != periodic.description]
    return Changes(add, sorted(scheduled.keys() - {periodic.id for periodic in wanted}))


def apply(scheduler: Scheduler) -> Changes:
    """Make Redis agree with PERIODIC; returns what was changed."""
    changes = reconcile(PERIODIC, {job.id: job.description for job in scheduler.get_jobs()})
    for id in changes.cancel:
        scheduler.cancel(id)
    for periodic in changes.add:
        add(scheduler, periodic)
    return changes


def add(scheduler: Scheduler, periodic: Periodic) -> None:
    """Schedule one job, in the place of an older one with the same id.

    What does real work goes through a dispatcher: rq-scheduler has no retries and keeps one result per id.
    """
    direct = periodic.job is JobName.BEAT
    func, args = (str(periodic.job), ()) if direct else (str(JobName.DISPATCH), (str(periodic.job),))
    kept = {"id": periodic.id, "description": periodic.description}
    if periodic.every_seconds:
        scheduler.schedule(clock.now().replace(tzinfo=None), func, args, interval=periodic.every_seconds, **kept)
    else:
        scheduler.cron(periodic.cron, func, args, **kept)
