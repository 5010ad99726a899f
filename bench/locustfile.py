"""1,000 tills that poll and report, with Locust: `python -m bench.locustfile [--minutes 5] [--tills 1000]`.

Starts the portal as bench/sync.py does, lets every till poll each 30 s (with jitter, as the manifest says) and report
what it sold since, and prints requests, errors and percentiles; exits with 1 for any error or a 99th percentile above
100 ms. `locust -f bench/locustfile.py --host http://...` drives a portal elsewhere; TOKENS is then a file with a token
a line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

from locust import HttpUser, between, task

V1 = "/api/sync/v1"
POLL_S = 30
SALES = (1, 6)
AIM_MS = 100
LINES = [{"id": str(number), "sku": f"s{number}", "unit_price": 500, "quantity": 1} for number in range(5)]
RESULT = {
    "subtotal": 2500,
    "discount": 0,
    "total": 2500,
    "currency": "EUR",
    "lines": [{"id": line["id"], "gross": 500, "discount": 0, "net": 500, "adjustments": []} for line in LINES],
    "applied": [],
    "rewards": [],
    "gifts": [],
    "suggestions": [],
    "not_applied": [],
}
_tokens = Path(os.environ["TOKENS"]).read_text().split() if "TOKENS" in os.environ else []
_next = count()


class Till(HttpUser):
    """A till that knows what is in force and reports what it sold; its number in the list of tokens is its own."""

    wait_time = between(POLL_S * 0.9, POLL_S * 1.1)

    def on_start(self) -> None:
        """Begin at a moment of one's own, as tills do."""
        self.number = next(_next) % len(_tokens)
        self.client.headers["Authorization"] = f"Bearer {_tokens[self.number]}"
        self.etag, self.seq = "", 0
        time.sleep(random.random() * POLL_S)

    @task
    def poll_and_report(self) -> None:
        """One round."""
        headers = {"If-None-Match": self.etag} if self.etag else {}
        with self.client.get(f"{V1}/manifest", headers=headers, catch_response=True) as answer:
            if answer.status_code not in (200, 304):
                answer.failure(f"manifest: {answer.status_code}")
            else:
                self.etag = answer.headers.get("ETag", self.etag)
                answer.success()
        events = [self.sale() for _ in range(random.randint(*SALES))]
        with self.client.post(f"{V1}/usage", json={"events": events}, catch_response=True) as answer:
            outcomes = [each["outcome"] for each in answer.json()["outcomes"]] if answer.status_code == 200 else []
            if outcomes == ["accepted"] * len(events):
                answer.success()
            else:
                answer.failure(f"usage: {answer.status_code} {outcomes}")

    def sale(self) -> dict[str, Any]:
        """A sale that was just closed."""
        from bench.chain import sale, uuid7

        self.seq += 1
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        basket = {"currency": "EUR", "lines": LINES}
        return sale(uuid7(int(time.time() * 1000)), self.seq, f"{self.number}-{self.seq}", basket, RESULT, at)


def main() -> int:
    """Start a portal, load it, and print what came out."""
    from bench import chain
    from bench.sync import portal, publish_timed, served, with_promotions

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--tills", type=int, default=1000)
    given = parser.parse_args()
    with portal(1) as bench, tempfile.TemporaryDirectory() as folder:
        with_promotions(bench, chain.definitions()[:100])
        publish_timed(bench)
        tokens = Path(folder) / "tokens"
        tokens.write_text("\n".join(bench.tokens[: given.tills]))
        with served(bench):
            command = [
                *(sys.executable, "-m", "locust", "-f", __file__, "--headless", "--only-summary", "--json"),
                *("--host", f"http://127.0.0.1:{bench.port}", "--users", str(given.tills), "--spawn-rate", "100"),
                *("--run-time", f"{int(given.minutes * 60)}s", "--stop-timeout", "40", "--loglevel", "ERROR"),
            ]
            done = subprocess.run(
                command, env={**os.environ, "TOKENS": str(tokens)}, stdout=subprocess.PIPE, check=False, text=True
            )
    return report(json.loads(done.stdout[done.stdout.index("[") :]), given.tills, given.minutes)


def report(stats: list[dict[str, Any]], tills: int, minutes: float) -> int:
    """A line for each route, and one of JSON; 1 where an aim is missed."""
    rows = []
    for each in stats:
        times = {float(ms): number for ms, number in each["response_times"].items()}
        row = {
            "route": f"{each['method']} {each['name']}",
            "requests": each["num_requests"],
            "errors": each["num_failures"],
            "median_ms": percentile(times, 0.5),
            "p99_ms": percentile(times, 0.99),
        }
        rows.append(row)
        counted = f"{row['requests']:>9,} requests{row['errors']:>6} errors"
        print(f"{row['route']:36}{counted}   median {row['median_ms']:>6} ms   99 % {row['p99_ms']:>6} ms")
    missed = any(row["errors"] or row["p99_ms"] > AIM_MS for row in rows)
    print(f"aim: no error, 99 % under {AIM_MS} ms: {'MISSED' if missed else 'met'}")
    print(json.dumps({"bench": "locust", "tills": tills, "minutes": minutes, "met": not missed, "rows": rows}))
    return int(missed)


def percentile(times: dict[float, int], share: float) -> float:
    """The time that `share` of the requests stay within; `times` counts them by milliseconds."""
    wanted, seen = share * sum(times.values()), 0
    for ms in sorted(times):
        seen += times[ms]
        if seen >= wanted:
            return ms
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
