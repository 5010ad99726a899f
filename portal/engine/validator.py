"""PromotionValidator: everything that is wrong with a definition, and what is doubtful about it.

Wrong is what the contract refuses. Doubtful is what it allows although hardly anybody means it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from portal.engine import times
from portal.engine.consistency import read_promotion
from portal.engine.problems import Findings, Path, Problem

Values = dict[str, Any]

_VALUE_FIELDS = ("percent", "amount", "price", "unit_price", "max_discount", "budget", "min_spend", "min_basket", "at")


class PromotionValidator:
    """Checks definitions; holds no state, so one serves all."""

    def validate_promotion(self, definition: Any) -> list[Problem]:
        """Every problem of a definition in document order; an empty list when it can be compiled."""
        findings = Findings()
        read_promotion(definition, (), findings, compiled=False)
        return findings.in_order_of(definition)

    def validate_dates(self, definition: Any) -> list[Problem]:
        """The problems of its schedule."""
        return self._below(definition, "schedule")

    def validate_scope(self, definition: Any) -> list[Problem]:
        """The problems of where and for whom it holds."""
        return self._below(definition, "scope") + self._below(definition, "targeting")

    def validate_rules(self, definition: Any) -> list[Problem]:
        """The problems of its type, rule and requirements."""
        return [
            problem
            for problem in self.validate_promotion(definition)
            if problem["field"].split(".")[0].split("[")[0] in ("type", "rule", "requires")
        ]

    def validate_discount_values(self, definition: Any) -> list[Problem]:
        """The problems of percentages, amounts, prices and the currency that they are in."""
        return [
            problem
            for problem in self.validate_promotion(definition)
            if problem["field"].split(".")[-1] in (*_VALUE_FIELDS, "currency", "rule")
        ]

    def _below(self, definition: Any, key: str) -> list[Problem]:
        problems = self.validate_promotion(definition)
        return [problem for problem in problems if problem["field"].split(".")[0] == key]

    def warnings(self, definition: Any) -> list[Problem]:
        """What is doubtful about a valid definition; nothing for an invalid one, whose problems come first."""
        findings = Findings()
        promotion = read_promotion(definition, (), findings, compiled=False)
        if findings or promotion is None:
            return []
        for check in _DOUBTS:
            check(promotion, findings)
        return findings.in_order_of(definition)


def _selector_without_items(promotion: Values, findings: Findings) -> None:
    for path, selector in _selectors(promotion["rule"], ("rule",)):
        least, most = selector.get("min_unit_price"), selector.get("max_unit_price")
        if least is not None and most is not None and least > most:
            findings.add((*path, "max_unit_price"), "is below min_unit_price: no item is within both")
        excluded = selector.get("exclude", {})
        for key in ("skus", "categories", "brands", "tags"):
            wanted = set(selector.get(key, []))
            if wanted and wanted <= set(excluded.get(key, [])):
                findings.add((*path, "exclude", key), "takes away everything that was chosen")


def _selectors(value: Any, path: Path) -> list[tuple[Path, Values]]:
    if isinstance(value, list):
        return [found for index, entry in enumerate(value) for found in _selectors(entry, (*path, index))]
    if not isinstance(value, dict):
        return []
    own = [((*path, "items"), value["items"])] if isinstance(value.get("items"), dict) else []
    return own + [found for key, entry in value.items() if key != "items" for found in _selectors(entry, (*path, key))]


def _never_in_force(promotion: Values, findings: Findings) -> None:
    schedule = promotion.get("schedule", {})
    start, end = schedule.get("starts_at"), schedule.get("ends_at")
    if not (start and end):
        return
    first, last = times.local_seconds(start) // 86400, (times.local_seconds(end) - 1) // 86400
    if last - first > 366:
        return
    excluded = {times.day_of(day) for day in schedule.get("excluded_dates", [])}
    windows = schedule.get("windows") or [{}]
    for day in range(first - 1, last + 1):
        for window in windows:
            weekdays = window.get("weekdays") or schedule.get("weekdays")
            fits = day not in excluded and (not weekdays or times.weekday_of(day) in weekdays)
            if fits and _overlaps(day, window, times.local_seconds(start), times.local_seconds(end)):
                return
    findings.add(("schedule",), "never comes into force: no day between start and end fits the weekdays and windows")


def _overlaps(day: int, window: Values, start: int, end: int) -> bool:
    opens = times.minute_of(window.get("from", "00:00"))
    closes = times.minute_of(window.get("to", "24:00"))
    closes += times.MINUTES_A_DAY if closes <= opens else 0
    return day * 86400 + opens * 60 < end and start < day * 86400 + closes * 60


def _gives_everything(promotion: Values, findings: Findings) -> None:
    rule, limits = promotion["rule"], promotion.get("limits", {})
    if promotion["type"] in ("bogo", "upsell") or rule.get("percent") != 100:
        return
    if not (limits.get("max_discount") or limits.get("budget") or limits.get("total")):
        findings.add(("rule", "percent"), "gives everything away, and no limit stops it")


def _without_condition_or_limit(promotion: Values, findings: Findings) -> None:
    rule = promotion["rule"]
    if promotion["type"] not in ("percent_discount", "amount_discount") or promotion.get("requires"):
        return
    asks = ("items", "min_spend", "min_basket", "min_quantity")
    open_to_all = promotion.get("trigger", {}).get("kind", "automatic") == "automatic" and not promotion.get(
        "targeting"
    )
    if open_to_all and not promotion.get("limits") and not any(rule.get(key) for key in asks):
        findings.add(("limits",), "are empty: every basket gets this, as often as it likes")


def _any_item_for_free(promotion: Values, findings: Findings) -> None:
    if promotion["type"] == "bogo" and not _chooses(promotion["rule"]["buy"]):
        findings.add(("rule", "buy"), "names no items: whatever a guest buys counts, and the cheapest is given")


def _chooses(part: Values) -> bool:
    return any(part.get("items", {}).values())


def _higher_tier_gives_less(promotion: Values, findings: Findings) -> None:
    if promotion["type"] != "threshold":
        return
    tiers = sorted(enumerate(promotion["rule"]["tiers"]), key=lambda entry: entry[1]["at"])
    for (_, lower), (position, higher) in pairwise(tiers):
        for key in ("percent", "amount"):
            if key in lower and key in higher and higher[key] <= lower[key]:
                findings.add(("rule", "tiers", position, key), "gives no more than the tier below it")


def _shares_do_not_add_up(promotion: Values, findings: Findings) -> None:
    funding = promotion.get("funding")
    shares = [*funding.values()] if isinstance(funding, dict) else []
    if shares and all(type(share) in (int, float) for share in shares) and sum(shares) != 100:
        findings.add(("funding",), f"adds up to {sum(shares)} percent, not to 100")


_DOUBTS = (
    _selector_without_items,
    _never_in_force,
    _gives_everything,
    _without_condition_or_limit,
    _any_item_for_free,
    _higher_tier_gives_less,
    _shares_do_not_add_up,
)
