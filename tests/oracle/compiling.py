"""A valid definition -> the compiled promotion that a till is sent."""

from fractions import Fraction
from typing import Any

from tests.oracle.instants import instant_text, meant_instant

# What a key means where it is absent, by the object that holds it.
DEFAULTS: dict[str, dict[str, Any]] = {
    "": {"priority": 0},
    "trigger": {"kind": "automatic"},
    "targeting": {"customers": "any"},
    "limits": {"offline": "open", "on_refund": "restore"},
    "stacking": {"mode": "stackable", "base": "remaining", "measure": "rung_up", "full_price_only": False},
    "part": {"quantity": 1},
}
RULE_DEFAULTS: dict[str, dict[str, Any]] = {
    "percent_discount": {"on": "items"},
    "amount_discount": {"on": "items", "pick": "highest_price"},
    "bogo": {"basis_points": 10_000, "pick": "lowest_price"},
    "free_item": {"repeat": False},
    "threshold": {"on": "spend", "repeat": False},
    "cashback": {"credit": "wallet"},
}
REQUIRED = {"buy", "get", "trigger", "offer", "when", "gift", "earn", "reward"}


def compiled(definition: dict[str, Any]) -> dict[str, Any]:
    """The compiled promotion of a valid definition."""
    given = {key: plain(value) for key, value in definition.items() if key not in ("description", "funding", "rule")}
    schedule = given.get("schedule") or {}
    zone = schedule.pop("timezone", None)
    for key in ("starts_at", "ends_at"):
        if zone and key in schedule:
            schedule[key] = instant_text(meant_instant(schedule[key], zone))
    for key in ("trigger", "targeting", "limits", "stacking"):
        given[key] = without(given.get(key) or {}, DEFAULTS[key])
    given = without({key: value for key, value in given.items() if value not in (None, {}, [])}, DEFAULTS[""])
    return {**given, "rule": compiled_rule(given["type"], definition["rule"])}


def plain(value: Any) -> Any:
    """Without nulls and empty things, integers as integers, lists of words and numbers sorted."""
    if isinstance(value, dict):
        inner = {key: plain(entry) for key, entry in value.items()}
        return {key: entry for key, entry in inner.items() if entry is not None and entry != [] and entry != {}}
    if isinstance(value, list):
        entries = [{} if entry == {} else plain(entry) for entry in value]
        return entries if any(isinstance(entry, dict) for entry in entries) else sorted(entries)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def without(holder: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The object without the keys that say what is the default."""
    return {key: value for key, value in holder.items() if not (key in defaults and defaults[key] == value)}


def compiled_rule(kind: str, rule: dict[str, Any]) -> dict[str, Any]:
    """The rule with basis points, tiers by `at`, required objects kept even when empty."""
    done = plain(rule)
    for key in REQUIRED & rule.keys():
        if rule[key] is not None:
            done[key] = without(done.get(key, {}), DEFAULTS["part"])
    if kind == "bogo" and rule["get"].get("items") is not None:
        done["get"].setdefault("items", {})
    for key in ("slots", "contents"):
        if key in done:
            done[key] = [without(part, DEFAULTS["part"]) for part in done[key]]
    if kind == "threshold":
        done["tiers"] = sorted((compiled_tier(tier) for tier in done["tiers"]), key=lambda tier: tier["at"])
    return without(in_basis_points(done), RULE_DEFAULTS.get(kind, {}))


def compiled_tier(tier: dict[str, Any]) -> dict[str, Any]:
    """A tier in basis points; its gift without defaults."""
    if "gift" in tier:
        tier = {**tier, "gift": without(tier["gift"], DEFAULTS["part"])}
    return in_basis_points(tier)


def in_basis_points(holder: dict[str, Any]) -> dict[str, Any]:
    """`percent` 12.5 becomes `basis_points` 1250."""
    if "percent" not in holder:
        return holder
    points = int(Fraction(repr(holder["percent"])) * 100)
    return {"basis_points": points, **{key: value for key, value in holder.items() if key != "percent"}}
