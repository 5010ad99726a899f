"""The blueprint of the sync API. No view of it reads a session: who asks is known by the till's token alone."""

from flask import Blueprint

bp = Blueprint("sync", __name__)
