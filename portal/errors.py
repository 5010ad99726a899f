"""The few errors that services raise; portal/app.py makes a page, a fragment or JSON of them."""

from collections.abc import Mapping


class PortalError(Exception):
    """Something that a person did, or met, and can be told about in one sentence."""

    status = 400
    title = "This could not be done"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(PortalError):
    """The thing that was asked for does not exist, or not for this person."""

    status = 404
    title = "Not found"


class Conflict(PortalError):
    """The thing is not in a state that allows it, or somebody else was faster."""

    status = 409
    title = "Not possible now"


class Forbidden(PortalError):
    """The person's role does not include the right."""

    status = 403
    title = "Not allowed"


class Invalid(PortalError):
    """Values that cannot be taken: `errors` has, by field path, what is wrong and what would be right."""

    status = 422
    title = "Some values need a correction"

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {message}" if path else message for path, message in errors.items()))
        self.errors = dict(errors)


class NotKnown(PortalError):
    """The token is missing, wrong, expired or revoked."""

    status = 401
    title = "The token is not valid"


class Suspended(PortalError):
    """The store's tills are suspended; they keep what they have."""

    status = 403
    title = "This store is suspended"


class TooOld(PortalError):
    """The till's engine is older than the bundle needs."""

    status = 426
    title = "The till's engine is too old"


class Unavailable(PortalError):
    """A part that is needed does not answer; trying again later helps. `retry_after` is in seconds."""

    status = 503
    title = "Not available now"
    retry_after = 30


class NotUnderstood(PortalError):
    """The body cannot be read at all: no JSON, broken compression, the wrong outermost shape."""

    status = 400
    title = "This request was not understood"


class TooLarge(PortalError):
    """The body is larger than is taken; it was not read to its end."""

    status = 413
    title = "Too large"


class WrongEncoding(PortalError):
    """The body is compressed in a way that is not taken."""

    status = 415
    title = "Wrong kind of content"
