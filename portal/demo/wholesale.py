"""Replays over the grocer straight from its package, without a database, on all cores."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from itertools import pairwise
from multiprocessing import get_context
from typing import Any

from portal.demo import cases, grocer
from portal.services.backtests import Replay, replay

Values = dict[str, Any]


def replay_between(
    bundle: Values, first: date, last: date, *, alone: bool = False, weeks_later: int = 0, workers: int | None = None
) -> Replay:
    """services.backtests.replay over the grocer's baskets from `first` to `last`, both included.

    Raises PackageMissing, and what replay() raises.
    """
    pieces = spans(first, last, workers or os.cpu_count() or 1)
    told = Replay()
    # Arrow keeps threads, and a fork would copy their locks: each process begins afresh.
    with ProcessPoolExecutor(len(pieces), mp_context=get_context("spawn")) as pool:
        parts = [pool.submit(replay_piece, bundle, *piece, alone, weeks_later) for piece in pieces]
        for part in parts:
            told.add(part.result())
    return told


def replay_piece(bundle: Values, first: date, last: date, alone: bool, weeks_later: int) -> Replay:
    """One process's share of the days."""
    company = grocer.company(first, last)
    zones = {store.code: store.zone for store in company.stores}
    baskets = company.baskets()
    return replay(bundle, cases.later(baskets, weeks_later, zones) if weeks_later else baskets, alone=alone)


def spans(first: date, last: date, pieces: int) -> list[tuple[date, date]]:
    """The days from `first` to `last` cut into at most so many spans of about the same length."""
    days = (last - first).days + 1
    pieces = min(pieces, days)
    cuts = [first + timedelta(days=days * piece // pieces) for piece in range(pieces + 1)]
    return [(start, stop - timedelta(days=1)) for start, stop in pairwise(cuts)]
