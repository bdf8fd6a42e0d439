"""What can go wrong on the way from a source to arrays."""

from app.core.explained_error import ExplainedError


class DataError(ExplainedError):
    """The data cannot be used as they are.

    Attributes:
        column: of a table, that causes it, by name; "" when none does.
        types: what this column could be instead, of `core.data_settings.TYPES`.
        roles: what role this column could have instead, of `core.data_settings.ROLES`.
        decimal: the decimal mark with which it could be read; "" for none.
        details: what only few need to know, such as addresses.
    """

    def __init__(
        self,
        happened: str,
        expected: str,
        how_to_fix: str,
        *,
        column: str = "",
        types: tuple[str, ...] = (),
        roles: tuple[str, ...] = (),
        decimal: str = "",
        details: str = "",
    ) -> None:
        super().__init__(happened, expected, how_to_fix)
        self.column = column
        self.types = types
        self.roles = roles
        self.decimal = decimal
        self.details = details


class LoadingStopped(Exception):  # noqa: N818 - not an error: the asker no longer wants the data
    """Loading was given up because `stop()` said so."""
