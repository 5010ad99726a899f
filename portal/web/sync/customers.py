"""What a till asks about the guest at the counter. Source: sync.md, section 2."""

from flask import Response

from portal.db import reading
from portal.services.sync import customers
from portal.services.sync.customers import CustomerFacts
from portal.web.access import SYNC_READ, till
from portal.web.documented import Answer, Description, Parameter, documented
from portal.web.sync.answering import as_json
from portal.web.sync.blueprint import bp
from portal.web.sync.words import MISSING, REFUSED


@bp.get("/customers/<id>")
@till(SYNC_READ)
@documented(
    Description(
        "What promotions ask of a customer",
        "Segments, orders and usage, in the form of a basket's `customer`; no personal data.",
        "Reading",
        {200: Answer("The customer's facts.", CustomerFacts), **REFUSED, **MISSING},
        (Parameter("id", "path", "the customer's code", {"type": "string", "minLength": 1}),),
        security=("till",),
    )
)
def customer(id: str) -> Response:
    """Segments, orders and usage of one customer."""
    return as_json(customers.facts(reading(), id))
