"""The scheduler: python -m jobs.scheduler. Puts the periodic jobs into the queue when their time has come."""

import os
import time

from rq_scheduler import Scheduler

from jobs import schedule
from portal import config, logs, queue
from portal.config import Settings

# After a kill its lock stays for the interval and ten seconds: short intervals make short gaps.
INTERVAL_SECONDS = 5


def make(settings: Settings) -> Scheduler:
    """A scheduler on the Redis of `settings`."""
    client = queue.connect(settings.redis_url, answer_seconds=None)
    return Scheduler(queue.QUEUE, interval=INTERVAL_SECONDS, connection=client, job_class=queue.NamedJob)


def main() -> None:
    """Make Redis agree with the list of periodic jobs, then schedule until a signal comes."""
    os.environ["TZ"] = "UTC"  # cron strings follow the process's zone
    time.tzset()
    settings = config.read()
    logs.configure(settings)
    scheduler = make(settings)
    schedule.apply(scheduler)
    scheduler.run()


if __name__ == "__main__":
    main()
