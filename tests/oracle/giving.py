"""What a promotion gives when its turn comes: a discount shared unit by unit, rewards, gifts, suggestions."""

from dataclasses import dataclass, field
from typing import Any

from tests.oracle import sets
from tests.oracle.measuring import (
    at_most,
    bogo_places,
    gift_times,
    gross,
    matching,
    multiples,
    spend_gaps,
    tier_reached,
    touched,
    triggering,
)
from tests.oracle.promotion import (
    BUNDLES,
    SETS,
    Promotion,
    Unit,
    limit,
    matches,
    one_pool,
    phase,
    seen,
    slots_of,
    stacking,
)


@dataclass
class State:
    """The basket while promotions are applied: what each unit still costs, which are claimed."""

    units: list[Unit]
    costs: list[int]
    claimed: set[int]

    def cost(self, unit: Unit) -> int:
        """What the unit still costs."""
        return self.costs[unit.position]

    def can_lose(self, unit: Unit) -> int:
        """What the unit still costs above its floor."""
        return self.cost(unit) - unit.floor


@dataclass
class Turn:
    """What came of a promotion's turn."""

    times: int = 1
    shares: dict[int, int] = field(default_factory=dict)
    claims: list[Unit] = field(default_factory=list)
    reward: dict[str, Any] | None = None
    gift: dict[str, Any] | None = None
    gift_worth: int = 0
    suggestion: dict[str, Any] | None = None
    reason: str = "no_benefit"
    detail: dict[str, int] = field(default_factory=dict)

    @property
    def discount(self) -> int:
        """The discount as a whole."""
        return sum(self.shares.values())

    @property
    def gives(self) -> bool:
        """True for a discount, a reward or a gift."""
        return self.discount > 0 or self.reward is not None or self.gift is not None

    @property
    def benefit(self) -> int:
        """Discount, cashback and the worth of the gifts to add."""
        back = self.reward["amount"] if self.reward and self.reward["kind"] == "cashback" else 0
        return self.discount + int(back) + self.gift_worth


def new_state(units: list[Unit]) -> State:
    """The basket as rung up."""
    return State(units, [unit.gross for unit in units], set())


def take_turn(promotion: Promotion, state: State) -> Turn:
    """Compute the promotion on what the units still cost, and change the state by what it gives."""
    mine = seen(promotion, state.units)
    turn = Turn()
    if reads_at_turn(promotion):
        missing = max(spend_gaps(promotion, mine, state.cost), default=0)
        if missing > 0:
            return Turn(reason="minimum_spend", detail={"missing": missing})
    GIVE[promotion["type"]](promotion, state, mine, turn)
    if turn.gives:
        for position, share in turn.shares.items():
            state.costs[position] -= share
        state.claimed |= {unit.position for unit in turn.claims}
    elif turn.suggestion is not None:
        turn.reason = "suggested"
    return turn


def reads_at_turn(promotion: Promotion) -> bool:
    """True where spends are read once more on remaining prices."""
    return promotion["type"] in ("payment_discount", "cashback") or stacking(promotion, "measure", "") == "remaining"


def price_of(promotion: Promotion, state: State) -> Any:
    """The prices on which the promotion's own spends are measured."""
    return state.cost if stacking(promotion, "measure", "") == "remaining" else gross


def usable(promotion: Promotion, state: State, units: list[Unit]) -> list[Unit]:
    """The units that it may still buy, free, discount or accrue."""
    free = [unit for unit in units if phase(promotion) != "item" or unit.position not in state.claimed]
    if not stacking(promotion, "full_price_only", False):
        return free
    return [unit for unit in free if state.cost(unit) == unit.gross]


def cap(promotion: Promotion, amount: int) -> int:
    """The amount, at most max_discount and what remains of the budget."""
    return at_most(at_most(amount, limit(promotion, "max_discount")), limit(promotion, "budget"))


def percentage(base: int, basis_points: int) -> int:
    """Rounded half up."""
    return (base * basis_points + 5000) // 10_000


def share(amount: int, weights: dict[int, int]) -> dict[int, int]:
    """{position: share} of an amount, at most the sum of the weights, by the largest remainders."""
    total = sum(weights.values())
    amount = min(amount, total)
    if amount <= 0:
        return {}
    shares = {position: amount * weight // total for position, weight in weights.items()}
    left = amount - sum(shares.values())
    for position in sorted(weights, key=lambda place: (-(amount * weights[place] % total), place))[:left]:
        shares[position] += 1
    return {position: part for position, part in shares.items() if part > 0}


def off_sum(promotion: Promotion, state: State, turn: Turn, units: list[Unit], amount: int) -> None:
    """One discount on the sum of the units."""
    turn.shares = share(cap(promotion, amount), {unit.position: state.can_lose(unit) for unit in units})


def off_each(promotion: Promotion, state: State, turn: Turn, savings: dict[Unit, int]) -> None:
    """A discount of its own on each unit, down to its floor; a cap is shared by the uncut discounts."""
    uncut = {unit.position: min(saved, state.can_lose(unit)) for unit, saved in savings.items()}
    turn.shares = share(cap(promotion, sum(uncut.values())), uncut)


def percent_base(promotion: Promotion, state: State, units: list[Unit]) -> int:
    """The sum a percentage is taken on."""
    if stacking(promotion, "base", "remaining") == "original":
        return sum(unit.gross for unit in units)
    return sum(state.cost(unit) for unit in units)


def saving_of(value: dict[str, Any], cost: int) -> int:
    """What amount or price saves on one unit."""
    if value.get("amount") is not None:
        return min(value["amount"], cost)
    return max(0, cost - value["price"])


def dearest(state: State, units: list[Unit]) -> list[Unit]:
    """Dearest first; among equal prices the earlier counts as the dearer."""
    return sorted(units, key=lambda unit: (-state.cost(unit), unit.position))


def give_value(
    promotion: Promotion, state: State, mine: list[Unit], turn: Turn, value: dict[str, Any], times: int = 1
) -> None:
    """percent or amount off the sum, or each dearer unit at the price: of the matching units."""
    units = usable(promotion, state, matching(promotion["rule"].get("items"), mine))
    if value.get("basis_points") is not None:
        off_sum(promotion, state, turn, units, percentage(percent_base(promotion, state, units), value["basis_points"]))
    elif value.get("amount") is not None:
        off_sum(promotion, state, turn, units, value["amount"] * times)
    else:
        off_each(promotion, state, turn, {unit: saving_of(value, state.cost(unit)) for unit in units})


def give_discount(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """percent_discount, payment_discount, and amount_discount off the sum."""
    give_value(promotion, state, mine, turn, promotion["rule"])


def give_amount(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """amount_discount: off the sum, or off each unit."""
    rule = promotion["rule"]
    if rule.get("on") != "each_unit":
        give_discount(promotion, state, mine, turn)
        return
    units = usable(promotion, state, matching(rule.get("items"), mine))
    chosen = dearest(state, [unit for unit in units if saving_of(rule, state.cost(unit)) > 0])
    if rule.get("max_units") is not None:
        chosen = (chosen[::-1] if rule.get("pick") == "lowest_price" else chosen)[: rule["max_units"]]
    off_each(promotion, state, turn, {unit: saving_of(rule, state.cost(unit)) for unit in chosen})


def give_happy_hour(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """percent of the sum; amount off each unit; each dearer unit at the price."""
    rule = promotion["rule"]
    if rule.get("amount") is None:
        give_value(promotion, state, mine, turn, rule)
        return
    units = usable(promotion, state, matching(rule.get("items"), mine))
    off_each(promotion, state, turn, {unit: saving_of(rule, state.cost(unit)) for unit in units})


def give_sets(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """combo, package, mix_match."""
    rule = promotion["rule"]
    choice = sets.choose(promotion, usable(promotion, state, mine), state.cost)
    if choice is None:
        return
    turn.times, turn.claims = choice.times, list(choice.units)
    total = sum(state.cost(unit) for unit in choice.units)
    if rule.get("price") is not None:
        amount = total - choice.times * rule["price"]
    elif rule.get("amount") is not None:
        amount = min(choice.times * rule["amount"], total)
    else:
        amount = percentage(total, rule["basis_points"])
    off_sum(promotion, state, turn, list(choice.units), amount)


def give_bogo(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """bogo: percent of the sum of the discounted units."""
    (pool, x), (wanted, y) = bogo_places(promotion)
    free = usable(promotion, state, mine)
    bound = limit(promotion, "per_basket")
    if one_pool(promotion):
        turn.times, bought, got = bogo_one_pool(promotion, state, matching(pool, free), x, y, bound)
    else:
        turn.times, bought, got = bogo_two_pools(promotion, state, free, pool, wanted, x, y, bound)
    turn.claims = bought + got
    points = promotion["rule"].get("basis_points", 10_000)
    off_sum(promotion, state, turn, got, percentage(sum(state.cost(unit) for unit in got), points))


Bogo = tuple[int, list[Unit], list[Unit]]


def bogo_one_pool(promotion: Promotion, state: State, pool: list[Unit], x: int, y: int, bound: int | None) -> Bogo:
    """(k, bought, discounted) of one pool."""
    falling = dearest(state, pool)
    k = at_most(len(falling) // (x + y), bound)
    if promotion["rule"].get("pick") != "highest_price":
        return k, falling[: k * x], falling[len(falling) - k * y :]
    bought, got = [], []
    for number in range(k):
        one = falling[number * (x + y) : (number + 1) * (x + y)]
        bought += one[:x]
        got += one[x:]
    return k, bought, got


def bogo_two_pools(
    promotion: Promotion,
    state: State,
    free: list[Unit],
    pool: dict[str, Any],
    wanted: dict[str, Any],
    x: int,
    y: int,
    bound: int | None,
) -> Bogo:
    """(k, bought, discounted) of two pools."""
    buyable, gettable = matching(pool, free), matching(wanted, free)
    either = [unit for unit in free if unit in buyable or unit in gettable]
    k = at_most(min(len(buyable) // x, len(gettable) // y, len(either) // (x + y)), bound)
    falling = dearest(state, gettable)
    got: list[Unit] = []
    for unit in falling if promotion["rule"].get("pick") == "highest_price" else falling[::-1]:
        rest = [other for other in buyable if other not in got and other != unit]
        if len(got) < k * y and len(rest) >= k * x:
            got.append(unit)
    bought = dearest(state, [unit for unit in buyable if unit not in got])[: k * x]
    return k, bought, got


def give_free_item(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """The gift's units become free; what is missing of them is named."""
    rule = promotion["rule"]
    turn.times = gift_times(promotion, mine, price_of(promotion, state))
    turn.claims = give_gift(promotion, state, mine, turn, rule["gift"], turn.times)


def give_gift(
    promotion: Promotion, state: State, mine: list[Unit], turn: Turn, gift: dict[str, Any], times: int
) -> list[Unit]:
    """Free the earliest units that still cost something, name the missing ones; returns the freed."""
    wanted = times * (gift.get("quantity") or 1)
    there = [unit for unit in mine if unit.sku == gift["sku"] and (state.cost(unit) > 0 or unit.gross == 0)]
    freed = usable(promotion, state, there)[:wanted]
    off_each(promotion, state, turn, {unit: state.cost(unit) for unit in freed})
    missing = wanted - len(there)
    if missing > 0:
        turn.gift = {"promotion": promotion["code"], "sku": gift["sku"], "quantity": missing}
        turn.gift_worth = missing * (gift.get("unit_price") or 0)
    return freed


def give_upsell(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """Offered units get the value, those with the greatest saving first; the missing ones are suggested."""
    rule = promotion["rule"]
    turn.times = at_most(
        len(triggering(promotion, mine)) // (rule["trigger"].get("quantity") or 1), limit(promotion, "per_basket")
    )
    wanted = turn.times * (rule["offer"].get("quantity") or 1)
    offered = matching(rule["offer"].get("items"), mine)
    by_percent = rule.get("basis_points") is not None
    savings = {
        unit: state.cost(unit) if by_percent else saving_of(rule, state.cost(unit))
        for unit in usable(promotion, state, offered)
    }
    chosen = in_pick_order(rule.get("pick"), state, {unit: saved for unit, saved in savings.items() if saved > 0})
    turn.claims = chosen[:wanted]
    if by_percent:
        total = sum(state.cost(unit) for unit in turn.claims)
        off_sum(promotion, state, turn, turn.claims, percentage(total, rule["basis_points"]))
    else:
        off_each(promotion, state, turn, {unit: savings[unit] for unit in turn.claims})
    if len(offered) < wanted:
        turn.suggestion = {
            "promotion": promotion["code"],
            "quantity": wanted - len(offered),
            "message": rule.get("message"),
        }


def in_pick_order(pick: str | None, state: State, savings: dict[Unit, int]) -> list[Unit]:
    """The greatest saving first (equal ones: the earlier), or by price where a pick is given."""
    if pick is None:
        return sorted(savings, key=lambda unit: (-savings[unit], unit.position))
    falling = dearest(state, list(savings))
    return falling[::-1] if pick == "lowest_price" else falling


def give_threshold(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """The highest tier reached."""
    price = price_of(promotion, state)
    tier = tier_reached(promotion, mine, price)
    assert tier is not None
    if tier.get("gift") is not None:
        give_gift(promotion, state, mine, turn, tier["gift"], 1)
        return
    if promotion["rule"].get("repeat"):
        turn.times = multiples(promotion, tier, mine, price)
    give_value(promotion, state, mine, turn, tier, turn.times)


def give_cashback(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """Given back after the purchase, at most what the units still cost."""
    rule = promotion["rule"]
    units = usable(promotion, state, matching(rule.get("items"), mine))
    if rule.get("basis_points") is not None:
        amount = percentage(percent_base(promotion, state, units), rule["basis_points"])
    else:
        amount = rule["amount"]
    amount = cap(promotion, min(amount, sum(state.cost(unit) for unit in units)))
    if amount > 0:
        credit = rule.get("credit") or "wallet"
        turn.reward = {"promotion": promotion["code"], "kind": "cashback", "amount": amount, "credit": credit}


def give_cross_brand(promotion: Promotion, state: State, mine: list[Unit], turn: Turn) -> None:
    """Net spend at the earn brands, or one visit."""
    units = touched(promotion, mine)
    reward = {"promotion": promotion["code"], "kind": "cross_brand"}
    if promotion["rule"]["earn"].get("visits") is not None:
        turn.reward = {**reward, "visits": 1} if units else None
        return
    spent = sum(state.cost(unit) for unit in usable(promotion, state, units))
    turn.reward = {**reward, "amount": spent} if spent > 0 else None


GIVE = {
    "percent_discount": give_discount,
    "amount_discount": give_amount,
    "happy_hour": give_happy_hour,
    "bogo": give_bogo,
    "combo": give_sets,
    "package": give_sets,
    "mix_match": give_sets,
    "free_item": give_free_item,
    "upsell": give_upsell,
    "threshold": give_threshold,
    "payment_discount": give_discount,
    "cashback": give_cashback,
    "cross_brand": give_cross_brand,
}


def could_claim(promotion: Promotion, units: list[Unit]) -> list[Unit]:
    """The units that a bundle type could claim, whatever their prices."""
    rule, kind, mine = promotion["rule"], promotion["type"], seen(promotion, units)
    if kind in SETS:
        selectors = [selector for selector, _ in slots_of(promotion)]
    elif kind == "bogo":
        selectors = [selector for selector, _ in bogo_places(promotion)]
    elif kind == "upsell":
        selectors = [rule["offer"].get("items") or {}]
    else:
        selectors = [{"skus": [rule["gift"]["sku"]]}]
    return [unit for unit in mine if any(matches(selector, unit) for selector in selectors)]


def could_discount(promotion: Promotion, units: list[Unit]) -> list[Unit]:
    """The units that a promotion could discount, whatever their prices."""
    rule, kind, mine = promotion["rule"], promotion["type"], seen(promotion, units)
    if kind == "bogo":
        return matching(bogo_places(promotion)[1][0], mine)
    if kind in BUNDLES:
        return could_claim(promotion, units)
    if kind == "threshold":
        gifts = [tier["gift"]["sku"] for tier in rule["tiers"] if tier.get("gift") is not None]
        plain = any(tier.get("gift") is None for tier in rule["tiers"])
        return [unit for unit in mine if unit.sku in gifts or (plain and matches(rule.get("items"), unit))]
    return [] if phase(promotion) == "reward" else matching(rule.get("items"), mine)
