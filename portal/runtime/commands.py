"""The commands that run the portal, as a whole or part by part."""

import os
import runpy
import sys
from dataclasses import fields

import click

from portal import config
from portal.runtime.embedded_redis import NoServer
from portal.runtime.running import CannotRun, web_command
from portal.runtime.running import run as run_all

SECRETS = {"secret_key"}


@click.command()
def run() -> None:
    """Start everything: Redis, web server, one worker, the scheduler. Ctrl-C stops all of it."""
    try:
        code = run_all(config.read(), click.echo)
    except (CannotRun, NoServer) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(code)


@click.command()
def web() -> None:
    """Start the web server alone, in this process."""
    arguments = web_command(config.read())
    os.execv(arguments[0], arguments)  # noqa: S606 (our own Python)


@click.command()
def worker() -> None:
    """Start a worker alone, in this process."""
    runpy.run_module("jobs.worker", run_name="__main__")


@click.command()
def scheduler() -> None:
    """Start the scheduler alone, in this process."""
    runpy.run_module("jobs.scheduler", run_name="__main__")


@click.command()
def migrate() -> None:
    """Bring the tables of the database to this release."""
    from flask_migrate import upgrade

    from portal.app import create_app

    with create_app().app_context():
        upgrade()


@click.command()
def settings() -> None:
    """Print the settings in use, without secrets."""
    found = config.read()
    for field in fields(found):
        value = "(kept secret)" if field.name in SECRETS else shown(getattr(found, field.name))
        click.echo(f"{field.name.upper()}={value}")


def shown(value: object) -> str:
    """A setting as `.env` would have it, without passwords."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else without_password(str(value))


def without_password(address: str) -> str:
    """An address with the password between `:` and `@` left out."""
    scheme, separator, rest = address.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.split(':')[0]}:...@{host}" if separator and at and ":" in user else address
