"""What a role may do with promotions beyond the doors that tests/web/auth/test_access.py tries, and how much of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.models.catalogue import Segment
from portal.models.promotion import Promotion
from portal.services import promotions
from tests.cast import Cast
from tests.menu import make_menu
from tests.pages import PagesClient

SAVED = {"code": "LUNCH20", "type": "percent_discount", "rule": {"percent": 20}}


def test_who_may_only_publish_cannot_change_what_is_published(
    client: PagesClient, cast: Cast, session: Session
) -> None:
    promotion = promotions.draft(session, definition=SAVED, by=None, now=clock.now())
    fields = {"code": "LUNCH20", "name": "Mine", "type": "percent_discount", "rule.percent": "90", "form.revision": "1"}
    client.sign_in(cast.ben)
    assert client.post("/promotions/LUNCH20/check", data=fields).status_code == 403
    assert client.post("/new-promotion/percent_discount/check", data={**fields, "code": "NEW"}).status_code == 403
    session.refresh(promotion)
    assert promotion.draft_number == 1
    assert session.scalar(select(Promotion).where(Promotion.code == "NEW")) is None


def test_segments_are_offered_to_who_may_see_guests(client: PagesClient, cast: Cast, session: Session) -> None:
    make_menu(session)
    session.add(Segment(code="hidden", name="Big spenders"))
    session.flush()
    asked = "/promotion-options?kinds=segment,store,store&q="
    kinds = {option["kind"] for option in client.sign_in(cast.mia).get(asked).json["options"]}
    assert kinds == {"store"}
    assert client.get("/catalogue/pick/segment?q=big").status_code == 403
    offered = client.sign_in(cast.ada).get(asked).json["options"]
    assert "hidden" in [option["code"] for option in offered]
    assert len(offered) == len({(option["kind"], option["code"]) for option in offered})


def test_a_form_is_not_read_beyond_what_a_page_could_hold(client: PagesClient, cast: Cast) -> None:
    client.sign_in(cast.mia)
    form = {"type": "combo", "rule.slots." + "9" * 5000 + ".quantity": "1"}
    assert client.htmx("POST", "/preview/promotion", data=form).status_code == 200
    many = form | {f"basket.lines.{number}.sku": "x" for number in range(2000)}
    for address in ("/preview/promotion", "/preview/lines?add", "/promotion-rows?add=rule.slots"):
        assert client.htmx("POST", address, data=many).status_code == 413


def test_a_search_of_very_many_words_is_cut(client: PagesClient, cast: Cast) -> None:
    assert client.sign_in(cast.mia).get("/promotions?q=" + "a+" * 3000).status_code == 200
