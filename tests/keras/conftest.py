"""What tests of models share."""

import logging
from collections.abc import Iterator

import pytest


def _says_nothing_of_retracing(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()


@pytest.fixture(scope="session", autouse=True)
def quiet_retracing() -> Iterator[None]:
    """TensorFlow warns when a process traces often, as one that tests many models does."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_says_nothing_of_retracing)
    yield
    logger.removeFilter(_says_nothing_of_retracing)
