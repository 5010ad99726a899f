"""The door to the engine: one case in, one answer out. Source: contract, section 7."""

from __future__ import annotations

from typing import Any

from portal.engine.basket import check_basket
from portal.engine.bundle import check_bundle, read_promotions
from portal.engine.calculator import PromotionCalculator
from portal.engine.compiler import PromotionCompiler
from portal.engine.definition import BASKET, ENGINE_VERSION, REMAINING, SETTINGS
from portal.engine.problems import Findings, Invalid
from portal.engine.quoting import shown
from portal.engine.shapes import Anything, Field, ListOf, Object

Values = dict[str, Any]

CASE = Object(
    (
        Field("promotions", ListOf(Anything(), ordered=True)),
        Field("basket", Anything(), required=True),
        Field("settings", Anything()),
        Field("remaining", Anything()),
        Field("bundle", Anything()),
    )
)


def evaluate_case(case: Any) -> Values:
    """The result of a case, or {"errors": [...]} with every problem of it."""
    try:
        bundle = bundle_of_case(case)
    except Invalid as invalid:
        return {"errors": invalid.problems}
    return PromotionCalculator(bundle).calculate_promotions(case["basket"])


def compile_definition(definition: Any) -> Values:
    """The compiled promotion of a definition, or {"errors": [...]}."""
    try:
        return PromotionCompiler().compile_promotion(definition)
    except Invalid as invalid:
        return {"errors": invalid.problems}


def bundle_of_case(case: Any) -> Values:
    """The bundle that a case prices its basket with. Raises Invalid with every problem of the case."""
    findings = Findings()
    values = CASE.read(case, (), findings)
    if values is None:
        raise Invalid(findings.in_order_of(case))
    bundle = _given_bundle(values, findings) if "bundle" in values else _compiled_bundle(values, findings)
    if "basket" in values:
        check_basket(values["basket"], ("basket",), findings)
    remaining = _remaining(values, bundle, findings)
    if findings:
        raise Invalid(findings.in_order_of(case))
    for promotion in bundle["promotions"]:
        if promotion["code"] in remaining:
            promotion["remaining"] = promotion.get("remaining", {}) | remaining[promotion["code"]]
    return bundle


def _given_bundle(values: Values, findings: Findings) -> Values:
    for key in ("promotions", "settings"):
        if key in values:
            findings.add((key,), "stands in the bundle already: a case holds the one or the other")
    return check_bundle(values["bundle"], ("bundle",), findings) or {"promotions": []}


def _compiled_bundle(values: Values, findings: Findings) -> Values:
    settings = SETTINGS.read(values.get("settings", {}), ("settings",), findings)
    promotions = values.get("promotions")
    if "promotions" not in values:
        findings.add(("promotions",), "is required")
    definitions = read_promotions(promotions or [], ("promotions",), findings, compiled=False)
    if findings:
        return {"promotions": definitions}
    compiler = PromotionCompiler()
    compiled = [compiler.compile_values(definition) for definition in definitions]
    return {"engine": ENGINE_VERSION, "settings": settings, "promotions": compiled}


def _remaining(values: Values, bundle: Values, findings: Findings) -> Values:
    """What remains of the limits, by code; under an unknown code nothing is read."""
    given = values.get("remaining", {})
    if not isinstance(given, dict):
        findings.add(("remaining",), f"must be an object, not {shown(given)}")
        return {}
    promotions = bundle.get("promotions") or []
    codes = {promotion.get("code") if promotion else None for promotion in promotions}
    all_codes_known = None not in codes and (promotions or findings.valid(("promotions",), ("bundle",)))
    remaining = {}
    for code, left in given.items():
        if left is None:
            continue
        if code in codes:
            remaining[code] = REMAINING.read(left, ("remaining", code), findings) or {}
        elif all_codes_known:
            findings.add(("remaining", code), "is not the code of a promotion of this case")
    return remaining


__all__ = ["BASKET", "CASE", "bundle_of_case", "compile_definition", "evaluate_case"]
