"""`portal no-loss`: whether everything that tills have numbered is accounted for."""

import sys

import click

from portal.cli import in_app
from portal.db import reading
from portal.services.sync import no_loss as equations
from portal.services.sync.no_loss import Equation


@click.command("no-loss")
@in_app
def no_loss() -> None:
    """Check for each till: highest = accepted + conflict + quarantined + missing. Ends with 1 when it does not hold."""
    found = equations.check(reading())
    for each in found:
        click.echo(line_of(each))
    total = equations.summed(found)
    verdict = "nothing is lost" if not total.broken else f"{len(total.broken)} of them DO NOT ADD UP"
    click.echo(f"{total.tills} tills, {total.highest} events, {total.missing} on their way: {verdict}.")
    sys.exit(1 if total.broken else 0)


def line_of(each: Equation) -> str:
    """One till's equation."""
    till = f"{each.store_code} {each.till} ({each.public_id})"
    parts = f"{each.accepted} accepted + {each.conflict} conflict + {each.quarantined} quarantined"
    verdict = "" if each.holds else f"  DOES NOT HOLD: {each.accounted} accounted, {each.contradicted} contradicted"
    return f"{till}: {each.highest} = {parts} + {each.missing} missing{verdict}"
