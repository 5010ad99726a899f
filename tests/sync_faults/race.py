"""A race over HTTP for a promotion with a limit: `python -m tests.sync_faults.race [--rounds 50] [--sqlite]`.

In each round 16 clients at a time ask for 160 baskets of a promotion that is good for 100; exactly 100 get it. Half of
what was held is then committed and the rest given back and raced for again.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.models.limits import LimitCounter
from tests.conftest import new_postgres_database
from tests.servers import postgres_server, redis_server
from tests.serving import gunicorn
from tests.sync_faults.tills import Chain, HttpTill, chain_in

CLIENTS, LIMIT, EACH = 16, 100, 10


def promotion(number: int) -> dict[str, Any]:
    """One that is good for LIMIT baskets, with the server's word."""
    return {
        "code": f"RACE{number:02}",
        "name": f"Round {number}",
        "type": "percent_discount",
        "rule": {"percent": 10, "on": "basket"},
        "limits": {"total": LIMIT, "offline": "online_only"},
    }


def race(folder: Path, database_url: str, redis_url: str, *, rounds: int) -> list[int]:
    """How many baskets got it in each round."""
    chain = chain_in(
        folder, database_url, redis_url, tills=CLIENTS, more=[promotion(number) for number in range(rounds)]
    )
    with gunicorn(chain.settings) as served:
        found = [one_round(chain, served.port, number) for number in range(rounds)]
    chain.close()
    return found


def one_round(chain: Chain, port: int, number: int) -> int:
    """Baskets that are held after the race; half of them are committed, the others given back and raced for again."""
    code = promotion(number)["code"]
    first = everybody(chain, port, "reserve", [(code, f"{number}-{basket}") for basket in range(CLIENTS * EACH)])
    held = sorted(basket for basket, status in first.items() if status == "held")
    if len(held) != LIMIT:
        return len(held)
    kept, given_back = held[: LIMIT // 2], held[LIMIT // 2 :]
    everybody(chain, port, "commit", [(code, basket) for basket in kept])
    everybody(chain, port, "void", [(code, basket) for basket in given_back])
    second = everybody(chain, port, "reserve", [(code, f"{number}-b{basket}") for basket in range(CLIENTS * EACH)])
    with chain.app.app_context():
        query = select(LimitCounter.used, LimitCounter.reserved).where(
            LimitCounter.promotion_code == code, LimitCounter.dimension == "total"
        )
        used, reserved = db.session.execute(query).one()
        db.session.remove()
    assert (used, reserved) == (len(kept), LIMIT - len(kept)), (used, reserved)
    return used + sum(status == "held" for status in second.values())


def everybody(chain: Chain, port: int, step: str, wanted: list[tuple[str, str]]) -> dict[str, str]:
    """What became of each basket, asked for by all clients at the same time; a basket always by the same client."""
    found: dict[str, str] = {}
    gate = threading.Barrier(CLIENTS)

    def one(client: int) -> None:
        till = HttpTill(port, chain.tokens[client], client)
        gate.wait()
        for code, basket in wanted:
            if hash_of(basket) % CLIENTS != client:
                continue
            body = {"promotion": code, "basket": basket, "amount": 100, "currency": "EUR"}
            status, _, answer = till.ask("POST", f"/redemptions/{step}", body)
            found[basket] = json.loads(answer).get("status", str(status)) if answer else str(status)

    threads = [threading.Thread(target=one, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def hash_of(basket: str) -> int:
    """The number at the end of a basket's name."""
    return int(basket.rpartition("-")[2].lstrip("b"))


def main() -> int:
    """Race, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--sqlite", action="store_true", help="on SQLite, not PostgreSQL")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="race-") as folder, postgres_server() as server, redis_server() as redis:
        url = f"sqlite:///{folder}/race.sqlite3" if given.sqlite else new_postgres_database(server, "race")
        found = race(Path(folder), url, redis, rounds=given.rounds)
    wrong = [(number, count) for number, count in enumerate(found) if count != LIMIT]
    sys.stdout.write(
        f"{len(found)} rounds of {CLIENTS} clients for {LIMIT}, {time.monotonic() - began:.0f} s: "
        + (f"not exactly {LIMIT} in {wrong}\n" if wrong else f"exactly {LIMIT} in each\n")
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
