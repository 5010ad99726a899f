"""The `portal` command. Each command's module is loaded when it is called: `portal evaluate` needs no Flask."""

import sys
from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from typing import Any

import click

from portal.config import ConfigError

# Name: (module and attribute of the click command, what --help says; a command's own module is not loaded for that)
COMMANDS: dict[str, tuple[str, str]] = {
    "evaluate": ("portal.engine_cli:evaluate", "Price baskets: cases in, results out, one JSON document a line."),
    "compile": ("portal.engine_cli:compile_command", "Compile definitions: one JSON document a line."),
    "demo": ("portal.demo.commands:demo", "Load the demo company."),
    "baskets": ("portal.demo.commands:baskets", "Write past baskets out as cases, or price them."),
    "users": ("portal.commands.users:users", "Create accounts, change passwords, end access."),
    "sync": ("portal.commands.sync:sync", "Publish to stores, roll back, release; the keys that sign."),
    "no-loss": ("portal.commands.no_loss:no_loss", "Check that nothing that tills reported is lost."),
    "run": ("portal.runtime.commands:run", "Start everything: Redis, web server, worker, scheduler."),
    "web": ("portal.runtime.commands:web", "Start the web server alone."),
    "worker": ("portal.runtime.commands:worker", "Start a worker alone."),
    "scheduler": ("portal.runtime.commands:scheduler", "Start the scheduler alone."),
    "migrate": ("portal.runtime.commands:migrate", "Bring the tables of the database to this release."),
    "settings": ("portal.runtime.commands:settings", "Print the settings in use, without secrets."),
}


class LazyGroup(click.Group):
    """A group that loads a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; None when there is no such name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands for --help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def in_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command's function inside the app, made from the environment."""

    def run(*args: Any, **kwargs: Any) -> Any:
        from portal.app import create_app

        with create_app().app_context():
            return command(*args, **kwargs)

    return update_wrapper(run, command)


@click.group(cls=LazyGroup)
def portal() -> None:
    """Promotions for restaurant and retail chains."""


def main() -> None:
    """Run the command line; wrong settings end it with their list, not with a traceback."""
    try:
        portal()
    except ConfigError as error:
        click.echo(f"portal: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
