"""What must hold across the fields of a promotion, and reading promotions whole.

A check is made only where the fields that it compares are valid. Source: contract, section 1 ("Errors are ...") and
section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.engine import times
from portal.engine.definition import MOST_PLACES, TYPES, promotion_shape
from portal.engine.problems import Findings, Path

BASE_ORIGINAL_TYPES = ("percent_discount", "happy_hour", "threshold", "payment_discount", "cashback")

Values = dict[str, Any]


def read_promotion(document: Any, path: Path, findings: Findings, *, compiled: bool) -> Values | None:
    """A definition or compiled promotion in canonical form; notes every problem.

    A compiled promotion of a type that this engine does not know is only asked for its code: a till skips it.
    """
    findings.money_at = None
    shape, rule_shape = promotion_shape(document, compiled)
    if compiled and rule_shape is None and _names_a_type(document):
        return _read_unsupported(document, path, findings)
    promotion = shape.read(document, path, findings)
    if promotion is None:
        return None
    if rule_shape is None:
        if promotion.get("type") is not None:
            findings.add((*path, "type"), f"must be one of {', '.join(TYPES)}, not {promotion['type']}")
    elif "rule" in promotion:
        promotion["rule"] = rule_shape.read(promotion["rule"], (*path, "rule"), findings)
    _check_across(promotion, path, findings)
    return promotion


def _names_a_type(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("type"), str) and document["type"] != ""


def _read_unsupported(document: Values, path: Path, findings: Findings) -> Values:
    shape, code = promotion_shape(document, True)[0].by_name["code"].shape, None
    if document.get("code") is None:
        findings.add((*path, "code"), "is required")
    else:
        code = shape.read(document["code"], (*path, "code"), findings)
    return {"code": code, "type": document["type"]}


def _check_across(promotion: Values, path: Path, findings: Findings) -> None:
    rule, kind = promotion.get("rule"), promotion.get("type")
    if isinstance(rule, dict) and kind in _RULE_CHECKS:
        _RULE_CHECKS[kind](rule, (*path, "rule"), findings)
    _check_trigger(promotion.get("trigger") or {}, (*path, "trigger"), findings)
    _check_dates(promotion.get("schedule") or {}, (*path, "schedule"), findings)
    _check_windows(promotion, path, findings)
    _check_stacking(promotion.get("stacking") or {}, (*path, "stacking"), findings)
    if isinstance(rule, dict) and kind in TYPES:
        _check_base(promotion, path, findings)
        _check_measure(promotion, path, findings)
    _check_experiment(promotion.get("experiment") or {}, (*path, "experiment"), findings)
    _check_currency(promotion, path, findings)


def _check_each_unit(rule: Values, path: Path, findings: Findings) -> None:
    if not findings.valid((*path, "on")):
        return
    each_unit = rule.get("on") == "each_unit"
    if "max_units" in rule and not each_unit:
        findings.add((*path, "max_units"), "goes only with on: each_unit")
    if "pick" in rule and not each_unit:
        findings.add((*path, "pick"), "goes only with on: each_unit")
    elif "pick" in rule and "max_units" not in rule:
        findings.add((*path, "pick"), "goes only with max_units: without it every unit is taken")


def _check_places(key: str) -> Callable[[Values, Path, Findings], None]:
    def check(rule: Values, path: Path, findings: Findings) -> None:
        entries = rule.get(key)
        if not isinstance(entries, list) or None in entries:
            return
        quantities = [entry.get("quantity", 1) for entry in entries]
        if None in quantities:
            return
        places = sum(quantities)
        if places > MOST_PLACES:
            findings.add((*path, key), f"must have at most {MOST_PLACES} places together, not {places}")

    return check


def _check_tiers(rule: Values, path: Path, findings: Findings) -> None:
    tiers = rule.get("tiers")
    if not isinstance(tiers, list):
        return
    seen = set()
    for position, tier in enumerate(tiers):
        at = (*path, "tiers", position, "at")
        if isinstance(tier, dict) and tier.get("at") is not None:
            if tier["at"] in seen:
                findings.add(at, f"must differ from the other tiers, {tier['at']} stands twice")
            seen.add(tier["at"])
    if rule.get("repeat") and findings.valid((*path, "tiers")) and (len(tiers) != 1 or "amount" not in tiers[0]):
        findings.add((*path, "repeat"), "goes only with one tier that takes an amount off")


_RULE_CHECKS: dict[str, Callable[[Values, Path, Findings], None]] = {
    "amount_discount": _check_each_unit,
    "combo": _check_places("slots"),
    "package": _check_places("contents"),
    "threshold": _check_tiers,
}


def _check_trigger(trigger: Values, path: Path, findings: Findings) -> None:
    if not findings.valid((*path, "kind")):
        return
    asks_for_code = trigger.get("kind") == "code"
    if asks_for_code and "code" not in trigger:
        findings.add((*path, "code"), "is required where the trigger is a code")
    elif "code" in trigger and not asks_for_code:
        findings.add((*path, "code"), "goes only with kind: code")


def _check_dates(schedule: Values, path: Path, findings: Findings) -> None:
    start, end, zone = (schedule.get(key) for key in ("starts_at", "ends_at", "timezone"))
    if zone:
        start, end = (
            _in_utc(local, zone, (*path, key), findings) for key, local in (("starts_at", start), ("ends_at", end))
        )
    if not (start and end) or start.endswith("Z") != end.endswith("Z"):
        return
    if times.local_seconds(schedule["ends_at"]) <= times.local_seconds(schedule["starts_at"]):
        findings.add(
            (*path, "ends_at"), f"must be later than the start, {schedule['starts_at'][:16].replace('T', ' ')}"
        )
    elif times.local_seconds(end) <= times.local_seconds(start):
        findings.add((*path, "ends_at"), f"must be later than the start, which the clock change moves to {start}")


def _in_utc(local: str | None, zone: str, path: Path, findings: Findings) -> str | None:
    """A valid local time in UTC, where the compiled promotion must hold together too."""
    if local is None:
        return None
    try:
        return times.utc_of(local, zone)
    except ValueError:
        findings.add(path, "must lie within the years 1 to 9999 in UTC too")
        return None


def _check_windows(promotion: Values, path: Path, findings: Findings) -> None:
    windows = (*path, "schedule", "windows")
    schedule = promotion.get("schedule", {})
    if promotion.get("type") != "happy_hour" or not isinstance(schedule, dict) or not findings.valid(windows):
        return
    if not schedule.get("windows"):
        findings.add(windows, "is required for a happy hour: at least one window of time")


def _check_stacking(stacking: Values, path: Path, findings: Findings) -> None:
    if not findings.valid((*path, "mode")):
        return
    grouped = stacking.get("mode") == "group"
    if grouped and "group" not in stacking:
        findings.add((*path, "group"), "is required where the mode is group")
    elif "group" in stacking and not grouped:
        findings.add((*path, "group"), "goes only with mode: group")


def _check_base(promotion: Values, path: Path, findings: Findings) -> None:
    if (promotion.get("stacking") or {}).get("base") != "original":
        return
    rule = promotion["rule"]
    parts = rule.get("tiers") if promotion["type"] == "threshold" else [rule]
    if not findings.valid(*((*path, "rule", key) for key in ("percent", "basis_points", "tiers"))):
        return
    if promotion["type"] in BASE_ORIGINAL_TYPES:
        if any("percent" in part or "basis_points" in part for part in parts or []):
            return
        if not parts or not any("amount" in part or "price" in part or "gift" in part for part in parts):
            return
    findings.add((*path, "stacking", "base"), "original goes only with a percentage that is taken on a sum")


def _check_measure(promotion: Values, path: Path, findings: Findings) -> None:
    if (promotion.get("stacking") or {}).get("measure") != "remaining":
        return
    rule, kind, at = promotion["rule"], promotion["type"], (*path, "rule")
    if kind == "threshold":
        reads_spend = rule.get("on", "spend") != "quantity"
    elif kind == "free_item":
        reads_spend = not isinstance(rule.get("when"), dict) or "min_spend" in rule["when"]
    else:
        reads_spend = "min_spend" in rule or "min_basket" in rule
    if not reads_spend and findings.valid((*at, "on"), (*at, "when")):
        findings.add((*path, "stacking", "measure"), "remaining goes only with a rule that asks for a spend")


def _check_experiment(experiment: Values, path: Path, findings: Findings) -> None:
    bounds = experiment.get("range")
    if not isinstance(bounds, list) or not findings.valid((*path, "range")):
        return
    if len(bounds) != 2:
        findings.add((*path, "range"), f"must be two shares, from and to, not {len(bounds)}")
    elif bounds[0] > bounds[1]:
        findings.add((*path, "range"), f"must not begin at {bounds[0]} above its end {bounds[1]}")


def _check_currency(promotion: Values, path: Path, findings: Findings) -> None:
    if "currency" in promotion:
        return
    if findings.money_at or _has_spend_tiers(promotion):
        findings.add((*path, "currency"), "is required where the rule, limits or requirements hold money")


def _has_spend_tiers(promotion: Values) -> bool:
    """Where a threshold reads a spend, the `at` of its tiers is money too."""
    rule = promotion.get("rule")
    if promotion.get("type") != "threshold" or not isinstance(rule, dict) or rule.get("on", "spend") != "spend":
        return False
    return any(isinstance(tier, dict) and tier.get("at") is not None for tier in rule.get("tiers") or [])
