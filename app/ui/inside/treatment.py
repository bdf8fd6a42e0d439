"""What became of a remedy: the run before it against the run after it."""

from dataclasses import dataclass

from app.core.advisor.diagnosis import Consultation, Diagnosis
from app.core.advisor.evidence import RunEvidence, short
from app.core.project import Project
from app.ui.inside.diagnosis_card import Outcome


@dataclass(frozen=True)
class Measured:
    """How well a run does.

    Attributes:
        what: "accuracy", "validation loss".
        text: the number as it is shown.
        value: the number; more is better where `up`.
    """

    what: str
    text: str
    value: float
    up: bool


@dataclass(frozen=True)
class Treatment:
    """A remedy that was applied.

    Attributes:
        kind, title: of the diagnosis.
        label: of the remedy.
        run: number of the run with the diagnosis.
        after: the project with the remedy.
        before: how well that run did; None where nothing could be measured.
    """

    kind: str
    title: str
    label: str
    run: int
    after: Project
    before: Measured | None

    def is_tried_by(self, project: Project) -> bool:
        """Whether a run of `project` shows what the remedy does."""
        after = self.after
        return (project.network, project.training, project.data) == (
            after.network,
            after.training,
            after.data,
        )


def measured(run: RunEvidence, kind: str) -> Measured | None:
    """How well a run does, in the number that a diagnosis of `kind` is about: of the epoch whose
    weights are kept.
    """
    losses = kind == "overfitting" or not run.accuracy
    validated = kind == "overfitting" and bool(run.curve("val_loss"))
    column = ("val_loss" if validated else "loss") if losses else run.accuracy
    points = dict(run.curve(column))
    if not points:
        return None
    kept = float(run.best_epoch if run.restored else run.last_epoch)
    value = points.get(kept, next(reversed(points.values())))
    what = ("validation loss" if validated else "loss") if losses else "accuracy"
    return Measured(what, short(value) if losses else f"{value:.2f}", value, not losses)


def outcome_of(
    treatment: Treatment, number: int, run: RunEvidence, consultation: Consultation
) -> Outcome:
    """What the run `number`, after the remedy, shows."""
    after = measured(run, treatment.kind)
    still = any(one.kind == treatment.kind for one in consultation.diagnoses)
    words = f"Run {number}"
    better = False
    if after is not None and treatment.before is not None and after.what == treatment.before.what:
        words += f": {after.what} {after.text}, was {treatment.before.text}"
        change = after.value - treatment.before.value
        better = change > 0 if after.up else change < 0
    words += f", with {treatment.label}."
    if still:
        words += f" {treatment.title} is still there."
        return Outcome("warning", "warning", words)
    if run.reason is None or run.last_epoch < 5:
        return Outcome("info", "muted", f"{words} So far.")
    words += f" {treatment.title} is gone."
    return Outcome("check", "good", words) if better else Outcome("info", "muted", words)


def treat(
    diagnosis: Diagnosis, remedy: int, project: Project, number: int, run: RunEvidence
) -> Treatment:
    """The remedy applied to `project`."""
    fix = diagnosis.remedies[remedy]
    return Treatment(
        diagnosis.kind,
        diagnosis.title,
        fix.label,
        number,
        fix.edit(project),
        measured(run, diagnosis.kind),
    )
