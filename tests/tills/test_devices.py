"""How a till becomes known and stops being known: codes, tokens, rotation, revocation, suspension, being seen."""

import hmac
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.errors import Conflict, Forbidden, Invalid, NotFound, NotKnown, Suspended
from portal.extensions import db
from portal.models.device import Device, EnrolmentCode
from portal.services.sync import devices
from portal.services.sync.devices import Till
from tests.tills.conftest import NOW, counting, make_store, minutes, publish

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def enrolled(session: Session) -> devices.Enrolled:
    code = devices.invite(session, make_store(session), "Counter 1", by=None, now=NOW)
    return devices.enroll(session, code, now=NOW)


def ask(session: Session, token: str, *, scope: str = "sync:read", now=NOW) -> Till:
    return devices.authenticate(lambda: session, f"Bearer {token}", scope, now)


# Codes


def test_a_code_makes_one_till_of_its_store(session: Session) -> None:
    found = enrolled(session)
    assert (found.device.name, found.device.store.code, found.device.enrolled_at) == ("Counter 1", "S1", NOW)
    assert found.token.startswith(f"pst_{found.device.public_id}_")
    till = ask(session, found.token)
    assert (till.store_code, till.store_currency, till.public_id) == ("S1", "USD", found.device.public_id)
    kept = session.scalars(select(EnrolmentCode)).one()
    assert (kept.device_id, kept.used_at) == (found.device.id, NOW)


@pytest.mark.parametrize(
    "written",
    [str.lower, lambda code: f"  {code} ", lambda code: code.replace("-", ""), lambda code: code.replace("-", " ")],
)
def test_a_code_works_as_people_write_it(session: Session, written: Callable[[str], str]) -> None:
    code = devices.invite(session, make_store(session), "Counter 1", by=None, now=NOW)
    assert devices.enroll(session, written(code), now=NOW).device.name == "Counter 1"


def test_a_code_works_once(session: Session) -> None:
    code = devices.invite(session, make_store(session), "Counter 1", by=None, now=NOW)
    devices.enroll(session, code, now=NOW)
    with pytest.raises(NotKnown, match="ask for a new one"):
        devices.enroll(session, code, now=NOW)


def test_a_code_works_for_ten_minutes(session: Session) -> None:
    store = make_store(session)
    code = devices.invite(session, store, "Counter 1", by=None, now=NOW)
    with pytest.raises(NotKnown):
        devices.enroll(session, code, now=NOW + minutes(10))
    code = devices.invite(session, store, "Counter 1", by=None, now=NOW)
    assert devices.enroll(session, code, now=NOW + minutes(10) - timedelta(seconds=1)).device


@pytest.mark.parametrize("code", ["", "-", "AAAA-BBBB-CCCC", "' OR 1=1", "ÄÖÜ\0", "A" * 10_000])
def test_other_codes_are_refused_in_the_same_words(session: Session, code: str) -> None:
    with pytest.raises(NotKnown, match="This code is not valid"):
        devices.enroll(session, code, now=NOW)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_till_needs_a_name(session: Session, name: str) -> None:
    with pytest.raises(Invalid) as raised:
        devices.invite(session, make_store(session), name, by=None, now=NOW)
    assert "name" in raised.value.errors


def test_two_uses_of_a_code_at_once_give_one_till(committed: Flask) -> None:
    """Sixteen at the same moment: one device, fifteen refusals, nothing else."""
    with committed.app_context(), transaction() as session:
        code = devices.invite(session, make_store(session), "Counter 1", by=None, now=NOW)
    gate, outcomes = threading.Barrier(16), []

    def use() -> None:
        with committed.app_context():
            gate.wait(30)
            try:
                with transaction() as session:
                    outcomes.append(devices.enroll(session, code, now=NOW).token)
            except NotKnown:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome == "refused" for outcome in outcomes) == [False] + [True] * 15
    with committed.app_context():
        assert db.session.scalar(select(func.count()).select_from(Device)) == 1


# Tokens


def test_neither_code_nor_secret_is_kept(session: Session) -> None:
    store = make_store(session)
    code = devices.invite(session, store, "Counter 1", by=None, now=NOW)
    found = devices.enroll(session, code, now=NOW)
    again = devices.rotate(session, found.device)
    kept = [
        str(value)
        for table in (Device, EnrolmentCode)
        for row in session.execute(select(table.__table__))
        for value in row
    ]
    for secret in (code, code.replace("-", ""), found.token.split("_", 2)[2], again.split("_", 2)[2]):
        assert not [value for value in kept if secret in value]


def test_both_hashes_are_compared_in_constant_time_even_for_a_till_that_is_not_there(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, compared, real = enrolled(session).token, [], hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    ask(session, token)
    assert len(compared) == 2
    for wrong in (f"pst_{'0' * 12}_{'A' * 43}", token[:-3] + "AAA"):
        with pytest.raises(NotKnown):
            ask(session, wrong)
    assert len(compared) == 6


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer pst_x_y",
        f"Bearer pst_{'0' * 12}_{'é' * 43}",
        "Bearer \0",
        "x" * 9999,
    ],
)
def test_another_header_is_no_token(session: Session, header: str) -> None:
    with pytest.raises(NotKnown):
        devices.authenticate(lambda: session, header, "sync:read", NOW)


def test_the_secret_of_one_till_does_not_open_another(session: Session) -> None:
    store = make_store(session)
    codes = [devices.invite(session, store, name, by=None, now=NOW) for name in ("A", "B")]
    a, b = (devices.enroll(session, code, now=NOW) for code in codes)
    with pytest.raises(NotKnown):
        ask(session, f"pst_{a.device.public_id}_{b.token.split('_', 2)[2]}")


def test_a_token_allows_what_its_scopes_say(session: Session) -> None:
    found = enrolled(session)
    for scope in devices.SCOPES:
        assert ask(session, found.token, scope=scope)
    found.device.scopes = ["usage:write"]
    session.flush()
    devices.forget()
    with pytest.raises(Forbidden, match="sync:read"):
        ask(session, found.token)


def test_a_remembered_token_costs_no_query(session: Session) -> None:
    token = enrolled(session).token
    ask(session, token)
    with counting(session) as statements:
        ask(session, token, now=NOW + timedelta(seconds=29))
    assert statements == []


def test_a_refused_token_is_not_remembered(session: Session) -> None:
    found = enrolled(session)
    devices.revoke(session, found.device, now=NOW)
    with pytest.raises(NotKnown):
        ask(session, found.token)
    found.device.revoked_at = None
    session.flush()
    assert ask(session, found.token)


# Rotation


def test_during_a_rotation_both_tokens_work_until_the_new_one_is_used(session: Session) -> None:
    found = enrolled(session)
    new = devices.rotate(session, found.device)
    assert ask(session, found.token).ends_rotation is None
    assert ask(session, found.token)
    till = ask(session, new)
    assert till.ends_rotation
    devices.end_rotation(session, till)
    session.refresh(found.device)
    assert found.device.next_token_hash is None
    assert ask(session, new).ends_rotation is None
    with pytest.raises(NotKnown):
        ask(session, found.token)


def test_a_rotation_that_is_asked_for_again_replaces_the_token_that_was_not_used(session: Session) -> None:
    found = enrolled(session)
    lost, new = devices.rotate(session, found.device), devices.rotate(session, found.device)
    with pytest.raises(NotKnown):
        ask(session, lost)
    assert ask(session, found.token)
    assert ask(session, new)


def test_the_end_of_an_older_rotation_does_not_end_a_newer_one(session: Session) -> None:
    found = enrolled(session)
    till = ask(session, devices.rotate(session, found.device))
    newer = devices.rotate(session, found.device)
    devices.end_rotation(session, till)
    assert ask(session, found.token)
    assert ask(session, newer)


def test_a_revoked_till_gets_no_new_token(session: Session) -> None:
    found = enrolled(session)
    devices.revoke(session, found.device, now=NOW)
    with pytest.raises(Conflict, match="Counter 1 is revoked"):
        devices.rotate(session, found.device)


# Revocation


def test_a_revoked_token_is_refused_here_at_once(session: Session) -> None:
    found = enrolled(session)
    new = devices.rotate(session, found.device)
    ask(session, found.token)
    devices.revoke(session, found.device, now=NOW)
    for token in (found.token, new):
        with pytest.raises(NotKnown):
            ask(session, token)


def test_another_process_refuses_a_revoked_token_within_a_minute(session: Session) -> None:
    """It does not hear of the revocation, so only its memory's end counts."""
    found = enrolled(session)
    ask(session, found.token)
    found.device.revoked_at = NOW
    session.flush()
    assert ask(session, found.token, now=NOW + timedelta(seconds=29))
    with pytest.raises(NotKnown):
        ask(session, found.token, now=NOW + timedelta(seconds=30))


def test_the_memory_of_a_till_that_asks_all_the_time_ends_too(session: Session) -> None:
    found = enrolled(session)
    ask(session, found.token)
    found.device.revoked_at = NOW
    session.flush()
    with pytest.raises(NotKnown):
        for second in range(60):
            ask(session, found.token, now=NOW + timedelta(seconds=second))


def test_revoking_twice_keeps_the_first_moment(session: Session) -> None:
    device = enrolled(session).device
    devices.revoke(session, device, now=NOW)
    devices.revoke(session, device, now=NOW + minutes(5))
    assert device.revoked_at == NOW


def test_an_unknown_till_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        devices.by_public_id(session, "0" * 12)


# Suspension


def test_the_tills_of_a_suspended_store_may_report_usage_alone(session: Session) -> None:
    found = enrolled(session)
    publish(session, found.device.store, NOW).suspended_at = NOW
    session.flush()
    assert ask(session, found.token, scope="usage:write").is_suspended
    for scope in ("sync:read", "voucher:redeem"):
        with pytest.raises(Suspended, match="usage is still taken"):
            ask(session, found.token, scope=scope)
