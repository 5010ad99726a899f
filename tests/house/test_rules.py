"""Promises about routes, jobs, migrations, templates and the tree, each read from the thing itself."""

import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from portal.app import create_app
from portal.cli import COMMANDS, portal
from portal.config import HTMX_INTEGRITY, HTMX_VERSION, ROOT
from portal.extensions import db
from portal.queue import JobName
from portal.web.access import views_without_marks
from portal.web.assets.views import LIBRARIES, location
from tests.conftest import settings_for

WRITING = re.compile(r"\bhx-(?:post|put|patch|delete)=")


def files(*patterns: str) -> list[Path]:
    """What git keeps or is about to keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def test_every_view_says_who_may_use_it(app: Flask) -> None:
    assert views_without_marks(app) == []


def test_no_view_that_changes_something_answers_to_get(app: Flask) -> None:
    mixed = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and rule.methods & {"POST", "PUT", "DELETE"}
    ]
    assert mixed == []


@pytest.mark.parametrize("name", JobName)
def test_every_job_name_leads_to_a_function(name: JobName) -> None:
    module, _, function = name.rpartition(".")
    assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_explains_itself(name: str) -> None:
    command = portal.get_command(None, name)
    assert command is not None
    assert command.help


def test_the_migrations_have_one_head() -> None:
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


@pytest.mark.databases("sqlite", "postgresql")
def test_the_migrations_make_the_tables_of_the_models_and_take_them_back(
    tmp_path: Path, redis_url: str, request: pytest.FixtureRequest, database_url: str
) -> None:
    fresh = f"sqlite:///{tmp_path / 'm.sqlite3'}"
    if not database_url.startswith("sqlite"):
        new_database = import_module("tests.conftest").new_postgres_database
        fresh = new_database(request.getfixturevalue("postgres_url"), "migrations")
    app = create_app(settings_for(tmp_path / "instance", redis_url, DATABASE_URL=fresh))
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        db.engine.dispose()


def test_no_template_carries_script_or_style() -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=[\"']|hx-on|\|\s*safe\b")
    found = [
        (path.name, match.group()) for path in files("portal/templates") for match in inline.finditer(text_of(path))
    ]
    assert found == []


def test_every_partial_says_what_it_wants() -> None:
    partials = [path for path in files("portal/templates") if path.name.startswith("_")]
    assert [path.name for path in partials if not text_of(path).startswith("{#")] == []


def test_every_form_that_posts_carries_its_token() -> None:
    form = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.IGNORECASE | re.DOTALL)
    token = re.compile(r"csrf|hidden_tag\(\)")
    bare = [path.name for path in files("portal/templates") for f in form.findall(text_of(path)) if not token.search(f)]
    assert bare == []


def test_the_local_copy_of_htmx_is_the_one_that_the_cdn_serves() -> None:
    import base64
    import hashlib

    copy = location("htmx", "htmx.min.js").read_bytes()
    assert f"sha384-{base64.b64encode(hashlib.sha384(copy).digest()).decode()}" == HTMX_INTEGRITY
    assert HTMX_VERSION.encode() in copy


@pytest.mark.parametrize(("library", "name"), [(lib, name) for lib, (_, names) in LIBRARIES.items() for name in names])
def test_every_library_file_is_installed(library: str, name: str) -> None:
    assert location(library, name).is_file()


def test_no_address_of_a_package_registry_is_in_the_tree() -> None:
    address = re.compile(
        r"\"resolved\": *\"http|--(?:extra-)?index-url|--find-links|https?://[^\s\"']*/(?:simple|packages)/"
    )
    kept = [path for path in files() if path not in {Path(__file__), ROOT / "tools" / "lock"}]
    assert [str(path.relative_to(ROOT)) for path in kept if address.search(text_of(path))] == []


def test_no_path_of_this_machine_is_in_the_tree() -> None:
    here = str(ROOT) + "/"
    assert [str(path.relative_to(ROOT)) for path in files() if here in text_of(path)] == []


def test_no_line_of_javascript_is_longer_than_one_of_python() -> None:
    """The formatter leaves comments as they are, and does not see the pages' scripts."""
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files("*.js", "*.mjs")
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if len(line) > 120
    ]
    assert long == []


def test_a_script_that_the_tests_run_is_run_by_their_node() -> None:
    """Where Node is old or missing it comes from a package, and stands on no path."""
    bare = re.compile(r"[\[(,=]\s*\"node\"\s*,|shutil\.which\(\"node\"\)")
    assert [
        str(path.relative_to(ROOT)) for path in files("tests/**.py", "bench/**.py") if bare.search(text_of(path))
    ] == []


def test_only_the_clock_reads_the_clock() -> None:
    reads = re.compile(r"datetime\.(?:now|utcnow|today)\(|date\.today\(|time\.time\(")
    found = [path.relative_to(ROOT) for path in files("portal/**.py", "jobs/**.py") if reads.search(text_of(path))]
    assert found == [Path("portal/clock.py")]


def test_no_module_is_named_after_nothing() -> None:
    empty_names = {"utils", "helpers", "common", "misc", "util"}
    assert [str(path) for path in files("*.py", "*.js", "*.mjs") if path.stem in empty_names] == []


def test_the_lock_has_every_dependency_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^([a-z0-9._-]+)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9]", lock, re.MULTILINE))
    assert {"flask", "sqlalchemy", "rq", "setuptools"} <= set(pins)
