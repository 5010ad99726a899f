"""Writes generated/*.jsonl anew: `python -m tests.vectors.generate` (a few minutes).

Cases come from the random makers of tests/oracle with fixed seeds. A case is kept only where the Python engine and the
reference, which was written from the contract alone, give the same answer; where they do not, nothing is written and
the case is printed. Of many cases those are kept that show something rare, then short ones.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from portal.engine import evaluate_case
from tests.oracle import reference
from tests.oracle.two_engines import MAKERS, is_small
from tests.vectors.certify import FOLDER, same

WANTED = {"valid": 440, "resolution": 240, "names": 130, "huge": 130, "broken": 260}
"""How many of each kind are kept."""
SEEDS = range(9_000_000, 9_000_012)
OF_EACH = 3
"""So many vectors show each outcome of each type, where the cases have them."""
MOST_BYTES = 2600


def main() -> int:
    """Write every file; 1 where engine and reference do not agree."""
    (FOLDER / "generated").mkdir(exist_ok=True)
    shown: Counter[tuple[str, str]] = Counter()
    for kind, number in WANTED.items():
        rows = sorted(rows_of(kind), key=size)
        if any(row["result"] is None for row in rows if "result" in row):
            sys.stdout.write("".join(json.dumps(row) + "\n" for row in rows if row.get("result", 1) is None))
            return 1
        write(kind, spread(rows, number, shown))
    write("bounds", list(bounds()))
    return 0


def write(kind: str, rows: list[dict[str, Any]]) -> None:
    """A file of vectors, a line each."""
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    (FOLDER / "generated" / f"{kind}.jsonl").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{kind}: {len(rows)} vectors, {len(text):,} bytes\n")


def size(row: dict[str, Any]) -> int:
    """Sort key: the shorter first."""
    return len(json.dumps(row))


def rows_of(kind: str) -> Iterator[dict[str, Any]]:
    """The small cases of a kind as vectors; one on which engine and reference differ has the result null."""
    for seed in SEEDS:
        for place, case in enumerate(MAKERS[kind](seed)):
            text = json.dumps(case)
            if len(text) > MOST_BYTES or not isinstance(case, dict) or not is_small(case):
                continue
            found, expected = evaluate_case(json.loads(text)), reference.evaluate(json.loads(text))
            name = f"{kind}-{seed - SEEDS[0]}-{place}"
            if same(found, expected):
                yield as_vector(name, json.loads(text), found)
            else:
                yield {"name": name, "case": case, "result": None}


def as_vector(name: str, case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The row of a file."""
    known = case if case.keys() <= {"bundle", "basket", "remaining"} else {"case": case}
    return {"name": name, **known, **(answer if "errors" in answer else {"result": answer})}


def outcomes(row: dict[str, Any]) -> set[tuple[str, str]]:
    """What a vector shows of each type: (type, `applied` or a reason), or (`error`, the end of a field)."""
    if "errors" in row:
        return {("error", error["field"].rpartition(".")[2]) for error in row["errors"]}
    types = {promotion["code"]: promotion["type"] for promotion in row["bundle"]["promotions"]}
    result = row["result"]
    applied = {(entry["type"], "applied") for entry in result["applied"]}
    return applied | {(types[entry["promotion"]], entry["reason"]) for entry in result["not_applied"]}


def spread(rows: list[dict[str, Any]], number: int, shown: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """Some vectors: first those that show an outcome not shown often enough, then every n-th of the rest."""
    kept, rest = [], []
    for row in rows:
        seen = outcomes(row)
        if len(kept) < number and any(shown[outcome] < OF_EACH for outcome in seen):
            kept.append(row)
            shown.update(seen)
        else:
            rest.append(row)
    missing = number - len(kept)
    step = max(1, len(rest) * 2 // 3 // max(1, missing))
    return sorted(kept + rest[: step * missing : step], key=lambda row: row["name"])


def bounds() -> Iterator[dict[str, Any]]:
    """Baskets at and beyond the bound of 1,000 lines: too long to be read, too plain to be drawn."""
    promotions = [
        {"code": "TENTH", "type": "percent_discount", "rule": {"basis_points": 1000}},
        {"code": "ODD", "type": "amount_discount", "currency": "USD", "rule": {"amount": 777, "on": "basket"}},
    ]
    bundle = {"engine": 1, "promotions": promotions}
    for count in (1000, 1001):
        lines = [{"id": str(n), "sku": "A", "unit_price": 3 + n % 7, "quantity": 1 + n % 3} for n in range(count)]
        basket = {"currency": "USD", "at": "2026-11-20T12:00:00Z", "lines": lines}
        case = {"bundle": bundle, "basket": basket}
        found, expected = evaluate_case(case), reference.evaluate(case)
        assert same(found, expected), f"{count} lines"
        yield as_vector(f"bounds-{count}-lines", case, found)


if __name__ == "__main__":
    sys.exit(main())
