"""Logging: one line an event, with the request's number, as text for people or JSON for collectors."""

import logging
import sys

import structlog

from portal.config import Settings

SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(settings: Settings) -> None:
    """Send structlog's and the standard library's messages through one formatter to stderr."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=SHARED, processors=last_steps(settings)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("rq_scheduler.scheduler", "alembic", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def last_steps(settings: Settings) -> list[structlog.types.Processor]:
    """How an event becomes a line."""
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings.log_format == "json":
        return [drop, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Where rich is installed, structlog would print every local value: secrets, and seconds for each failure.
    plain = structlog.dev.plain_traceback
    return [drop, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
