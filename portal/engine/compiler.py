"""PromotionCompiler: a definition as the portal stores it -> the compiled promotion that a till is sent.

Compiling drops defaults and what only the portal needs, turns percentages into basis points and, where a time zone
is given, the start and end into UTC instants, and sorts what has no order. Source: contract, sections 3 and 6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.engine import times
from portal.engine.consistency import read_promotion
from portal.engine.definition import (
    EXPERIMENT,
    LIMITS,
    REQUIREMENT,
    RULES,
    SCOPE,
    STACKING,
    TARGETING,
    TRIGGER,
    WINDOW,
)
from portal.engine.problems import Findings, Invalid
from portal.engine.shapes import ListOf, Object, Shape, steps_of

Values = dict[str, Any]
_PORTAL_ONLY = ("description", "funding")


class PromotionCompiler:
    """Compiles definitions; holds no state, so one serves all."""

    def compile_promotion(self, definition: Any) -> Values:
        """The compiled promotion of a definition (contract, section 6). Raises Invalid with every problem."""
        findings = Findings()
        values = read_promotion(definition, (), findings, compiled=False)
        if findings or values is None:
            raise Invalid(findings.in_order_of(definition))
        return self.compile_values(values)

    def compile_values(self, values: Values) -> Values:
        """The same for a definition that read_promotion has read without a problem."""
        parts = {
            "code": values["code"],
            "name": values.get("name"),
            "type": values["type"],
            "currency": values.get("currency"),
            "rule": self.compile_rule(values["type"], values["rule"]),
            "requires": compact(ListOf(REQUIREMENT, ordered=True), values.get("requires", [])),
            "trigger": compact(TRIGGER, values.get("trigger", {})),
            "schedule": self.compile_time_rules(values.get("schedule", {})),
            "scope": self.compile_scope(values.get("scope", {})),
            "targeting": self.compile_targeting(values.get("targeting", {})),
            "limits": self.compile_limits(values.get("limits", {})),
            "stacking": compact(STACKING, values.get("stacking", {})),
            "priority": values.get("priority"),
            "experiment": compact(EXPERIMENT, values.get("experiment", {})),
        }
        return {key: part for key, part in parts.items() if part or key == "rule"}

    def compile_rule(self, kind: str, rule: Values) -> Values:
        """The rule of a promotion of type `kind`, by the compiler of that type."""
        return self.RULE_COMPILERS[kind](self, rule)

    def compile_time_rules(self, schedule: Values) -> Values:
        """Weekdays, windows and excluded dates stay store wall-clock; a zone turns start and end into UTC."""
        zone = schedule.get("timezone")
        moments = {key: schedule[key] for key in ("starts_at", "ends_at") if key in schedule}
        if zone:
            moments = {key: times.utc_of(local, zone) for key, local in moments.items()}
        rest = {
            "weekdays": sorted(schedule.get("weekdays", [])),
            "windows": compact(ListOf(WINDOW, ordered=True), schedule.get("windows", [])),
            "excluded_dates": sorted(schedule.get("excluded_dates", [])),
        }
        return moments | {key: value for key, value in rest.items() if value}

    def compile_scope(self, scope: Values) -> Values:
        """Brands, stores, excluded stores and channels, each sorted."""
        return compact(SCOPE, scope)

    def compile_targeting(self, targeting: Values) -> Values:
        """Who may have it: segments, customers, birthdays."""
        return compact(TARGETING, targeting)

    def compile_limits(self, limits: Values) -> Values:
        """How often and how much; `offline` and `on_refund` go along for the till."""
        return compact(LIMITS, limits)

    def compile_percent_discount(self, rule: Values) -> Values:
        """20 percent off becomes 2000 basis points off."""
        return compact(RULES["percent_discount"], rule)

    def compile_amount_discount(self, rule: Values) -> Values:
        """An amount off the sum, or off each unit."""
        return compact(RULES["amount_discount"], rule)

    def compile_happy_hour(self, rule: Values) -> Values:
        """A value on matching items; its windows are in the schedule."""
        return compact(RULES["happy_hour"], rule)

    def compile_bogo(self, rule: Values) -> Values:
        """Buy and get; `get.items` stays even when it is empty: any item is another rule than one pool."""
        compiled = compact(RULES["bogo"], rule)
        if rule["get"].get("items") is not None:
            compiled["get"] = {"items": {}} | compiled["get"]
        return compiled

    def compile_combo(self, rule: Values) -> Values:
        """Slots in their order."""
        return compact(RULES["combo"], rule)

    def compile_package(self, rule: Values) -> Values:
        """Contents in their order."""
        return compact(RULES["package"], rule)

    def compile_mix_match(self, rule: Values) -> Values:
        """Any `quantity` of a pool."""
        return compact(RULES["mix_match"], rule)

    def compile_free_item(self, rule: Values) -> Values:
        """The gift and when it is given."""
        return compact(RULES["free_item"], rule)

    def compile_upsell(self, rule: Values) -> Values:
        """Trigger and offer."""
        return compact(RULES["upsell"], rule)

    def compile_threshold(self, rule: Values) -> Values:
        """Tiers, the lowest first."""
        return compact(RULES["threshold"], rule | {"tiers": sorted(rule["tiers"], key=lambda tier: tier["at"])})

    def compile_payment_discount(self, rule: Values) -> Values:
        """Methods and card prefixes."""
        return compact(RULES["payment_discount"], rule)

    def compile_cashback(self, rule: Values) -> Values:
        """What is given back."""
        return compact(RULES["cashback"], rule)

    def compile_cross_brand(self, rule: Values) -> Values:
        """Where to earn and what is rewarded."""
        return compact(RULES["cross_brand"], rule)

    RULE_COMPILERS: dict[str, Callable[[PromotionCompiler, Values], Values]] = {
        "percent_discount": compile_percent_discount,
        "amount_discount": compile_amount_discount,
        "happy_hour": compile_happy_hour,
        "bogo": compile_bogo,
        "combo": compile_combo,
        "package": compile_package,
        "mix_match": compile_mix_match,
        "free_item": compile_free_item,
        "upsell": compile_upsell,
        "threshold": compile_threshold,
        "payment_discount": compile_payment_discount,
        "cashback": compile_cashback,
        "cross_brand": compile_cross_brand,
    }


def compact(shape: Shape, value: Any) -> Any:
    """A valid value without what its absence would mean too, unordered lists sorted, percentages as basis points."""
    if isinstance(shape, Object):
        return _compact_object(shape, value)
    if isinstance(shape, ListOf):
        entries = [compact(shape.item, entry) for entry in value]
        return entries if shape.ordered or not entries or isinstance(entries[0], dict) else sorted(entries)
    return value


def _compact_object(shape: Object, value: Values) -> Values:
    result: Values = {}
    for entry in shape.fields:
        if entry.name not in value:
            continue
        part = value[entry.name]
        if type(part) in (dict, list):
            part = compact(entry.shape, part)
            if not part and not entry.required:
                continue
        elif part == entry.default and not entry.required:
            continue
        if entry.name == "percent":
            result["basis_points"] = steps_of(part, 2)
        else:
            result[entry.name] = part
    return result
