"""What the reference reads of compiled promotions and baskets: single units, selectors, ranks."""

from dataclasses import dataclass
from typing import Any

PHASES = ["item", "basket", "payment", "reward"]
SETS = ("combo", "package", "mix_match")
BUNDLES = (*SETS, "bogo", "free_item", "upsell")
Promotion = dict[str, Any]


@dataclass(frozen=True)
class Unit:
    """One single unit of a basket."""

    position: int
    line: int
    sku: str
    categories: tuple[str, ...]
    brand: str | None
    tags: tuple[str, ...]
    gross: int
    floor: int


def units_of(basket: dict[str, Any]) -> list[Unit]:
    """Every unit, ordered by line, then by index."""
    units: list[Unit] = []
    for number, line in enumerate(basket["lines"]):
        for _ in range(int(line["quantity"])):
            units.append(
                Unit(
                    position=len(units),
                    line=number,
                    sku=line["sku"],
                    categories=tuple(line.get("categories") or ()),
                    brand=line.get("brand"),
                    tags=tuple(line.get("tags") or ()),
                    gross=int(line["unit_price"]),
                    floor=int(line.get("floor_price") or 0),
                )
            )
    return units


def in_lists(lists: dict[str, Any], unit: Unit) -> bool:
    """True when one of the four lists names the unit."""
    return (
        unit.sku in (lists.get("skus") or [])
        or any(category in (lists.get("categories") or []) for category in unit.categories)
        or unit.brand in (lists.get("brands") or [])
        or any(tag in (lists.get("tags") or []) for tag in unit.tags)
    )


def matches(selector: dict[str, Any] | None, unit: Unit) -> bool:
    """True when the selector takes the unit; none, or one with empty lists, takes every unit."""
    selector = selector or {}
    named = any(selector.get(key) for key in ("skus", "categories", "brands", "tags"))
    if named and not in_lists(selector, unit):
        return False
    least, most = selector.get("min_unit_price"), selector.get("max_unit_price")
    if (least is not None and unit.gross < least) or (most is not None and unit.gross > most):
        return False
    return not in_lists(selector.get("exclude") or {}, unit)


def seen(promotion: Promotion, units: list[Unit]) -> list[Unit]:
    """The units that the promotion sees: those of its brands, where it names some."""
    brands = (promotion.get("scope") or {}).get("brands") or []
    return [unit for unit in units if not brands or unit.brand in brands]


def phase(promotion: Promotion) -> str:
    """item, basket, payment or reward."""
    kind = promotion["type"]
    if kind in ("percent_discount", "amount_discount"):
        return "basket" if promotion["rule"].get("on") == "basket" else "item"
    return {"threshold": "basket", "payment_discount": "payment", "cashback": "reward", "cross_brand": "reward"}.get(
        kind, "item"
    )


def rank(promotion: Promotion) -> tuple[int, str]:
    """Priority descending, then code ascending."""
    return (-(promotion.get("priority") or 0), promotion["code"])


def order(promotion: Promotion) -> tuple[int, tuple[int, str]]:
    """The order of application: by phase, then by rank."""
    return (PHASES.index(phase(promotion)), rank(promotion))


def slots_of(promotion: Promotion) -> list[tuple[dict[str, Any], int]]:
    """The slots of a combo, package or mix_match: (selector, quantity)."""
    rule = promotion["rule"]
    if promotion["type"] == "combo":
        return [(slot.get("items") or {}, slot.get("quantity") or 1) for slot in rule["slots"]]
    if promotion["type"] == "package":
        return [({"skus": [content["sku"]]}, content.get("quantity") or 1) for content in rule["contents"]]
    return [(rule.get("items") or {}, rule["quantity"])]


def one_pool(promotion: Promotion) -> bool:
    """True for a bogo without `get.items`."""
    return promotion["rule"]["get"].get("items") is None


def stacking(promotion: Promotion, key: str, default: Any) -> Any:
    """A setting of stacking."""
    value = (promotion.get("stacking") or {}).get(key)
    return default if value is None else value


def limit(promotion: Promotion, name: str) -> int | None:
    """A limit; what remains of it replaces it."""
    left = (promotion.get("remaining") or {}).get(name)
    return left if left is not None else (promotion.get("limits") or {}).get(name)
