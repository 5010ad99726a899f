"""The mistakes: what somebody got wrong, where, and which of our tests have to notice it."""

from dataclasses import dataclass

from tests.faults.planting import Edit

SYNC, LIMITS, TILL = "portal/services/sync", "portal/services/limits", "portal/static/till"
OWN_TESTS_OF_THE_TILL = "tests/till/test_rules.py::test_the_tills_tests_pass"


@dataclass(frozen=True)
class Mistake:
    """One mistake in words, as edits, and the tests that are run on it."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


def mistake(name: str, path: str, old: str, new: str, *tests: str) -> Mistake:
    """A mistake of one piece."""
    return Mistake(name, (Edit(path, old, new),), tests)


MISTAKES = [
    Mistake(
        "check, then act: the limit is looked at before, and is no part of the update",
        (
            Edit(
                f"{LIMITS}/taking.py",
                "    lock(session, [(code, dimension, key) for dimension, key in wanted.items()])\n    free = [",
                "    rows = [dict(promotion_code=code, dimension=each, key=key, used=0, reserved=0)\n"
                "            for each, key in sorted(wanted.items())]\n"
                "    session.execute(insert_for(session, table).on_conflict_do_nothing(), rows)\n"
                "    seen = {row[1]: row[3] + row[4] for row in session.execute(\n"
                "        select(*_ROW, table.c.used, table.c.reserved).where(table.c.promotion_code == code))\n"
                "        if wanted.get(row[1]) == row[2]}\n"
                "    if gone := [d for d in wanted if limits.get(d) and seen[d] + amounts[d] > limits[d]]:\n"
                "        return frozenset(gone)\n"
                "    free = [",
            ),
            Edit(
                f"{LIMITS}/taking.py",
                "*([table.c.used + table.c.reserved + amounts[dimension] <= limit] if limit is not None else []),",
                "*([True] if limit is None else []),",
            ),
        ),
        ("tests/sync_faults/test_faults.py::test_sixteen_clients_get_exactly_what_there_is[postgresql]",),
    ),
    mistake(
        "the rows that a conditional update changed are not counted",
        f"{LIMITS}/taking.py",
        "full = frozenset(wanted.keys() - set(taken))",
        "full = frozenset()",
        "tests/limits/test_holds.py",
    ),
    mistake(
        "what another limit refused is not given back",
        f"{LIMITS}/taking.py",
        "    if full:\n        change_reserved(",
        "    if False:\n        change_reserved(",
        "tests/limits/test_holds.py",
        "tests/limits/test_life_of_a_limit.py",
    ),
    mistake(
        "the ledger's key is not heeded: what is there already counts again",
        f"{LIMITS}/ledger.py",
        "return [row for row in rows if (row.promotion_code, row.source) in written]",
        "return list(rows) if written is not None else []",
        "tests/limits/test_counters.py",
    ),
    mistake(
        "reaching a limit is told as passing it",
        f"{LIMITS}/counters.py",
        "running[key] > bound",
        "running[key] >= bound",
        "tests/limits/test_counters.py",
    ),
    mistake(
        "a lease is lowered before the till holds the lower one",
        f"{LIMITS}/leases.py",
        "count = max(lease.offered_count, lease.spent_count) if is_held else lease.granted_count",
        "count = max(lease.offered_count, lease.spent_count)",
        "tests/limits/test_leases.py",
        "tests/limits/test_leases_at_random.py",
    ),
    Mistake(
        "a refund gives back more units than were sold",
        (
            Edit(
                f"{LIMITS}/refunds.py",
                "first, last = min(max(before, 0), quantity), min(max(before, 0) + max(now, 0), quantity)",
                "first, last = max(before, 0), max(before, 0) + max(now, 0)",
            ),
            Edit(
                f"{LIMITS}/refunds.py",
                "return {id: min(number, left[id]) for id, number in now.items() if left[id] > 0}",
                "return dict(now)",
            ),
        ),
        ("tests/limits/test_refunds.py", "tests/reports/test_returns.py"),
    ),
    mistake(
        "two refunds of one sale do not wait for each other",
        f"{LIMITS}/refunds.py",
        "session.execute(select(UsageEvent.event_id).where(UsageEvent.event_id == sale.event_id).with_for_update())",
        "pass",
        "tests/sync_faults/test_refund_race.py::test_a_sale_that_many_take_back_at_once_comes_back_once[postgresql]",
    ),
    mistake(
        "each partial refund is rounded up",
        f"{LIMITS}/refunds.py",
        "return amount * last // quantity - amount * first // quantity",
        "return -(-amount * (last - first) // quantity)",
        "tests/limits/test_refunds.py",
    ),
    mistake(
        "the rows of a batch are written as they come",
        f"{SYNC}/batches.py",
        "[firsts[event_id] for event_id in sorted(firsts)]",
        "list(firsts.values())",
        "tests/reports/test_races.py",
    ),
    mistake(
        "the hash of a content depends on the order of its keys",
        f"{SYNC}/batches.py",
        "body = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)",
        "body = orjson.dumps(value)",
        "tests/reports/test_usage.py",
    ),
    mistake(
        "another content under a known id is a duplicate",
        f"{SYNC}/batches.py",
        'entry.outcome = "duplicate" if known[entry.event_id or ""] == entry.sha256 else "conflict"',
        'entry.outcome = "duplicate"',
        "tests/reports/test_usage.py",
    ),
    mistake(
        "numbers that were jumped over are forgotten",
        f"{SYNC}/sequences.py",
        "if number > highest + 1:",
        "if number > highest + 10**9:",
        "tests/reports/test_no_loss.py",
    ),
    mistake(
        "the answer goes out before the commit",
        "portal/db.py",
        "        yield session\n        session.commit()\n",
        "        yield session\n        session.flush()\n",
        "tests/sync_faults/test_faults.py::test_a_worker_that_dies_after_the_commit_and_before_the_answer[sqlite]",
    ),
    mistake(
        "a business day is the day in UTC",
        "portal/services/business_day.py",
        "local = at.astimezone(ZoneInfo(zone))",
        "local = at",
        "tests/reports/test_usage.py",
        "tests/limits/test_holds.py",
        "tests/limits/test_leases.py",
    ),
    mistake(
        "a business day ends at midnight",
        "portal/services/business_day.py",
        "return local.date() if local.hour >= starts_at else local.date() - timedelta(days=1)",
        "return local.date()",
        "tests/reports/test_usage.py",
        "tests/limits/test_holds.py",
        "tests/limits/test_leases.py",
    ),
    mistake(
        "a token is right when it begins like the kept one",
        f"{SYNC}/devices.py",
        "(hmac.compare_digest(given, each) for each in hashes)",
        "(given.startswith(each) for each in hashes)",
        "tests/tills/test_devices.py",
    ),
    mistake(
        "a code enrols as often as it is typed",
        f"{SYNC}/devices.py",
        "            EnrolmentCode.used_at.is_(None),\n",
        "",
        "tests/tills/test_devices.py",
        "tests/api/test_enrolment.py",
    ),
    mistake(
        "any store is given any content whose hash it names",
        f"{SYNC}/contents.py",
        "if not _was_given(session, store_id, sha256):",
        "if False:",
        "tests/api/test_reading.py",
        "tests/publishing/test_publishing.py",
    ),
    mistake(
        "rolling back takes the old version's number",
        f"{SYNC}/publishing.py",
        "version = row.version + 1 if row else 1",
        "version = row.version if row else 1",
        "tests/publishing/test_publishing.py",
    ),
    mistake(
        "versions are given without a lock",
        f"{SYNC}/publishing.py",
        "select(StoreSync).order_by(StoreSync.store_id).with_for_update()",
        "select(StoreSync).order_by(StoreSync.store_id)",
        "tests/publishing/test_races.py",
    ),
    mistake(
        "a bomb is inflated before it is measured",
        "portal/web/sync/bodies.py",
        "part = member.decompress(rest, STEP)",
        "part = member.decompress(rest)",
        "tests/api/test_writing.py",
    ),
    mistake(
        "Redis is needed to serve a bundle",
        f"{SYNC}/contents.py",
        "    except RedisError as error:\n        _pause(error)\n        return None\n",
        "    except KeyError as error:\n        _pause(error)\n        return None\n",
        "tests/sync_faults/test_faults.py::test_bundles_are_served_while_redis_is_away",
    ),
    mistake(
        "the till goes back to an older version",
        f"{TILL}/examine.js",
        "if (version < highestVersion) {",
        "if (false) {",
        OWN_TESTS_OF_THE_TILL,
    ),
    mistake(
        "the till believes a signature by its length",
        f"{TILL}/examine.js",
        'return crypto.verify({ name: "Ed25519" }, imported, signed, bytes);',
        "return imported !== bytes;",
        OWN_TESTS_OF_THE_TILL,
    ),
    mistake(
        "the till drops what the server wants again",
        f"{TILL}/outbox.js",
        'const SETTLED = ["accepted",',
        'const SETTLED = ["retry", "accepted",',
        OWN_TESTS_OF_THE_TILL,
    ),
    mistake(
        "the till numbers anew after its outbox was emptied",
        f"{TILL}/outbox.js",
        "return Math.max(this.settled.through, ...this.waiting.keys());",
        "return Math.max(0, ...this.waiting.keys());",
        OWN_TESTS_OF_THE_TILL,
    ),
]
