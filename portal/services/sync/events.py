"""What tills report and are answered, as the types that validate it and that OpenAPI shows. Source: sync.md, 4.

An event is read leniently: keys that are not named here are kept with the event and not looked at, and what a basket
says beyond its head and lines is judged by the engine when the event is priced again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

MOST_EVENTS = 500
MOST_MONEY = 10**12
MOST_SEQ = 2**53 - 1  # a till may be written in JavaScript
MOST_COUNT = 2**31 - 1
MOST_LINES = 2_000
MOST_RANGES = 100

Outcome = Literal["accepted", "duplicate", "conflict", "quarantined", "retry"]
Flag = Literal["late", "over_limit", "unknown_promotion", "clock_skew", "price_mismatch"]

_AT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$"


def _readable_moment(text: str) -> str:
    moment_of(text)
    return text


def moment_of(text: str) -> datetime:
    """The moment of an `at`, in UTC. Raises ValueError for one that no calendar has, or beyond 1900 to 2999."""
    moment = datetime.fromisoformat(text)
    if not 1900 <= moment.year <= 2999:
        raise ValueError("the year must be between 1900 and 2999")
    return moment.astimezone(UTC)


def _text(most: int, least: int = 1) -> Any:
    return StringConstraints(min_length=least, max_length=most)


Id = Annotated[
    str,
    StringConstraints(
        to_lower=True, pattern=r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
    ),
]
Seq = Annotated[int, Field(strict=True, ge=1, le=MOST_SEQ)]
Count = Annotated[int, Field(strict=True, ge=0, le=MOST_COUNT)]
Money = Annotated[int, Field(strict=True, ge=-MOST_MONEY, le=MOST_MONEY)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
BasketCode = Annotated[str, _text(128)]
ShortCode = Annotated[str, _text(64)]
At = Annotated[str, StringConstraints(pattern=_AT, max_length=40)]
CheckedAt = Annotated[At, AfterValidator(_readable_moment)]


class _Read(BaseModel):
    """Keys that are not named are ignored here; the event's body keeps them."""

    model_config = ConfigDict(extra="ignore")


class BasketLine(_Read):
    """A line as it was rung up."""

    id: BasketCode = Field(description="The line's id, as the result names it.")
    sku: Annotated[str, _text(128)] = Field(description="What was sold.")
    unit_price: Money = Field(description="Price of one unit in minor units, before promotions.")
    quantity: Annotated[int, Field(strict=True, ge=1, le=MOST_COUNT)] = Field(description="Units.")


class Basket(_Read):
    """The basket as the engine was given it (engine.md, section 2); of a refund, the lines that come back."""

    id: BasketCode = Field(description="The till's id of the basket.")
    currency: CurrencyCode = Field(description="Three letters, such as USD.")
    at: At = Field(description="The moment that the basket was priced for, with offset.")
    store: Annotated[str, _text(64)] | None = Field(None, description="The store's code; the token's store counts.")
    lines: Annotated[list[BasketLine], Field(max_length=MOST_LINES)] = Field(description="What was rung up.")


class ResultLine(_Read):
    """A line of the result (engine.md, section 6)."""

    id: BasketCode = Field(description="The id of the basket's line.")
    gross: Money = Field(description="Quantity times unit price, minor units.")
    discount: Money = Field(description="What promotions took off, minor units.")
    net: Money = Field(description="What the guest paid for it, minor units.")


class Applied(_Read):
    """A promotion that the basket was given."""

    promotion: ShortCode = Field(description="The promotion's code.")
    revision: Count | None = Field(None, description="Its revision, as the bundle says.")
    discount: Money = Field(description="What it took off in all, minor units.")
    times: Count = Field(description="How often it was applied: its redemptions.")


class Reward(_Read):
    """What a guest was promised beside the discount, such as cashback."""

    promotion: ShortCode = Field(description="The promotion's code.")
    kind: ShortCode | None = Field(None, description="Its kind, such as cashback.")
    amount: Money | None = Field(None, description="Minor units, where it is money.")


class Result(_Read):
    """What the till's engine answered; of a refund, what was paid back."""

    subtotal: Money = Field(description="Before promotions, minor units.")
    discount: Money = Field(description="Taken off in all, minor units.")
    total: Money = Field(description="Subtotal less discount, minor units; of a refund what was paid back.")
    lines: Annotated[list[ResultLine], Field(max_length=MOST_LINES)] = Field(description="Line by line.")
    applied: Annotated[list[Applied], Field(max_length=1_000)] = Field(description="Promotion by promotion.")
    rewards: Annotated[list[Reward], Field(max_length=1_000)] = Field(
        default_factory=list, description="What was promised beside."
    )


class UsageReport(_Read):
    """A fact about a closed sale. Every closed basket is reported, with or without promotions."""

    event_id: Id = Field(description="A UUIDv7, made once when the sale closes and never again.")
    device_seq: Seq = Field(description="The till's number of this event: 1, 2, 3 ... without gaps.")
    kind: Literal["sale", "void", "refund"] = Field(description="What happened.")
    of: Id | None = Field(None, description="The event_id of the sale that a void or refund takes back.")
    at: CheckedAt = Field(description="When it happened, by the till's clock, with offset.")
    bundle_version: Annotated[int, Field(strict=True, ge=1, le=MOST_COUNT)] | None = Field(
        None, description="The manifest's version of the bundle that priced it; null without a bundle."
    )
    customer: ShortCode | None = Field(None, description="The customer's id, or null.")
    vouchers: Annotated[list[Annotated[str, _text(128)]], Field(max_length=100)] = Field(
        default_factory=list, description="The codes of the vouchers that were redeemed."
    )
    basket: Basket = Field(description="What was sold, or comes back.")
    result: Result = Field(description="What it came to.")

    @model_validator(mode="after")
    def _takes_back_a_sale(self) -> "UsageReport":
        if self.kind != "sale" and self.of is None:
            raise ValueError(f"of: a {self.kind} names the event_id of the sale that it takes back")
        return self


class LogReport(_Read):
    """A line of a till's log. No personal data."""

    event_id: Id = Field(description="A UUIDv7, made once.")
    device_seq: Seq = Field(description="The till's number of this line in the stream of logs: 1, 2, 3 ...")
    level: Literal["debug", "info", "warning", "error"] = Field(description="How serious it is.")
    kind: ShortCode = Field(description="What it is about: a short word of the till's own.")
    at: CheckedAt = Field(description="When, by the till's clock, with offset.")
    promotion: ShortCode | None = Field(None, description="The promotion that it concerns.")
    basket: BasketCode | None = Field(None, description="The id of the basket that it concerns.")
    message: Annotated[str, _text(4_000, 0)] = Field(description="A sentence for people.")
    detail: dict[str, Any] = Field(default_factory=dict, description="Values for programs.")


class UsageUpload(BaseModel):
    """A batch of usage events. One that can't be read is quarantined and does not stop the others."""

    events: Annotated[list[UsageReport], Field(max_length=MOST_EVENTS)] = Field(description="In any order.")


class LogUpload(BaseModel):
    """A batch of log events, sent when no usage waits."""

    events: Annotated[list[LogReport], Field(max_length=MOST_EVENTS)] = Field(description="In any order.")


class EventOutcome(BaseModel):
    """What became of one event."""

    event_id: str | None = Field(description="The event's id, null where it could not be read.")
    device_seq: int | None = Field(description="The event's number, null where it could not be read.")
    outcome: Outcome = Field(
        description="accepted: kept now. duplicate: was kept before, with this content. conflict: was kept before with "
        "another content, both are kept. quarantined: can't be read, its bytes are kept for a person. retry: was not "
        "kept, send it again. All but retry may leave the outbox."
    )
    flags: list[Flag] = Field(default_factory=list, description="What was noticed about an accepted event.")
    reason: str | None = Field(None, description="Why it is a conflict or in quarantine.")


class SeqRange(BaseModel):
    """Numbers of the stream from first to last, both included."""

    first: int
    last: int


class UploadAnswer(BaseModel):
    """The answer to an upload: one outcome for each event, in the order in which they were sent."""

    outcomes: list[EventOutcome]
    ack_through_seq: int = Field(description="All numbers up to this one have arrived.")
    missing: list[SeqRange] = Field(
        description=f"Numbers that have not arrived though later ones have, the lowest {MOST_RANGES} ranges."
    )
    more_missing: bool = Field(False, description="True when there are more ranges than `missing` shows.")


class Unread(Exception):
    """A value that is no event; `reason` says for people what is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_event(model: type[UsageReport] | type[LogReport], value: Any) -> Any:
    """`value` (JSON) as an event of `model`; 2.0 is read as 2. Raises Unread."""
    validator = model.__pydantic_validator__
    try:
        return validator.validate_python(value)
    except ValidationError as error:
        first = error
    try:
        return validator.validate_python(_whole(value))
    except ValidationError:
        raise Unread(_words(first)) from None


def _whole(value: Any) -> Any:
    """The same JSON value with 2 for each 2.0: JSON itself does not tell them apart."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    return value


def _words(error: ValidationError) -> str:
    """The first problems with their paths; the values stay out, they stand in the kept bytes."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{'.'.join(str(step) for step in each['loc']) or 'event'}: {_message(each)}" for each in found[:10]]
    more = [f"and {len(found) - 10} more"] if len(found) > 10 else []
    return "; ".join([*shown, *more])


_FORMS = {
    "at": "must be a moment with its offset, such as 2026-11-25T18:30:00-05:00",
    "event_id": "must be a UUID, such as 01930b6e-5c1f-7d3a-9b21-0123456789ab",
    "of": "must be a UUID, such as 01930b6e-5c1f-7d3a-9b21-0123456789ab",
    "currency": "must be three capital letters, such as USD",
}


def _message(problem: Mapping[str, Any]) -> str:
    """What is wrong in words: nobody mends a text by a pattern."""
    is_form = problem["type"] == "string_pattern_mismatch"
    return _FORMS.get(str(problem["loc"][-1]), problem["msg"]) if is_form else problem["msg"]
