"""Settings: read once from the environment and `.env` into one frozen value; the first source wins."""

import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values

from portal.engine.times import is_form

ROOT = Path(__file__).resolve().parent.parent

HTMX_VERSION = "2.0.3"
HTMX_CDN_URL = f"https://cdn.jsdelivr.net/npm/htmx.org@{HTMX_VERSION}/dist/htmx.min.js"
HTMX_INTEGRITY = "sha384-0895/pl2MU10Hqc6jd4RvrthNlDiE9U1tWmX7WRESftEDRosgxNsQG/Ze9YMRzHq"

SOCKET_PATH_LIMIT = 100  # the kernel takes 107 bytes; Redis writes a temporary name beside it
DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")


class ConfigError(Exception):
    """Settings that cannot be used: `problems` has, by name, what is wrong and what would be right."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        lines = "".join(f"\n  {name}: {message}" for name, message in self.problems.items())
        super().__init__(f"{len(self.problems)} setting(s) need a correction:{lines}\n.env.example explains each.")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs from one installation to the next."""

    instance: Path
    database_url: str
    redis_url: str  # always filled: the embedded Redis's socket when `redis_is_embedded`
    redis_is_embedded: bool
    secret_key: str = field(repr=False)
    mode: Literal["local", "production"] = "local"
    host: str = "127.0.0.1"
    port: int = 8000
    https: bool = False
    trusted_proxies: int = 0
    htmx_source: Literal["cdn", "local"] = "cdn"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    web_workers: int = 2
    web_threads: int = 4
    demo: bool = True
    chain_timezone: str = "America/New_York"
    day_starts_at: int = 4
    keys: Path = Path("keys")
    poll_seconds: int = 30
    offline_grace_hours: int = 72
    horizon_days: int = 14
    keep_logs_days: int = 30

    @property
    def redis_socket(self) -> Path:
        """The socket of the embedded Redis; ValueError when a Redis elsewhere is used."""
        if not self.redis_is_embedded:
            raise ValueError("REDIS_URL names a Redis that is not ours")
        return Path(self.redis_url.removeprefix("unix://"))


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader that takes one of `allowed`, in any case."""

    def read(text: str) -> str:
        known = {choice.lower(): choice for choice in allowed}
        if text.lower() not in known:
            raise ValueError(f"is {text!r}; use {' or '.join(allowed)}")
        return known[text.lower()]

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader that takes a whole number from `low` to `high`."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"is {text!r}; use a whole number from {low} to {high}")
        return int(text)

    return read


def switch(text: str) -> bool:
    """Read on or off."""
    return one_of("on", "off")(text) == "on"


def database_url(text: str) -> str:
    """Read a database address; PostgreSQL always goes through psycopg 3."""
    scheme, separator, rest = text.partition("://")
    scheme = "postgresql" if scheme == "postgres" else scheme
    if not separator or scheme not in DATABASES:
        example = "postgresql://user:password@host/name or sqlite:////path/to/file.sqlite3"
        raise ValueError(f"has the kind {scheme!r}; use {example}")
    return f"postgresql+psycopg://{rest}" if scheme == "postgresql" else f"{scheme}://{rest}"


def redis_url(text: str) -> str:
    """Read the address of a Redis: redis://, rediss:// or unix://."""
    parts = urlsplit(text)
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.netloc or parts.path):
        raise ValueError(f"is {text!r}; use redis://host:6379/0, rediss://host:6380/0 or unix:///path/to/redis.sock")
    return text


def secret(text: str) -> str:
    """Read the secret key: at least 32 characters."""
    if len(text) < 32:
        raise ValueError(
            f"has {len(text)} characters; use at least 32 (python -c 'import secrets; print(secrets.token_hex())')"
        )
    return text


def zone(text: str) -> str:
    """Read the name of a time zone of the tz database."""
    if not is_form("zone", text):
        raise ValueError(f"is {text!r}; use a name of the tz database, such as Europe/Berlin")
    return text


# Name in the environment: how its text is read. The field has the same name in small letters.
READERS: dict[str, Callable[[str], Any]] = {
    "MODE": one_of("local", "production"),
    "INSTANCE": lambda text: Path(text).expanduser().resolve(),
    "DATABASE_URL": database_url,
    "REDIS_URL": redis_url,
    "SECRET_KEY": secret,
    "HOST": str,
    "PORT": whole(1, 65535),
    "HTTPS": switch,
    "TRUSTED_PROXIES": whole(0, 9),
    "HTMX_SOURCE": one_of("cdn", "local"),
    "LOG_LEVEL": one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "LOG_FORMAT": one_of("text", "json"),
    "WEB_WORKERS": whole(1, 64),
    "WEB_THREADS": whole(1, 64),
    "DEMO": switch,
    "CHAIN_TIMEZONE": zone,
    "DAY_STARTS_AT": whole(0, 23),
    "KEYS": lambda text: Path(text).expanduser().resolve(),
    "POLL_SECONDS": whole(5, 3600),
    "OFFLINE_GRACE_HOURS": whole(1, 720),
    "HORIZON_DAYS": whole(1, 90),
    "KEEP_LOGS_DAYS": whole(1, 3650),
}
NEEDED_IN_PRODUCTION = {
    "DATABASE_URL": "is missing; production needs a PostgreSQL: postgresql://user:password@host/name",
    "REDIS_URL": "is missing; production needs a Redis that other machines reach: redis://host:6379/0",
    "SECRET_KEY": "is missing; production needs one of at least 32 characters, the same on every machine",
}


def read(environ: Mapping[str, str] | None = None, env_file: Path | None = ROOT / ".env") -> Settings:
    """The settings of this process. Raises ConfigError with every problem at once.

    `environ` stands for os.environ, `env_file` for `.env`; what the environment says wins. An empty value
    counts as absent.
    """
    written = dotenv_values(env_file) if env_file is not None and env_file.is_file() else {}
    given = {**written, **(os.environ if environ is None else environ)}
    problems = misspelt(name for name in written)
    values: dict[str, Any] = {}
    for name, reader in READERS.items():
        text = (given.get(name) or "").strip()
        if not text:
            continue
        try:
            values[name.lower()] = reader(text)
        except ValueError as error:
            problems[name] = str(error)
    if values.get("mode") == "production":
        missing = NEEDED_IN_PRODUCTION.keys() - {name.upper() for name in values} - problems.keys()
        problems.update({name: NEEDED_IN_PRODUCTION[name] for name in NEEDED_IN_PRODUCTION if name in missing})
    if problems:
        raise ConfigError(problems)
    return complete(values)


def misspelt(names: Any) -> dict[str, str]:
    """What stands in `.env` and looks like one of our names, but is not."""
    found = {name: get_close_matches(name.upper(), READERS, n=1, cutoff=0.8) for name in names if name not in READERS}
    return {name: f"is not a setting; did you mean {close[0]}?" for name, close in found.items() if close}


def complete(values: dict[str, Any]) -> Settings:
    """Fill in what depends on the instance folder, which is made here when it is not there."""
    instance: Path = values.setdefault("instance", ROOT / "instance")
    try:
        instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            {"INSTANCE": f"{instance} cannot be made ({error.strerror}); name a writable folder"}
        ) from error
    if not os.access(instance, os.W_OK | os.X_OK):
        raise ConfigError({"INSTANCE": f"{instance} is not writable for this user; name a writable folder"})
    values.setdefault("keys", instance / "keys")
    values.setdefault("database_url", f"sqlite:///{instance / 'portal.sqlite3'}")
    values["redis_is_embedded"] = "redis_url" not in values
    if values["redis_is_embedded"]:
        values["redis_url"] = f"unix://{embedded_socket(instance)}"
    if "secret_key" not in values:
        values["secret_key"] = kept_secret(instance / "secret_key")
    return Settings(**values)


def embedded_socket(instance: Path) -> Path:
    """Where the embedded Redis of this instance listens: in the instance, or where a shorter path is possible.

    Raises ConfigError when the shorter folder belongs to somebody else.
    """
    socket = instance / "redis" / "redis.sock"
    if len(os.fsencode(socket)) <= SOCKET_PATH_LIMIT:
        return socket
    folder = (
        Path(tempfile.gettempdir()) / f"portal-{os.getuid()}-{hashlib.sha256(os.fsencode(instance)).hexdigest()[:16]}"
    )
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
        raise ConfigError(
            {"INSTANCE": f"its path is too long for a socket, and {folder} is not private; use a shorter path"}
        )
    return folder / "redis.sock"


def kept_secret(path: Path) -> str:
    """The secret kept in `path`; on the first call one is made, readable for this user alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text().strip()
        if len(kept) < 32:
            raise ConfigError({"SECRET_KEY": f"{path} is damaged; remove it and a new one is made"}) from None
        return kept
    made = secrets.token_hex(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(made)
    return made


def current() -> Settings:
    """The settings of the running app; RuntimeError outside of one."""
    from flask import current_app  # Late, because commands without an app read settings too.

    settings: Settings = current_app.config["PORTAL"]
    return settings
