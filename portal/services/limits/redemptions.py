"""What a till asks before payment and is answered, as the types that validate it and that OpenAPI shows."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_MINOR = 10**12

Reason = Literal["not_live", "currency", "customer", "limit_reached", "no_hold", "sale_reported"]
HoldFlag = Literal["hold_lost", "hold_expired", "over_limit"]


class Redemption(BaseModel):
    """One promotion for one basket."""

    model_config = ConfigDict(extra="ignore")

    promotion: Annotated[str, Field(min_length=1, max_length=64, description="The promotion's code.")]
    basket: Annotated[str, Field(min_length=1, max_length=128, description="The till's id of the basket.")]
    amount: Annotated[
        int, Field(strict=True, ge=0, le=MOST_MINOR, description="What the basket is given, in minor units.")
    ]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="Three letters, such as USD.")]
    customer: Annotated[
        str | None, Field(min_length=1, max_length=64, description="The customer's id, where one is known.")
    ] = None
    vouchers: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=128)]],
        Field(max_length=100, description="Voucher codes. Not supported yet: send none."),
    ] = []


class HoldAnswer(BaseModel):
    """What stands now for this promotion and basket."""

    promotion: str = Field(description="The promotion's code.")
    basket: str = Field(description="The till's id of the basket.")
    status: Literal["held", "committed", "voided", "refused"] = Field(
        description="held: promised until expires_at. committed: counted. voided: nothing is promised or counted. "
        "refused: do not give it; a hold from before stays as it was."
    )
    reason: Reason | None = Field(
        None,
        description="Why it is refused: not_live, currency, customer (it needs a known one), limit_reached. Why "
        "nothing was voided: no_hold, sale_reported (take a reported sale back with a void event).",
    )
    full: list[str] = Field(
        [], description="Which limits are reached: total, per_store, per_day, per_customer, budget."
    )
    expires_at: datetime | None = Field(None, description="When a hold ends by itself.")
    flags: list[HoldFlag] = Field(
        [], description="What was noticed about a commit, which stands: its hold was lost or expired, or it went over."
    )
