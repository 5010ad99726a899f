"""What the views of the API say about themselves; portal/web/api_docs makes an OpenAPI document of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

Schema = dict[str, Any]
Shape = type[BaseModel] | str | Schema
"""A pydantic model, the name of one of the engine's JSON Schemas (`bundle`), or a JSON Schema as it stands."""
View = TypeVar("View", bound=Callable[..., Any])

JSON = "application/json"
TEXT: Schema = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value beside the body; `where` is `query`, `header` or `path`."""

    name: str
    where: str
    description: str
    schema: Schema = field(default_factory=lambda: dict(TEXT))
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back under one status: in words, its body, its headers (name: description)."""

    description: str
    body: Shape | None = None
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Description:
    """One operation. `security` names who may ask: `till`, `session`, `token`; empty for anybody."""

    summary: str
    details: str
    tag: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Shape | None = None
    is_compressible: bool = False
    security: tuple[str, ...] = ()
    operation: str = ""


def documented(description: Description) -> Callable[[View], View]:
    """Put a description on a view. Stands below the route's decorator."""

    def mark(view: View) -> View:
        view.__dict__["documented"] = description
        return view

    return mark


def description_of(view: Callable[..., Any]) -> Description | None:
    """What a view says about itself; None for the pages."""
    found: Description | None = view.__dict__.get("documented")
    return found
