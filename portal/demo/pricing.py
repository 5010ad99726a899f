"""A replay as a table for people, or as JSON for programs."""

from __future__ import annotations

import json

from portal.services.backtests import Replay

HEADS = ("promotion", "baskets", "discount", "back later", "sales", "customers")


def as_document(told: Replay) -> str:
    """Minor units, by promotion code."""
    promotions = {
        code: {
            "baskets": outcome.baskets,
            "discount": outcome.discount,
            "rewards": outcome.rewards,
            "sales": outcome.sales,
            "customers": len(outcome.customers),
        }
        for code, outcome in sorted(told.outcomes.items())
    }
    whole = {"baskets": told.baskets, "sales": told.sales, "discount": told.discount}
    return json.dumps({**whole, "promotions": promotions})


def as_table(told: Replay, *, alone: bool) -> str:
    """One line a promotion, the costliest first, and one for all baskets (without a sum when each stood alone)."""
    ranked = sorted(told.outcomes.items(), key=lambda pair: (-pair[1].discount - pair[1].rewards, pair[0]))
    rows = [
        (code, f"{o.baskets:,}", money(o.discount), money(o.rewards), money(o.sales), f"{len(o.customers):,}")
        for code, o in ranked
    ]
    rows.append(("all baskets", f"{told.baskets:,}", "" if alone else money(told.discount), "", money(told.sales), ""))
    table = [HEADS, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in table
    )


def money(minor: int) -> str:
    """Dollars and cents; the demo company has one currency."""
    return f"{minor // 100:,}.{minor % 100:02d}"
