"""`portal sync`: what stores are sent, and the keys that it is signed with."""

from datetime import timedelta

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, config
from portal.cli import in_app
from portal.commands.users import Told
from portal.db import transaction
from portal.errors import NotFound
from portal.models.catalogue import Store
from portal.models.publication import StoreSync
from portal.services.sync import keys as signing
from portal.services.sync import manifests, publishing


@click.group()
def sync() -> None:
    """Publish to stores, roll back, release; the keys that sign."""


@sync.command()
@click.option("--store", help="A store's code; without it, all stores.")
@click.option("--note", default="", help="Why, in a few words; kept with the version.")
@in_app
def publish(store: str | None, note: str) -> None:
    """Give each store whose promotions changed its next version."""
    settings, now = config.current(), clock.now()
    with Told(), transaction() as session:
        only = None if store is None else [_id_of(session, store)]
        count = publishing.publish_all(session, settings=settings, now=now, note=note, only=only)
    click.echo(f"{count} store{'' if count == 1 else 's'} got a new version.")


@sync.command()
@click.argument("store")
@click.argument("version", type=int)
@in_app
def rollback(store: str, version: int) -> None:
    """Give STORE the content of an older VERSION, as a new one, and hold it there until it is released."""
    with Told(), transaction() as session:
        store_id = _id_of(session, store)
        given = publishing.roll_back(session, store_id, version, settings=config.current(), now=clock.now())
    click.echo(f"{store} has the content of version {version}, as version {given}. Changes wait for: sync release.")


@sync.command()
@click.argument("store")
@in_app
def release(store: str) -> None:
    """Let changes reach STORE again."""
    with Told(), transaction() as session:
        store_id = _id_of(session, store)
        publishing.release(session, store_id, settings=config.current(), now=clock.now())
        version = session.scalar(select(StoreSync.version).where(StoreSync.store_id == store_id))
    click.echo(f"{store} is released and has version {version}.")


@sync.group()
def keys() -> None:
    """The Ed25519 keys that manifests are signed with. They lie in the folder KEYS, never in the database."""


@keys.command("list")
@in_app
def show() -> None:
    """Print every key that tills trust: its id, since when it signs, its public half."""
    folder = config.current().keys
    active = signing.active(folder).id
    for key in signing.trusted(folder):
        state = "signs" if key.id == active else "announced" if key.signs_from > clock.now() else "trusted"
        click.echo(f"{key.id}  {state:<9}  from {key.signs_from:%Y-%m-%d %H:%M} UTC  {key.public}")
    click.echo(f"To retire a key, remove its file from {folder}; what it signed is then refused.")


@keys.command()
@click.option(
    "--at-once",
    is_flag=True,
    help="Sign with it now, when a key got out: tills learn it from /devices/rotate or by enrolling anew.",
)
@in_app
def rotate(at_once: bool) -> None:
    """Make a new key. Tills learn it from their next bundle; it signs when the offline grace has passed."""
    settings, now = config.current(), clock.now()
    signs_from = now if at_once else now + timedelta(hours=settings.offline_grace_hours)
    key = signing.rotate(settings.keys, signs_from=signs_from)
    with transaction() as session:
        count = publishing.publish_all(session, settings=settings, now=now, note="New key", catalogues=False)
        manifests.renew(session, settings=settings, now=now)
    click.echo(f"{key.id} signs from {signs_from:%Y-%m-%d %H:%M} UTC on; {count} stores were told.")


def _id_of(session: Session, code: str) -> int:
    found = session.scalar(select(Store.id).where(Store.code == code))
    if found is None:
        raise NotFound(f"There is no store {code}.")
    return found
