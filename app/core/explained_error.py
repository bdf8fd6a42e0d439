"""The error that answers three questions."""


class ExplainedError(Exception):
    """What happened, what was expected, how to fix it: each a full sentence for the user."""

    def __init__(self, happened: str, expected: str, how_to_fix: str) -> None:
        super().__init__(happened, expected, how_to_fix)
        self.happened = happened
        self.expected = expected
        self.how_to_fix = how_to_fix

    def __str__(self) -> str:
        return f"{self.happened} {self.expected} {self.how_to_fix}"
