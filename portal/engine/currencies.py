"""How many decimals a currency has, and amounts as people write them. Source: ISO 4217."""

from __future__ import annotations

_NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def decimals_of(currency: str | None) -> int:
    """2 for USD, 0 for JPY, 3 for KWD; 2 where the currency is not known."""
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def amount_text(minor: int, currency: str | None) -> str:
    """1250 minor units of USD as `USD 12.50`; without a currency `12.50`."""
    places = decimals_of(currency)
    whole, part = divmod(abs(minor), 10**places)
    number = f"{whole:,}" + (f".{part:0{places}d}" if places else "")
    return f"{currency + ' ' if currency else ''}{'-' if minor < 0 else ''}{number}"
