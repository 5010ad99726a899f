"""The tree of categories, read in one query: paths, order, depth, and what stands above a category."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.catalogue import Category


@dataclass(frozen=True, slots=True)
class Node:
    """One category of the tree; `depth` 0 is the top."""

    id: int
    code: str
    name: str
    parent_id: int | None
    path: tuple[str, ...]

    @property
    def depth(self) -> int:
        """How many categories stand above."""
        return len(self.path) - 1


def tree(session: Session) -> list[Node]:
    """Every category, each below its parent, brothers by name."""
    columns = (Category.id, Category.code, Category.name, Category.parent_id)
    below: dict[int | None, list[tuple[int, str, str, int | None]]] = {}
    for row_id, code, name, parent_id in session.execute(select(*columns).order_by(Category.name, Category.code)):
        below.setdefault(parent_id, []).append((row_id, code, name, parent_id))
    return list(_walk(below, None, ()))


def _walk(
    below: Mapping[int | None, list[tuple[int, str, str, int | None]]], parent_id: int | None, path: tuple[str, ...]
) -> Iterator[Node]:
    for row_id, code, name, above in below.get(parent_id, []):
        yield Node(row_id, code, name, above, (*path, name))
        yield from _walk(below, row_id, (*path, name))


def paths(session: Session) -> dict[int, tuple[str, ...]]:
    """For each category's id the names from the top down to it."""
    return {node.id: node.path for node in tree(session)}


def codes_with_ancestors(session: Session, category_ids: Iterable[int]) -> list[str]:
    """The codes of these categories and of all above them, as a basket's line carries them; sorted."""
    nodes = {node.id: node for node in tree(session)}
    codes: set[str] = set()
    for row_id in category_ids:
        node = nodes.get(row_id)
        while node is not None:
            codes.add(node.code)
            node = nodes.get(node.parent_id) if node.parent_id is not None else None
    return sorted(codes)


def circle(parents: Mapping[str, str | None], code: str) -> bool:
    """True when going up from `code` through `parents` (code to parent's code) comes back to it."""
    seen = {code}
    above = parents.get(code)
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == code
