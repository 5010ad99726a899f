"""Parts of the portal end hard while tills work: what was acknowledged is there, once, and nothing is lost.

PostgreSQL runs without fsync: its processes are ended at once and what they had written to the kernel stays, so this
tries our transactions and retries, not the disk.
"""

import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from redis import Redis

from portal.runtime.embedded_redis import answers, command, find_server, wait_for
from tests.conftest import new_postgres_database
from tests.servers import as_postgres, postgres_server, postgres_tool
from tests.serving import gunicorn
from tests.sync_faults.race import race
from tests.sync_faults.tills import HttpTill, Working, chain_in, check_nothing_is_lost, empty

FAULT_SECONDS = 1.5


def database(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """An empty database of that kind."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'portal.sqlite3'}"
    return new_postgres_database(request.getfixturevalue("postgres_url"), "faults")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_worker_that_dies_after_the_commit_and_before_the_answer(
    kind: str, tmp_path: Path, redis_url: str, request: pytest.FixtureRequest
) -> None:
    chain = chain_in(tmp_path, database(kind, request, tmp_path), redis_url)
    with gunicorn(chain.settings, "tests.sync_faults.killing:app", KILLED_FROM=str(tmp_path)) as served:
        tills = [HttpTill(served.port, token, number) for number, token in enumerate(chain.tokens)]
        for till in tills:
            workers = served.workers()
            till.sell(20)
            (tmp_path / "die").touch()
            assert till.upload() == 0, "the answer came in spite of it"
            assert wait_for(lambda before=workers: served.workers() != before, seconds=5), "no worker died"
            empty([till])
            assert set(till.outcomes) == {"duplicate"}, "it was committed before"
        check_nothing_is_lost(chain, tills)
    chain.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_workers_that_are_killed_at_any_moment(
    kind: str, tmp_path: Path, redis_url: str, request: pytest.FixtureRequest
) -> None:
    chain = chain_in(tmp_path, database(kind, request, tmp_path), redis_url)
    with gunicorn(chain.settings) as served:
        tills = [HttpTill(served.port, token, number) for number, token in enumerate(chain.tokens)]
        with Working(tills):
            for _ in range(4):
                time.sleep(0.4)
                served.kill_worker()
        empty(tills)
        check_nothing_is_lost(chain, tills)
    chain.close()


@contextmanager
def own_redis(folder: Path) -> Iterator["OwnRedis"]:
    """A Redis that a test may end."""
    redis = OwnRedis(folder / "redis" / "redis.sock")
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()


class OwnRedis:
    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.url = f"unix://{socket}"
        socket.parent.mkdir(parents=True)

    def start(self) -> None:
        self.process = subprocess.Popen([*command(find_server(), self.socket), "--appendonly", "no"])
        assert wait_for(lambda: answers(self.url), seconds=20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.socket.unlink(missing_ok=True)


def test_redis_killed_flushed_and_restarted_is_not_noticed_by_tills(
    tmp_path: Path, postgres_url: str, request: pytest.FixtureRequest
) -> None:
    with own_redis(Path("/tmp") / f"r-{tmp_path.name[-30:]}") as redis:
        chain = chain_in(tmp_path, database("postgresql", request, tmp_path), redis.url)
        with gunicorn(chain.settings) as served:
            tills = [HttpTill(served.port, token, number) for number, token in enumerate(chain.tokens)]
            with Working(tills):
                time.sleep(0.5)
                Redis.from_url(redis.url).flushall()
                time.sleep(0.5)
                redis.kill()
                time.sleep(FAULT_SECONDS)
                fresh = HttpTill(served.port, chain.tokens[0], 9)
                assert fresh.poll() == 200
                redis.start()
                time.sleep(0.5)
            assert {status for till in tills for status in till.statuses} <= {200, 304}
            empty(tills)
            check_nothing_is_lost(chain, tills)
        chain.close()
        shutil.rmtree(redis.socket.parent.parent, ignore_errors=True)


def test_bundles_are_served_while_redis_is_away(
    tmp_path: Path, postgres_url: str, request: pytest.FixtureRequest
) -> None:
    import json

    gone = f"unix://{tmp_path}/nobody.sock"
    chain = chain_in(tmp_path, database("postgresql", request, tmp_path), gone)
    with gunicorn(chain.settings) as served:
        till = HttpTill(served.port, chain.tokens[0], 0)
        _, _, body = till.ask("GET", "/manifest")
        status, _, bundle = till.ask("GET", f"/bundle/{json.loads(body)['sha256']}")
        assert (status, len(bundle)) == (200, json.loads(body)["length"])
    chain.close()


def test_postgresql_stopped_hard_and_started_loses_nothing_that_was_acknowledged(
    tmp_path: Path, redis_url: str
) -> None:
    with postgres_server() as address:
        data = Path(parse_qs(urlsplit(address).query)["host"][0]) / "data"
        chain = chain_in(tmp_path, address, redis_url)
        with gunicorn(chain.settings) as served:
            tills = [HttpTill(served.port, token, number) for number, token in enumerate(chain.tokens)]
            with Working(tills):
                time.sleep(1)
                options = shlex.split((data / "postmaster.opts").read_text())[1:]
                stop = [postgres_tool("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "-s", "stop"]
                subprocess.run(as_postgres(stop), check=True, cwd="/")
                chain.close()
                time.sleep(FAULT_SECONDS)
                asking = HttpTill(served.port, chain.tokens[0], 9)
                away = [asking.ask("GET", "/manifest"), asking.ask("GET", "/version")]
                away.append(asking.ask("POST", "/usage", {"events": []}))
                postgres = subprocess.Popen(
                    as_postgres([postgres_tool("postgres"), *options]), cwd="/", stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )  # fmt: skip
                assert wait_for(lambda: asking.ask("GET", "/version")[0] == 200, seconds=20)
                time.sleep(0.5)
            try:
                for status, headers, _ in away:
                    assert (status, headers["retry-after"].isdigit()) == (503, True)
                assert {status for till in tills for status in till.statuses} <= {200, 304, 503}
                assert any(503 in till.statuses for till in tills)
                empty(tills)
                check_nothing_is_lost(chain, tills)
            finally:
                chain.close()
        stop = [postgres_tool("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "-s", "stop"]
        subprocess.run(as_postgres(stop), check=False, cwd="/")
        postgres.wait(10)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_sixteen_clients_get_exactly_what_there_is(
    kind: str, tmp_path: Path, redis_url: str, request: pytest.FixtureRequest
) -> None:
    """50 rounds: python -m tests.sync_faults.race --rounds 50"""
    assert race(tmp_path, database(kind, request, tmp_path), redis_url, rounds=3) == [100] * 3
