"""How fast the two engines are, beside each other: `python -m bench.engine`.

Baskets and promotions of bench/workload (its README says what others take on the same work). Every figure is of this
run and machine: a median and a 99th percentile over calls that are timed one by one. A basket is a plain value, read
anew from JSON for every round; its validation is part of the time. JavaScript runs in Node, a process for each bundle,
after a second of warming up (bench/engine.mjs). The columns `floor` are the time over that of an inverted index alone
in the same language on the same basket and promotions, the least that any engine needs, so that they compare across
machines. Every basket that is measured must have the same result in both, or the command fails. Prints a table, with
the aims that the project set itself, and, last, one line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.config import ROOT
from portal.engine import PromotionCalculator, PromotionCompiler

WORKLOAD = Path(__file__).parent / "workload"
SIZES = ((10, 5), (100, 20), (1000, 20), (1000, 100))
GROWTH = (1000, 2000, 5000, 10_000)
# Microseconds that JavaScript should stay below, by row.
AIMS = {"sparse 100 x 20": 25, "sparse 1000 x 20": 60, "sparse 1000 x 100": 350, "load 1000": 20_000}

Values = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """What is measured: baskets priced by one bundle, `rounds` times in Python."""

    what: str
    bundle: Values
    baskets: list[Values]
    rounds: int


def load(name: str) -> list[Values]:
    """The baskets or definitions of a file of the workload."""
    return json.loads((WORKLOAD / f"{name}.json").read_text())


def bundle_of(promotions: list[Values], explain: bool) -> Values:
    """A bundle of compiled promotions."""
    return {"engine": 1, "settings": {"explain": explain}, "promotions": promotions}


def compiled(density: str, size: int) -> list[Values]:
    """Compiled promotions of the workload."""
    return [PromotionCompiler().compile_promotion(each) for each in load(f"promotions_{density}_{size}")]


def pricing() -> Iterator[Work]:
    """All sizes and densities, without and with explanations."""
    for density in ("sparse", "dense"):
        for promotions, lines in SIZES:
            for explain in (False, True):
                name = f"{density} {promotions} x {lines}{' explain' if explain else ''}"
                bundle = bundle_of(compiled(density, promotions), explain)
                yield Work(name, bundle, load(f"baskets_{lines}"), 10 if lines < 100 else 5)


def growth() -> Iterator[Work]:
    """From 1,000 to 10,000 promotions with the same number of matching ones."""
    promotions, baskets = compiled("sparse", 1000), load("baskets_20")
    for size in GROWTH:
        yield Work(f"growth {size} x 20", bundle_of(grown(promotions, size), False), baskets, 5)


def grown(promotions: list[Values], size: int) -> list[Values]:
    """The promotions and, up to `size`, copies of them that aim at skus and spends which no basket reaches."""
    result = list(promotions)
    for number in range(size - len(promotions)):
        rule = json.loads(re.sub(r'"[cs](\d+)"', r'"far\1"', json.dumps(promotions[number % len(promotions)]["rule"])))
        for tier in rule.get("tiers", []):
            tier["at"] += 10**9
        result.append({**promotions[number % len(promotions)], "code": f"far{number}", "rule": rule})
    return result


class Floor:
    """Which promotions name a sku or category of a basket: an inverted index, nothing else."""

    def __init__(self, promotions: list[Values]) -> None:
        self.words: dict[str, list[int]] = {}
        for number, promotion in enumerate(promotions):
            for word in _words(promotion["rule"]):
                self.words.setdefault(word, []).append(number)

    def __call__(self, basket: Values) -> set[int]:
        found: set[int] = set()
        for line in basket["lines"]:
            for word in (line["sku"], *line["categories"]):
                found.update(self.words.get(word, ()))
        return found


def _words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for part in value.values() for word in _words(part)]
    if isinstance(value, list):
        return [word for part in value for word in _words(part)]
    return [value] if isinstance(value, str) else []


def timed(call: Callable[[Any], Any], values: list[Any], rounds: int) -> Values:
    """Median and 99th percentile of one call, in microseconds, over all values; a first round is thrown away."""
    text, times = json.dumps(values), []
    for _ in range(rounds + 1):
        for value in json.loads(text):
            start = time.perf_counter_ns()
            call(value)
            times.append((time.perf_counter_ns() - start) / 1000)
    times = sorted(times[len(values) :])
    return {"median_us": times[len(times) // 2], "p99_us": times[int(len(times) * 0.99)]}


def in_python(work: Work) -> Values:
    """The figures and results of the Python engine."""
    calculate = PromotionCalculator(work.bundle).calculate_promotions
    results = [calculate(basket) for basket in work.baskets]
    floor = timed(Floor(work.bundle["promotions"]), work.baskets, 10)["median_us"]
    return {**timed(calculate, work.baskets, work.rounds), "floor_us": floor, "results": results}


def in_javascript(bundle: Values, baskets: list[Values] | None = None) -> Values:
    """The figures and results of the JavaScript engine; without baskets those of loading the bundle."""
    command = [ROOT / "tools" / "node", ROOT / "bench" / "engine.mjs"]
    work = json.dumps({"bundle": bundle, "baskets": baskets})
    done = subprocess.run(command, input=work, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    figures = json.loads(done.stdout)
    return {**figures, "results": [json.loads(each) for each in figures.get("results", [])]}


def side_by_side(what: str, python: Values, javascript: Values) -> Values:
    """One row: both engines' figures and the ratio of their medians."""
    ratio = round(python["median_us"] / javascript["median_us"], 1)
    row: Values = {"what": what, "ratio": ratio, "aim_us": AIMS.get(what)}
    for name, figures in (("python", python), ("javascript", javascript)):
        kept: Values = {key: round(figures[key], 2) for key in ("median_us", "p99_us", "first_us") if key in figures}
        if "floor_us" in figures:
            kept["x_floor"] = round(figures["median_us"] / figures["floor_us"], 1)
        row[name] = kept
    return row


def priced(work: Work) -> Values:
    """A row of pricing; ends the command when the engines differ."""
    python, javascript = in_python(work), in_javascript(work.bundle, work.baskets)
    for basket, ours, theirs in zip(work.baskets, python["results"], javascript["results"], strict=True):
        if ours != theirs:
            differing = {key: (ours.get(key), theirs.get(key)) for key in ours if ours.get(key) != theirs.get(key)}
            sys.exit(f"{work.what}: the engines differ on basket {basket['id']}: {json.dumps(differing)[:2000]}")
    applied = sum(len(result["applied"]) for result in python["results"]) / len(work.baskets)
    return {**side_by_side(work.what, python, javascript), "applied": applied}


def loading() -> Values:
    """A row of reading a bundle of 1,000 promotions and building its index."""
    bundle = bundle_of(compiled("sparse", 1000), False)
    return side_by_side("load 1000", timed(PromotionCalculator, [bundle], 10), in_javascript(bundle))


def compiling() -> Values:
    """A row of compiling one definition: in the portal only, so Python's alone."""
    figures = timed(
        PromotionCompiler().compile_promotion, load("promotions_sparse_1000") + load("promotions_dense_1000"), 3
    )
    return {"what": "compile one", "python": {key: round(value, 2) for key, value in figures.items()}}


def line_of(row: Values) -> str:
    """A row of the table."""
    text = f"{row['what']:26}"
    for engine in ("python", "javascript"):
        figures = row.get(engine, {})
        for key, width, places in (("median_us", 11, 1), ("p99_us", 11, 1), ("x_floor", 7, 1)):
            text += f"{figures[key]:{width},.{places}f}" if key in figures else " " * width
    if "ratio" not in row:
        return text
    text += f"{row['ratio']:9.1f}"
    if row["aim_us"]:
        text += f"{row['aim_us']:9,}  {'met' if row['javascript']['median_us'] < row['aim_us'] else 'MISSED'}"
    return text


def rows() -> Iterator[Values]:
    """Everything that is measured, one row after the other."""
    for work in (*pricing(), *growth()):
        yield priced(work)
    yield loading()
    yield compiling()


def main() -> None:
    """Measure everything and print it."""
    gc.collect()
    gc.freeze()
    busy = os.getloadavg()[0]
    if busy > 1:
        print(f"This machine is busy (load {busy:.1f}): figures are too high, ratios are rough.", file=sys.stderr)
    print(
        "microseconds                      Python         99 %  floor       Node        99 %  floor    ratio      aim"
    )
    found = []
    for row in rows():
        print(line_of(row), flush=True)
        found.append(row)
    print(json.dumps({"bench": "engine", "python": sys.version.split()[0], "load": busy, "rows": found}))


if __name__ == "__main__":
    main()
