"""Parts of the descriptions that many of the routes share."""

from collections.abc import Mapping

from portal.web.documented import Answer, Parameter, Schema

PROBLEM = "application/problem+json"
TRY_LATER = {"Retry-After": "seconds until another try makes sense"}

REFUSED: Mapping[int, Answer] = {
    401: Answer(
        "The token is missing, wrong or revoked.", "Problem", PROBLEM, {"WWW-Authenticate": "the scheme: Bearer"}
    ),
    403: Answer("The token lacks the scope, or the store is suspended: keep what you have.", "Problem", PROBLEM),
    503: Answer("The database does not answer; nothing was changed.", "Problem", PROBLEM, TRY_LATER),
}
MISSING: Mapping[int, Answer] = {404: Answer("There is no such thing, or not for this store.", "Problem", PROBLEM)}
TOO_OLD: Mapping[int, Answer] = {426: Answer("The till's engine is too old for the bundle.", "Problem", PROBLEM)}
UNREADABLE: Mapping[int, Answer] = {
    400: Answer("The body is no JSON, or broken gzip.", "Problem", PROBLEM),
    413: Answer("The body is larger than 1 MB compressed or 8 MB inflated.", "Problem", PROBLEM),
    415: Answer("The body is compressed with something else than gzip.", "Problem", PROBLEM),
}
INVALID: Mapping[int, Answer] = {
    422: Answer("Some values cannot be taken; `errors` says which and why.", "Problem", PROBLEM)
}
UNCHANGED: Mapping[int, Answer] = {304: Answer("You have it already: your If-None-Match names its ETag.")}

WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": 2**53}
IF_NONE_MATCH = Parameter("If-None-Match", "header", "the ETag that you have; the same content is answered 304")
X_ENGINE = Parameter("X-Engine", "header", "the version of the till's engine; too old is answered 426", dict(WHOLE))
SIGNED = {
    "Signature": "base64 of the Ed25519 signature over the exact bytes of the body",
    "ETag": "SHA-256 of the bytes",
}
VIEWED = {"ETag": "weak: SHA-256 of the bundle that this is a view of", "X-Bundle-Version": "the manifest's version"}
