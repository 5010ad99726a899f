"""Answers to tills: JSON of our types, stored bytes as they are kept, 304 where a till has it already."""

from typing import Any, Protocol

import orjson
from flask import Response, request
from pydantic import BaseModel

from portal.errors import TooOld

JSON = "application/json"
# Signed and stored bytes go out as they are: nothing on the way may compress or rewrite them.
ASK_AGAIN = "private, no-cache, no-transform"
FOREVER = "private, max-age=31536000, immutable, no-transform"


def no_store(answer: BaseModel) -> Response:
    """A secret as JSON: nobody keeps a copy on the way."""
    response = as_json(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


def as_json(answer: BaseModel, status: int = 200) -> Response:
    """One of our types as JSON."""
    return Response(answer.model_dump_json(), status, content_type=JSON)


def has(tag: str) -> bool:
    """True when the till's If-None-Match names `tag` (an ETag without quotes), as it stands, weak or compressed."""
    given = request.headers.get("If-None-Match")
    if given is None:
        return False
    if given == f'"{tag}"':
        return True
    return any(each.strip().removeprefix("W/").strip('"').partition(":")[0] in (tag, "*") for each in given.split(","))


def unchanged(tag: str, caching: str = ASK_AGAIN) -> Response:
    """304: the till has what `tag` names."""
    response = Response(status=304)
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Cache-Control"] = caching
    return response


def signed(body: bytes, tag: str, signature: str) -> Response:
    """Bytes that were signed, exactly."""
    response = Response(body, content_type=JSON)
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Signature"] = signature
    response.headers["Cache-Control"] = ASK_AGAIN
    return response


def encoding_wanted() -> str:
    """How stored bytes go out: `zstd` before `gzip` before `identity`, by what the till accepts."""
    quality = {name: request.accept_encodings.quality(name) for name in ("zstd", "gzip")}
    best = max(quality, key=lambda name: quality[name])
    return best if quality[best] > 0 else "identity"


def stored(body: bytes, tag: str, encoding: str, caching: str) -> Response:
    """Stored bytes in `encoding`; each encoding has an ETag of its own, as HTTP asks."""
    response = Response(body, content_type=JSON)
    response.headers["ETag"] = f'"{tag}"' if encoding == "identity" else f'"{tag}:{encoding}"'
    if encoding != "identity":
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = caching
    return response


class Versioned(Protocol):
    """A published version of a store."""

    @property
    def version(self) -> int:
        """Its number."""

    @property
    def sha256(self) -> str:
        """The hash of its bundle."""


def view_of(version: Versioned, values: dict[str, Any]) -> Response:
    """A view of a published version as JSON; its weak ETag says which one."""
    return _viewed(version, Response(orjson.dumps(values), content_type=JSON))


def unchanged_view(version: Versioned) -> Response:
    """304: the till has this view of this version."""
    return _viewed(version, Response(status=304))


def _viewed(version: Versioned, response: Response) -> Response:
    response.headers["ETag"] = f'W/"{version.sha256}"'
    response.headers["X-Bundle-Version"] = str(version.version)
    return response


def engine_of_till() -> int:
    """What the till says of its engine in X-Engine; without that it decides itself, and counts as the newest."""
    given = request.headers.get("X-Engine", "").strip()
    return int(given[:9]) if given.isascii() and given.isdigit() else 10**9


def refuse_old_engine(least: int) -> None:
    """Raise TooOld (426) for a till whose engine is below `least`."""
    found = engine_of_till()
    if found < least:
        raise TooOld(f"This store's bundle needs engine {least}; this till has {found}. Keep what you have.")
