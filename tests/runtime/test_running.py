"""`portal run`, for real: everything comes up, keeps its data, and goes away again."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal import config
from portal.cli import portal
from portal.config import ROOT, Settings
from portal.runtime import commands, embedded_redis, running
from portal.runtime.embedded_redis import NoServer, answers, command, find_server, wait_for
from portal.runtime.running import CannotRun, address, check_port, hold, run, web_command, welcome


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {"INSTANCE": str(tmp_path / "instance"), "PORT": str(free_port()), "DEMO": "off", "HTMX_SOURCE": "local"}
    return config.read(given, env_file=None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(settings: Settings) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts `portal run`; whatever is still there after the test is killed, and its programs end with it."""
    all_started = []

    def start() -> subprocess.Popen[str]:
        all_started.append(started(settings))
        return all_started[-1]

    yield start
    for process in all_started:
        process.kill()
        process.communicate()


def started(settings: Settings) -> subprocess.Popen[str]:
    given = {"INSTANCE": str(settings.instance), "PORT": str(settings.port), "DEMO": "off", "WEB_WORKERS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "run"],
        env={**os.environ, **given},
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def wait_for_welcome(process: subprocess.Popen[str]) -> list[str]:
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if "The portal runs at" in line:
            return lines
    raise AssertionError("".join(lines))


def ready(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"{address(settings)}readyz", timeout=5) as answer:
            return bool(json.load(answer)["state"] == "ok")
    except OSError:
        return False


def members(process: subprocess.Popen[str], settings: Settings) -> list[str]:
    """The command lines of processes that belong to this instance."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environ = (folder / "environ").read_bytes()
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        mine = f"INSTANCE={settings.instance}".encode() in environ or str(settings.redis_socket) in line
        if mine and int(folder.name) != process.pid:
            found.append(line)
    return found


def test_everything_runs_until_ctrl_c_and_a_second_start_keeps_the_data(
    settings: Settings, start: Callable[[], subprocess.Popen[str]]
) -> None:
    process = start()
    wait_for_welcome(process)
    assert wait_for(lambda: ready(settings), seconds=60)
    parts = " ".join(members(process, settings))
    assert all(part in parts for part in ("gunicorn", "jobs.worker", "jobs.scheduler", str(settings.redis_socket)))
    second = start()
    assert "already runs on" in second.communicate(timeout=30)[0]
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=30)[0]
    assert (process.returncode, "portal: stopping" in rest) == (0, True)
    assert wait_for(lambda: members(process, settings) == [], seconds=5)

    again = start()
    wait_for_welcome(again)
    worker = next(int(f.name) for f in Path("/proc").glob("[0-9]*") if is_worker_of(f, settings))
    os.kill(worker, signal.SIGKILL)
    told = again.communicate(timeout=30)[0]
    assert "worker ended by signal SIGKILL; stopping the others" in told
    assert again.returncode == 1
    assert wait_for(lambda: members(again, settings) == [], seconds=5)


def test_a_signal_stops_a_run_and_it_says_where_the_portal_was(settings: Settings) -> None:
    said: list[str] = []

    def interrupt() -> None:
        wait_for(lambda: any("The portal runs at" in line for line in said), seconds=60)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=interrupt).start()
    assert run(settings, said.append) == 0
    assert said[-1] == "portal: stopping"
    assert not answers(settings.redis_url)


def test_a_failed_migration_ends_the_start(settings: Settings) -> None:
    elsewhere = replace(settings, redis_is_embedded=False, redis_url="redis://127.0.0.1:1/0")
    supervisor = Steps(1)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(CannotRun, match="could not be brought to this release"):
        patch.setattr(running, "answers", lambda _: True)
        running.start_all(supervisor, elsewhere)
    assert supervisor.steps == [("portal.cli", "migrate")]


def test_why_it_cannot_run_is_told_in_one_line(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "read", lambda: settings)
    lock = hold(settings.instance)
    ended = CliRunner().invoke(portal, ["run"])
    lock.close()
    assert (ended.exit_code, ended.output.startswith("Error: a portal already runs on")) == (1, True)


def is_worker_of(folder: Path, settings: Settings) -> bool:
    try:
        mine = f"INSTANCE={settings.instance}".encode() in (folder / "environ").read_bytes()
        return mine and b"jobs.worker" in (folder / "cmdline").read_bytes()
    except OSError:
        return False


def test_the_embedded_redis_listens_on_a_private_socket_alone(settings: Settings) -> None:
    embedded_redis.make_folder(settings.redis_socket)
    process = subprocess.Popen(command(find_server(), settings.redis_socket))
    try:
        assert wait_for(lambda: answers(settings.redis_url), seconds=20)
        assert stat.S_IMODE(settings.redis_socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(settings.redis_socket.parent.stat().st_mode) == 0o700
    finally:
        process.terminate()
        process.wait(10)
    assert not answers(settings.redis_url)


def test_a_server_on_the_path_comes_before_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == own
    own.unlink()
    assert find_server().name == "valkey-server"
    monkeypatch.setattr(embedded_redis, "find_spec", lambda _: None)
    with pytest.raises(NoServer, match="install redis-server, or name one with REDIS_URL"):
        find_server()


def test_a_port_that_is_taken_is_named_before_anything_starts(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.port))
        other.listen()
        with pytest.raises(CannotRun, match=r"cannot be used .* PORT=8001 make run"):
            check_port(settings)
    check_port(settings)


def test_an_instance_belongs_to_one_portal(settings: Settings) -> None:
    lock = hold(settings.instance)
    with pytest.raises(CannotRun, match="already runs on"):
        hold(settings.instance)
    lock.close()
    hold(settings.instance).close()


def test_a_redis_of_ones_own_that_is_away_is_named(settings: Settings) -> None:
    elsewhere = replace(settings, redis_is_embedded=False, redis_url="redis://127.0.0.1:1/0")
    with pytest.raises(CannotRun, match="the Redis of REDIS_URL does not answer"):
        running.start_all(running.Supervisor({}), elsewhere)


class Steps(running.Supervisor):
    """A supervisor that only notes the steps, and gives `code` for each."""

    def __init__(self, code: int) -> None:
        super().__init__({})
        self.code, self.steps = code, []

    def step(self, command: tuple[str, ...]) -> int:
        self.steps.append(command[-2:])
        return self.code


def test_demo_data_is_loaded_once_for_each_database(settings: Settings) -> None:
    with_demo = replace(settings, demo=True)
    failing, steps = Steps(1), Steps(0)
    with pytest.raises(CannotRun, match="DEMO=off starts without it"):
        running.load_demo(failing, with_demo)
    running.load_demo(steps, with_demo)
    running.load_demo(steps, with_demo)
    running.load_demo(steps, settings)
    assert steps.steps == [("demo", "load")]
    running.load_demo(steps, replace(with_demo, database_url="sqlite:///another"))
    assert len(steps.steps) == 2


def test_the_welcome_has_the_address_and_the_demo_sign_ins(settings: Settings) -> None:
    lines = "\n".join(welcome(replace(settings, demo=True, host="0.0.0.0", port=8000), 3.14))
    assert "http://127.0.0.1:8000/ (ready after 3.1 s)" in lines
    assert "ada@demo.example" in lines
    assert "ada@" not in "\n".join(welcome(settings, 1))
    assert address(replace(settings, host="::", port=80)) == "http://[::1]:80/"


def test_the_web_server_listens_where_it_is_told(settings: Settings) -> None:
    assert f"127.0.0.1:{settings.port}" in web_command(settings)
    assert "[::1]:80" in web_command(replace(settings, host="::1", port=80))


def test_settings_are_printed_without_secrets(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "read", lambda: replace(settings, database_url="postgresql://u:geheim@db/x"))
    printed = CliRunner().invoke(portal, ["settings"]).output
    assert "DATABASE_URL=postgresql://u:...@db/x" in printed
    assert "DEMO=off" in printed
    assert settings.secret_key not in printed
    assert "geheim" not in printed


def test_wrong_settings_end_a_command_with_their_list(tmp_path: Path) -> None:
    given = {**os.environ, "INSTANCE": str(tmp_path), "PORT": "http"}
    ended = subprocess.run(
        [sys.executable, "-m", "portal.cli", "run"], env=given, cwd=ROOT, text=True, capture_output=True
    )
    assert ended.returncode == 2
    assert "PORT: is 'http'; use a whole number from 1 to 65535" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_migrate_makes_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", redis_url)
    ended = CliRunner().invoke(portal, ["migrate"])
    assert ended.exit_code == 0, ended.output
    assert (tmp_path / "portal.sqlite3").stat().st_size > 0


def test_the_parts_can_be_started_alone(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    called = []
    monkeypatch.setattr(config, "read", lambda: settings)
    monkeypatch.setattr(commands.runpy, "run_module", lambda name, run_name: called.append(name))
    monkeypatch.setattr(commands.os, "execv", lambda program, arguments: called.append(arguments[2]))
    for part in ("web", "worker", "scheduler"):
        CliRunner().invoke(portal, [part], catch_exceptions=False)
    assert called == ["gunicorn", "jobs.worker", "jobs.scheduler"]
