"""What can go wrong on the way from a source to arrays."""

from app.core.explained_error import ExplainedError


class DataError(ExplainedError):
    """The data cannot be used as they are."""


class LoadingStopped(Exception):  # noqa: N818 - not an error: the asker no longer wants the data
    """Loading was given up because `stop()` said so."""
