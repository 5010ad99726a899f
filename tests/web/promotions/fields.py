"""What a browser would send for the builder's form: its fields as (name, text), read from the page."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    """Collects the successful controls of the form with the id `builder`."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self._inside = 0
        self._select: tuple[str, bool] | None = None
        self._chosen: str | None = None
        self._first: str | None = None
        self._area: str | None = None
        self._template = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        has = dict(attrs).keys()
        if tag == "form" and given.get("id") == "builder":
            self._inside += 1
        if tag == "template":
            self._template += 1
        ours = (self._inside > 0 or given.get("form") == "builder") and not self._template
        if tag == "option" and self._select is not None:
            self._first = given.get("value", "") if self._first is None else self._first
            self._chosen = given.get("value", "") if "selected" in has else self._chosen
        if not ours or "name" not in has or "disabled" in has:
            return
        if tag == "input" and (given.get("type") not in ("checkbox", "radio", "submit") or "checked" in has):
            self.pairs.append((given["name"], given.get("value", "")))
        if tag == "select":
            self._select, self._chosen, self._first = (given["name"], True), None, None
        if tag == "textarea":
            self._area = given["name"]
            self.pairs.append((self._area, ""))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.pairs[-1] = (self._area, self.pairs[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = 0
        if tag == "template":
            self._template -= 1
        if tag == "textarea":
            self._area = None
        if tag == "select" and self._select is not None:
            self.pairs.append((self._select[0], self._chosen if self._chosen is not None else self._first or ""))
            self._select = None


def posted(page: str) -> list[tuple[str, str]]:
    """The (name, text) pairs of a page's builder form, in document order."""
    reader = _Fields()
    reader.feed(page)
    return reader.pairs
