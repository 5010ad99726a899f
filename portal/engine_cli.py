"""`portal evaluate` and `portal compile`: the engine on the command line, without a database.

Source: contract, section 7.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, TextIO

import click

from portal.engine import Invalid, PromotionCalculator, compile_definition, evaluate_case
from portal.engine.evaluate import bundle_of_case
from portal.engine_javascript import JavaScriptEvaluator, NoNode

Answer = dict[str, Any]


class CaseEvaluator:
    """Evaluates cases one after the other; keeps the calculator while the promotions stay the same."""

    def __init__(self) -> None:
        self._promotions = ""
        self._calculator: PromotionCalculator | None = None

    def __call__(self, case: Any) -> Answer:
        if not isinstance(case, dict) or "basket" not in case:
            return evaluate_case(case)
        promotions = repr([(key, value) for key, value in case.items() if key != "basket"])
        if promotions != self._promotions:
            self._promotions, self._calculator = "", None
            answer = evaluate_case(case)
            if "errors" not in answer:
                self._promotions, self._calculator = promotions, PromotionCalculator(bundle_of_case(case))
            return answer
        try:
            return self._calculator.calculate_promotions(case["basket"])  # type: ignore[union-attr]
        except Invalid:
            return evaluate_case(case)


def documents(lines: Iterable[bytes]) -> Iterable[tuple[Any, Answer | None]]:
    """The document of each line that is not blank, and None; for a line that is no JSON None and its error."""
    for line in lines:
        if not line.strip():
            continue
        try:
            yield json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant), None
        except (ValueError, RecursionError) as error:
            yield None, {"errors": [{"field": "", "message": f"must be JSON: {error}"}]}


def answers(lines: Iterable[bytes], answer: Callable[[Any], Answer]) -> Iterable[Answer]:
    """One answer for each line that is not blank."""
    return (wrong or answer(document) for document, wrong in documents(lines))


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _write(lines: BinaryIO, output: TextIO, answer: Callable[[Any], Answer]) -> None:
    for result in answers(lines, answer):
        output.write(json.dumps(result) + "\n")


@click.command()
@click.option("--engine", type=click.Choice(["python", "js"]), default="python", show_default=True)
@click.argument("file", type=click.File("rb"), default="-")
def evaluate(engine: str, file: BinaryIO) -> None:
    """Price baskets: one case a line in, one result a line out, in order.

    A case is {"promotions": [definitions], "basket": {...}}; a case in error gives {"errors": [...]} on its line.
    """
    if engine == "python":
        _write(file, sys.stdout, CaseEvaluator())
        return
    try:
        JavaScriptEvaluator(sys.stdout).run(documents(file))
    except NoNode as missing:
        raise click.ClickException(str(missing)) from None


@click.command("compile")
@click.argument("file", type=click.File("rb"), default="-")
def compile_command(file: BinaryIO) -> None:
    """Compile definitions: one a line in, one compiled promotion (or {"errors": [...]}) a line out."""
    _write(file, sys.stdout, compile_definition)
