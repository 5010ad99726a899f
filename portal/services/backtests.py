"""Promotions replayed over baskets that were paid: what they would have given, had people bought the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.engine import PromotionCalculator

Values = dict[str, Any]


@dataclass
class Outcome:
    """What one promotion did: in how many baskets it applied, and their sums in minor units.

    `sales` is what those baskets cost before any promotion, `rewards` what is given back after the purchase,
    `customers` the known ones among their buyers.
    """

    baskets: int = 0
    discount: int = 0
    rewards: int = 0
    sales: int = 0
    customers: set[str] = field(default_factory=set, repr=False)

    def add(self, other: "Outcome") -> None:
        """Count another part of the same replay."""
        self.baskets += other.baskets
        self.discount += other.discount
        self.rewards += other.rewards
        self.sales += other.sales
        self.customers |= other.customers


@dataclass
class Replay:
    """Promotions over some baskets: how many there were, what they cost and got off, and the outcome by code."""

    baskets: int = 0
    sales: int = 0
    discount: int = 0
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def add(self, other: "Replay") -> None:
        """Count another part of the same replay."""
        self.baskets += other.baskets
        self.sales += other.sales
        self.discount += other.discount
        for code, outcome in other.outcomes.items():
            self.outcomes.setdefault(code, Outcome()).add(outcome)


def replay(bundle: Values, baskets: Iterable[Values], *, alone: bool = False) -> Replay:
    """Price every basket with the bundle; `alone`, with each of its promotions as if there were no other.

    Behaviour is unchanged: nobody buys more to reach a threshold, so this is a cost, not an effect.
    Raises the engine's Invalid for a bundle or basket that can't be used.
    """
    told = Replay(outcomes={promotion["code"]: Outcome() for promotion in bundle["promotions"]})
    calculators = [PromotionCalculator(part) for part in _parts(bundle, alone)]
    for basket in baskets:
        told.baskets += 1
        told.sales += sum(line["unit_price"] * line["quantity"] for line in basket["lines"])
        for calculator in calculators:
            _count(told, basket, calculator.calculate_promotions(basket))
    return told


def _parts(bundle: Values, alone: bool) -> list[Values]:
    quiet = {**bundle, "settings": {**bundle.get("settings", {}), "explain": False}}
    return [{**quiet, "promotions": [promotion]} for promotion in bundle["promotions"]] if alone else [quiet]


def _count(told: Replay, basket: Values, result: Values) -> None:
    told.discount += result["discount"]
    customer = basket.get("customer", {}).get("id")
    for applied in result["applied"]:
        outcome = told.outcomes[applied["promotion"]]
        outcome.baskets += 1
        outcome.discount += applied["discount"]
        outcome.sales += result["subtotal"]
        if customer is not None:
            outcome.customers.add(customer)
    for reward in result["rewards"]:
        if reward["kind"] == "cashback":
            told.outcomes[reward["promotion"]].rewards += reward["amount"]
