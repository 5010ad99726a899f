"""The list, saving, and what is done with a promotion."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.models.promotion import Promotion
from portal.services import promotions, publications
from portal.services.states import State, state_at
from tests.cast import Cast
from tests.menu import make_menu
from tests.pages import PagesClient

NOW = datetime.now(UTC).replace(microsecond=0)


def definition(code: str = "LUNCH20", **more: Any) -> dict[str, Any]:
    return {"code": code, "name": f"Name of {code}", "type": "percent_discount", "rule": {"percent": 20}, **more}


def add(session: Session, code: str, *steps: Any, **more: Any) -> Promotion:
    """A promotion after some steps of services.promotions."""
    promotion = promotions.draft(session, definition=definition(code, **more), by=None, now=NOW)
    for step in steps:
        step(session, promotion, now=NOW)
    return promotion


def local(days: int) -> str:
    return (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")


def one_of_each(session: Session) -> None:
    """A promotion in each state; its code is the state."""
    publish = promotions.publish
    add(session, "draft")
    add(session, "scheduled", publish, schedule={"starts_at": local(2)})
    add(session, "active", publish, schedule={"starts_at": local(-2), "ends_at": local(2)})
    add(session, "paused", publish, promotions.pause)
    add(session, "ended", publish, promotions.end)
    add(session, "archived", promotions.archive)


def fields(code: str = "LUNCH20", revision: int = 0, **more: str) -> dict[str, str]:
    saved = {"form.saved_code": code, "form.revision": str(revision)} if revision else {}
    return {"type": "percent_discount", "code": code, "rule.percent": "20", **saved, **more}


def test_the_list_shows_each_state_and_counts_them(client: PagesClient, cast: Cast, session: Session) -> None:
    one_of_each(session)
    client.sign_in(cast.ada)
    page = client.get("/promotions").get_data(as_text=True)
    assert "Name of archived" not in page
    assert all(f"Name of {state}" in page for state in State if state is not State.ARCHIVED)
    for state in State:
        found = client.htmx("GET", f"/promotions?state={state}").get_data(as_text=True)
        assert "1 promotion<" in found
        assert f"Name of {state}" in found


def test_rows_and_sql_agree_about_every_state(session: Session) -> None:
    one_of_each(session)
    for promotion in session.query(Promotion):
        assert state_at(promotion, NOW) == promotion.code


def test_search_filters_and_sorts(client: PagesClient, cast: Cast, session: Session) -> None:
    for code in ("B-2", "A-1", "C_3"):
        add(session, code)
    client.sign_in(cast.cy)
    assert "Name of C_3" not in client.get("/promotions?q=a-1").get_data(as_text=True)
    assert "Nothing fits" in client.get("/promotions?q=%25&type=bogo").get_data(as_text=True)
    page = client.get("/promotions?sort=-name").get_data(as_text=True)
    assert page.index("Name of C_3") < page.index("Name of B-2") < page.index("Name of A-1")


def test_an_empty_list_offers_the_first_step(client: PagesClient, cast: Cast) -> None:
    client.sign_in(cast.ada)
    assert "Build the first one" in client.get("/promotions").get_data(as_text=True)


def test_a_list_takes_the_same_few_queries_however_long_it_is(
    client: PagesClient, cast: Cast, session: Session
) -> None:
    client.sign_in(cast.ada)
    counts = []
    for number in (3, 60):
        for at in range(number):
            add(session, f"P{number}-{at}")
        counts.append(queries(session, lambda: client.get("/promotions?shown=50")))
    assert counts[0] == counts[1] <= 4


def test_a_preview_takes_the_same_few_queries_however_much_runs(
    client: PagesClient, cast: Cast, session: Session
) -> None:
    make_menu(session)
    client.sign_in(cast.ada)
    counts = []
    for number in (1, 40):
        for at in range(number):
            add(session, f"P{number}-{at}", promotions.publish)
        client.htmx("POST", "/preview/promotion", data=fields())
        counts.append(queries(session, lambda: client.htmx("POST", "/preview/promotion", data=fields())))
    assert counts[0] == counts[1] <= 12


def queries(session: Session, call: Any) -> int:
    """How many statements a call sends, savepoints aside."""
    seen: list[str] = []
    connection = session.connection()
    note = lambda conn, cursor, statement, *rest: seen.append(statement)  # noqa: E731
    event.listen(connection, "before_cursor_execute", note)
    call()
    event.remove(connection, "before_cursor_execute", note)
    return len([each for each in seen if each.startswith("SELECT")])


def test_an_unfinished_draft_is_saved_and_says_what_is_open(client: PagesClient, cast: Cast, session: Session) -> None:
    client.sign_in(cast.ada)
    answer = client.post("/new-promotion/percent_discount", data=fields(**{"rule.percent": "a lot"}))
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    assert "1 thing needs a correction before it can be published" in page
    assert 'value="a lot"' in page
    assert promotions.latest(session, promotions.by_code(session, "LUNCH20")).document["rule"] == {"percent": "a lot"}


@pytest.mark.parametrize("code", ["", "NO SPACES", "TAKEN"])
def test_a_code_that_cannot_be_used_is_refused_with_what_was_typed(
    client: PagesClient, cast: Cast, session: Session, code: str
) -> None:
    add(session, "TAKEN")
    client.sign_in(cast.ada)
    answer = client.htmx("POST", "/new-promotion/percent_discount", data=fields(code, name="Keep me"))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert page.startswith("<form")
    assert 'value="Keep me"' in page
    assert 'data-wrong="code"' in page


def test_saving_again_makes_a_revision_and_saving_the_same_makes_none(
    client: PagesClient, cast: Cast, session: Session
) -> None:
    promotion = add(session, "LUNCH20", promotions.publish)
    client.sign_in(cast.ada)
    changed = fields(revision=1, **{"rule.percent": "25"})
    assert client.post("/promotions/LUNCH20", data=changed).status_code == 303
    session.refresh(promotion)
    assert (promotion.draft_number, promotion.published_number) == (2, 1)
    assert client.post("/promotions/LUNCH20", data=changed | {"form.revision": "2"}).status_code == 303
    session.refresh(promotion)
    assert promotion.draft_number == 2
    assert publications.live(session).definitions["LUNCH20"]["rule"] == {"percent": 20}
    assert "changes not published" in client.get("/promotions").get_data(as_text=True)


def test_a_lost_update_is_refused_and_can_be_saved_over(client: PagesClient, cast: Cast, session: Session) -> None:
    promotion = add(session, "LUNCH20")
    client.sign_in(cast.ada)
    client.post("/promotions/LUNCH20", data=fields(revision=1, **{"rule.percent": "25"}))
    mine = fields(revision=1, **{"rule.percent": "30"})
    answer = client.post("/promotions/LUNCH20", data=mine)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Ada saved LUNCH20 (revision 2) while you were editing" in page
    assert 'value="30"' in page
    assert 'name="form.revision" value="2"' in page
    assert client.htmx("POST", "/promotions/LUNCH20", data=mine).status_code == 422
    assert client.post("/promotions/LUNCH20", data=mine | {"form.revision": "2"}).status_code == 303
    session.refresh(promotion)
    assert promotion.draft_number == 3


def test_publishing_says_when_and_where_before_it_does_it(client: PagesClient, cast: Cast, session: Session) -> None:
    make_menu(session)
    start = (NOW + timedelta(days=30)).strftime("%Y-%m-%d")
    promotion = add(session, "SOON", schedule={"starts_at": f"{start}T00:00:00"}, scope={"stores": ["S1"]})
    client.sign_in(cast.ada)
    page = client.get("/promotions/SOON/publish").get_data(as_text=True)
    assert "00:00 in 1 store" in page
    assert client.post("/promotions/SOON/publish", data={"revision": "7"}).status_code == 409
    assert client.post("/promotions/SOON/publish", data={"revision": "1"}).status_code == 303
    session.refresh(promotion)
    assert state_at(promotion, NOW) == State.SCHEDULED
    assert "SOON" in publications.live(session).compiled


def test_a_promotion_goes_through_its_life(client: PagesClient, cast: Cast, session: Session) -> None:
    promotion = add(session, "LIFE")
    client.sign_in(cast.ada)
    steps = {"publish": "active", "pause": "paused", "resume": "active", "end": "ended", "archive": "archived"}
    for action, state in steps.items():
        assert "LIFE" in client.get(f"/promotions/LIFE/{action}").get_data(as_text=True)
        client.post(f"/promotions/LIFE/{action}", data={"revision": "1"})
        session.refresh(promotion)
        assert state_at(promotion, NOW + timedelta(minutes=1)) == state
        assert ("LIFE" in publications.live(session).compiled) == (state == "active")
    assert client.post("/promotions/LIFE/end").status_code == 409
    assert client.post("/promotions/LIFE/copy").location.endswith("/promotions/LIFE-2")
    assert promotions.by_code(session, "LIFE-2").name == "Name of LIFE (copy)"
    assert client.post("/promotions/LIFE/copy").location.endswith("/promotions/LIFE-3")


def test_an_older_revision_is_restored_as_a_new_one(client: PagesClient, cast: Cast, session: Session) -> None:
    promotion = add(session, "LUNCH20")
    client.sign_in(cast.ada)
    client.post("/promotions/LUNCH20", data=fields(revision=1, **{"rule.percent": "25"}))
    page = client.get("/promotions/LUNCH20/revisions").get_data(as_text=True)
    assert "25% off everything" in page
    assert "20% off everything" in page
    assert client.post("/promotions/LUNCH20/revisions/1/restore").status_code == 303
    assert client.post("/promotions/LUNCH20/revisions/9/restore").status_code == 404
    session.refresh(promotion)
    assert promotion.draft_number == 3
    assert promotions.latest(session, promotion).document == definition()


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("cy", "/new-promotion", 403),
        ("mia", "/new-promotion/bogo", 403),
        ("cy", "/promotions", 200),
        ("ben", "/promotions/LUNCH20/publish", 200),
        ("cy", "/promotions/LUNCH20/publish", 403),
        ("ben", "/promotions/LUNCH20/archive", 403),
        ("ada", "/promotions/NOBODY", 404),
        ("ada", "/new-promotion/two_for_one", 404),
    ],
)
def test_who_may_do_what(client: PagesClient, cast: Cast, session: Session, who: str, path: str, status: int) -> None:
    add(session, "LUNCH20")
    client.sign_in(getattr(cast, who))
    assert client.get(path).status_code == status


def test_what_has_ended_is_not_published_again_as_it_is(session: Session) -> None:
    promotion = add(session, "OLD", schedule={"ends_at": local(-1)})
    with pytest.raises(promotions.Conflict, match="The end of OLD has passed"):
        promotions.publish(session, promotion, now=NOW)


def test_a_wall_clock_counts_by_the_chains_zone_and_a_zone_of_its_own_by_itself() -> None:
    schedule = {"starts_at": "2026-12-01T00:00:00", "ends_at": "2026-12-02T00:00:00"}
    start, end = promotions.instants({"schedule": schedule}, "America/New_York")
    assert (start, end) == (datetime(2026, 12, 1, 5, tzinfo=UTC), datetime(2026, 12, 2, 5, tzinfo=UTC))
    start, _ = promotions.instants({"schedule": schedule | {"timezone": "Asia/Tokyo"}}, "America/New_York")
    assert start == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_the_search_of_the_builder_finds_things_by_name_or_code(
    client: PagesClient, cast: Cast, session: Session
) -> None:
    make_menu(session)
    add(session, "THANKS")
    client.sign_in(cast.ada)
    found = client.get("/promotion-options?kinds=category,product&q=co").json["options"]
    assert {(each["kind"], each["code"]) for each in found} >= {("category", "coffee"), ("product", "COOKIE")}
    assert client.get("/promotion-options?kinds=promotion&q=thank").json["options"][0]["code"] == "THANKS"
    assert client.get("/promotion-options?kinds=nothing").status_code == 404


def test_a_published_revision_that_is_refused_now_is_left_out(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    add(session, "GOOD", promotions.publish)
    bad = add(session, "BAD", promotions.publish)
    promotions.latest(session, bad).document = definition("BAD") | {"rule": {"percent": 0}}
    publications.changed(session, now=NOW)
    assert set(publications.live(session).compiled) == {"GOOD"}
    assert "published, but left out: BAD revision 1" in caplog.text


def test_odd_field_names_do_no_harm(client: PagesClient, cast: Cast) -> None:
    client.sign_in(cast.ada)
    odd = {
        "rule.items.²": "1",
        "rule..": "x",
        "basket.lines.²": "1",
        "name": "nul\0byte",
        "form.revision": "²",
        "schedule": "x",
    }
    assert client.post("/new-promotion/percent_discount", data=fields() | odd).status_code == 303
    assert client.post("/new-promotion/percent_discount", data={"type": "nothing"}).status_code == 400
