"""The tree of categories, read in one query: paths, order, depth, and what stands above a category."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.catalogue import Category

MOST_ABOVE = 20

Line = tuple[int, str, str, int | None]
"""A category as it is read: id, code, name, id of its parent."""


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
    below: dict[int | None, list[Line]] = {}
    for row_id, code, name, parent_id in session.execute(select(*columns).order_by(Category.name, Category.code)):
        below.setdefault(parent_id, []).append((row_id, code, name, parent_id))
    return list(_walk(below))


def _walk(below: Mapping[int | None, list[Line]]) -> Iterator[Node]:
    """From the top down, without recursion: a tree may be deeper than Python's stack."""
    waiting: list[tuple[Line, tuple[str, ...]]] = [(row, ()) for row in reversed(below.get(None, []))]
    while waiting:
        (row_id, code, name, parent_id), path = waiting.pop()
        own = (*path, name)
        yield Node(row_id, code, name, parent_id, own)
        waiting.extend((row, own) for row in reversed(below.get(row_id, [])))


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


def above(parents: Mapping[str, str | None], code: str) -> list[str]:
    """What stands above `code` by `parents` (code to parent's code), nearest first; `code` itself when in a circle.

    It ends with the first that came before, and when there is one more than MOST_ABOVE.
    """
    way: list[str] = []
    step = parents.get(code)
    while step is not None and step not in way and len(way) <= MOST_ABOVE:
        way.append(step)
        step = parents.get(step)
    return way
