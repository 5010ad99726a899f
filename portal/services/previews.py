"""What a basket would cost with promotions that are not published yet, alone and beside those that are.

Eligibility looks at the basket as rung up and never at other promotions (contract, section 5.1). So the live
promotions that a basket is not eligible for are found once per basket and kept, and each keystroke in the builder
prices only the rest together with the draft.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.engine import PromotionCalculator, PromotionCompiler
from portal.engine.definition import ENGINE_VERSION
from portal.services.publications import Live

Values = dict[str, Any]

# Reasons that hold whatever else is in the bundle. Not among them: a minimum spend, which may be read on remaining
# prices, and no benefit, which may be what another promotion left of it.
FINAL = frozenset(
    (
        *("unsupported", "currency", "outside_dates", "outside_hours", "store", "channel", "customer", "experiment"),
        *("trigger", "limit_reached", "payment_method", "missing_items"),
    )
)
MOST_BASKETS = 32


@dataclass(frozen=True, slots=True)
class Reach:
    """Of the live promotions on one basket: those that may still apply, and why the others do not."""

    possible: Mapping[str, Values]
    ruled_out: tuple[Values, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Results (contract, section 6) of the drafts by themselves and together with what already runs."""

    alone: Values
    together: Values


class LiveCalculator:
    """The live set's calculator, built at its first use, with the answers to the baskets asked last."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self._calculators: dict[str, PromotionCalculator] = {}
        self._reached: OrderedDict[str, Reach] = OrderedDict()
        self._lock = threading.Lock()

    def reach(self, basket: Values, settings: Values) -> Reach:
        """What of the live set can apply to a basket. Raises the engine's Invalid for a basket that can't be used."""
        resolution = settings.get("resolution", "best")
        key = json.dumps([resolution, basket], sort_keys=True)
        with self._lock:
            if key not in self._reached:
                self._reached[key] = self._look(basket, resolution)
                while len(self._reached) > MOST_BASKETS:
                    self._reached.popitem(last=False)
            self._reached.move_to_end(key)
            return self._reached[key]

    def _look(self, basket: Values, resolution: str) -> Reach:
        if resolution not in self._calculators:
            promotions = self.live.compiled.values()
            self._calculators[resolution] = calculator(promotions, {"resolution": resolution})
        result = self._calculators[resolution].calculate_promotions(basket)
        ruled_out = tuple(entry for entry in result["not_applied"] if entry["reason"] in FINAL)
        gone = {entry["promotion"] for entry in ruled_out}
        possible = {code: compiled for code, compiled in self.live.compiled.items() if code not in gone}
        return Reach(possible, ruled_out)


_kept: list[LiveCalculator] = []
_lock = threading.Lock()


def beside(live: Live) -> LiveCalculator:
    """The calculator of the live set, one for as long as the set stays the same."""
    with _lock:
        if not _kept or _kept[0].live is not live:
            _kept[:] = [LiveCalculator(live)]
        return _kept[0]


def calculator(promotions: Iterable[Values], settings: Values) -> PromotionCalculator:
    """A calculator of compiled promotions."""
    return PromotionCalculator({"engine": ENGINE_VERSION, "settings": settings, "promotions": list(promotions)})


def alone(drafts: Iterable[Values], basket: Values, settings: Values) -> Values:
    """The result of compiled drafts by themselves."""
    return calculator(drafts, settings).calculate_promotions(basket)


def together(live: Live, drafts: Iterable[Values], basket: Values, settings: Values) -> Values:
    """The result of compiled drafts beside the live set; a draft stands in for the live promotion of its code."""
    reach = beside(live).reach(basket, settings)
    promotions = {**reach.possible, **{draft["code"]: draft for draft in drafts}}
    result = calculator(promotions.values(), settings).calculate_promotions(basket)
    if settings.get("explain", True):
        rest = [entry for entry in reach.ruled_out if entry["promotion"] not in promotions]
        result["not_applied"] = sorted([*result["not_applied"], *rest], key=lambda entry: entry["promotion"])
    return result


def preview(live: Live, definition: Values, basket: Values) -> Preview:
    """A valid definition on a basket. Raises the engine's Invalid for what can't be used."""
    drafts = [PromotionCompiler().compile_promotion(definition)]
    return Preview(alone(drafts, basket, {}), together(live, drafts, basket, {}))
