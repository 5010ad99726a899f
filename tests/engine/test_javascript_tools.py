"""What the JavaScript engine is allowed to be: typed, without surroundings, small, and at home in browsers of 2021.

Each check is also tried on a mistake that it has to find.
"""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from portal.config import ROOT

ENGINE = ROOT / "portal" / "static" / "engine"
MODULES = sorted(ENGINE.glob("*.js"))
TOOLS = ROOT / "tools" / "javascript"
TSC = "typescript/bin/tsc"
ESBUILD = "esbuild/bin/esbuild"
# The first releases of 2021 that have BigInt and modules: what tills and tablets of that year still run.
BROWSERS = "chrome90,edge90,firefox88,safari14.1"
LARGEST_BYTES = 40_000

# Elements of a page are no names here: the types know none, and `document` and `window` are good words for others.
# What depends on the machine, its clock, its language or chance: the same basket has to cost the same everywhere.
SURROUNDINGS = re.compile(
    r"(?<![\w$.])(?:Date|Intl|process|globalThis|fetch|console|performance|setTimeout|"
    r"queueMicrotask|crypto|require|eval|Function|WeakRef|Atomics|SharedArrayBuffer)(?![\w$]|\s*:)"
    r"|Math\.(?:random|sin|cos|tan|exp|log|pow|cbrt|hypot)\b|\.toLocale\w+|\.localeCompare\b|\.normalize\b"
    r"|\bimport\(|\bimport\.meta\b|\basync\b|\bawait\b"
)
QUOTED = re.compile(r"(\b(?:from|import) ?)?(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')")
IMPORTED = re.compile(r"(?:\bfrom|\bimport)\s*[\"']([^\"']+)[\"']")


def run(tool: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of tools/javascript with the Node of the tests."""
    command = [ROOT / "tools" / "node", TOOLS / "node_modules" / tool, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def written(files: list[Path], folder: Path, target: str = "esnext") -> dict[str, str] | None:
    """The files without comments and blanks, in syntax that `target` has; None when there is none for it."""
    done = run(ESBUILD, *files, f"--outdir={folder / target}", "--minify-whitespace", f"--target={target}")
    return {path.name: (folder / target / path.name).read_text() for path in files} if done.returncode == 0 else None


def code_of(files: list[Path], folder: Path) -> dict[str, str]:
    """The files without comments and without what stands between quotation marks, except what they import."""
    texts = written(files, folder)
    assert texts is not None
    return {name: QUOTED.sub(lambda found: found[0] if found[1] else '""', text) for name, text in texts.items()}


def lowered(files: list[Path], folder: Path) -> list[str]:
    """The files with syntax that browsers of 2021 lack: esbuild has to write it another way, or cannot."""
    newest, older = written(files, folder), written(files, folder, BROWSERS)
    assert newest is not None
    return [path.name for path in files if older is None or newest[path.name] != older[path.name]]


def saved(texts: Iterable[str], folder: Path) -> list[Path]:
    """Modules with these texts: 0.js, 1.js, ..."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.js")
        paths[-1].write_text(text)
    return paths


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    assert len(MODULES) > 15
    return code_of(MODULES, tmp_path_factory.mktemp("code"))


@pytest.mark.parametrize("project", ["tsconfig.json", "tsconfig.node.json"])
def test_the_types_are_right(project: str) -> None:
    done = run(TSC, "-p", TOOLS / project)
    assert (done.stdout, done.returncode) == ("", 0)


MISTAKES = {
    "a wrong type": "/** @param {number} a */ export function f(a) { return a; } f('1');",
    "a type that is not written": "export function f(a) { return a; }",
    "what may be undefined": "export const f = (/** @type {{a?: number}} */ {a}) => a + 1;",
    "a way without a result": "export function f(/** @type {number} */ a) { if (a) return 1; }",
    "a name that nobody uses": "const f = 1;",
    "an element of a page": "export const f = document.title;",
    "a log": "console.log(1);",
    "the process": "export const f = process.version;",
    "an array's end, of 2022": "export const f = [1].at(-1);",
    "own keys, of 2022": "export const f = Object.hasOwn({}, 'a');",
    "a copy, of 2022": "export const f = structuredClone({});",
    "the last that fits, of 2023": "export const f = [1].findLast(Boolean);",
    "every place of a text, of 2021": "export const f = 'a'.replaceAll('a', 'b');",
    "the cause of an error, of 2022": "export const f = new Error('a', { cause: 1 });",
}


def test_the_types_find_mistakes(tmp_path: Path) -> None:
    saved(MISTAKES.values(), tmp_path)
    settings = {"extends": str(TOOLS / "tsconfig.json"), "include": [str(tmp_path)]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    output = run(TSC, "-p", tmp_path / "tsconfig.json").stdout
    assert [why for number, why in enumerate(MISTAKES) if not re.search(rf"\b{number}\.js\(", output)] == []


def test_the_engine_knows_nothing_of_its_surroundings(code: dict[str, str]) -> None:
    found = {name: SURROUNDINGS.findall(text) for name, text in code.items() if SURROUNDINGS.search(text)}
    assert found == {}


SURROUNDED = [
    "export const f = () => Date.now();",
    "export const f = () => new Date();",
    "export const f = new Intl.NumberFormat();",
    "export const f = (n) => n.toLocaleString();",
    "export const f = (a, b) => a.localeCompare(b);",
    "export const f = (a) => a?.toLocaleLowerCase();",
    "export const f = Math.random();",
    "export const f = globalThis.x;",
    "export const f = [fetch];",
    "console.log(1);",
    "export const f = () => performance.now();",
    "export const f = process.env;",
    "export const f = async () => 1;",
    'export const f = () => import("./a.js");',
]
FINE = [
    '/** Date, fetch */ export const f = "Date fetch(";',
    "export const f = {}.process;",
    "export const f = {process: 1};",
]


def test_what_an_engine_must_not_know_is_found_and_nothing_else(tmp_path: Path) -> None:
    texts = code_of(saved([*SURROUNDED, *FINE], tmp_path), tmp_path).values()
    assert [bool(SURROUNDINGS.search(text)) for text in texts] == [True] * len(SURROUNDED) + [False] * len(FINE)


def test_only_modules_beside_are_imported(code: dict[str, str]) -> None:
    imported = {(name, wanted) for name, text in code.items() for wanted in IMPORTED.findall(text)}
    assert len(imported) > 20
    assert [each for each in sorted(imported) if not (each[1][:2] == "./" and (ENGINE / each[1]).is_file())] == []


def test_every_module_is_reached_from_the_index(tmp_path: Path) -> None:
    run(ESBUILD, ENGINE / "index.js", "--bundle", f"--outdir={tmp_path}", f"--metafile={tmp_path / 'made.json'}")
    reached = {Path(name).name for name in json.loads((tmp_path / "made.json").read_text())["inputs"]}
    assert {path.name for path in MODULES} - reached <= {"types.js"}


def test_browsers_of_2021_read_it_as_it_is(tmp_path: Path) -> None:
    assert lowered(MODULES, tmp_path) == []


@pytest.mark.parametrize(
    "younger",
    [
        "export class A { #a = 1; b(a) { return #a in a; } }",
        "export class A { #f() {} g() { this.#f(); } }",
        "export class A { static { A.a = 1; } }",
        "export const a = await b;",
        "export const a = /b/v;",
    ],
)
def test_younger_syntax_is_found(younger: str, tmp_path: Path) -> None:
    assert lowered(saved([younger], tmp_path), tmp_path)


def test_a_till_loads_less_than_forty_thousand_bytes() -> None:
    command = [ROOT / "tools" / "node", TOOLS / "size.mjs"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    sizes = json.loads(done.stdout.splitlines()[-1])
    assert 1_000 < sizes["gzip"] < LARGEST_BYTES


def test_the_lock_of_the_tools_has_hashes_and_no_addresses() -> None:
    lock = json.loads((TOOLS / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert [name for name, package in packages.items() if "sha512-" not in package.get("integrity", "")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
    ours = json.loads((TOOLS / "package.json").read_text())["devDependencies"]
    assert ours == lock["packages"][""]["devDependencies"]
    assert {version for version in ours.values() if not re.fullmatch(r"[\d.]+", version)} == set()
    for name in ("@esbuild/linux-{}", "@typescript/typescript-linux-{}", "@biomejs/cli-linux-{}"):
        assert {f"node_modules/{name.format(kind)}" for kind in ("x64", "arm64")} <= set(packages)
