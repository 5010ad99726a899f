"""The house in order: who may import whom, read from the imports themselves."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from portal.config import ROOT

# Floor by the longest prefix of a module's name. A module imports from its own floor and below.
FLOORS = {
    "portal.engine": 0,
    "portal.errors": 1,
    "portal.clock": 1,
    "portal.currencies": 1,
    "portal.config": 1,
    "portal.extensions": 2,
    "portal.models": 2,  # `extensions` is made from the models' Base, which knows nothing of it
    "portal.db": 3,
    "portal.queue": 3,
    "portal.logs": 3,
    "portal.json_provider": 3,
    "portal.services": 4,
    "portal.web": 5,
    "portal.answers": 5,
    "portal.demo": 5,
    "portal.commands": 5,
    "portal.runtime": 5,
    "portal.engine_cli": 5,
    "portal.engine_javascript": 5,
    "portal.cli": 5,
    "jobs": 5,
    "portal.app": 6,
    "wsgi": 6,
}
# Commands load the app when they are called; a worker is an app.
MAY_LOAD_THE_APP = ("portal.cli", "portal.runtime", "portal.commands", "portal.demo", "jobs")
ENGINE_MAY_IMPORT = sys.stdlib_module_names | {"portal"}
WEB_MAY_NOT = {"sqlalchemy", "redis", "rq", "portal.extensions", "portal.engine_cli", "portal.engine_javascript"}


def modules() -> Iterator[tuple[str, Path]]:
    for path in [*ROOT.glob("portal/**/*.py"), *ROOT.glob("jobs/**/*.py"), ROOT / "wsgi.py"]:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield name, path


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every (line, module) that the file imports; `from a import b` counts as a.b when that is a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                is_module = (ROOT / Path(*inner.split("."))).is_dir() or (ROOT / Path(*inner.split("."))).with_suffix(
                    ".py"
                ).exists()
                yield node.lineno, inner if is_module else base


def floor(module: str) -> int | None:
    found = [name for name in FLOORS if module == name or module.startswith(f"{name}.")]
    return FLOORS[max(found, key=len)] if found else None


def broken(rule: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}: {module} imports {wanted}"
        for module, path in modules()
        for line, wanted in imports(path)
        if RULES[rule](module, wanted)
    ]


def goes_up(module: str, wanted: str) -> bool:
    mine, other = floor(module), floor(wanted)
    allowed = wanted == "portal.app" and module.startswith(MAY_LOAD_THE_APP)
    return mine is not None and other is not None and other > mine and not allowed


def engine_is_not_pure(module: str, wanted: str) -> bool:
    if not f"{module}.".startswith("portal.engine."):
        return False
    return wanted.partition(".")[0] not in ENGINE_MAY_IMPORT or (
        wanted.startswith("portal") and not f"{wanted}.".startswith("portal.engine.")
    )


def model_knows_the_engine(module: str, wanted: str) -> bool:
    return module.startswith("portal.models") and wanted.startswith("portal.engine")


def web_reaches_below(module: str, wanted: str) -> bool:
    return module.startswith("portal.web") and any(wanted == no or wanted.startswith(f"{no}.") for no in WEB_MAY_NOT)


def area(module: str) -> str | None:
    """The area that a module belongs to: a folder of portal/web. The files beside them are shared."""
    parts = module.split(".")
    inside = parts[:2] == ["portal", "web"] and len(parts) > 2
    return parts[2] if inside and (ROOT / "portal" / "web" / parts[2]).is_dir() else None


def area_knows_another(module: str, wanted: str) -> bool:
    mine, other = area(module), area(wanted)
    return mine is not None and other is not None and mine != other


def portal_knows_the_jobs(module: str, wanted: str) -> bool:
    return module.startswith("portal") and wanted.partition(".")[0] == "jobs"


RULES = {
    rule.__name__: rule
    for rule in (
        goes_up,
        engine_is_not_pure,
        model_knows_the_engine,
        web_reaches_below,
        area_knows_another,
        portal_knows_the_jobs,
    )
}


def test_no_floor_imports_from_above() -> None:
    assert broken("goes_up") == []


def test_every_module_has_a_floor() -> None:
    assert [name for name, _ in modules() if floor(name) is None and name != "portal"] == []


def test_the_engine_is_pure() -> None:
    assert broken("engine_is_not_pure") == []


def test_models_do_not_know_the_engine() -> None:
    assert broken("model_knows_the_engine") == []


def test_pages_reach_the_database_through_services() -> None:
    assert broken("web_reaches_below") == []


def test_areas_do_not_know_each_other() -> None:
    assert broken("area_knows_another") == []


def test_the_portal_names_jobs_and_never_imports_them() -> None:
    assert broken("portal_knows_the_jobs") == []


def loaded_after(statement: str) -> set[str]:
    """The top-level modules that are there after `statement` in a fresh Python."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(found.stdout.split())


def test_the_engine_loads_neither_flask_nor_a_database() -> None:
    assert loaded_after("import portal.engine") & {"flask", "sqlalchemy", "redis", "click", "werkzeug"} == set()


def test_evaluate_loads_neither_flask_nor_a_database() -> None:
    statement = "from portal.cli import portal; portal.get_command(None, 'evaluate')"
    assert loaded_after(statement) & {"flask", "sqlalchemy", "redis", "werkzeug"} == set()
