"""The step between schedule and work: each run becomes a job of its own, with retries and a result that is kept."""

from portal.queue import JobName, enqueue


def dispatch(name: str) -> str | None:
    """Enqueue the job `name`; gives its id."""
    return enqueue(JobName(name))
