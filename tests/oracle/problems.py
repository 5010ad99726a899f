"""Problems of a document, and the order in which the contract wants them listed."""

from typing import Any

Path = tuple[str | int, ...]


class Problems:
    """Collects at most one message a field; `listed` puts them into the order of the document as it is written."""

    def __init__(self) -> None:
        self.found: dict[Path, str] = {}
        self.page_orders: dict[Path, list[str]] = {}

    def add(self, path: Path, message: str) -> None:
        """Remember the first problem of a field."""
        self.found.setdefault(path, message)

    def clean(self, path: Path) -> bool:
        """True when nothing is wrong with the field or anything inside it."""
        return not any(known[: len(path)] == path for known in self.found)

    def listed(self, document: Any) -> list[dict[str, str]]:
        """[{"field", "message"}]: a field, then its keys as written, then the missing ones in the page's order."""
        return [{"field": field_name(path), "message": self.found[path]} for path in self._walk((), document)]

    def _walk(self, path: Path, value: Any) -> list[Path]:
        order = [path] if path in self.found else []
        if isinstance(value, dict):
            for key in sorted(value, key=array_index):
                if value[key] is not None:
                    order += self._walk(path + (key,), value[key])
            order += self._missing(path, value)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                order += self._walk(path + (index,), inner)
        return order

    def _missing(self, path: Path, value: dict[str, Any]) -> list[Path]:
        page_order = self.page_orders.get(path, [])
        below = [known for known in self.found if known[: len(path)] == path and len(known) > len(path)]
        missing = [known for known in below if value.get(str(known[len(path)])) is None]
        return sorted(missing, key=lambda known: page_order.index(str(known[len(path)])))


def array_index(key: str) -> int:
    """Sort key: array indexes come first, ascending, the other keys stay as written (our contract page, section 13)."""
    largest = 2**32 - 2
    is_index = key.isascii() and key.isdecimal() and str(int(key)) == key and int(key) <= largest
    return int(key) if is_index else largest + 1


def field_name(path: Path) -> str:
    """("promotions", 0, "rule") -> "promotions[0].rule"; the whole document is ""."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name
