"""Rounding and sharing of money: each rule has one home. Source: contract, section 1."""

from __future__ import annotations

WHOLE = 100_00
"""A whole in basis points: 10000 are 100 percent."""


def percent_of(base: int, basis_points: int) -> int:
    """`basis_points` of `base` (minor units, >= 0), halves rounded up."""
    return (base * basis_points + WHOLE // 2) // WHOLE


def allocate(amount: int, weights: list[tuple[int, int]], total: int | None = None) -> list[tuple[int, int]]:
    """Split `amount` over groups of equal units in proportion to their weights.

    `weights` holds (units, weight of each) in the order of the units; 0 <= amount <= `total`, the sum of
    units * weight. The answer has (share of each, units that get one minor unit more) for each group, the first units
    of a group getting the extra one. The shares sum to `amount` exactly: floor shares first, then one minor unit each
    to the largest remainders, ties to the earlier unit. A weight of 0 gets nothing.
    """
    if total is None:
        total = sum([units * weight for units, weight in weights])
    if amount == total:
        return [(weight, 0) for _, weight in weights]
    if len(weights) == 1:
        return [divmod(amount, weights[0][0])]
    left, shares, remainders = amount, [], []
    for units, weight in weights:
        share, remainder = divmod(amount * weight, total)
        left -= units * share
        shares.append((share, 0))
        remainders.append(remainder)
    if left:
        _hand_out(left, remainders, weights, shares)
    return shares


def _hand_out(left: int, remainders: list[int], weights: list[tuple[int, int]], shares: list[tuple[int, int]]) -> None:
    """Give one minor unit each to the `left` units with the largest remainders; sorting keeps the earlier first."""
    for group in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True):
        extra = min(left, weights[group][0])
        shares[group] = (shares[group][0], extra)
        left -= extra
        if not left:
            return
