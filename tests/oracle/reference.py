"""The reference of the engine contract: `evaluate(case)` answers as `portal evaluate` does, slowly and plainly."""

from typing import Any

from tests.oracle.checking import problems_of_case, problems_of_definition
from tests.oracle.compiling import compiled
from tests.oracle.eligibility import first_reason
from tests.oracle.giving import Turn
from tests.oracle.promotion import Promotion, Unit, rank, units_of
from tests.oracle.resolving import alone, apply, best, by_priority, conflict

Entry = dict[str, Any]


def evaluate(case: Any) -> Entry:
    """The result of one case, or {"errors": [{"field", "message"}]}."""
    problems = problems_of_case(case)
    if problems:
        return {"errors": problems}
    promotions, settings = promotions_of(case)
    return result(promotions, case["basket"], settings)


def compile_definition(definition: Any) -> Entry:
    """The compiled promotion of a definition, or {"errors": [...]}."""
    problems = problems_of_definition(definition)
    return {"errors": problems} if problems else compiled(definition)


def promotions_of(case: Entry) -> tuple[list[Promotion], Entry]:
    """The compiled promotions with what remains of them, and the settings."""
    bundle = case.get("bundle")
    if bundle is not None:
        promotions = [present(promotion) for promotion in bundle["promotions"]]
        settings = bundle.get("settings")
    else:
        promotions = [compiled(definition) for definition in case["promotions"]]
        settings = case.get("settings")
    remaining = case.get("remaining") or {}
    for promotion in promotions:
        left = {**(promotion.get("remaining") or {}), **(present(remaining.get(promotion["code"]) or {}))}
        if left:
            promotion["remaining"] = left
    return promotions, settings or {}


def present(value: Any) -> Any:
    """A bundle's values without nulls, integers as integers."""
    if isinstance(value, dict):
        return {key: present(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [present(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def result(promotions: list[Promotion], basket: Entry, settings: Entry) -> Entry:
    """The contract's result of compiled promotions on a valid basket."""
    basket = present(basket)
    units = units_of(basket)
    left_out: dict[str, tuple[str, Any]] = {}
    candidates: list[Promotion] = []
    suggesting: list[tuple[Promotion, Turn]] = []
    for promotion in promotions:
        reason = first_reason(promotion, basket, units)
        if reason is not None:
            left_out[promotion["code"]] = reason
            continue
        turn = alone(promotion, units)
        if turn.gives:
            candidates.append(promotion)
            continue
        left_out[promotion["code"]] = (turn.reason, turn.detail)
        if turn.suggestion is not None:
            suggesting.append((promotion, turn))
    members = by_priority(candidates) if settings.get("resolution") == "priority" else best(candidates, units)
    for promotion in candidates:
        if promotion not in members:
            lost_to = sorted(member["code"] for member in members if conflict(promotion, member))
            left_out[promotion["code"]] = ("not_best", {"lost_to": lost_to})
    turns = apply(members, units)
    for promotion, turn in turns:
        if not turn.gives:
            left_out[promotion["code"]] = (turn.reason, turn.detail)
    shown = turns + sorted(suggesting, key=lambda entry: rank(entry[0]))
    return written(basket, units, turns, shown, left_out if settings.get("explain", True) else {})


def written(
    basket: Entry,
    units: list[Unit],
    turns: list[tuple[Promotion, Turn]],
    shown: list[tuple[Promotion, Turn]],
    left_out: dict[str, tuple[str, Any]],
) -> Entry:
    """The result's document."""
    gave = [(promotion, turn) for promotion, turn in turns if turn.gives]
    subtotal = sum(unit.gross for unit in units)
    discount = sum(turn.discount for _, turn in gave)
    return {
        "subtotal": subtotal,
        "discount": discount,
        "total": subtotal - discount,
        "currency": basket["currency"],
        "lines": [line_entry(number, line, units, gave) for number, line in enumerate(basket["lines"])],
        "applied": [applied_entry(promotion, turn) for promotion, turn in gave],
        "rewards": [turn.reward for _, turn in gave if turn.reward is not None],
        "gifts": [turn.gift for _, turn in gave if turn.gift is not None],
        "suggestions": [turn.suggestion for _, turn in shown if turn.suggestion is not None],
        "not_applied": [
            {"promotion": code, "reason": left_out[code][0], "detail": left_out[code][1]} for code in sorted(left_out)
        ],
    }


def line_entry(number: int, line: Entry, units: list[Unit], gave: list[tuple[Promotion, Turn]]) -> Entry:
    """One line with its adjustments, in order of application."""
    mine = [unit for unit in units if unit.line == number]
    adjustments = []
    for promotion, turn in gave:
        shares = [turn.shares[unit.position] for unit in mine if unit.position in turn.shares]
        if shares:
            adjustments.append({"promotion": promotion["code"], "amount": sum(shares), "quantity": len(shares)})
    gross = sum(unit.gross for unit in mine)
    discount = sum(entry["amount"] for entry in adjustments)
    return {
        "id": line["id"],
        "gross": gross,
        "discount": discount,
        "net": gross - discount,
        "adjustments": adjustments,
    }


def applied_entry(promotion: Promotion, turn: Turn) -> Entry:
    """One promotion that gave something."""
    entry = {
        "promotion": promotion["code"],
        "type": promotion["type"],
        "discount": turn.discount,
        "times": turn.times,
    }
    return entry if promotion.get("revision") is None else {**entry, "revision": promotion["revision"]}
