"""Real servers for tests: a Redis and a PostgreSQL, each in a folder of its own, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.runtime.embedded_redis import answers, command, find_server, wait_for


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis; gives its address."""
    with tempfile.TemporaryDirectory(prefix="redis-", dir="/tmp") as folder:
        socket = Path(folder) / "redis.sock"
        process = subprocess.Popen([*command(find_server(), socket), "--appendonly", "no"])
        try:
            address = f"unix://{socket}"
            assert wait_for(lambda: answers(address), seconds=20), (
                f"the test's Redis did not start, see {folder}/redis.log"
            )
            yield address
        finally:
            process.terminate()
            process.wait(10)


def postgres_tool(name: str) -> str:
    """The path of one of PostgreSQL's programs; fails when there is none, because a skipped test proves nothing."""
    found = shutil.which(name) or next(
        iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    assert found, f"{name} is missing: apt-get install postgresql (make setup does it where it may)"
    return str(found)


def as_postgres(arguments: list[str]) -> list[str]:
    """`arguments` as a command of a user that PostgreSQL accepts: it refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *arguments] if os.getuid() == 0 else arguments


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL on a socket, without fsync; gives the address of its maintenance database."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    data = str(folder / "data")
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    control = [postgres_tool("pg_ctl"), "-D", data, "-w", "-s"]
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=40"
    try:
        initdb = [postgres_tool("initdb"), "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run(as_postgres(initdb), check=True, capture_output=True, cwd="/")
        started = [*control, "-l", str(folder / "log"), "-o", options, "start"]
        subprocess.run(as_postgres(started), check=True, stdout=subprocess.DEVNULL, cwd="/")
        yield f"postgresql+psycopg://portal@/postgres?host={folder}"
    finally:
        subprocess.run(as_postgres([*control, "-m", "immediate", "stop"]), check=False, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)
