"""Codes that the catalogue does not know are pointed out where they stand."""

from typing import Any

from portal.services import naming


def test_each_unknown_code_is_named_at_its_place() -> None:
    definition: dict[str, Any] = {
        "scope": {"stores": ["S1", "harbr"]},
        "rule": {"items": {"categories": ["coff"], "tags": ["new"], "exclude": {"skus": ["A"]}}},
    }
    known = {("store", "S1"): "Harbour 1", ("product", "A"): "Apple tart"}
    assert naming.unknown(definition, known) == [
        {"field": "scope.stores[1]", "message": "the catalogue has no store “harbr”, so nothing matches it"},
        {"field": "rule.items.categories[0]", "message": "the catalogue has no category “coff”, so nothing matches it"},
    ]


def test_what_is_no_code_is_left_to_the_engine() -> None:
    assert naming.unknown({"scope": {"stores": [3, None]}, "rule": {"gift": {"sku": 7}}}, {}) == []
