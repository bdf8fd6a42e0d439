"""What can go wrong on the way between a network and a Keras model."""

from app.core.explained_error import ExplainedError


class ModelingError(ExplainedError):
    """The network cannot be made into a Keras model, or a model not into a network."""


def unsuited(what: str, expected: str, how_to_fix: str = "") -> ModelingError:
    """The refusal of a model that is no network."""
    return ModelingError(
        f"This model cannot be shown as a network: {what}.",
        expected,
        how_to_fix or "Open a Sequential or functional model with one input and one output.",
    )


class ModelFileError(ModelingError):
    """The file is no model that can be opened safely."""


class Refusal(Exception):  # noqa: N818 - no error: the checked file is at fault
    """What the check of a model file has against it: the end of "... was not opened: "."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def first_line(error: BaseException, limit: int = 300) -> str:
    """The first line of an error's text, cut to `limit` characters: what a user can read of it."""
    if isinstance(error, KeyError):
        return f"{str(error)[: limit // 2]} is missing"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= limit else text[: limit - 1] + "…"
