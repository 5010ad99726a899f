"""Which promotions a store is sent: by place, currency and its own clock."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.services.sync.reaching import Place, Reaching, without_stores

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
AUCKLAND, BERLIN, HAWAII = "Pacific/Auckland", "Europe/Berlin", "Pacific/Honolulu"


def reaches(promotion: dict[str, object], *, code: str = "S1", currency: str = "EUR", zone: str = BERLIN) -> bool:
    reaching = Reaching({"P": {"code": "P", **promotion}}, NOW, timedelta(days=14))
    return bool(reaching.promotions(reaching.mask(Place(1, code, currency, zone))))


@pytest.mark.parametrize(
    ("why", "promotion", "where", "expected"),
    [
        ("without a scope it is for all", {}, {}, True),
        ("one of its stores", {"scope": {"stores": ["S1", "S2"]}}, {}, True),
        ("none of its stores", {"scope": {"stores": ["S2"]}}, {}, False),
        ("left out", {"scope": {"exclude_stores": ["S1"]}}, {}, False),
        ("named and left out", {"scope": {"stores": ["S1"], "exclude_stores": ["S1"]}}, {}, False),
        ("another store is left out", {"scope": {"exclude_stores": ["S2"]}}, {}, True),
        ("codes in another case are other codes", {"scope": {"stores": ["s1"]}}, {}, False),
        ("its currency", {"currency": "EUR"}, {}, True),
        ("another currency", {"currency": "USD"}, {}, False),
        ("starts at the horizon", {"schedule": {"starts_at": "2026-12-09T12:00:00Z"}}, {}, True),
        ("starts a second beyond it", {"schedule": {"starts_at": "2026-12-09T12:00:01Z"}}, {}, False),
        ("ends now", {"schedule": {"ends_at": "2026-11-25T12:00:00Z"}}, {}, False),
        ("ends in a second", {"schedule": {"ends_at": "2026-11-25T12:00:01Z"}}, {}, True),
        ("over in Auckland", {"schedule": {"ends_at": "2026-11-26T00:00:00"}}, {"zone": AUCKLAND}, False),
        ("and not yet in Berlin", {"schedule": {"ends_at": "2026-11-26T00:00:00"}}, {"zone": BERLIN}, True),
        ("within reach of Berlin's clock", {"schedule": {"starts_at": "2026-12-09T13:00:00"}}, {}, True),
        ("beyond Hawaii's", {"schedule": {"starts_at": "2026-12-09T13:00:00"}}, {"zone": HAWAII}, False),
    ],
)
def test_a_store_is_sent(why: str, promotion: dict[str, object], where: dict[str, str], expected: bool) -> None:
    assert reaches(promotion, **where) is expected, why


def test_the_stores_of_a_scope_stay_at_home() -> None:
    promotion = {"code": "P", "scope": {"stores": ["S1"], "channels": ["app"]}}
    assert without_stores(promotion) == {"code": "P", "scope": {"channels": ["app"]}}
    assert without_stores({"code": "P", "scope": {"exclude_stores": ["S1"]}}) == {"code": "P"}
    assert promotion["scope"]["stores"] == ["S1"]
