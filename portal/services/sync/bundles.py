"""A bundle: the promotions of a set of stores with all that a till needs to apply them, and nothing of one store.

Source: engine.md, section 6, and sync.md, section 1.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.orm import Session

from portal import engine
from portal.config import Settings
from portal.engine.definition import ENGINE_VERSION
from portal.models.publication import ContentKind
from portal.services import publications, sample_lines
from portal.services.sync import contents, golden, keys
from portal.services.sync.contents import Bytes
from portal.services.sync.reaching import Place, Reaching

Values = dict[str, Any]

# A till explains when somebody asks; a result with a reason for each of a thousand promotions serves nobody.
SETTINGS: Values = {"resolution": "best", "explain": False}


@dataclass(frozen=True, slots=True)
class Kept:
    """A bundle that is in the database: hash and length of its plain bytes."""

    sha256: str
    length: int


def keep_for(session: Session, places: Iterable[Place], *, settings: Settings, now: datetime) -> dict[int, Kept]:
    """The bundle of each store, by store id; each distinct one is made and stored once."""
    live = publications.live(session)
    reaching = Reaching(live.compiled, now, timedelta(days=settings.horizon_days))
    wanted = {place.id: (place.currency, reaching.mask(place)) for place in places}
    voucher_keys = keys.public(settings.keys)
    drafts = {
        each: _draft(each[0], reaching.promotions(each[1]), voucher_keys) for each in sorted(set(wanted.values()))
    }
    recipes = {each: _recipe(draft) for each, draft in drafts.items()}
    known = contents.by_recipe(session, recipes.values())
    fresh = [_finished(draft, recipes[each]) for each, draft in drafts.items() if recipes[each] not in known]
    contents.keep(session, ContentKind.BUNDLE, fresh, now=now)
    made = known | {each.recipe: (each.sha256, len(each.plain)) for each in fresh if each.recipe}
    return {store_id: Kept(*made[recipes[each]]) for store_id, each in wanted.items()}


def _draft(currency: str, promotions: list[Values], voucher_keys: list[dict[str, str]]) -> Values:
    """A bundle without its golden baskets."""
    return {
        "engine": ENGINE_VERSION,
        "currency": currency,
        "settings": SETTINGS,
        "promotions": promotions,
        "voucher_keys": voucher_keys,
    }


def _finished(draft: Values, recipe: str) -> Bytes:
    return contents.canonical(
        draft | {"golden": golden.golden(draft["promotions"], draft["currency"], SETTINGS)}, recipe
    )


def _recipe(draft: Values) -> str:
    """The hash of all that a bundle is made of: the draft, and the code that works out the golden results."""
    text = orjson.dumps(draft, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(_code() + text).hexdigest()


@cache
def _code() -> bytes:
    """A hash of the engine and of what makes golden baskets: another release may come to other results."""
    files = [*Path(engine.__file__).parent.glob("*.py"), Path(golden.__file__), Path(sample_lines.__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).digest()
