"""The till's own tests, run by Node; and each rule taken out of the till, one at a time: its test then fails.

Source of the rules: sync.md, section 3.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portal.config import ROOT
from portal.engine_javascript import find_node

TESTS = Path("tests/till")
TILL = Path("portal/static/till")
FAILED = re.compile(r"^not ok \d+ - (.*)$", re.MULTILINE)
PASSED = re.compile(r"^ok \d+ - (.*)$", re.MULTILINE)


def run(tree: Path, *files: str) -> tuple[list[str], list[str]]:
    """The names of the tests that pass and of those that fail in a tree."""
    paths = [str(path) for path in sorted((tree / TESTS).glob("*.test.mjs")) if not files or path.name in files]
    done = subprocess.run(
        [find_node(), "--test", "--test-reporter=tap", *paths], capture_output=True, text=True, check=False, timeout=120
    )
    return PASSED.findall(done.stdout), FAILED.findall(done.stdout)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the till and its tests; the working tree is never touched."""
    target = tmp_path_factory.mktemp("till")
    for folder in (TILL, TILL.parent / "engine"):
        shutil.copytree(ROOT / folder, target / folder)
    shutil.copytree(ROOT / TESTS, target / TESTS, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def test_the_tills_tests_pass(tree: Path) -> None:
    passed, failed = run(tree)
    assert failed == []
    assert len(passed) >= 59


# What is taken out, from which file, and how the name of the test begins that then fails.
RULES = [
    ("examine.js", "    checkLength(received, manifest);\n", "", "length: a bundle that is longer"),
    ("examine.js", "manifestBytes.length > MOST_MANIFEST_BYTES", "false", "length: a manifest of more"),
    ("examine.js", "    await checkHash(received, manifest, crypto);\n", "", "sha256"),
    ("examine.js", "    await checkSignature(received, manifest, crypto);\n", "", "signature"),
    ("examine.js", "    checkStore(received, manifest);\n", "", "store"),
    ("examine.js", "version < highestVersion", "false", "version: lower"),
    ("examine.js", "heldSha256 !== null && sha256 !== heldSha256", "false", "version: the highest seen"),
    ("examine.js", "    checkTime(received, manifest);\n", "", "expired"),
    ("examine.js", "min_engine > ENGINE_VERSION", "false", "engine: a manifest"),
    ("examine.js", "bundle.engine > ENGINE_VERSION", "false", "engine: a bundle"),
    ("examine.js", "    checkGolden(bundle, calculator);\n", "", "golden"),
    (
        "examine.js",
        "    checkStore(received, manifest);\n    checkVersion(received, manifest);\n",
        "    checkVersion(received, manifest);\n    checkStore(received, manifest);\n",
        "order",
    ),
    (
        "shelf.js",
        "const before = isAnother ? last : this.state.before;",
        "const before = null;",
        "what was taken is there",
    ),
    ("shelf.js", "highest: current.version, ", "highest: 0, ", "the highest version is remembered"),
    (
        "shelf.js",
        "    const examined = await examine(received, this.surroundings);\n    if (!examined.ok) return examined;\n",
        "    const examined = await examine(received, this.surroundings);\n    if (!examined.ok) return examined;\n"
        "    await this.surroundings.storage.write('shelf', new Uint8Array([123]));\n",
        "a power cut",
    ),
    ("polling.js", "(1 - JITTER + 2 * JITTER * random)", "1", "after an answer"),
    ("polling.js", "return random * Math.min", "return Math.min", "after failures"),
    ("polling.js", "if (retryAfterS !== null) return", "if (failures < 0) return", "Retry-After is obeyed"),
    ("offline.js", "now - contactAt > graceHours * HOUR_MS", "false", "the grace is over"),
    ("offline.js", 'if (situation.graceIsOver && isBound) return "grace_over";', "", "after the grace what is limited"),
    ("offline.js", 'limits.offline === "online_only" && !situation.online', "false", "offline what needs"),
    ("offline.js", "promotion === code && seq > leases.counted_through_seq", "false", "what remains of a lease"),
    ("till.js", "!holds(leases, this.leases, this.usage.uses)", "false", "a smaller lease is taken only once"),
    ("till.js", "!follows(leases, this.leases)", "false", "leases that were overtaken"),
    ("outbox.js", "device_seq: this.highest + 1", "device_seq: this.waiting.size + 1", "a number is not given again"),
    (
        "outbox.js",
        'const SETTLED = ["accepted", ',
        'const SETTLED = ["retry", "accepted", ',
        "only what was acknowledged",
    ),
    (
        "till.js",
        "for (const outbox of [this.usage, this.logs])",
        "for (const outbox of [this.logs, this.usage])",
        "logs are not sent",
    ),
    ("till.js", "    if (words === this.lastRefusal) return;\n", "", "what is refused changes nothing"),
    (
        "till.js",
        "this.last = { what, ...loadBundle(bundle) };",
        "Object.assign(this.last, { what, ...loadBundle(bundle) });",
        "an open basket",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "test"), RULES, ids=[f"{rule[3]} {rule[0]}" for rule in RULES])
def test_without_its_rule_a_test_fails(tree: Path, file: str, old: str, new: str, test: str) -> None:
    path = tree / TILL / file
    text = path.read_text()
    assert text.count(old) == 1, f"{file} holds {text.count(old)} times {old!r}"
    path.write_text(text.replace(old, new))
    try:
        _, failed = run(tree, file.replace(".js", ".test.mjs"), "till.test.mjs", "outbox.test.mjs")
    finally:
        path.write_text(text)
    assert [name for name in failed if name.startswith(test)], failed
