"""What the advisor says: one illness of a training, with all that belongs to it."""

from dataclasses import dataclass
from typing import Literal

from app.core.advisor.figures import Figure
from app.core.problems import Fix, Problem

Kind = Literal[
    "diverged",
    "vanishing_gradient",
    "exploding_gradient",
    "dead_units",
    "wrong_output",
    "unscaled_input",
    "learning_rate_high",
    "learning_rate_low",
    "largest_class",
    "overfitting",
    "underfitting",
]


@dataclass(frozen=True)
class Diagnosis:
    """One illness.

    Attributes:
        kind: of the rules' table, `app.core.advisor.rules`.
        severity: an "error" keeps the network from learning at all.
        title: a few words.
        mark: fewer, for the time machine.
        since: the epoch from which on it is seen; 0 when it was there before the first.
        until: the last epoch looked at; it is still there then.
        explanation: two or three sentences, in the words of the lecture.
        rows: (what, value) as text, at the epoch `until`.
        figures: what is drawn, the main one first.
        remedies: ordinary edits of the project, best first.
        note: what the first remedy does beside what its label says.
        source: where the rule and its limits come from.
        lesson: what a lesson about it is about.
        where: a layer or a path of the project, as in `Problem.where`.
    """

    kind: Kind
    severity: Literal["error", "warning"]
    title: str
    mark: str
    since: int
    until: int
    explanation: str
    rows: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    remedies: tuple[Fix, ...]
    source: str
    lesson: str
    where: str
    note: str = "One step to undo."

    @property
    def found(self) -> str:
        """When: "Found at epoch 1, still there at 140"."""
        if self.since == 0:
            return f"There before the first epoch, still there at {self.until:,}"
        if self.since == self.until:
            return f"Found at epoch {self.since:,}"
        return f"Found at epoch {self.since:,}, still there at {self.until:,}"

    def problem(self) -> Problem:
        """The same as a card on the bench: a warning, as a network can be built all the same."""
        first, _, rest = self.explanation.partition(". ")
        labels = " or ".join(fix.label for fix in self.remedies)
        return Problem(
            where=self.where,
            severity="warning",
            title=self.title,
            happened=f"{first.rstrip('.')}.",
            expected=rest,
            how_to_fix=f"{labels}. Inside, under Advisor, is the evidence.",
            fixes=self.remedies[:2],
        )


@dataclass(frozen=True)
class Consultation:
    """What the advisor found, and what it looked at.

    Attributes:
        diagnoses: the most severe first; empty where nothing is wrong, or nothing can be told yet.
        looked_at: what each rule needs was there, in words: "gradients of 7 layers".
        epochs: how many were looked at.
        not_yet: what cannot be told before more epochs, in a sentence; "" when there are enough.
        noticed: what was seen and is no illness, each in words.
    """

    diagnoses: tuple[Diagnosis, ...]
    looked_at: tuple[str, ...]
    epochs: int
    not_yet: str = ""
    noticed: tuple[str, ...] = ()
