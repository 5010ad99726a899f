"""What changes something: inviting, rotating, revoking, suspending, rolling back; each asks before it does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, config
from portal.db import Session, reading, transaction
from portal.errors import Invalid
from portal.models.catalogue import Store
from portal.models.device import Device
from portal.services.sync import devices, publishing, store_tills
from portal.web import htmx
from portal.web.access import needs
from portal.web.filters import count
from portal.web.tills.area import bp, store_of
from portal.web.tills.forms import InviteForm
from portal.web.tills.views import store_page

NO_STORE = {"Cache-Control": "no-store"}


@bp.post("/tills/<code>/invitations")
@needs("sync.manage")
def invite(code: str) -> ResponseReturnValue:
    """Make a code and show it, this once."""
    form = InviteForm()
    try:
        with transaction() as session:
            store = store_of(session, code)
            text = devices.invite(session, store, form.name.data or "", by=current_user.id, now=clock.now())
            invitation = store_tills.last_invitation(session, store)
    except Invalid as error:
        form.name.errors = [f"The name {error.errors['name']}."]
        session = reading()
        return store_page(session, store_of(session, code), form, 422)
    address = f"{request.url_root}api/sync/v1/devices/enroll"
    page = render_template(
        "tills/code.html", store=store, text=text, invitation=invitation, address=address, till=None, now=clock.now()
    )
    return page, 200, NO_STORE


@bp.get("/tills/<code>/invitations/<int:number>")
@needs("sync.manage")
def invitation(code: str, number: int) -> ResponseReturnValue:
    """Whether the invited till is there yet; asks again by itself until it is, or the code has expired."""
    session = reading()
    store = store_of(session, code)
    found, till = store_tills.invitation(session, store, number)
    context: dict[str, Any] = {"store": store, "invitation": found, "till": till, "now": clock.now()}
    return htmx.page_or_fragment("tills/invitation.html", "tills/_waiting.html", **context)


@bp.get("/tills/<code>/tills/<public_id>/<any(rotate, revoke):action>")
@needs("sync.manage")
def ask_till(code: str, public_id: str, action: str) -> ResponseReturnValue:
    """Say what will happen to a till."""
    session = reading()
    store = store_of(session, code)
    till = store_tills.till(session, store, public_id)
    consequence, label, icon = TILL_WORDS[action]
    return render_template(
        "tills/confirm.html",
        store=store,
        title=f"{label} of {till.name}?" if action == "rotate" else f"{label} {till.name}?",
        consequence=consequence.format(till=till.name, store=store.name, unsent=_unsent(till)),
        label=label,
        icon_name=icon,
        danger=action == "revoke",
        address=url_for(f".{action}", code=code, public_id=public_id),
    )


TILL_WORDS = {
    "rotate": (
        "You get a new token for {till} in {store}, shown once. The old one works until the new one is first used, "
        "so the till goes on selling and fetching meanwhile.",
        "Renew the token",
        "arrow-repeat",
    ),
    "revoke": (
        "{till} in {store} is refused within a minute: it fetches nothing and reports nothing any more{unsent}. "
        "What it reported stays here. This cannot be taken back; the till can be invited anew.",
        "Revoke",
        "slash-circle",
    ),
}


def _unsent(till: Device) -> str:
    """What a till would keep to itself."""
    return (
        f", and {count(till.outbox_length, 'event')} that it has not sent yet stay on it" if till.outbox_length else ""
    )


@bp.post("/tills/<code>/tills/<public_id>/rotate")
@needs("sync.manage")
def rotate(code: str, public_id: str) -> ResponseReturnValue:
    """Make the next token and show it, this once."""
    with transaction() as session:
        store, till = _till(session, code, public_id)
        text = devices.rotate(session, till)
    return render_template("tills/token.html", store=store, till=till, text=text), 200, NO_STORE


@bp.post("/tills/<code>/tills/<public_id>/revoke")
@needs("sync.manage")
def revoke(code: str, public_id: str) -> ResponseReturnValue:
    """End a till's access."""
    with transaction() as session:
        _, till = _till(session, code, public_id)
        devices.revoke(session, till, now=clock.now())
    flash(f"{till.name} is revoked.")
    return redirect(url_for(".store", code=code), code=303)


def _till(session: Session, code: str, public_id: str) -> tuple[Store, Device]:
    store = store_of(session, code)
    return store, store_tills.till(session, store, public_id)


def _suspend(session: Session, store: Store, now: datetime) -> str:
    store_tills.suspend(session, store, now=now)
    return f"The tills of {store.name} are suspended."


def _resume(session: Session, store: Store, now: datetime) -> str:
    store_tills.resume(session, store)
    return f"The tills of {store.name} are answered again."


def _release(session: Session, store: Store, now: datetime) -> str:
    is_new = publishing.release(session, store.id, settings=config.current(), now=now)
    return f"{store.name} follows changes again" + (", beginning with a new version." if is_new else ".")


@dataclass(frozen=True, slots=True)
class StoreAction:
    """What may be done with a store: its words, and what does it and says that it is done."""

    label: str
    icon: str
    title: str
    consequence: str
    do: Callable[[Session, Store, datetime], str]
    is_dangerous: bool = False


STORE_ACTIONS = {
    "suspend": StoreAction(
        "Suspend its tills",
        "pause-circle",
        "Suspend the tills of {store}?",
        "Within a minute its tills fetch nothing new. They keep the promotions that they have, go on selling, and what "
        "they sold is still taken. You can resume them at any time.",
        _suspend,
        True,
    ),
    "resume": StoreAction(
        "Resume its tills",
        "play-circle",
        "Resume the tills of {store}?",
        "Its tills are answered again and fetch what they have missed with their next poll.",
        _resume,
    ),
    "release": StoreAction(
        "Release it",
        "unlock",
        "Release {store}?",
        "Changes of promotions reach its tills again, beginning with all that was held back.",
        _release,
    ),
}


@bp.get("/tills/<code>/<any(suspend, resume, release):action>")
@needs("sync.manage")
def ask_store(code: str, action: str) -> ResponseReturnValue:
    """Say what will happen to a store."""
    chosen, store = STORE_ACTIONS[action], store_of(reading(), code)
    return render_template(
        "tills/confirm.html",
        store=store,
        title=chosen.title.format(store=store.name),
        consequence=chosen.consequence,
        label=chosen.label,
        icon_name=chosen.icon,
        danger=chosen.is_dangerous,
        address=url_for(".change_store", code=code, action=action),
    )


@bp.post("/tills/<code>/<any(suspend, resume, release):action>")
@needs("sync.manage")
def change_store(code: str, action: str) -> ResponseReturnValue:
    """Do it."""
    with transaction() as session:
        said = STORE_ACTIONS[action].do(session, store_of(session, code), clock.now())
    flash(said)
    return redirect(url_for(".store", code=code), code=303)


@bp.get("/tills/<code>/versions/<int:version>/roll-back")
@needs("sync.manage")
def ask_roll_back(code: str, version: int) -> ResponseReturnValue:
    """Say what rolling back means."""
    store = store_of(reading(), code)
    return render_template(
        "tills/confirm.html",
        store=store,
        title=f"Roll {store.name} back to version {version}?",
        consequence=f"Its tills get the content of version {version} as a new version, within a minute where they are "
        "connected. The store then stays there: changes of promotions do not reach it until you release it.",
        label=f"Roll back to version {version}",
        icon_name="arrow-counterclockwise",
        danger=True,
        address=url_for(".roll_back", code=code, version=version),
    )


@bp.post("/tills/<code>/versions/<int:version>/roll-back")
@needs("sync.manage")
def roll_back(code: str, version: int) -> ResponseReturnValue:
    """Publish the older content as a new version."""
    with transaction() as session:
        store = store_of(session, code)
        new = publishing.roll_back(session, store.id, version, settings=config.current(), now=clock.now())
    flash(f"{store.name} has the content of version {version} again, as version {new}.")
    return redirect(url_for(".store", code=code), code=303)
