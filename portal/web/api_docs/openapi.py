"""OpenAPI 3.1 of every view that describes itself, from the types that validate and the engine's JSON Schemas."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from portal.engine.schema import schemas
from portal.web.documented import JSON, TEXT, Answer, Description, Parameter, Schema, Shape, description_of

REFERENCE = "#/components/schemas/{model}"
SECURITY: Mapping[str, Schema] = {
    "till": {
        "type": "http",
        "scheme": "bearer",
        "description": "A till's token, `pst_<id>_<secret>`, from POST /api/sync/v1/devices/enroll.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A program's token, `pat_<id>_<secret>`, made on the settings page; it has scopes.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "portal",
        "description": "A person who is signed in; what changes something carries X-CSRFToken too.",
    },
}
PROBLEM: Schema = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, as RFC 9457 has it. `errors` says it by field.",
    "properties": {
        "type": dict(TEXT),
        "title": dict(TEXT),
        "status": {"type": "integer"},
        "detail": dict(TEXT),
        "instance": dict(TEXT),
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": dict(TEXT), "message": dict(TEXT)},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
Operation = tuple[Rule, str, Description]


def document(app: Flask) -> Schema:
    """The OpenAPI document of `app`."""
    found = list(operations(app))
    validating, answering = models_of(found)
    paths: dict[str, Schema] = {}
    for rule, method, description in found:
        path, _ = template(rule)
        paths.setdefault(path, {})[method.lower()] = operation(rule, description, (validating, answering))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Promotion portal",
            "version": "1",
            "description": "What tills fetch and report (sync), and what programs ask (v1). Amounts are integers in "
            "minor units. Errors are problem documents, RFC 9457.",
        },
        "tags": [{"name": tag} for tag in dict.fromkeys(description.tag for _, _, description in found)],
        "paths": paths,
        "components": {"schemas": components(found), "securitySchemes": dict(SECURITY)},
    }


def operations(app: Flask) -> Iterator[Operation]:
    """Every route whose view describes itself, in order of its address; a route has one method beside HEAD, OPTIONS."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        description = description_of(app.view_functions[rule.endpoint])
        if description is not None:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, description


def template(rule: Rule) -> tuple[str, list[str]]:
    """A route's address as OpenAPI writes it, and the names in it."""
    names = re.findall(r"<(?:[^:<>]+:)?([^<>]+)>", rule.rule)
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), names


Refs = Mapping[type[BaseModel], Schema]


def models_of(found: Iterable[Operation]) -> tuple[Refs, Refs]:
    """References to the schemas of all models: as bodies, as answers."""
    references, _ = _generated(found)
    bodies = {model: ref for (model, mode), ref in references.items() if mode == "validation"}
    answers = {model: ref for (model, mode), ref in references.items() if mode == "serialization"}
    return bodies, answers


def _generated(found: Iterable[Operation]) -> tuple[Mapping[Any, Schema], Schema]:
    """Pydantic's schemas of all models in use: references by (model, mode), and the definitions."""
    wanted: dict[tuple[type[BaseModel], Any], None] = {}
    for _, _, description in found:
        if is_model(description.body):
            wanted[(description.body, "validation")] = None  # type: ignore[index]
        for answer in description.answers.values():
            if is_model(answer.body):
                wanted[(answer.body, "serialization")] = None  # type: ignore[index]
    references, definitions = models_json_schema(list(wanted), ref_template=REFERENCE)
    return references, definitions.get("$defs", {})


def components(found: Iterable[Operation]) -> Schema:
    """All named schemas: the engine's documents, the problem document, and our types."""
    engine = {name: {key: value for key, value in each.items() if key != "$schema"} for name, each in schemas().items()}
    return {**engine, "Problem": PROBLEM, **_generated(found)[1]}


def is_model(shape: Shape | None) -> bool:
    """True for one of our types."""
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def operation(rule: Rule, description: Description, references: tuple[Refs, Refs]) -> Schema:
    """One operation."""
    bodies, answers = references
    found: Schema = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": description.summary,
        "description": description.details,
        "tags": [description.tag],
        "parameters": [parameter(each) for each in in_path(rule, description) + description.parameters],
        "responses": {str(status): answer(each, answers) for status, each in sorted(description.answers.items())},
        "security": [{name: []} for name in description.security],
    }
    if description.body is not None:
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": schema_of(description.body, bodies)}}}
    return found


def in_path(rule: Rule, description: Description) -> tuple[Parameter, ...]:
    """The names in the address that the description does not explain itself."""
    explained = {each.name for each in description.parameters if each.where == "path"}
    _, names = template(rule)
    return tuple(Parameter(name, "path", name) for name in names if name not in explained)


def parameter(given: Parameter) -> Schema:
    """One parameter."""
    return {
        "name": given.name,
        "in": given.where,
        "description": given.description,
        "required": given.is_required or given.where == "path",
        "schema": given.schema,
    }


def answer(given: Answer, references: Refs) -> Schema:
    """One answer."""
    found: Schema = {"description": given.description}
    if given.headers:
        found["headers"] = {
            name: {"description": words, "required": True, "schema": dict(TEXT)}
            for name, words in given.headers.items()
        }
    if given.body is not None:
        found["content"] = {given.media: {"schema": schema_of(given.body, references)}}
    return found


def schema_of(shape: Shape, references: Refs) -> Schema:
    """A reference to a named schema, or the schema itself."""
    if isinstance(shape, str):
        return {"$ref": REFERENCE.format(model=shape)}
    if isinstance(shape, dict):
        return shape
    return dict(references[shape])


def undocumented(app: Flask, under: Callable[[str], bool]) -> list[str]:
    """The routes whose address `under` says yes to, and whose view says nothing about itself."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if under(rule.rule) and description_of(app.view_functions[rule.endpoint]) is None
    )
