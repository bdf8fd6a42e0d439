"""The advisor: what is wrong with the run, by which evidence, and what helps."""

import time

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.advisor.diagnosis import Consultation, Diagnosis
from app.core.advisor.evidence import RunEvidence
from app.core.advisor.figures import CurvesFigure, Figure
from app.core.advisor.gradient_rules import norms_figure
from app.core.advisor.unit_rules import shares_figure
from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap
from app.core.number_words import counted
from app.core.project import Project
from app.diagnostics.boundary import Boundary, UnitResponses
from app.ui.controls.painting import px
from app.ui.inside.diagnosis_card import DiagnosisCard, Outcome, Verdict
from app.ui.inside.evidence_panel import EvidencePanel
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.plane_column import PlaneColumn
from app.ui.inside.scrolled import scrolled
from app.ui.inside.tab import Tab
from app.ui.inside.treatment import Treatment, measured, outcome_of, treat
from app.ui.run_evidence import Consultant

CARD_WIDTH, LEAST_CARD_WIDTH = 328, 248
RESOLUTION = 64
UNIT_RESOLUTION = 32
SHARE, MARKS_SHARE, LEAST_REST = 0.05, 0.015, 0.25
"""While it trains, the advisor takes at most this share of the window's time, and rests so many
seconds: what is wrong does not change twenty times a second.
"""


class AdvisorTab(Tab):
    """Diagnosis, evidence, remedy; what became of the remedy after the next training."""

    name = "advisor"
    label = "Advisor"
    sentence = (
        "What is wrong with this training, the numbers that show it, and an edit that helps. Each "
        "rule is written down with its source."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self._consultant = Consultant()
        self._evidence: RunEvidence | None = None
        self._consultation: Consultation | None = None
        self._chosen = ""
        self._treatment: Treatment | None = None
        self._boundary_before: Boundary | None = None
        self._layer: str | None = None
        self._rests_until = self._marks_rest_until = 0.0
        self._whole = Consultant()
        self._marked: Project | None = None
        self._marks: tuple[tuple[int, str], ...] = ()
        self._boundary = Asker(looking, "boundary", self._boundary_came)
        self._units = Asker(looking, "boundary", self._units_came)
        self.card = DiagnosisCard()
        self.card.remedy_chosen.connect(self.apply)
        self.card.diagnosis_chosen.connect(self._diagnosis_chosen)
        self.panels = [EvidencePanel(f"advisor.evidence.{place}") for place in range(4)]
        self.plane = PlaneColumn()
        self.plane.layer_chosen.connect(self._layer_chosen)
        self._arrange()
        looking.document.changed.connect(self._project_changed)

    def _arrange(self) -> None:
        self.card.setMinimumWidth(px(LEAST_CARD_WIDTH))
        self.card.setMaximumWidth(px(CARD_WIDTH))
        middle, right = QVBoxLayout(), QVBoxLayout()
        for place, panel in enumerate(self.panels):
            (middle if place < 2 else right).addWidget(panel, 1)
        right.addWidget(self.plane, 1)
        for column in (middle, right):
            column.setSpacing(px(16))
        middle.setContentsMargins(0, 0, 0, 0)
        right.setContentsMargins(0, 0, 0, 0)
        row, plots = QHBoxLayout(), QHBoxLayout()
        for line in (row, plots):
            line.setSpacing(px(16))
        row.addWidget(self.card, 100)
        self._middle, self._right = QWidget(), QWidget()
        self._middle.setLayout(middle)
        self._right.setLayout(right)
        plots.addWidget(self._middle, 106)
        plots.addWidget(self._right, 100)
        self._plots = scrolled(plots, "Evidence")
        row.addWidget(self._plots, 206)
        row.addStretch(0)  # where there is nothing to draw the card stays at the left
        self.page.body.addLayout(row, 1)

    # ---- what is known
    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """What was found last, the most severe first."""
        return self._consultation.diagnoses if self._consultation is not None else ()

    @property
    def shown(self) -> Diagnosis | None:
        """The diagnosis that is shown."""
        known = {one.kind: one for one in self.diagnoses}
        return known.get(self._chosen, next(iter(self.diagnoses), None))  # type: ignore[call-overload]

    @property
    def run_number(self) -> int:
        return self.looking.run.run_number

    def marks(self) -> tuple[tuple[int, str], ...]:
        """When each illness of the whole run began, whichever tab and moment is looked at."""
        looking, record, now = self.looking, self.looking.record, time.monotonic()
        if record is None or not record.rows:
            return ()
        running = looking.run.state.phase == "running"
        if record.project is not self._marked or not running or now >= self._marks_rest_until:
            self._marked = record.project
            _, found = self._whole.consult(
                record, looking.healths, self._summary(), looking.run.divergence
            )
            self._marks = tuple((max(1, one.since), one.mark) for one in found.diagnoses)
            spent = time.monotonic() - now
            self._marks_rest_until = now + max(LEAST_REST, spent / MARKS_SHARE)
        return self._marks

    def _summary(self) -> DataSummary | None:
        return self.looking.data.summary if self.looking.data is not None else None

    # ---- orders
    def apply(self, remedy: int) -> None:
        """Apply a remedy of the shown diagnosis to the project, as one step to undo."""
        one, project, evidence = self.shown, self.looking.document.project, self._evidence
        if one is None or project is None or evidence is None or remedy >= len(one.remedies):
            return
        self._treatment = treat(one, remedy, project, self.run_number, evidence)
        self._boundary_before = self.plane.now.view.boundary
        if self._treatment.after != project:  # it may have been applied on the bench before
            self.looking.document.edit(one.remedies[remedy].label, self._treatment.after)
        self.refresh()

    def forget(self) -> None:
        self.plane.forget()

    def refresh(self) -> None:
        looking = self.looking
        record = looking.record
        if record is None or (not record.rows and record.reason is None):
            self._evidence = self._consultation = None
            self.page.show_empty(looking.why_nothing() or looking_soon(looking))
            return
        now = time.monotonic()
        if looking.run.state.phase == "running" and now < self._rests_until:
            return
        self._evidence, self._consultation = self._consultant.consult(
            record, looking.healths, self._summary(), looking.run.divergence, looking.moment
        )
        self._show()
        spent = time.monotonic() - now
        self._rests_until = now + max(LEAST_REST, spent / SHARE)
        self.page.show_body()

    # ---- showing
    def _show(self) -> None:
        evidence, consultation = self._evidence, self._consultation
        assert evidence is not None
        assert consultation is not None
        one = self.shown
        if one is not None:
            number = self.diagnoses.index(one)
            self.card.show_diagnosis(self.diagnoses, number, self._outcome(), self._applied())
        else:
            self.card.show_verdict(self._verdict(), self._outcome())
        figures = [each for each in (one.figures if one is not None else ()) if _is_there(each)]
        shown = self.looking.moment
        known = {figure.title for figure in figures}
        figures += [each for each in _plain_figures(evidence) if each.title not in known]
        plane = self._has_plane()
        self.plane.setVisible(plane)
        places = 2 if plane else 4
        for place, panel in enumerate(self.panels):
            there = place < min(places, len(figures))
            panel.setVisible(there)
            if there:
                panel.show_figure(figures[place], shown)
        self._right.setVisible(plane or len(figures) > 2)
        self._middle.setVisible(bool(figures))
        self._plots.setVisible(plane or bool(figures))
        bar = self._plots.verticalScrollBar().sizeHint().width()
        self._plots.setMinimumWidth(self._plots.needed_width() + bar)
        if plane:
            self._ask_plane()

    def _verdict(self) -> Verdict:
        evidence, consultation = self._evidence, self._consultation
        assert evidence is not None
        assert consultation is not None
        if not evidence.rows:
            return Verdict(
                "info",
                "muted",
                "Before the first epoch",
                "Nothing to judge by yet",
                "These are the weights that the run began with. Move the time machine on.",
            )
        if consultation.not_yet:
            return Verdict(
                "info",
                "muted",
                f"Looked at {counted(consultation.epochs, 'epoch')}",
                "Nothing found so far",
                consultation.not_yet,
                consultation.looked_at,
                consultation.noticed,
            )
        return Verdict(
            "check",
            "good",
            f"Looked at {counted(consultation.epochs, 'epoch')}",
            "No illness so far",
            "No rule of the advisor applies to what was looked at.",
            consultation.looked_at,
            consultation.noticed,
        )

    def _applied(self) -> str:
        """The label of a remedy that is in the project and not yet tried."""
        treatment, record = self._treatment, self.looking.record
        if treatment is None or record is None or treatment.is_tried_by(record.project):
            return ""
        project = self.looking.document.project
        same = project is not None and treatment.is_tried_by(project)
        return treatment.label if same and treatment.run == self.run_number else ""

    def _tried(self) -> Treatment | None:
        """The remedy whose effect the run on show shows."""
        treatment, record = self._treatment, self.looking.record
        if treatment is None or record is None or treatment.run == self.run_number:
            return None
        return treatment if treatment.is_tried_by(record.project) else None

    def _outcome(self) -> Outcome | None:
        treatment, evidence, found = self._tried(), self._evidence, self._consultation
        if treatment is None or evidence is None or found is None or not evidence.rows:
            return None
        return outcome_of(treatment, self.run_number, evidence, found)

    # ---- the plane
    def _has_plane(self) -> bool:
        data = self.looking.data
        return (
            data is not None and data.summary.input_shape == (2,) and not self.looking.why_nothing()
        )

    def _ask_plane(self) -> None:
        self._boundary.ask(options=FrozenMap(resolution=RESOLUTION))
        evidence = self._evidence
        network = self.looking.network
        if evidence is None or network is None:
            return
        names = tuple(layer.id for layer in evidence.hidden)
        if self._layer not in names:
            self._layer = next(iter(names), None)
        self.plane.show_layers(names, self._layer)
        if self._layer is not None:
            self._units.ask(self._layer, FrozenMap(resolution=UNIT_RESOLUTION))

    def _boundary_came(self, answer: object) -> None:
        data, evidence = self.looking.data, self._evidence
        if not isinstance(answer, Boundary) or data is None or evidence is None:
            return
        how = measured(evidence, "")
        value = f"{how.what} {how.text}" if how is not None else ""
        self.plane.show_now(answer, data, f"Run {self.run_number}", value, data.summary.title)
        tried = self._tried()
        before = tried.before if tried is not None else None
        self.plane.show_before(
            self._boundary_before if tried is not None else None,
            data,
            f"Run {tried.run}" if tried is not None else "",
            f"{before.what} {before.text}" if before is not None else "",
        )

    def _units_came(self, answer: object) -> None:
        if isinstance(answer, UnitResponses) and self.looking.data is not None:
            names = self.looking.data.summary.feature_names or ("x1", "x2")
            self.plane.show_units(answer, tuple(names))

    # ---- what is chosen
    def _layer_chosen(self, layer_id: str) -> None:
        self._layer = layer_id
        self.refresh()

    def _diagnosis_chosen(self, number: int) -> None:
        if number < len(self.diagnoses):
            self._chosen = self.diagnoses[number].kind
            self._show()

    def _project_changed(self) -> None:
        if self.page.isVisible() and self._consultation is not None:
            self._show()


def looking_soon(looking: Looking) -> str:
    """What is waited for while the first epoch is not over."""
    return "The first epoch is not over yet: the advisor needs a few." if looking.record else ""


def _is_there(figure: Figure) -> bool:
    """Whether there is anything to draw: a training may diverge in its first epoch."""
    return not isinstance(figure, CurvesFigure) or any(one.points for one in figure.curves)


def _plain_figures(run: RunEvidence) -> tuple[Figure, ...]:
    """What is shown in any case: loss, accuracy, gradients, dead units."""
    found: list[Figure] = []
    for name, title in (("loss", "Loss"), (run.accuracy, "Accuracy")):
        if name and run.curve(name):
            curves = [run.line(name, "training", "training")]
            if run.curve(f"val_{name}"):
                curves.append(run.line(f"val_{name}", "validation", "validation"))
            found.append(CurvesFigure(title, "by epoch", tuple(curves)))
    return (*found, *(each for each in (norms_figure(run), shares_figure(run)) if each is not None))
