"""Bodies that tills send: bounded, compressed with gzip or not at all. Source: sync.md, section 4."""

import zlib
from typing import Any, TypeVar

import orjson
from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from portal.errors import Invalid, NotUnderstood, TooLarge, WrongEncoding

MOST_COMPRESSED = 1024 * 1024
MOST_INFLATED = 8 * 1024 * 1024
STEP = 64 * 1024
Model = TypeVar("Model", bound=BaseModel)
GZIP = 16 + zlib.MAX_WBITS


class Broken(NotUnderstood):
    """Bytes that cannot be inflated or are no JSON; `raw` are the bytes as they came."""

    def __init__(self, detail: str, raw: bytes) -> None:
        super().__init__(detail)
        self.raw = raw


def plain_bytes() -> bytes:
    """The request's body, inflated. Raises TooLarge, WrongEncoding, or Broken with what arrived.

    Reading stops at the limit, whatever Content-Length says or does not say.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("gzip", "x-gzip", "identity", ""):
        raise WrongEncoding("Send the body plain, or with Content-Encoding: gzip.")
    is_compressed = encoding in ("gzip", "x-gzip")
    most = MOST_COMPRESSED if is_compressed else MOST_INFLATED
    # Werkzeug cuts a body without a length at the limit and says nothing: one byte more tells whether it went on.
    request.max_content_length = most + 1
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raw = None
    if raw is None or len(raw) > most:
        raise TooLarge(f"A body has at most {most} bytes; send fewer events at a time.")
    return inflate(raw) if is_compressed else raw


def inflate(raw: bytes, most: int = MOST_INFLATED) -> bytes:
    """What one gzip member holds, in steps: TooLarge as soon as `most` bytes are passed, Broken for anything else."""
    found, rest, member = bytearray(), raw, zlib.decompressobj(GZIP)
    while not member.eof:
        try:
            part = member.decompress(rest, STEP)
        except zlib.error as error:
            raise Broken("The body says gzip, and is not.", raw) from error
        found += part
        if len(found) > most:
            raise TooLarge(f"The body has more than {most} bytes once inflated; send fewer events at a time.")
        rest = member.unconsumed_tail
        if not part and not rest and not member.eof:
            raise Broken("The compressed body ends too early.", raw)
    if member.unused_data:
        raise Broken("Something stands behind the end of the compressed body.", raw)
    return bytes(found)


def parsed(plain: bytes) -> Any:
    """The JSON value of a body. Raises Broken for bytes that are no JSON."""
    try:
        return orjson.loads(plain)
    except orjson.JSONDecodeError as error:
        raise Broken(f"The body is no JSON: {error}.", plain) from error


def taken(model: type[Model]) -> Model:
    """The body as one of our types. Raises Invalid, with every problem by field, for values that cannot be taken."""
    plain = plain_bytes()
    try:
        return model.model_validate_json(plain)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        if problems[0]["type"] == "json_invalid":
            raise Broken(f"The body is no JSON: {problems[0]['msg']}.", plain) from error
        raise Invalid({path_of(each["loc"]): each["msg"] for each in problems}) from error


def path_of(place: tuple[int | str, ...]) -> str:
    """A place in a document in the house's words: `codes[3]`, `basket.id`."""
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return words.removeprefix(".")
