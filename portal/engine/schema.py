"""The JSON Schemas (2020-12) of our documents, made from their shapes.

They say what each field may hold; what must hold across fields (consistency.py) is beyond them and stays with the
validator. Published under /schemas/.
"""

from __future__ import annotations

from portal.engine.bundle import BUNDLE
from portal.engine.definition import (
    BASKET,
    COMPILED,
    COMPILED_RULES,
    CURRENCY,
    DEFINITION,
    RULES,
    TEXT,
    TOKEN,
)
from portal.engine.shapes import Choice, Field, Integer, ListOf, Object, Schema, Shape

_AMOUNT = Integer(least=0)
_COUNT = {"type": "integer", "minimum": 1}
"""How many: a product of two numbers that are in bounds each, so it has no bound of its own."""
_WORDS = {"type": "string"}
REASONS = (
    *("unsupported", "currency", "outside_dates", "outside_hours", "store", "channel", "customer", "experiment"),
    *("trigger", "limit_reached", "payment_method", "minimum_spend", "missing_items"),
    *("no_benefit", "suggested", "not_best"),
)
"""Why a promotion did not apply, in the order in which they are asked: contract, section 6."""


def _object(*fields: tuple[str, Shape], optional: tuple[str, ...] = ()) -> Object:
    return Object(tuple(Field(name, shape, required=name not in optional) for name, shape in fields))


_ADJUSTMENT = _object(("promotion", TOKEN), ("amount", Integer(1)), ("quantity", Integer(1)))
_RESULT_LINE = _object(
    ("id", TEXT),
    ("gross", _AMOUNT),
    ("discount", _AMOUNT),
    ("net", _AMOUNT),
    ("adjustments", ListOf(_ADJUSTMENT)),
)
_APPLIED = _object(
    ("promotion", TOKEN),
    ("type", TEXT),
    ("revision", _AMOUNT),
    ("discount", _AMOUNT),
    ("times", _AMOUNT),
    optional=("revision",),
)
_REWARD = _object(
    ("promotion", TOKEN),
    ("kind", Choice(("cashback", "cross_brand"))),
    ("amount", Integer(1)),
    ("visits", Integer(1)),
    ("credit", TEXT),
    optional=("amount", "visits", "credit"),
)


def _counted(**others: Schema) -> Schema:
    """A promotion and how many of something it gives or asks for."""
    properties = {"promotion": TOKEN.schema(), **others, "quantity": _COUNT}
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _result() -> Schema:
    numbers = {name: _AMOUNT.schema() for name in ("subtotal", "discount", "total")}
    lists = {
        "lines": _RESULT_LINE.schema(),
        "applied": _APPLIED.schema(),
        "rewards": _REWARD.schema(),
        "gifts": _counted(sku=TOKEN.schema()),
        "suggestions": _counted(message={"type": ["string", "null"]}),
        "not_applied": {
            "type": "object",
            "properties": {
                "promotion": _WORDS,
                "reason": {"enum": list(REASONS)},
                "detail": {
                    "type": "object",
                    "properties": {
                        "missing": {"type": "integer", "minimum": 1},
                        "lost_to": {"type": "array", "items": _WORDS},
                    },
                    "additionalProperties": False,
                },
            },
            "required": ["promotion", "reason", "detail"],
            "additionalProperties": False,
        },
    }
    properties = {**numbers, "currency": CURRENCY.schema()} | {
        name: {"type": "array", "items": items} for name, items in lists.items()
    }
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _promotion(shape: Object, rules: dict[str, Object]) -> Schema:
    """A promotion whose rule follows its type."""
    schema = shape.schema()
    schema["allOf"] = [
        {
            "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
            "then": {"properties": {"rule": rule.schema()}},
        }
        for kind, rule in rules.items()
    ]
    schema["properties"]["type"] = {"enum": list(rules)}
    return schema


def _in_bundle(compiled: Schema) -> Schema:
    """A promotion as a till meets it: of a type that it does not know, it reads the code alone."""
    unknown = {"not": {"properties": {"type": compiled["properties"]["type"]}, "required": ["type"]}}
    only_code = _object(("code", TOKEN), ("type", TEXT)).schema() | {"additionalProperties": True}
    return {"if": unknown, "then": only_code, "else": compiled}


def schemas() -> dict[str, Schema]:
    """The schema of every document by its name: definition, compiled-promotion, basket, bundle, result."""
    compiled = _promotion(COMPILED, COMPILED_RULES)
    bundle = BUNDLE.schema()
    bundle["properties"]["promotions"] = {"type": "array", "items": _in_bundle(compiled)}
    documents = {
        "definition": _promotion(DEFINITION, RULES),
        "compiled-promotion": compiled,
        "basket": BASKET.schema(),
        "bundle": bundle,
        "result": _result(),
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: {**head, "title": name, **schema} for name, schema in documents.items()}
