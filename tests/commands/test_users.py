"""`portal users`: accounts from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import portal
from tests.conftest import new_app, settings_for

PASSWORD = "a long enough one"


@pytest.fixture
def run(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch):
    new_app(settings_for(tmp_path, redis_url))
    for name, value in {"INSTANCE": str(tmp_path), "REDIS_URL": redis_url, "LOG_LEVEL": "WARNING"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def call(*words: str, answers: str = "") -> Result:
        return CliRunner().invoke(portal, ["users", *words], input=answers)

    return call


def test_an_account_is_made_listed_disabled_and_enabled(run):
    made = run(
        "create", "ada@tests.example", "--name", "Ada", "--role", "marketer", answers=f"{PASSWORD}\n{PASSWORD}\n"
    )
    assert "Ada (ada@tests.example) can sign in as marketer." in made.output
    assert PASSWORD not in made.output
    assert "marketer       active" in run("list").output
    assert "cannot sign in any more" in run("disable", "ADA@tests.example").output
    assert "disabled" in run("list").output
    assert "can sign in again" in run("enable", "ada@tests.example").output
    assert "signed out everywhere" in run("password", "ada@tests.example", "--password", "another long one").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["disable", "nobody@tests.example"], "nobody@tests.example has no account"),
        (["create", "x", "--name", "X", "--role", "marketer", "--password", PASSWORD], "email:"),
        (["create", "x@y.example", "--name", "X", "--role", "king", "--password", PASSWORD], "'king' is not one of"),
        (["create", "x@y.example", "--name", "X", "--role", "analyst", "--password", "short"], "10 to 200 characters"),
    ],
)
def test_a_mistake_is_one_sentence(run, words: list[str], said: str):
    result = run(*words)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output
