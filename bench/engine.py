"""How fast the Python engine is: `python -m bench.engine`.

Baskets and promotions of bench/workload (its README says what others take on the same work). Every figure is of this
run and machine; the column `floor` is the time of an inverted index alone on the same basket and promotions, the least
that any engine in Python needs, so that `x floor` compares across machines. A basket is a plain dict, and its
validation is part of the time. Prints a table and, last, one line of JSON.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from portal.engine import PromotionCalculator, PromotionCompiler

WORKLOAD = Path(__file__).parent / "workload"
REPEATS = 10


def load(name: str) -> list[dict[str, Any]]:
    """The baskets or definitions of a file of the workload."""
    return json.loads((WORKLOAD / f"{name}.json").read_text())


def timed(call: Any, values: list[Any], repeats: int = REPEATS) -> tuple[float, float]:
    """Median and 99th percentile of one call, in microseconds, over all values."""
    for value in values:
        call(value)
    times = []
    for _ in range(repeats):
        for value in values:
            start = time.perf_counter_ns()
            call(value)
            times.append((time.perf_counter_ns() - start) / 1000)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]


class Floor:
    """Which promotions name a sku or category of a basket: an inverted index, nothing else."""

    def __init__(self, promotions: list[dict[str, Any]]) -> None:
        self.words: dict[str, list[int]] = {}
        for number, promotion in enumerate(promotions):
            for word in _words(promotion["rule"]):
                self.words.setdefault(word, []).append(number)

    def __call__(self, basket: dict[str, Any]) -> set[int]:
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


def calculator(promotions: list[dict[str, Any]], explain: bool) -> PromotionCalculator:
    """A calculator over compiled promotions."""
    return PromotionCalculator({"engine": 1, "settings": {"explain": explain}, "promotions": promotions})


def grown(promotions: list[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """The promotions and, up to `size`, copies of them that aim at skus and spends which no basket reaches."""
    result = list(promotions)
    for number in range(size - len(promotions)):
        rule = json.loads(re.sub(r'"[cs](\d+)"', r'"far\1"', json.dumps(promotions[number % len(promotions)]["rule"])))
        for tier in rule.get("tiers", []):
            tier["at"] += 10**9
        result.append({**promotions[number % len(promotions)], "code": f"far{number}", "rule": rule})
    return result


def measure_calculation(rows: list[dict[str, Any]]) -> None:
    compiler = PromotionCompiler()
    for density in ("sparse", "dense"):
        for promotions, lines in ((10, 5), (100, 20), (1000, 20), (1000, 100)):
            compiled = [compiler.compile_promotion(each) for each in load(f"promotions_{density}_{promotions}")]
            baskets = load(f"baskets_{lines}")
            floor, _ = timed(Floor(compiled), baskets)
            for explain in (False, True):
                pricing = calculator(compiled, explain).calculate_promotions
                applied = sum(len(pricing(basket)["applied"]) for basket in baskets) / len(baskets)
                median, worst = timed(pricing, baskets, REPEATS if lines < 100 else 5)
                name = f"{density} {promotions} x {lines}{' explain' if explain else ''}"
                rows.append(
                    {"what": name, "median_us": median, "p99_us": worst, "x_floor": median / floor, "applied": applied}
                )


def measure_growth(rows: list[dict[str, Any]]) -> None:
    """From 1,000 to 10,000 promotions with the same number of matching ones."""
    compiled = [PromotionCompiler().compile_promotion(each) for each in load("promotions_sparse_1000")]
    baskets, first = load("baskets_20"), 0.0
    for size in (1000, 2000, 5000, 10_000):
        median, worst = timed(calculator(grown(compiled, size), False).calculate_promotions, baskets, 5)
        first = first or median
        rows.append({"what": f"growth {size} x 20", "median_us": median, "p99_us": worst, "x_first": median / first})


def measure_compiling(rows: list[dict[str, Any]]) -> None:
    definitions = load("promotions_sparse_1000") + load("promotions_dense_1000")
    median, worst = timed(PromotionCompiler().compile_promotion, definitions, 3)
    rows.append({"what": "compile one", "median_us": median, "p99_us": worst, "per_second": 1e6 / median})
    compiled = [PromotionCompiler().compile_promotion(each) for each in load("promotions_sparse_1000")]
    median, worst = timed(lambda each: calculator(each, False), [compiled], 5)
    rows.append({"what": "read a bundle of 1000", "median_us": median, "p99_us": worst})


def main() -> None:
    """Measure everything and print it."""
    rows: list[dict[str, Any]] = []
    gc.collect()
    gc.freeze()
    for measure in (measure_calculation, measure_growth, measure_compiling):
        measure(rows)
    print(f"{'what':32}{'median us':>12}{'p99 us':>12}   ")
    for row in rows:
        rest = "  ".join(
            f"{key} {value:,.1f}" for key, value in row.items() if key not in ("what", "median_us", "p99_us")
        )
        print(f"{row['what']:32}{row['median_us']:12,.1f}{row['p99_us']:12,.1f}   {rest}")
    print(json.dumps({"bench": "engine", "python": sys.version.split()[0], "rows": rows}))


if __name__ == "__main__":
    main()
