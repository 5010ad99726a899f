"""How a till becomes known, and how it changes its token."""

from typing import Annotated

from flask import Response, g
from pydantic import BaseModel, ConfigDict, Field

from portal import clock, config
from portal.db import transaction
from portal.services.sync import devices, keys
from portal.web.access import SYNC_READ, public, till
from portal.web.documented import Answer, Description, documented
from portal.web.sync.answering import no_store
from portal.web.sync.blueprint import bp
from portal.web.sync.bodies import taken
from portal.web.sync.words import INVALID, PROBLEM, REFUSED, TRY_LATER, UNREADABLE


class Enrolment(BaseModel):
    """What a person typed at the till."""

    model_config = ConfigDict(strict=True)

    code: Annotated[str, Field(min_length=1, max_length=64, examples=["K7QP-2M9D-XW4T"])]


class PublicKey(BaseModel):
    """A key that signs manifests and leases; `key` is base64 of the 32 raw bytes, `id` the start of their SHA-256."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    algorithm: str
    key: str


class Enrolled(BaseModel):
    """Who the till is from now on. The token is shown this once."""

    device_id: str
    name: str
    store: str
    token: str
    scopes: list[str]
    keys: list[PublicKey]


class NextToken(BaseModel):
    """The token that replaces the one in use as soon as it is used, and the public keys as they are now."""

    token: str
    keys: list[PublicKey]


@bp.post("/devices/enroll")
@public
@documented(
    Description(
        "Turn a one-use code into a token",
        "A person invites a till on its store's page; the code works once, for ten minutes. The answer holds the "
        "token, which is shown this once, and the public keys that manifests are checked with.",
        "Devices",
        {
            200: Answer("The till is enrolled.", Enrolled),
            401: Answer("The code is wrong, used or too old.", "Problem", PROBLEM, {"WWW-Authenticate": "Bearer"}),
            **UNREADABLE,
            **INVALID,
            429: Answer("Too many wrong codes from this address.", "Problem", PROBLEM, TRY_LATER),
            503: REFUSED[503],
        },
        body=Enrolment,
        is_compressible=True,
    )
)
def enroll() -> Response:
    """A token for a code."""
    code = taken(Enrolment).code
    with transaction() as session:
        enrolled = devices.enroll(session, code, now=clock.now())
        device = enrolled.device
        answer = Enrolled(
            device_id=device.public_id,
            name=device.name,
            store=device.store.code,
            token=enrolled.token,
            scopes=device.scopes,
            keys=public_keys(),
        )
    return no_store(answer)


@bp.post("/devices/rotate")
@till(SYNC_READ)
@documented(
    Description(
        "Ask for the next token",
        "Both tokens are valid until the new one is first used; then the old one ends. Asking again replaces a next "
        "token that was not used.",
        "Devices",
        {200: Answer("The next token, shown this once.", NextToken), **REFUSED},
        security=("till",),
    )
)
def rotate() -> Response:
    """The next token of the till that asks."""
    with transaction() as session:
        token = devices.rotate(session, devices.by_public_id(session, g.till.public_id))
    return no_store(NextToken(token=token, keys=public_keys()))


def public_keys() -> list[PublicKey]:
    """The keys that manifests and leases may be signed with."""
    return [PublicKey(**key) for key in keys.public(config.current().keys)]
