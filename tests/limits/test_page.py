"""The page of limits: what it says of each promotion, whom it lets in, how many questions it asks."""

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import clock
from portal.services import business_day
from portal.services.limits import leases, slices, standing
from portal.services.limits.counters import count_sales
from portal.services.limits.holds import reserve
from portal.services.limits.redemptions import Redemption
from tests.cast import Cast
from tests.limits.world import make_till, publish, sale
from tests.pages import PagesClient


@pytest.fixture
def busy(session: Session, app: Flask) -> Session:
    """A leased promotion and one that is online only, both used; a third nobody used."""
    slices.forget()
    settings, now = app.config["PORTAL"], clock.now()
    today = business_day.business_date(now, zone=settings.chain_timezone, starts_at=settings.day_starts_at)
    publish(session, "LEASED", total=100, per_day=60, budget=50_000, per_customer=2, offline="leased")
    publish(session, "ONLINE", total=10, per_store=2, offline="online_only")
    publish(session, "QUIET", total=5)
    one, two = make_till(session, "S1"), make_till(session, "S2")
    count_sales(session, [sale(one, "LEASED", business_date=today) for _ in range(20)])
    count_sales(session, [sale(two, "ONLINE", business_date=today) for _ in range(3)])
    leases.document(session, one, settings=settings, now=now, if_none_match=None)
    request = Redemption(promotion="ONLINE", basket="B1", amount=100, currency="USD")
    reserve(session, one, request, settings=settings, now=now)
    slices.forget()
    return session


def text(client: PagesClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_a_portal_without_limits_says_so(client: PagesClient, cast: Cast) -> None:
    client.sign_in(cast.cy)
    assert "No limits yet" in text(client, "/limits/")


def test_each_limit_stands_with_what_is_used_leased_held_and_left(busy: Session, app: Flask) -> None:
    settings = app.config["PORTAL"]
    today = business_day.business_date(clock.now(), zone=settings.chain_timezone, starts_at=settings.day_starts_at)
    rows = {row.code: row for row in standing.listed(busy, today=today).rows}
    found = {
        (code, bar.dimension): (bar.used, bar.leased, bar.held, bar.left, bar.over)
        for code, row in rows.items()
        for bar in row.bars
    }
    assert found == {
        ("LEASED", "total"): (20, 20, 0, 60, 0),
        ("LEASED", "per_day"): (20, 20, 0, 20, 0),
        ("LEASED", "budget"): (2_000, 24_000, 0, 24_000, 0),
        ("ONLINE", "total"): (3, 0, 1, 6, 0),
        ("ONLINE", "per_store"): (3, 0, 0, 0, 1),
        ("QUIET", "total"): (0, 0, 0, 5, 0),
    }
    assert all(sum(bar.parts()) <= 1000 for row in rows.values() for bar in row.bars)


def test_the_page_filters_and_says_when_nothing_fits(client: PagesClient, cast: Cast, busy: Session) -> None:
    client.sign_in(cast.ben)
    page = text(client, "/limits/")
    assert "3 promotions" in page
    assert "Each guest 2 times" in page
    assert "1 over" in page
    assert "ONLINE" not in text(client, "/limits/?q=quiet")
    assert "1 promotion" in text(client, "/limits/?offline=leased")
    assert "Nothing found" in text(client, "/limits/?q=nothing")


def test_the_help_desk_is_not_let_in(client: PagesClient, cast: Cast) -> None:
    client.sign_in(cast.hal)
    assert client.get("/limits/").status_code == 403


def test_the_page_asks_as_much_for_thirty_promotions_as_for_three(busy: Session, app: Flask) -> None:
    def questions() -> int:
        asked: list[str] = []
        connection = busy.connection()
        event.listen(connection, "before_cursor_execute", note := lambda *arguments: asked.append(arguments[2]))
        standing.listed(busy, today=clock.now().date())
        event.remove(connection, "before_cursor_execute", note)
        return len(asked)

    standing.listed(busy, today=clock.now().date())
    few = questions()
    for number in range(40):
        publish(busy, f"MORE{number:02}", total=3, per_store=2)
    piece = standing.listed(busy, today=clock.now().date())
    assert (len(piece.rows), piece.total, piece.next) == (30, 43, 30)
    assert questions() == few
