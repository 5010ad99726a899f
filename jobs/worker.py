"""The worker: python -m jobs.worker. Runs the portal's own jobs, each inside the app."""

from flask import Flask
from rq import Worker
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer

from portal import queue
from portal.app import create_app
from portal.config import Settings


class PortalWorker(Worker):
    """A worker whose jobs find the app's context, and that runs nothing but the portal's jobs."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        # A worker waits for work over this connection: an answer may take longer than a page would allow.
        client = queue.connect(settings.redis_url, answer_seconds=None)
        super().__init__([queue.queue(client)], connection=client, job_class=queue.NamedJob, serializer=JSONSerializer)
        self.app = app

    def perform_job(self, job: Job, queue: Queue) -> bool:
        """Run one job; False when it failed, which is logged and kept."""
        with self.app.app_context():
            return super().perform_job(job, queue)


def main() -> None:
    """Work until a signal comes."""
    app = create_app()
    PortalWorker(app, app.config["PORTAL"]).work(with_scheduler=True, logging_level="WARNING")


if __name__ == "__main__":
    main()
