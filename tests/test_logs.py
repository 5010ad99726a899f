"""What the log says of a failure: where it happened, and nothing of what was in memory there."""

import logging
import time
from pathlib import Path

import pytest

from portal.logs import last_steps
from tests.conftest import settings_for


def fail() -> None:
    token = "pst_" + "s" * 12 + "_secret"
    raise RuntimeError(f"a token of {len(token)} letters is wrong")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_failure_is_logged_without_the_values_of_variables_and_at_once(tmp_path: Path, log_format: str) -> None:
    import structlog

    steps = last_steps(settings_for(tmp_path, "redis://127.0.0.1:1/0", LOG_FORMAT=log_format))
    formatter = structlog.stdlib.ProcessorFormatter(processors=steps)
    try:
        fail()
    except RuntimeError as error:
        record = logging.LogRecord("portal", logging.ERROR, __file__, 1, "failed", (), (type(error), error, None))
        record.exc_info = (type(error), error, error.__traceback__)
    began = time.monotonic()
    text = formatter.format(record)
    assert time.monotonic() - began < 0.5
    assert "a token of 23 letters is wrong" in text
    assert "in fail" in text
    assert "ssss" not in text
