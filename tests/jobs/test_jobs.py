"""Jobs: kept as JSON, run inside the app, never anything but ours; the schedule agrees with its list."""

from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq_scheduler import Scheduler

from jobs import schedule
from jobs.dispatch import dispatch
from jobs.schedule import PERIODIC, Changes, Periodic, reconcile
from jobs.scheduler import make
from jobs.worker import PortalWorker
from portal import clock, queue
from portal.config import Settings
from portal.queue import JobName, NamedJob, enqueue


@pytest.fixture
def settings(app: Flask) -> Settings:
    return app.config["PORTAL"]


def work(app: Flask, settings: Settings) -> None:
    """Run what is in the queue, to its end."""
    PortalWorker(app, settings).work(burst=True, logging_level="WARNING")


def test_a_job_runs_inside_the_app_and_its_result_is_kept(app: Flask, settings: Settings, redis: Redis) -> None:
    with app.app_context():
        id = enqueue(JobName.BEAT)
    work(app, settings)
    job = NamedJob.fetch(id, connection=redis)
    assert job.get_status() is JobStatus.FINISHED
    assert float(redis.get(queue.HEARTBEAT_KEY)) == pytest.approx(job.return_value())


@pytest.mark.parametrize(
    "function", ["os.system", "subprocess.run", "jobs.heartbeat", "jobs.worker.main", "builtins.eval"]
)
def test_a_crafted_job_is_refused(
    app: Flask, settings: Settings, redis: Redis, function: str, tmp_path: object
) -> None:
    crafted = Queue(queue.QUEUE, connection=redis, serializer=JSONSerializer)
    job = crafted.enqueue(function, f"touch {tmp_path}/done")
    work(app, settings)
    kept = NamedJob.fetch(job.id, connection=redis)
    assert kept.get_status() is JobStatus.FAILED
    assert "is not one of the portal's jobs" in kept.latest_result().exc_string


def test_a_pickled_job_is_never_unpickled(app: Flask, settings: Settings, redis: Redis) -> None:
    job = Queue(queue.QUEUE, connection=redis).enqueue("jobs.heartbeat.beat")
    work(app, settings)
    assert Job.fetch(job.id, connection=redis).get_status() is not JobStatus.FINISHED


def test_a_job_with_a_callback_is_refused(app: Flask, settings: Settings, redis: Redis) -> None:
    job = NamedJob.create(str(JobName.BEAT), connection=redis)
    job._success_callback_name = "os.system"
    with pytest.raises(queue.RefusedJob):
        _ = job.func


def test_without_redis_a_job_is_not_enqueued_and_the_request_goes_on(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        client, app.extensions["portal.redis"] = app.extensions["portal.redis"], queue.connect("unix:///nowhere.sock")
        try:
            assert enqueue(JobName.BEAT) is None
        finally:
            app.extensions["portal.redis"] = client
    assert "was not enqueued" in caplog.text


EVERY = Periodic("sweep", JobName.BEAT, every_seconds=60)
NIGHTLY = Periodic("nightly", JobName.BEAT, cron="5 0 * * *")


@pytest.mark.parametrize(
    ("why", "wanted", "scheduled", "expected"),
    [
        ("an empty Redis gets all", [EVERY, NIGHTLY], {}, Changes([EVERY, NIGHTLY], [])),
        ("what is right is left alone", [EVERY], {"sweep": EVERY.description}, Changes([], [])),
        (
            "a new interval replaces the old one",
            [EVERY],
            {"sweep": "jobs.heartbeat.beat every 5 s"},
            Changes([EVERY], []),
        ),
        ("what left the list is cancelled", [], {"sweep": EVERY.description}, Changes([], ["sweep"])),
    ],
)
def test_reconcile(why: str, wanted: list[Periodic], scheduled: dict[str, str], expected: Changes) -> None:
    assert reconcile(wanted, scheduled) == expected, why


def test_the_schedule_is_put_into_redis_once(redis: Redis, settings: Settings) -> None:
    scheduler = make(settings)
    assert schedule.apply(scheduler).add == PERIODIC
    assert schedule.apply(scheduler) == Changes([], [])
    assert sorted(job.id for job in scheduler.get_jobs()) == sorted(periodic.id for periodic in PERIODIC)


def test_a_job_that_left_the_list_leaves_redis(
    redis: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = make(settings)
    monkeypatch.setattr(schedule, "PERIODIC", [EVERY, NIGHTLY])
    schedule.apply(scheduler)
    monkeypatch.setattr(schedule, "PERIODIC", [NIGHTLY])
    assert schedule.apply(scheduler).cancel == ["sweep"]
    times = dict(next_runs(scheduler))
    assert times.keys() == {"nightly"}
    assert timedelta(0) < times["nightly"] <= timedelta(days=1)


def next_runs(scheduler: Scheduler) -> list[tuple[str, timedelta]]:
    """Each scheduled job with the time until its next run."""
    now = clock.now().replace(tzinfo=None)
    return [(job.id, moment - now) for job, moment in scheduler.get_jobs(with_times=True)]


def test_scheduler_and_worker_together_make_the_heartbeat(app: Flask, settings: Settings, redis: Redis) -> None:
    scheduler = make(settings)
    schedule.apply(scheduler)
    scheduler.enqueue_jobs()
    assert [job.id for job in scheduler.get_jobs_to_queue()] == []
    work(app, settings)
    assert clock.now().timestamp() - float(redis.get(queue.HEARTBEAT_KEY)) < 30


def test_real_work_goes_through_a_dispatcher_that_gives_retries(app: Flask, redis: Redis) -> None:
    with app.app_context():
        id = dispatch("jobs.heartbeat.beat")
    assert NamedJob.fetch(id, connection=redis).retries_left == 3
    with app.app_context(), pytest.raises(ValueError, match="is not a valid JobName"):
        dispatch("os.system")


def test_a_periodic_job_that_works_is_scheduled_through_the_dispatcher(
    redis: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "PERIODIC", [Periodic("work", JobName.DISPATCH, every_seconds=60)])
    scheduler = make(settings)
    schedule.apply(scheduler)
    [job] = scheduler.get_jobs()
    assert (job.func_name, job.args) == ("jobs.dispatch.dispatch", [str(JobName.DISPATCH)])
