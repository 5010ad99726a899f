"""What tills reported: whether anything is lost, and what waits for a person."""

from portal.web.reports import logs, views
from portal.web.reports.blueprint import bp

__all__ = ["bp", "logs", "views"]
