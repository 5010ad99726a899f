"""The engine against the reference: `python -m tests.oracle.differential --cases 20000 --seed 1 --jobs 2`."""

import argparse
import json
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

from tests.oracle.generate import bundle_case, case
from tests.oracle.generate_broken import broken_case
from tests.oracle.generate_resolution import resolution_case
from tests.oracle.reference import compile_definition, evaluate
from tests.oracle.shrink import shrink

MAKERS: dict[str, Callable[[int], Any]] = {
    "valid": case,
    "resolution": resolution_case,
    "bundle": bundle_case,
    "broken": broken_case,
}
SHARES = {"valid": 0.45, "resolution": 0.3, "bundle": 0.1, "broken": 0.15}


def of_engine(given: Any) -> Any:
    """The engine's answer; a crash is an answer of its own."""
    from portal.engine import evaluate_case

    try:
        return comparable(evaluate_case(json.loads(json.dumps(given))))
    except Exception:
        return {"crash": traceback.format_exc(limit=-3)}


def of_reference(given: Any) -> Any:
    """The reference's answer."""
    try:
        return comparable(evaluate(json.loads(json.dumps(given))))
    except Exception:
        return {"reference crash": traceback.format_exc(limit=-3)}


def comparable(answer: Any) -> Any:
    """The answer value for value, types of numbers included; of errors the fields in order."""
    if "errors" in answer:
        return [error["field"] for error in answer["errors"]]
    return json.loads(json.dumps(answer))


def differs(given: Any) -> bool:
    """True where the two give other values, or an integer where the other gives a float."""
    mine, theirs = of_reference(given), of_engine(given)
    return json.dumps(mine, sort_keys=True) != json.dumps(theirs, sort_keys=True)


def compiles_otherwise(given: Any) -> bool:
    """True where the definitions of a case compile to other promotions."""
    from portal.engine import Invalid, PromotionCompiler

    for definition in given["promotions"]:
        try:
            theirs: Any = PromotionCompiler().compile_promotion(definition)
        except Invalid:
            theirs = "errors"
        mine = compile_definition(definition)
        if json.dumps("errors" if "errors" in mine else mine, sort_keys=True) != json.dumps(theirs, sort_keys=True):
            return True
    return False


def one(kind: str, seed: int) -> tuple[str, int] | None:
    """(kind, seed) of a case that differs."""
    given = MAKERS[kind](seed)
    if differs(given):
        return (kind, seed)
    return ("compile", seed) if kind == "valid" and compiles_otherwise(given) else None


def report(kind: str, seed: int) -> str:
    """A difference, as small as it can be made, with both answers."""
    test = compiles_otherwise if kind == "compile" else differs
    small = shrink(MAKERS["valid" if kind == "compile" else kind](seed), partial(holds, test))
    if kind == "compile":
        return f"{kind} {seed}\n  case   {json.dumps(small['promotions'])}"
    return "\n".join(
        [
            f"{kind} {seed}",
            f"  case   {json.dumps(small, ensure_ascii=False)}",
            f"  oracle {json.dumps(of_reference(small), ensure_ascii=False)}",
            f"  engine {json.dumps(of_engine(small), ensure_ascii=False)}",
        ]
    )


def holds(test: Callable[[Any], bool], given: Any) -> bool:
    """The test, False where the shrunk case no longer has the form that the test reads."""
    try:
        return test(given)
    except (KeyError, TypeError, AttributeError):
        return False


def differences(counts: dict[str, int], seed: int, jobs: int = 1) -> list[tuple[str, int]]:
    """The (kind, seed) of every case that differs."""
    tasks = [(kind, seed * 10_000_000 + number) for kind, count in counts.items() for number in range(count)]
    kinds, seeds = [kind for kind, _ in tasks], [number for _, number in tasks]
    if jobs == 1:
        found = list(map(one, kinds, seeds))
    else:
        with ProcessPoolExecutor(jobs) as pool:
            found = list(chain(pool.map(one, kinds, seeds, chunksize=50)))
    return [entry for entry in found if entry is not None]


def main() -> int:
    """Compare, print the first differences shrunk; 1 where there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kind", choices=MAKERS, help="only cases of this kind")
    parser.add_argument("--show", type=int, default=10)
    given = parser.parse_args()
    shares = {given.kind: 1.0} if given.kind else SHARES
    counts = {kind: int(given.cases * part) for kind, part in shares.items()}
    found = differences(counts, given.seed, given.jobs)
    sys.stdout.write(f"{sum(counts.values())} cases {counts}, seed {given.seed}: {len(found)} differ\n")
    for kind, seed in found[: given.show]:
        sys.stdout.write(report(kind, seed) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
