"""The proof that scheduler and worker are both at work."""

from portal import clock, queue


def beat() -> float:
    """Note the moment in Redis, for /readyz; returns it in seconds."""
    moment = clock.now().timestamp()
    queue.connection().set(queue.HEARTBEAT_KEY, moment)
    return moment
