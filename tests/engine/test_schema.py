"""The JSON Schemas say what the validator says, of everything but what holds across fields."""

import json
from pathlib import Path

import jsonschema
import pytest

from portal.engine import Invalid, PromotionCompiler, PromotionValidator, evaluate_case
from portal.engine.schema import schemas
from tests.vectors import all_vectors

SCHEMAS = {name: jsonschema.Draft202012Validator(schema) for name, schema in schemas().items()}
CASES = [{"id": vector.name, "case": vector.case} for vector in all_vectors() if vector.why] + [
    json.loads(line)
    for name in ("shared/contract_cases", "shared/peer_cases", "error_cases")
    for line in (Path(__file__).parents[1] / "cases" / f"{name}.jsonl").read_text().splitlines()
]


def test_the_schemas_are_schemas():
    for validator in SCHEMAS.values():
        validator.check_schema(validator.schema)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_what_the_engine_accepts_the_schemas_accept(case):
    documents = case["case"] if isinstance(case["case"], dict) else {}
    for definition in documents.get("promotions") or []:
        if not PromotionValidator().validate_promotion(definition):
            SCHEMAS["definition"].validate(definition)
            SCHEMAS["compiled-promotion"].validate(PromotionCompiler().compile_promotion(definition))
    answer = evaluate_case(case["case"])
    if "errors" not in answer:
        SCHEMAS["basket"].validate(documents["basket"])
        SCHEMAS["result"].validate(answer)
        if "bundle" in documents:
            SCHEMAS["bundle"].validate(documents["bundle"])


@pytest.mark.parametrize(
    "change",
    [
        {"code": "A B"},
        {"colour": "red"},
        {"type": "no such"},
        {"rule": {"percent": 101}},
        {"rule": {"percent": 10, "on": "each_unit"}},
        {"schedule": {"weekdays": [8]}},
        {"limits": {"total": 0}},
        {"scope": {"stores": [""]}},
    ],
)
def test_what_one_field_alone_makes_wrong_the_schemas_refuse_too(change):
    definition = {"code": "P", "type": "percent_discount", "rule": {"percent": 10}} | change
    with pytest.raises(Invalid):
        PromotionCompiler().compile_promotion(definition)
    assert not SCHEMAS["definition"].is_valid(definition)
