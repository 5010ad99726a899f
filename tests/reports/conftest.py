"""A till that uploads, and what is there afterwards."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.services.sync import logs, usage
from portal.services.sync.devices import Till
from portal.services.sync.events import UploadAnswer
from tests.reports.tills import NOW, make_till


@pytest.fixture
def settings(app: Flask) -> Settings:
    return app.config["PORTAL"]


@pytest.fixture
def till(session: Session) -> Till:
    return make_till(session)


Upload = Callable[..., UploadAnswer]


@pytest.fixture
def upload(session: Session, till: Till, settings: Settings) -> Upload:
    """upload([event, ...]): as bytes, just as a till sends them."""

    def send(events: Sequence[Any], *, by: Till = till, now: datetime = NOW) -> UploadAnswer:
        return usage.upload(session, by, orjson.dumps({"events": list(events)}), settings=settings, now=now)

    return send


@pytest.fixture
def upload_logs(session: Session, till: Till, settings: Settings) -> Upload:
    """The same for log lines."""

    def send(events: Sequence[Any], *, by: Till = till, now: datetime = NOW) -> UploadAnswer:
        return logs.upload(session, by, orjson.dumps({"events": list(events)}), settings=settings, now=now)

    return send
