"""Who is in an experiment: the hash of GrowthBook's version 2, over UTF-16 code units.

Source: contract, section 6, "Experiments"; vectors in contract/assignment.json.
"""

from __future__ import annotations

BUCKETS = 10_000


def fnv1a32(text: str) -> int:
    """The 32-bit FNV-1a hash of the UTF-16 code units of `text`, as JavaScript's charCodeAt gives them."""
    value = 0x811C9DC5
    units = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(units[::2], units[1::2], strict=True):
        value = ((value ^ (low | high << 8)) * 0x01000193) & 0xFFFFFFFF
    return value


def bucket(seed: str, unit_id: str) -> int:
    """The ten-thousandth, 0 to 9999, in which a unit falls."""
    return fnv1a32(str(fnv1a32(seed + unit_id))) % BUCKETS
