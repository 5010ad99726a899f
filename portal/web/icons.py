"""Icons as inline SVG, cut from the sprite of the installed Bootstrap icons: no request, no font, no megabyte."""

import re
from functools import cache

from markupsafe import Markup

from portal.web.assets.views import location


@cache
def _sprite() -> str:
    return location("icons", "bootstrap-icons.svg").read_text(encoding="utf-8")


@cache
def icon(name: str) -> Markup:
    """The icon `name` of Bootstrap icons, hidden from screen readers. Raises LookupError for an unknown name."""
    found = re.search(rf'<symbol class="[^"]*" viewBox="0 0 16 16" id="{re.escape(name)}">(.*?)</symbol>', _sprite())
    if found is None:
        raise LookupError(f"Bootstrap has no icon {name!r}")
    shape = found.group(1)
    # The shape comes from the installed package, not from a person.
    return Markup(  # noqa: S704
        f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{shape}</svg>'
    )
