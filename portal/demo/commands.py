"""`portal demo load` fills a database with the demo company; `portal baskets` writes out and prices past baskets."""

from __future__ import annotations

import calendar
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from portal.cli import in_app
from portal.demo import journey

if TYPE_CHECKING:
    from portal.services.backtests import Replay

Values = dict[str, Any]


@click.group()
def demo() -> None:
    """The demo company."""


@demo.command()
@click.option("--year", is_flag=True, help="All of the grocer's year 2017; without it December.")
@in_app
def load(year: bool) -> None:
    """Load a restaurant chain of our own making and, where its package is installed, a grocer on real till data.

    What is there already stays as it is, so the command can be repeated.
    """
    from flask import current_app

    from portal import clock
    from portal.demo import grocer, stages

    zone = current_app.config["PORTAL"].chain_timezone
    started, now = perf_counter(), clock.now()
    say_added(stages.load_restaurant(progress, now=now, zone=zone))
    first, last = (journey.FIRST_DAY, journey.LAST_DAY) if year else grocer.BUSY_MONTH
    try:
        say_added(stages.load_grocer(progress, first=first, last=last, now=now, zone=zone))
    except journey.PackageMissing as missing:
        click.echo(f"{missing}\nThe demo goes on with the restaurant alone.")
    say_added(stages.load_tills(now=now))
    click.echo(f"The demo data stands after {perf_counter() - started:.0f} s.")


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """A bar on a terminal; elsewhere its label alone."""
    click.echo(f"{label}: catalogue and {length:,} baskets" if length else f"{label}: catalogue")
    with click.progressbar(length=length, label="  baskets", file=sys.stderr) as bar:
        yield bar.update


def say_added(added: dict[str, int]) -> None:
    """One line about what is new."""
    click.echo("  new: " + ", ".join(f"{count:,} {noun}" for noun, count in added.items()))


@click.group()
def baskets() -> None:
    """Past baskets: write them out as cases, or price them."""


def month_days(text: str) -> tuple[date, date]:
    """First and last day of a month written 2017-11. Raises BadParameter."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise click.BadParameter(f"{text!r} is no month; write it like 2017-11", param_hint="--month")
    year, month = int(text[:4]), int(text[5:])
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose baskets and promotions."""
    day = click.DateTime(["%Y-%m-%d"])
    options = [
        click.option("--month", help="A month, like 2017-11."),
        click.option("--from", "first", type=day, help="The first day, by the stores' calendar."),
        click.option("--to", "last", type=day, help="The last day, included."),
        click.option("--source", type=click.Choice(["grocer", "restaurant"]), help="Only these baskets."),
        click.option("--weeks-later", type=click.IntRange(0, 2000), default=0, help="Move the baskets in time."),
        click.option("--direct", is_flag=True, help="The grocer straight from its package, without a database."),
        click.option("--live", is_flag=True, help="With the promotions that are published in the portal."),
        click.option(
            "--promotions", "--bundle", "promotions", type=click.File("rb"),
            help="With these: definitions (a list, or one a line) or a bundle, as JSON.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@baskets.command()
@chosen
@click.option("-o", "--output", type=click.File("wb"), default="-", help="A file; without it standard output.")
def export(output: BinaryIO, **options: Any) -> None:
    """Write cases for `portal evaluate`, one JSON document a line: the chosen promotions and one basket each."""
    from portal.demo import cases

    written = 0
    with choice(options) as (head, found):
        for line in cases.lines(found, head):
            output.write(line)
            written += 1
    finish(written)


@baskets.command()
@chosen
@click.option("--alone", is_flag=True, help="Each promotion as if there were no other.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")
def price(alone: bool, as_json: bool, **options: Any) -> None:
    """Price the chosen baskets with the chosen promotions: what each of them would have given.

    People buy the same in this reckoning, so it shows a cost and not an effect.
    """
    from portal.demo.pricing import as_document, as_table

    started = perf_counter()
    told = priced(options, alone)
    finish(told.baskets)
    click.echo(as_document(told) if as_json else as_table(told, alone=alone))
    click.echo(f"{told.baskets:,} baskets in {perf_counter() - started:.0f} s", err=True)


def priced(options: dict[str, Any], alone: bool) -> Replay:
    """The replay that the options ask for: on all cores straight from the package, else on one."""
    from portal.demo import cases, choosing, wholesale
    from portal.services.backtests import replay

    if options["direct"] and not options["live"]:
        with said():
            days, bundle = choosing.days_of_data(days_of(options)), cases.bundle_of(head_of(options))
            return wholesale.replay_between(bundle, *days, alone=alone, weeks_later=options["weeks_later"])
    with choice(options) as (head, found), said():
        return replay(cases.bundle_of(head), found, alone=alone)


@contextmanager
def choice(options: dict[str, Any]) -> Iterator[tuple[Values, Iterator[Values]]]:
    """The promotions' part of a case, and the baskets; from the database where it is needed."""
    from portal.demo import choosing

    days = days_of(options)
    with said():
        if options["direct"] and not options["live"]:
            yield head_of(options), choosing.from_package(days, options["weeks_later"])
        else:
            with choosing.portal_session() as session:
                head = choosing.live_head(session) if options["live"] else head_of(options)
                yield head, choosing.from_database(session, days, options)


def days_of(options: dict[str, Any]) -> tuple[date, date] | None:
    """The chosen first and last day; None when every day is meant."""
    if options["month"]:
        return month_days(options["month"])
    if options["first"] is None and options["last"] is None:
        return None
    first, last = (options[name] and options[name].date() for name in ("first", "last"))
    days = (first or date.min, last or date.max)
    if days[0] > days[1]:
        raise click.BadParameter("the first day is after the last one", param_hint="--from")
    return days


def head_of(options: dict[str, Any]) -> Values:
    """The promotions' part of a case from the given file; without one no promotions."""
    from portal.demo import cases

    return cases.read_promotions(options["promotions"].read()) if options["promotions"] else {"promotions": []}


@contextmanager
def said() -> Iterator[None]:
    """Mistakes in what was asked for end the command with their sentence."""
    try:
        yield
    except (ValueError, journey.PackageMissing) as error:
        raise click.ClickException(str(error)) from error


def finish(count: int) -> None:
    """Say how many baskets there were; none is a failure."""
    if not count:
        raise click.ClickException("There are no past baskets in these days. `portal demo load` loads some.")
    click.echo(f"{count:,} baskets", err=True)
