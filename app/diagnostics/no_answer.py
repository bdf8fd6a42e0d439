"""Why a question about a network has no answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NoAnswer:
    """What the view that asked would need, in a sentence or two for the screen."""

    needs: str
