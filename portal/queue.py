"""Jobs by dotted name: the portal never imports `jobs`, and a worker runs nothing that is not named here."""

import logging
from enum import StrEnum
from typing import Any

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry as RedisRetry
from rq import Queue, Retry
from rq.job import Job
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

QUEUE = "default"
HEARTBEAT_KEY = "portal:scheduler:heartbeat"
KEEP_RESULT_SECONDS = 7 * 24 * 3600


class JobName(StrEnum):
    """Every job there is: the function's address, which a test resolves."""

    BEAT = "jobs.heartbeat.beat"
    DISPATCH = "jobs.dispatch.dispatch"
    PUBLISH = "jobs.publishing.publish"
    RENEW = "jobs.publishing.renew"
    PUBLISH_PRICES = "jobs.publishing.publish_prices"
    WATCH_TILLS = "jobs.alerts.watch"
    REPRICE = "jobs.reports.reprice"
    CHECK_NO_LOSS = "jobs.reports.check_no_loss"
    DELETE_LOGS = "jobs.reports.delete_logs"
    EXPIRE_LIMITS = "jobs.limits.expire"
    GIVE_BACK_LIMITS = "jobs.limits.give_back"


class RefusedJob(Exception):
    """A job that names something else than one of our jobs."""


class NamedJob(Job):
    """A job kept as JSON that runs only what stands in JobName: a crafted one cannot name os.system."""

    def __init__(self, id: str | None = None, connection: Redis | None = None, serializer: object = None) -> None:
        super().__init__(id, connection=connection, serializer=JSONSerializer)

    @property
    def func(self) -> Any:
        """The function to run. Raises RefusedJob."""
        callbacks = (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        if self.func_name not in set(JobName) or self.instance is not None or any(callbacks):
            raise RefusedJob(f"{self.func_name!r} is not one of the portal's jobs")
        return super().func


def connect(url: str, *, answer_seconds: float | None = 5) -> Redis:
    """A client for `url` that fails at once, rather than after many tries, when Redis is away."""
    return Redis.from_url(
        url,
        socket_connect_timeout=1,
        socket_timeout=answer_seconds,
        retry=RedisRetry(NoBackoff(), 0),
    )


def connection() -> Redis:
    """The running app's client."""
    client: Redis = current_app.extensions["portal.redis"]
    return client


def queue(client: Redis | None = None) -> Queue:
    """The one queue, through `client` or the running app's."""
    return Queue(QUEUE, connection=client or connection(), job_class=NamedJob, serializer=JSONSerializer)


def enqueue(name: JobName, *args: object, retries: int = 3) -> str | None:
    """Ask for a job, with JSON values as arguments; gives its id, or None when Redis is away.

    Call it through after_commit(). What must happen in any case is found again by the periodic jobs, which
    look at the database; this call only makes it happen sooner.
    """
    retry = Retry(max=retries, interval=[10, 60, 300]) if retries else None
    try:
        job = queue().enqueue(str(name), *args, retry=retry, result_ttl=KEEP_RESULT_SECONDS)
    except RedisError as error:
        log.error("job %s was not enqueued, Redis is away: %s", name, error)
        return None
    return job.id
