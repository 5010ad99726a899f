"""What every page shares: the areas in the navigation, icons, filters."""

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from portal.web import filters
from portal.web.access import ROLES, can
from portal.web.icons import icon


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the navigation: `endpoint` with `kind` (of the catalogue) where it has one."""

    word: str
    endpoint: str
    icon: str
    right: str
    kind: str | None = None


# In the order of shared/design.md; an area shows once its view exists.
AREAS = (
    Area("Today", "home.index", "sun", "promotions.view"),
    Area("Promotions", "promotions.index", "tag", "promotions.view"),
    Area("Calendar", "calendar.index", "calendar3", "promotions.view"),
    Area("Vouchers", "vouchers.index", "ticket-perforated", "promotions.view"),
    Area("Experiments", "experiments.index", "shuffle", "promotions.view"),
    Area("Analytics", "analytics.index", "bar-chart-line", "promotions.view"),
    Area("Products", "catalogue.index", "basket", "catalogue.view", "products"),
    Area("Customers", "catalogue.index", "people", "customers.view", "customers"),
    Area("Stores", "catalogue.index", "shop", "catalogue.view", "stores"),
    Area("Tills", "tills.index", "pc-display", "sync.view"),
    Area("Brands", "catalogue.index", "bookmark", "catalogue.view", "brands"),
    Area("Categories", "catalogue.index", "diagram-3", "catalogue.view", "categories"),
    Area("Segments", "catalogue.index", "person-check", "customers.view", "segments"),
    Area("Tills' reports", "reports.index", "receipt", "sync.view"),
    Area("Limits", "limits.index", "speedometer2", "sync.view"),
    Area("Jobs", "jobs.index", "hourglass-split", "users.manage"),
    Area("Settings", "admin.index", "sliders", "users.manage"),
)


def areas() -> list[Area]:
    """The areas that exist today and that the signed-in person may see."""
    return [area for area in AREAS if area.endpoint in current_app.view_functions and can(current_user, area.right)]


def address_of(area: Area) -> str:
    """Where the entry of the navigation leads."""
    return url_for(area.endpoint, kind=area.kind) if area.kind else url_for(area.endpoint)


def is_here(area: Area) -> bool:
    """True when the page that is shown belongs to `area`."""
    same_area = request.endpoint is not None and request.endpoint.split(".")[0] == area.endpoint.split(".")[0]
    return same_area and (area.kind is None or (request.view_args or {}).get("kind") == area.kind)


def init_app(app: Flask) -> None:
    """Give templates what the layouts and components use."""
    app.jinja_env.globals.update(
        icon=icon,
        areas=areas,
        address_of=address_of,
        is_here=is_here,
        role_words=ROLES,
    )
    app.jinja_env.filters.update(
        money=filters.money, when=filters.when, begins=filters.begins, until=filters.until, count=filters.count
    )
