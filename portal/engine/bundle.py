"""Reading a bundle: what a till is sent. Source: contract, section 6."""

from __future__ import annotations

from typing import Any

from portal.engine.consistency import read_promotion
from portal.engine.definition import CURRENCY, ENGINE_VERSION, SETTINGS
from portal.engine.problems import Findings, Invalid, Path
from portal.engine.shapes import Anything, Field, Integer, ListOf, Object

Values = dict[str, Any]

BUNDLE = Object(
    (
        Field("engine", Integer(least=1), required=True),
        Field("currency", CURRENCY),
        Field("settings", SETTINGS),
        Field("promotions", ListOf(Anything(), ordered=True), required=True),
        Field("golden", Anything()),
        Field("voucher_keys", Anything()),
    )
)
"""`golden` baskets and `voucher_keys` are the till's (contract sync.md, section 1); the engine reads neither."""


def read_bundle(document: Any) -> tuple[list[Values], Values]:
    """The compiled promotions and the settings of a bundle. Raises Invalid when it can't be used."""
    findings = Findings()
    bundle = check_bundle(document, (), findings)
    if findings or bundle is None:
        raise Invalid(findings.in_order_of(document))
    return bundle["promotions"], bundle.get("settings", {})


def check_bundle(document: Any, path: Path, findings: Findings) -> Values | None:
    """A bundle in canonical form; notes every problem. Of one with a newer engine nothing else is read."""
    engine = document.get("engine") if isinstance(document, dict) else None
    if isinstance(engine, (int, float)) and not isinstance(engine, bool) and engine > ENGINE_VERSION:
        findings.add((*path, "engine"), f"must be {ENGINE_VERSION}: this engine is too old for the bundle")
        return None
    bundle = BUNDLE.read(document, path, findings)
    if bundle is not None and isinstance(bundle.get("promotions"), list):
        at = (*path, "promotions")
        bundle["promotions"] = read_promotions(bundle["promotions"], at, findings, compiled=True)
    return bundle


def read_promotions(documents: list[Any], path: Path, findings: Findings, *, compiled: bool) -> list[Any]:
    """Promotions in canonical form, no code twice."""
    promotions, codes = [], set()
    for position, document in enumerate(documents):
        promotion = read_promotion(document, (*path, position), findings, compiled=compiled)
        code = promotion.get("code") if promotion else None
        if code is not None and code in codes:
            findings.add((*path, position, "code"), f"must differ from the other promotions, {code} stands twice")
        codes.add(code)
        promotions.append(promotion)
    return promotions
