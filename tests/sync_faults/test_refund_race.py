"""Many tills take the same sale back at the same moment: it comes back once."""

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bench import chain
from portal import clock
from portal.extensions import db
from portal.models.limits import LimitCounter
from tests.conftest import new_postgres_database
from tests.serving import gunicorn
from tests.sync_faults.tills import Chain, HttpTill, chain_in

TILLS, ROUNDS = 8, 4


def used(world: Chain) -> dict[str, int]:
    """What the promotion TEN has used, by dimension."""
    with world.app.app_context():
        query = select(LimitCounter.dimension, LimitCounter.used).where(
            LimitCounter.promotion_code == "TEN", LimitCounter.dimension.in_(["total", "budget"])
        )
        found = {row.dimension: row.used for row in db.session.execute(query)}
        db.session.remove()
    return found


def taken_back(till: HttpTill, sale: dict[str, Any]) -> None:
    """A refund of all that the sale holds waits to be sent."""
    till.sell()
    event = till.waiting[-1]
    result = {**sale["result"], "total": sale["result"]["total"], "discount": 0, "applied": [], "lines": []}
    event |= {
        "kind": "refund",
        "of": sale["event_id"],
        "basket": {**sale["basket"], "id": f"r-{till.number}-{till.seq}"},
    }
    event |= {"result": result, "event_id": chain.uuid7(int(clock.now().timestamp() * 1000))}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_sale_that_many_take_back_at_once_comes_back_once(
    kind: str, tmp_path: Path, redis_url: str, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    if kind == "postgresql":
        url = new_postgres_database(request.getfixturevalue("postgres_url"), "refunds")
    world = chain_in(tmp_path, url, redis_url, tills=TILLS)
    with gunicorn(world.settings) as served:
        tills = [HttpTill(served.port, token, number) for number, token in enumerate(world.tokens)]
        for number in range(ROUNDS):
            tills[0].sell()
            sale = tills[0].waiting[0]
            assert tills[0].upload() == 200
            assert used(world) == {"total": 1, "budget": 200}
            for till in tills[0::2]:  # those of the sale's store
                taken_back(till, sale)
            gate = threading.Barrier(len(tills[0::2]))

            def at_once(till: HttpTill, gate: threading.Barrier = gate) -> None:
                gate.wait()
                till.upload()

            threads = [threading.Thread(target=at_once, args=(till,)) for till in tills[0::2]]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [till.waiting for till in tills] == [[]] * TILLS
            assert used(world) == {"total": 0, "budget": 0}, f"round {number}"
    world.close()
