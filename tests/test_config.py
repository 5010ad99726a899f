"""Settings: every wrong one is named, with what would be right."""

import re
import stat
from pathlib import Path

import pytest

from portal import config
from portal.config import ROOT, ConfigError, Settings


def read(folder: Path, env_file: Path | None = None, **given: str) -> Settings:
    return config.read({"INSTANCE": str(folder / "instance"), **given}, env_file)


def problems(folder: Path, env_file: Path | None = None, **given: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, env_file, **given)
    return caught.value.problems


def test_without_settings_everything_lives_in_the_instance_folder(tmp_path: Path) -> None:
    found = read(tmp_path)
    instance = tmp_path / "instance"
    assert found.database_url == f"sqlite:///{instance}/portal.sqlite3"
    assert found.redis_socket.name == "redis.sock"
    assert (found.port, found.mode, found.htmx_source, found.demo) == (8000, "local", "cdn", True)


def test_the_secret_key_is_made_once_and_kept_for_this_user_alone(tmp_path: Path) -> None:
    first = read(tmp_path).secret_key
    kept = tmp_path / "instance" / "secret_key"
    assert read(tmp_path).secret_key == first
    assert len(first) == 64
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert first not in repr(read(tmp_path))


def test_a_damaged_secret_key_is_named(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "instance" / "secret_key").write_text("short")
    assert "is damaged" in problems(tmp_path)["SECRET_KEY"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", "use a whole number from 1 to 65535"),
        ("PORT", "70000", "use a whole number from 1 to 65535"),
        ("PORT", "-1", "use a whole number from 1 to 65535"),
        ("PORT", "٣", "use a whole number"),  # a digit, but not one of ours
        ("DATABASE_URL", "mysql://x/y", "use postgresql://"),
        ("DATABASE_URL", "portal.sqlite3", "use postgresql://"),
        ("REDIS_URL", "localhost:6379", "use redis://host:6379/0"),
        ("REDIS_URL", "redis://", "use redis://host:6379/0"),
        ("SECRET_KEY", "geheim", "has 6 characters; use at least 32"),
        ("HTMX_SOURCE", "unpkg", "use cdn or local"),
        ("LOG_LEVEL", "LOUD", "use DEBUG or INFO or WARNING or ERROR"),
        ("LOG_FORMAT", "xml", "use text or json"),
        ("HTTPS", "yes", "use on or off"),
        ("DEMO", "1", "use on or off"),
        ("MODE", "live", "use local or production"),
        ("WEB_WORKERS", "0", "use a whole number from 1 to 64"),
        ("TRUSTED_PROXIES", "many", "use a whole number from 0 to 9"),
        ("INSTANCE", "/proc/nowhere", "name a writable folder"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(tmp_path: Path, name: str, value: str, words: str) -> None:
    assert words in problems(tmp_path, **{name: value})[name]


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"2 setting\(s\)(.|\n)*PORT: (.|\n)*DEMO: "):
        read(tmp_path, PORT="x", DEMO="x")


def test_production_names_what_is_missing(tmp_path: Path) -> None:
    found = problems(tmp_path, MODE="production", REDIS_URL="redis://cache/0")
    assert sorted(found) == ["DATABASE_URL", "SECRET_KEY"]
    assert "is missing" in found["DATABASE_URL"]


def test_production_starts_with_all_it_needs(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgres://u:p@db/x", "REDIS_URL": "rediss://cache:6380/0", "SECRET_KEY": "k" * 32}
    found = read(tmp_path, MODE="production", **given)
    assert found.database_url == "postgresql+psycopg://u:p@db/x"
    assert not found.redis_is_embedded
    with pytest.raises(ValueError, match="not ours"):
        _ = found.redis_socket


def test_the_environment_wins_over_the_file_and_empty_counts_as_absent(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("PORT=8001\nDEMO=off\nHTMX_SOURCE=\nUNRELATED=1\n")
    found = read(tmp_path, env_file, PORT="8002", LOG_LEVEL="")
    assert (found.port, found.demo, found.htmx_source, found.log_level) == (8002, False, "cdn", "INFO")


def test_a_misspelt_name_in_the_file_is_named(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("DATABSE_URL=sqlite:///x\n")
    assert problems(tmp_path, env_file) == {"DATABSE_URL": "is not a setting; did you mean DATABASE_URL?"}


def test_an_instance_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "is not writable" in problems(tmp_path)["INSTANCE"]


def test_a_deep_instance_gets_a_socket_with_a_short_private_path(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    socket = read(deep).redis_socket
    assert len(str(socket)) <= config.SOCKET_PATH_LIMIT
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    socket.parent.chmod(0o755)
    assert "is not private" in problems(deep)["INSTANCE"]
    socket.parent.rmdir()


def test_the_example_explains_every_setting_and_can_be_read(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert named == set(config.READERS)
    uncommented = tmp_path / ".env"
    uncommented.write_text(re.sub(r"^#([A-Z_]+=)", r"\1", example, flags=re.MULTILINE).replace("INSTANCE=", "X="))
    assert read(tmp_path, uncommented).port == 8000
