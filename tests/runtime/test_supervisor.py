"""Programs start in order and stop together: at a signal, or when one of them ends."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.runtime import supervisor as supervising
from portal.runtime.embedded_redis import wait_for
from portal.runtime.supervisor import Program, Stopped, Supervisor

PYTHON = sys.executable
SLEEP = (PYTHON, "-c", "import time; print('here', flush=True); time.sleep(60)")
DEAF = (
    PYTHON,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('here', flush=True); time.sleep(60)",
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    """A supervisor that says what its programs say."""
    before = signal.getsignal(signal.SIGTERM)
    with Supervisor(os.environ, said.append) as running:
        yield running
    assert signal.getsignal(signal.SIGTERM) is before


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_program_is_ready_before_the_next_one_starts(supervisor: Supervisor, tmp_path: Path, said: list[str]) -> None:
    mark = tmp_path / "mark"
    slow = (PYTHON, "-c", f"import time, pathlib; time.sleep(0.3); pathlib.Path({str(mark)!r}).touch(); time.sleep(60)")
    supervisor.start(Program("slow", slow, ready=mark.exists))
    assert mark.exists()
    supervisor.start(Program("next", SLEEP))
    assert wait_for(lambda: "     next | here" in said, seconds=10)


def test_a_programs_death_is_told_with_its_name_and_stops_the_others(supervisor: Supervisor) -> None:
    supervisor.start(Program("steady", SLEEP))
    supervisor.start(Program("brittle", (PYTHON, "-c", "import time; time.sleep(0.3); raise SystemExit(3)")))
    with pytest.raises(Stopped, match="brittle ended with code 3; stopping the others") as stopped:
        supervisor.watch()
    assert stopped.value.code == 1
    pids = [process.pid for _, process in supervisor.running]
    supervisor.stop()
    assert all(gone(pid) for pid in pids)


def test_a_death_by_signal_names_the_signal_and_the_log(supervisor: Supervisor) -> None:
    supervisor.start(Program("redis", SLEEP, log=Path("redis.log")))
    supervisor.running[0][1].kill()
    with pytest.raises(Stopped, match=r"redis ended by signal SIGKILL, see redis\.log"):
        supervisor.watch()


def test_a_program_that_dies_while_it_starts_is_told(supervisor: Supervisor) -> None:
    with pytest.raises(Stopped, match="wrong ended with code 1"):
        supervisor.start(Program("wrong", (PYTHON, "-c", "raise SystemExit(1)"), ready=lambda: False))


def test_a_program_that_is_never_ready_is_told(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "READY_SECONDS", 0.3)
    with pytest.raises(Stopped, match="slow was not ready"):
        supervisor.start(Program("slow", SLEEP, ready=lambda: False))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_watch_without_an_error(supervisor: Supervisor, number: signal.Signals) -> None:
    supervisor.start(Program("steady", SLEEP))
    threading.Timer(0.2, os.kill, (os.getpid(), number)).start()
    with pytest.raises(Stopped) as stopped:
        supervisor.watch()
    assert stopped.value.code == 0


def test_what_does_not_stop_is_killed(supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "STOP_SECONDS", 0.3)
    supervisor.start(Program("deaf", DEAF))
    assert wait_for(lambda: bool(said), seconds=10)
    process = supervisor.running[0][1]
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


def test_a_programs_children_go_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        f"import subprocess, time; c = subprocess.Popen({SLEEP!r})\n"
        f"open({str(note)!r}, 'w').write(str(c.pid)); time.sleep(60)"
    )
    supervisor.start(Program("parent", (PYTHON, "-c", code), ready=lambda: note.exists() and bool(note.read_text())))
    supervisor.stop()
    assert wait_for(lambda: is_dead(int(note.read_text())), seconds=5)


def is_dead(pid: int) -> bool:
    """True when the process is gone, or a zombie that nobody has collected yet."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_those_marked_last_are_stopped_after_the_others(supervisor: Supervisor, tmp_path: Path) -> None:
    code = (
        "import signal, sys, time, pathlib\n"
        "def end(*_): pathlib.Path(sys.argv[1]).write_text(str(time.monotonic())); sys.exit()\n"
        "signal.signal(15, end); pathlib.Path(sys.argv[1] + '-up').touch(); time.sleep(60)"
    )
    for name, last in (("redis", True), ("web", False)):
        out = tmp_path / name
        up = Path(f"{out}-up")
        supervisor.start(Program(name, (PYTHON, "-c", code, str(out)), ready=up.exists, last=last))
    supervisor.stop()
    assert float((tmp_path / "web").read_text()) < float((tmp_path / "redis").read_text())


def test_a_step_gives_its_exit_code_and_a_signal_ends_it(supervisor: Supervisor) -> None:
    assert supervisor.step((PYTHON, "-c", "raise SystemExit(4)")) == 4
    supervisor.asked.set()
    with pytest.raises(Stopped):
        supervisor.step(SLEEP)


def test_programs_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import os, pathlib; from portal.runtime.supervisor import Program, Supervisor\n"
        f"with Supervisor(os.environ) as s: s.start(Program('p', {SLEEP!r})); "
        f"pathlib.Path({str(note)!r}).write_text(str(s.running[0][1].pid)); s.watch()\n"
    )
    process = subprocess.Popen([PYTHON, "-c", code])
    assert wait_for(lambda: note.exists() and bool(note.read_text()), seconds=20)
    process.kill()
    process.wait()
    assert wait_for(lambda: is_dead(int(note.read_text())), seconds=10)
