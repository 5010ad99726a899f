"""The promotion engine: pure functions over the contract's JSON values, no Flask, no database, no clock."""

from portal.engine.calculator import PromotionCalculator
from portal.engine.compiler import PromotionCompiler
from portal.engine.describe import describe
from portal.engine.evaluate import compile_definition, evaluate_case
from portal.engine.problems import Invalid, Problem
from portal.engine.validator import PromotionValidator

__all__ = [
    "Invalid",
    "Problem",
    "PromotionCalculator",
    "PromotionCompiler",
    "PromotionValidator",
    "compile_definition",
    "describe",
    "evaluate_case",
]
