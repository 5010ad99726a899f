"""Publishing to the stores: after a change, and now and then, because promotions come into the horizon and end."""

from portal import clock, config
from portal.db import transaction
from portal.services.sync import contents, manifests, publishing


def publish() -> int:
    """Give each store whose bundle changed a new version; gives how many did."""
    with transaction() as session:
        return publishing.publish_all(session, settings=config.current(), now=clock.now(), catalogues=False)


def renew() -> int:
    """Publish what the clock changed, and sign old manifests anew; gives how many versions."""
    published = publish()
    with transaction() as session:
        manifests.renew(session, settings=config.current(), now=clock.now())
    return published


def publish_prices() -> int:
    """Publish the catalogues as they are now, with what else changed; gives how many versions."""
    now = clock.now()
    with transaction() as session:
        published = publishing.publish_all(session, settings=config.current(), now=now)
        contents.drop_old_catalogues(session, now=now)
    return published
