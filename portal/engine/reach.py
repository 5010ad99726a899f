"""Which promotions of a bundle a basket can touch at all, found without asking each of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from portal.engine.basket import ascii_lower
from portal.engine.promotion import Promotion
from portal.engine.rules import BogoRule, FreeItemRule, SetRule, ThresholdRule, UpsellRule
from portal.engine.selectors import Matches, Selector, SelectorIndex

Values = dict[str, Any]


class Reach:
    """The promotions of a bundle by what they can't do without.

    A promotion is filed once, under something that it can't do without: its code or voucher, the words of a selector,
    or else the least spend that it asks for.
    """

    def __init__(self, documents: Iterable[Values], promotions: Iterable[Promotion]) -> None:
        self._by_code: dict[str, list[Promotion]] = {}
        self._by_voucher: dict[str, Promotion] = {}
        self._by_selector: dict[int, list[Promotion]] = {}
        self._by_spend: list[tuple[int, int, Promotion]] = []
        for document, promotion in zip(documents, promotions, strict=True):
            self._file(promotion, document.get("trigger", {}))
        self._by_spend.sort(key=lambda entry: entry[:2])
        self._spends = [spend for spend, _, _ in self._by_spend]

    def _file(self, promotion: Promotion, trigger: Values) -> None:
        keyed = [selector for selector in needed_selectors(promotion) if not selector.everything]
        if trigger.get("kind") == "code":
            self._by_code.setdefault(ascii_lower(trigger["code"]), []).append(promotion)
        elif trigger.get("kind") == "voucher":
            self._by_voucher[promotion.code] = promotion
        elif keyed:
            rarest = min(keyed, key=lambda selector: len(selector.keys))
            self._by_selector.setdefault(rarest.number, []).append(promotion)
        else:
            self._by_spend.append((least_spend(promotion), promotion.rank, promotion))

    def of(self, matches: Matches, index: SelectorIndex) -> list[Promotion]:
        """The promotions that may be eligible, by rank."""
        basket = matches.basket
        within = bisect_right(self._spends, basket.subtotal)
        found = [promotion for _, _, promotion in self._by_spend[:within]]
        by_selector = self._by_selector
        for number in matches.touched_selectors():
            promotions = by_selector.get(number)
            if promotions is not None and matches.lines(index.selectors[number]):
                found += promotions
        for code in set(basket.codes):
            found += self._by_code.get(code, ())
        found += [self._by_voucher[code] for code in basket.vouchers if code in self._by_voucher]
        found.sort(key=lambda promotion: promotion.rank)
        return found


def needed_selectors(promotion: Promotion) -> list[Selector]:
    """Selectors of which every one must match some unit of a basket before the promotion can be eligible."""
    rule = promotion.rule
    needed = [selector for selector, _, _ in promotion.requires]
    if isinstance(rule, BogoRule):
        return [*needed, rule.buy, *([rule.get] if rule.get else [])]
    if isinstance(rule, SetRule):
        return [*needed, *(selector for selector, _ in rule.slots)]
    if isinstance(rule, UpsellRule):
        return [*needed, rule.trigger]
    return [*needed, rule.items]


def least_spend(promotion: Promotion) -> int:
    """A spend below which no basket is eligible (minor units)."""
    rule = promotion.rule
    spends = [spend for _, _, spend in promotion.requires if spend]
    spends += [spend for spend in promotion.conditions[:2] if spend]
    if isinstance(rule, ThresholdRule) and rule.on_spend:
        spends.append(rule.tiers[0].at)
    if isinstance(rule, FreeItemRule) and rule.min_spend:
        spends.append(rule.min_spend)
    return max(spends, default=0)
