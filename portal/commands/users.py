"""`portal users`: accounts from the command line."""

import click

from portal.cli import in_app
from portal.db import reading, transaction
from portal.errors import PortalError
from portal.models.user import Role
from portal.services import users as accounts


@click.group()
def users() -> None:
    """Create accounts, change passwords, end access."""


@users.command()
@click.argument("email")
@click.option("--name", prompt="Name", help="How pages name the person.")
@click.option("--role", type=click.Choice([str(role) for role in Role]), prompt="Role")
@click.option("--password", prompt="Password", hide_input=True, confirmation_prompt=True, help="Asked for when absent.")
@click.option("--brand", "brands", multiple=True, help="A brand's code; may be given often.")
@click.option("--store", "stores", multiple=True, help="A store's code; may be given often.")
@in_app
def create(email: str, name: str, role: str, password: str, brands: tuple[str, ...], stores: tuple[str, ...]) -> None:
    """Add the account EMAIL."""
    with Told(), transaction() as session:
        user = accounts.create_user(
            session, email=email, name=name, role=role, password=password, brand_codes=brands, store_codes=stores
        )
    click.echo(f"{user.name} ({user.email}) can sign in as {user.role}.")


@users.command()
@click.argument("email")
@click.option("--password", prompt="New password", hide_input=True, confirmation_prompt=True)
@in_app
def password(email: str, password: str) -> None:
    """Give EMAIL a new password; every session of the account ends."""
    with Told(), transaction() as session:
        accounts.set_password(accounts.by_email(session, email), password)
    click.echo(f"{email} has a new password and is signed out everywhere.")


@users.command()
@click.argument("email")
@in_app
def disable(email: str) -> None:
    """End the access of EMAIL; every session of the account ends."""
    with Told(), transaction() as session:
        accounts.disable(accounts.by_email(session, email))
    click.echo(f"{email} cannot sign in any more.")


@users.command()
@click.argument("email")
@in_app
def enable(email: str) -> None:
    """Let EMAIL sign in again."""
    with Told(), transaction() as session:
        accounts.enable(accounts.by_email(session, email))
    click.echo(f"{email} can sign in again.")


@users.command("list")
@in_app
def show() -> None:
    """Print every account: e-mail, role, state, name."""
    for user in accounts.everybody(reading()):
        click.echo(f"{user.email:<32} {user.role:<14} {'active' if user.is_active else 'disabled':<8} {user.name}")


class Told:
    """Turns an error of ours into a sentence on the terminal."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PortalError):
            raise click.ClickException(error.detail) from error
