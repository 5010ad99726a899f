"""POST /api/v1/preview: definitions and baskets in, results, words and warnings out; errors by field."""

import re
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from portal.db import reading
from portal.engine import Invalid, Problem, PromotionCompiler, PromotionValidator
from portal.engine.definition import SETTINGS
from portal.engine.describe import describe
from portal.engine.evaluate import bundle_of_case
from portal.engine.problems import Findings
from portal.engine.shapes import Anything, Field, Flag, ListOf, Object
from portal.services import naming, previews, publications
from portal.web.access import needs
from portal.web.documented import Answer, Description, Schema, documented
from portal.web.preview.blueprint import bp

Values = dict[str, Any]

# Lines to price, each once for each promotion: what one call may ask for, about as much as a till does in a day.
MOST_PRICED = 100_000

BODY = Object(
    (
        Field("promotions", ListOf(Anything(), ordered=True)),
        Field("definition", Anything()),
        Field("baskets", ListOf(Anything(), least=1, most=100, ordered=True)),
        Field("basket", Anything()),
        Field("with_live", Flag(), default=False),
        Field("settings", SETTINGS),
    )
)

PROBLEM = "application/problem+json"
FOUND: Schema = {
    "type": "object",
    "properties": {
        "results": {"type": "array", "items": {"$ref": "#/components/schemas/result"}},
        "words": {"type": "array", "items": {"type": "string"}},
        "warnings": {"type": "array", "items": {"type": "array", "items": {"type": "object"}}},
    },
    "required": ["results", "words", "warnings"],
}
WRONG: Schema = {
    "type": "object",
    "properties": {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        }
    },
    "required": ["errors"],
}


@bp.post("/api/v1/preview")
@needs("preview.use")
@documented(
    Description(
        "Price baskets with definitions",
        "Definitions and baskets in; results, words and warnings out. `with_live` adds the promotions that run.",
        "Programs",
        {
            200: Answer("One result for each basket, words and warnings for each definition.", FOUND),
            400: Answer("A person's session without its X-CSRFToken.", "Problem", PROBLEM),
            401: Answer("Nobody is signed in, or the token is not known.", "Problem", PROBLEM),
            403: Answer("The role or the token does not include this.", "Problem", PROBLEM),
            413: Answer("The body is larger than 16 MB.", "Problem", PROBLEM),
            422: Answer("Every problem of the body, by field.", WRONG),
        },
        body=BODY.schema(),
        security=("token", "session"),
    )
)
def preview() -> ResponseReturnValue:
    """Price baskets with definitions that need not be saved, and with `with_live` beside those that run.

    `{"promotions": [...]}` or `{"definition": {...}}`, with `"basket"` or `"baskets"`; answers `results` (one for each
    basket), `words` and `warnings` (one for each definition). What is wrong is answered with 422 and every problem.
    """
    body: Any = request.get_json(silent=True)
    problems = problems_of(body)
    if problems:
        return jsonify({"errors": problems}), 422
    session = reading()
    definitions, baskets, settings = _definitions(body), _baskets(body), body.get("settings") or {}
    drafts = [PromotionCompiler().compile_promotion(definition) for definition in definitions]
    live = publications.live(session) if body.get("with_live") else None
    results = [
        previews.together(live, drafts, basket, settings) if live else previews.alone(drafts, basket, settings)
        for basket in baskets
    ]
    names = naming.names(session, definitions)
    warnings = [PromotionValidator().warnings(definition) for definition in definitions]
    return jsonify(
        {"results": results, "words": [describe(definition, names) for definition in definitions], "warnings": warnings}
    )


def problems_of(body: Any) -> list[Problem]:
    """Every problem of a body, each field once, in the words of `portal evaluate`."""
    findings = Findings()
    values = BODY.read(body, (), findings)
    if values is not None:
        for either in (("promotions", "definition"), ("basket", "baskets")):
            given = [key for key in either if key in values]
            if len(given) == 2:
                findings.add((given[1],), f"goes only without {given[0]}")
            elif not given:
                findings.add((either[0],), "is required")
    if findings or values is None:
        return findings.in_order_of(body)
    if too_much := _too_much(body):
        return too_much
    found: dict[str, str] = {}
    for position, basket in enumerate(_baskets(body)):
        for problem in _case_problems(body, basket):
            found.setdefault(_in_body(problem["field"], body, position), problem["message"])
    return [{"field": field, "message": message} for field, message in found.items()]


def _too_much(body: Values) -> list[Problem]:
    """Asked before anything is checked or priced: a call keeps a thread for as long as it takes."""
    lines = [basket.get("lines") if isinstance(basket, dict) else None for basket in _baskets(body)]
    priced = len(_definitions(body)) * sum(max(len(each), 1) if isinstance(each, list) else 1 for each in lines)
    if priced <= MOST_PRICED:
        return []
    message = f"must have at most {MOST_PRICED} lines to price in one call, each once for each promotion, not {priced}"
    return [{"field": "basket" if body.get("basket") is not None else "baskets", "message": message}]


def _case_problems(body: Values, basket: Any) -> list[Problem]:
    parts = {"promotions": _definitions(body), "basket": basket, "settings": body.get("settings")}
    stands_for = {"definition": "promotions", "baskets": "basket"}
    order = [stands_for.get(key, key) for key in body]
    try:
        bundle_of_case({key: parts[key] for key in order if key in parts})
    except Invalid as invalid:
        return invalid.problems
    return []


def _in_body(field: str, body: Values, position: int) -> str:
    if body.get("definition") is not None:
        field = re.sub(r"^promotions\[0\]", "definition", field)
    return re.sub(r"^basket\b", f"baskets[{position}]", field) if body.get("baskets") is not None else field


def _definitions(body: Values) -> list[Any]:
    return body["promotions"] if body.get("promotions") is not None else [body["definition"]]


def _baskets(body: Values) -> list[Any]:
    return body["baskets"] if body.get("baskets") is not None else [body["basket"]]
