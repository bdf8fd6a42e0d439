"""What can go wrong while training, in words."""

import re

from app.core.explained_error import ExplainedError


class TrainingError(ExplainedError):
    """A training, a checkpoint or a question about a model failed."""


_OUTSIDE = re.compile(r"indices\[[0-9, ]*\] = (-?[0-9]+) is not in \[0, ([0-9]+)\)")
"""What TensorFlow says of a number that a table of vectors does not have."""
_NAMES_OF_TOO_LITTLE_MEMORY = ("ResourceExhaustedError", "MemoryError")


def explained(error: BaseException, doing: str) -> ExplainedError:
    """`error`, raised while `doing` ("training the network"), in words for the user.

    Explained errors come back as they are. TensorFlow's errors are told apart by the names of their
    classes, so that this module needs no TensorFlow.
    """
    if isinstance(error, ExplainedError):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & set(_NAMES_OF_TOO_LITTLE_MEMORY):
        return TrainingError(
            f"The memory of this computer did not suffice for {doing}.",
            "Weights, gradients and the outputs of all layers for one batch must fit.",
            "Choose a smaller batch size, fewer units or filters, or pool earlier.",
        )
    text = " ".join(str(error).split())
    outside = _OUTSIDE.search(text)
    if outside is not None:
        number, count = outside.groups()
        return TrainingError(
            f"An Embedding got the number {number}.",
            f"It has vectors for whole numbers from 0 to {int(count) - 1}.",
            "Raise its option Numbers above the largest number that comes in; below 0, put Hashing"
            " or Discretization in front.",
        )
    if len(text) > 300:
        text = f"{text[:299]}…"
    if names & {"InvalidArgumentError", "ValueError", "TypeError"}:
        return TrainingError(
            f"Keras refused {doing}: {text or type(error).__name__}",
            "Data, network, loss and metrics whose shapes and kinds of numbers go together.",
            "Look at the problems listed under the network; check the output layer and the loss.",
        )
    return TrainingError(
        f"An error ended {doing}: {type(error).__name__}: {text}",
        "No error was expected here.",
        "Try again; if it comes back, the log has the details for a report.",
    )
