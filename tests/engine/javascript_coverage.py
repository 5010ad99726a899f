"""What the vectors and cases leave out of the JavaScript engine: `python -m tests.engine.javascript_coverage`.

Node itself counts while it answers; c8 makes the table. Fails below 95 % of lines, branches or functions.
"""

import json
import os
import subprocess
import sys
import tempfile

from portal.config import ROOT
from tests.vectors.certify import read

CASES = ROOT / "tests" / "cases"
C8 = ROOT / "tools" / "javascript" / "node_modules" / "c8" / "bin" / "c8.js"
LEAST_PERCENT = 95


def lines() -> list[str]:
    """Every vector, and every case of tests/cases, one a line."""
    rows = [json.loads(line) for path in CASES.glob("**/*.jsonl") for line in path.read_text("utf-8").splitlines()]
    return [
        json.dumps(case) for case in [vector.case for vector in read()] + [row["case"] for row in rows if "case" in row]
    ]


def main() -> int:
    """Answer everything and print the table; 1 when too little was reached."""
    with tempfile.TemporaryDirectory() as folder:
        evaluate = [sys.executable, "-m", "portal.cli", "evaluate", "--engine", "js", "-"]
        counting = {**os.environ, "NODE_V8_COVERAGE": folder}
        subprocess.run(
            evaluate, input="\n".join(lines()), stdout=subprocess.DEVNULL, text=True, check=True, cwd=ROOT, env=counting
        )
        report = [ROOT / "tools" / "node", C8, "report", f"--temp-directory={folder}", "--all", "--reporter=text"]
        report += ["--src=portal/static/engine", "--include=portal/static/engine/**", "--exclude=**/types.js"]
        report += ["--check-coverage"]
        report += [f"--{what}={LEAST_PERCENT}" for what in ("lines", "branches", "functions")]
        return subprocess.run(report, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
