"""The whole window, for tests that walk through all of it."""

from tests.end_to_end.conftest import start, user

__all__ = ["start", "user"]
