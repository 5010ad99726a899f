"""The shapes of what tills are answered, for OpenAPI, and the bodies of the views that ask. Amounts in minor units."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from portal.web.documented import Schema

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
At = Annotated[str, Field(description="ISO 8601 with offset")]
Compiled = Annotated[dict[str, Any], WithJsonSchema({"allOf": [{"$ref": "#/components/schemas/compiled-promotion"}]})]
"""A promotion as a till is sent it; a published bundle holds no other ones."""

PUBLISHED_BUNDLE: Schema = {
    "description": "A bundle with its golden baskets, which an engine prices as given before it is trusted, and the "
    "public keys that are good now: the ones that sign later are announced here.",
    "allOf": [{"$ref": "#/components/schemas/bundle"}],
    "properties": {
        "golden": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "basket": {"$ref": "#/components/schemas/basket"},
                    "result": {"$ref": "#/components/schemas/result"},
                },
                "required": ["basket", "result"],
            },
        },
        "voucher_keys": {"type": "array", "items": {"$ref": "#/components/schemas/PublicKey"}},
    },
    "required": ["engine", "promotions", "golden", "voucher_keys"],
}


class ManifestDocument(BaseModel):
    """What a store's tills sell with. Unknown keys are to be ignored."""

    model_config = ConfigDict(extra="allow")

    store: str
    version: Annotated[int, Field(ge=1, description="per store, without gaps, never lower")]
    sha256: Annotated[Sha256, Field(description="of the bundle's plain bytes")]
    length: Annotated[int, Field(ge=0, description="of the bundle's plain bytes")]
    min_engine: Annotated[int, Field(ge=1)]
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$", description="which key signed")]
    issued_at: At
    expires_at: At
    poll_after_s: Annotated[int, Field(ge=1)]
    offline_grace_h: Annotated[int, Field(ge=1)]


class Lease(BaseModel):
    """What this till may still spend of one promotion; null is not limited."""

    model_config = ConfigDict(extra="allow")

    promotion: str
    count: Annotated[int | None, Field(description="redemptions")] = None
    amount: Annotated[int | None, Field(description="money in minor units")] = None
    until: At


class Leases(BaseModel):
    """The slices of one till. Events beyond `counted_through_seq` are not counted yet: subtract them yourself."""

    model_config = ConfigDict(extra="allow")

    store: str
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    counted_through_seq: Annotated[int, Field(ge=0)]
    leases: list[Lease]


class Product(BaseModel):
    """A product as a basket's line needs it; `categories` carry their ancestors."""

    model_config = ConfigDict(extra="allow")

    sku: str
    name: str
    categories: list[str]
    brand: str | None = None
    tags: list[str]
    unit_price: Annotated[int, Field(ge=0)]
    floor_price: Annotated[int, Field(ge=0)]


class Catalogue(BaseModel):
    """What the store sells."""

    model_config = ConfigDict(extra="allow")

    products: list[Product]


class ActivePromotions(BaseModel):
    """The promotions in force at `at`."""

    at: At
    promotions: list[Compiled]


class OnePromotion(BaseModel):
    """One promotion."""

    promotion: Compiled


Code = Annotated[str, Field(min_length=1, max_length=64)]


class Bulk(BaseModel):
    """Which promotions."""

    model_config = ConfigDict(strict=True)

    codes: Annotated[list[Code], Field(min_length=1, max_length=500)]


class Found(StrEnum):
    """Whether the published bundle has it."""

    FOUND = "found"
    NOT_FOUND = "not_found"


class BulkResult(BaseModel):
    """What became of one code; `promotion` is null where it was not found."""

    code: str
    outcome: Found
    promotion: Compiled | None


class BulkAnswer(BaseModel):
    """One result for each code, in the order asked."""

    results: list[BulkResult]


class Version(BaseModel):
    """The last publication to a store."""

    version: Annotated[int, Field(ge=1)]
    sha256: Sha256
    generated_at: At
