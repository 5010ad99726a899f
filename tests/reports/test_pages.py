"""The pages on what tills reported: who sees them, what they say, what they do."""

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.usage import PriceDifference, Quarantined, UsageConflict, UsageEvent
from portal.services.sync.devices import Till
from tests.cast import Cast
from tests.pages import PagesClient
from tests.reports.conftest import Upload
from tests.reports.tills import NOW, event_id, log_line, sale

LISTS = ("quarantine", "conflicts", "differences")


@pytest.fixture
def busy(session: Session, upload: Upload, upload_logs: Upload) -> Session:
    """One of everything."""
    upload([sale(1), sale(2), {**sale(3), "kind": "sold"}, sale(5)])
    upload([sale(2, customer="C9")])
    upload_logs([log_line(1), log_line(2, level="error", message="The printer <b>jammed</b>.")])
    other = {**sale(1)["result"], "total": 900, "discount": 100, "applied": []}
    row = PriceDifference(event_id=event_id(1), reported_minor=1000, priced_minor=900, found_at=NOW, priced=other)
    row.reported = sale(1)["result"]
    impossible = PriceDifference(event_id=event_id(5), reported_minor=1000, priced_minor=1000, found_at=NOW)
    impossible.reported, impossible.priced = sale(5)["result"], {"impossible": "Revision 4 of TEN is not known here."}
    session.add_all([row, impossible])
    session.flush()
    return session


def text(client: PagesClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.get_data(as_text=True)


def test_a_portal_without_tills_says_so(client: PagesClient, cast: Cast) -> None:
    client.sign_in(cast.ben)
    assert "No till has reported yet" in text(client, "/reports/")
    assert "Nothing in quarantine" in text(client, "/reports/quarantine")
    assert "Nothing here yet" in text(client, "/reports/quarantine?done=1")
    assert "No conflicts" in text(client, "/reports/conflicts")
    assert "No price differences" in text(client, "/reports/differences")
    assert "No logs yet" in text(client, "/reports/logs")
    assert "Nothing found" in text(client, "/reports/logs?q=nothing")


def test_the_overview_says_in_words_that_nothing_is_lost(client: PagesClient, cast: Cast, busy: Session) -> None:
    page = text(client.sign_in(cast.ben), "/reports/")
    assert "Nothing is lost." in page
    assert "1 till has numbered 5 events" in page
    assert "1 event is still at the tills" in page
    assert "1 event not here yet" in page


def test_the_overview_names_the_till_whose_numbers_do_not_add_up(
    client: PagesClient, cast: Cast, busy: Session
) -> None:
    event = busy.scalars(select(UsageEvent).where(UsageEvent.device_seq == 2)).one()
    busy.execute(UsageConflict.__table__.delete())
    busy.delete(event)
    busy.flush()
    page = text(client.sign_in(cast.ben), "/reports/")
    assert "The numbers of 1 till do not add up." in page
    assert "1 event unaccounted for" in page


def test_the_quarantine_is_listed_looked_at_repaired_and_replayed(
    client: PagesClient, cast: Cast, busy: Session
) -> None:
    client.sign_in(cast.root)
    row = busy.scalars(select(Quarantined)).one()
    assert f"/reports/quarantine/{row.id}" in text(client, "/reports/quarantine")
    assert "sold" in text(client, f"/reports/quarantine/{row.id}")
    wrong = client.post(f"/reports/quarantine/{row.id}/repair", data={"text": '{"event_id": 7}'})
    assert wrong.status_code == 422
    assert "event_id" in wrong.get_data(as_text=True)
    good = orjson.dumps(sale(3)).decode()
    assert client.post(f"/reports/quarantine/{row.id}/repair", data={"text": good}).status_code == 303
    assert busy.get(UsageEvent, event_id(3)) is not None
    assert "repaired and counted" in text(client, "/reports/quarantine")
    assert f"/reports/quarantine/{row.id}" in text(client, "/reports/quarantine?done=1")
    again = client.post(f"/reports/quarantine/{row.id}/repair", data={"text": good})
    assert again.status_code == 409


def test_an_entry_is_set_aside_with_a_note(client: PagesClient, cast: Cast, busy: Session) -> None:
    client.sign_in(cast.root)
    row = busy.scalars(select(Quarantined)).one()
    assert client.post(f"/reports/quarantine/{row.id}/set-aside", data={"note": " "}).status_code == 422
    assert client.post(f"/reports/quarantine/{row.id}/set-aside", data={"note": "A test till."}).status_code == 303
    assert "A test till." in text(client, "/reports/quarantine?done=1")


def test_a_conflict_shows_both_contents_and_is_settled(client: PagesClient, cast: Cast, busy: Session) -> None:
    client.sign_in(cast.root)
    row = busy.scalars(select(UsageConflict)).one()
    page = text(client, f"/reports/conflicts/{row.id}")
    assert "C9" in page
    assert "First: Counter 1, number 2" in page
    assert client.post(f"/reports/conflicts/{row.id}/settle", data={}).status_code == 422
    assert client.post(f"/reports/conflicts/{row.id}/settle", data={"note": "A copy."}).status_code == 303
    assert "No conflicts" in text(client, "/reports/conflicts")
    assert "A copy." in text(client, f"/reports/conflicts/{row.id}")


def test_a_price_difference_shows_both_results_and_is_settled(client: PagesClient, cast: Cast, busy: Session) -> None:
    client.sign_in(cast.root)
    listed = text(client, "/reports/differences")
    assert "USD\N{NO-BREAK SPACE}10.00" in listed
    assert "USD\N{NO-BREAK SPACE}9.00" in listed
    address = f"/reports/differences/{event_id(1)}"
    assert "The server says" in text(client, address)
    assert "Revision 4 of TEN" in text(client, f"/reports/differences/{event_id(5)}")
    assert client.post(f"{address}/settle", data={"note": ""}).status_code == 422
    assert client.post(f"{address}/settle", data={"note": "An old till."}).status_code == 303
    assert "An old till." in text(client, "/reports/differences?done=1")


def test_logs_are_searched_and_nothing_in_them_is_markup(client: PagesClient, cast: Cast, busy: Session) -> None:
    client.sign_in(cast.ben)
    assert "&lt;b&gt;jammed" in client.get("/reports/logs", inspect=False).get_data(as_text=True)
    found = client.get("/reports/logs?level=warning&q=hash", inspect=False).get_data(as_text=True)
    assert "jammed" not in found
    assert "The bundle was refused" in found
    fragment = client.htmx("GET", "/reports/logs?level=warning").get_data(as_text=True)
    assert "<html" not in fragment
    assert "1 line" in fragment


@pytest.mark.parametrize("name", LISTS)
def test_long_lists_come_in_pieces(
    client: PagesClient, cast: Cast, session: Session, upload: Upload, name: str
) -> None:
    upload([*range(30)] + [sale(n) for n in range(1, 31)])
    upload([sale(n, customer="C9") for n in range(1, 31)])
    for n in range(1, 31):
        values = {"reported": sale(n)["result"], "priced": sale(n)["result"]}
        session.add(PriceDifference(event_id=event_id(n), reported_minor=1, priced_minor=2, found_at=NOW, **values))
    session.flush()
    client.sign_in(cast.ben)
    assert "5 rows not shown yet" in text(client, f"/reports/{name}")
    rest = client.htmx("GET", f"/reports/{name}?from=25").get_data(as_text=True)
    assert rest.count("data-opens") == 5


def test_who_may_not_repair_gets_no_form_and_no_way(client: PagesClient, cast: Cast, busy: Session) -> None:
    client.sign_in(cast.ben)
    row = busy.scalars(select(Quarantined)).one()
    assert "<textarea" not in text(client, f"/reports/quarantine/{row.id}")
    for path in (
        f"/reports/quarantine/{row.id}/repair",
        f"/reports/quarantine/{row.id}/set-aside",
        "/reports/conflicts/1/settle",
        f"/reports/differences/{event_id(1)}/settle",
    ):
        assert client.post(path, data={"note": "x", "text": "{}"}).status_code == 403
    client.sign_in(cast.hal)
    assert client.get("/reports/").status_code == 403


def test_a_store_manager_sees_the_reports_of_own_stores(
    client: PagesClient, cast: Cast, busy: Session, till: Till
) -> None:
    row = busy.scalars(select(Quarantined)).one()
    conflict = busy.scalars(select(UsageConflict)).one()
    paths = (f"quarantine/{row.id}", f"conflicts/{conflict.id}", f"differences/{event_id(1)}")
    client.sign_in(cast.mia)
    assert "No till has reported yet" in text(client, "/reports/")
    assert "No logs yet" in text(client, "/reports/logs")
    assert [client.get(f"/reports/{path}").status_code for path in paths] == [404] * 3
    cast.mia.store_codes = ["S1"]
    busy.flush()
    assert "Nothing is lost." in text(client, "/reports/")
    assert [client.get(f"/reports/{path}").status_code for path in paths] == [200] * 3


def test_forms_without_their_token_are_refused(client: PagesClient, cast: Cast, busy: Session) -> None:
    client.sign_in(cast.root)
    row = busy.scalars(select(Quarantined)).one()
    response = client.post(f"/reports/quarantine/{row.id}/set-aside", data={"note": "x"}, csrf=False)
    assert response.status_code == 400
