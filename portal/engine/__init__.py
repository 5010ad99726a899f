"""The promotion engine: pure functions over the contract's JSON values, no Flask, no database, no clock."""

from portal.engine.compiler import PromotionCompiler
from portal.engine.problems import Invalid, Problem
from portal.engine.validator import PromotionValidator

__all__ = ["Invalid", "Problem", "PromotionCompiler", "PromotionValidator"]
