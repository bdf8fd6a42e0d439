"""What tests of models share."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def quiet_tensorflow() -> Iterator[None]:
    """TensorFlow warns when a process traces often, as one that tests many models does."""
    logger = logging.getLogger("tensorflow")
    before = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(before)
