"""What stands among the problems of the bench: of the network and the data, of the run, and what
the advisor finds.
"""

import time

from PySide6.QtCore import QObject, Signal

from app.core.advisor.diagnosis import Diagnosis
from app.core.advisor.gradient_rules import recent_norms
from app.core.network import Network
from app.core.problems import Problem
from app.core.project import Project
from app.core.resolved_project import ResolvedProject
from app.core.run_findings import (
    dead_unit_problem,
    divergence_problem,
    vanishing_gradient_problem,
)
from app.core.run_record import RunRecord
from app.core.transfer import unedited_layers
from app.ui.data_feed import DataFeed
from app.ui.failures import Failure
from app.ui.pacing import Pacing
from app.ui.pages.problem_list import ProblemList
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl
from app.ui.run_evidence import Consultant

MOST_ADVICE = 2
"""So many diagnoses of the advisor stand among the problems; Inside shows all."""
PROBLEMS_MS, PROBLEMS_SHARE, ADVICE_EVERY = 500, 0.02, 1.5
"""While it trains: milliseconds between two looks for problems, which have so much of the time of
the window's thread, and seconds between two of the advisor, so that cards do not come and go.
"""
TOLD_ANYWAY = ("vanishing_gradient", "dead_units", "unscaled_input", "wrong_output", "diverged")
"""Diagnoses that the bench tells of by itself: at a layer, at the data, before any training."""
_RANK = {"error": 0, "warning": 1, "info": 2}


class ProblemsPresenter(QObject):
    """Signals:
        place_chosen(Problem): the layer or setting that a problem tells of is to be shown.
        data_problem_chosen(Problem): what a problem of the data tells of is to be shown.
        data_fix_chosen(int): a remedy of data that could not be read, by its number.

    Attributes:
        problems: those on show, the worst first.
    """

    place_chosen = Signal(object)
    data_problem_chosen = Signal(object)
    data_fix_chosen = Signal(int)

    def __init__(
        self,
        panel: ProblemList,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel, self._document, self._feed, self._run = panel, document, feed, run
        self.problems: tuple[Problem, ...] = ()
        self._failure: Failure | None = None
        self._consultant = Consultant()
        self._advised: tuple[Diagnosis, ...] = ()
        self._advised_of: Project | None = None
        self._next_advice = 0.0
        self._looks = Pacing(self._show, PROBLEMS_MS, PROBLEMS_SHARE, self)
        panel.fix_chosen.connect(self._fix_chosen)
        panel.show_chosen.connect(self._show_chosen)
        document.changed.connect(self._look)
        feed.changed.connect(self._show)
        run.state_changed.connect(self._state_changed)
        run.health_changed.connect(self._look)
        run.run_ended.connect(self._show)

    # ---- showing
    def _look(self) -> None:
        if self._run.state.trains:
            self._looks.ask()
        else:
            self._show()

    def _state_changed(self) -> None:
        if self._run.state.failure is not self._failure:
            self._failure = self._run.state.failure
            self._show()

    def _show(self) -> None:
        resolved = self._document.resolved
        if resolved is None:
            return
        found = list(resolved.problems)
        if self._feed.problem is not None:
            found.insert(0, self._feed.problem)
        found += self._of_the_run(resolved)
        self.problems = tuple(sorted(found, key=lambda problem: _RANK[problem.severity]))
        self._panel.show_problems(self.problems)

    def _of_the_run(self, resolved: ResolvedProject) -> list[Problem]:
        found: list[Problem] = []
        health, divergence, record = self._run.health, self._run.divergence, self._run.record
        failure = self._run.state.failure
        if failure is not None:
            found.append(
                Problem(
                    where="training",
                    severity="error",
                    title=self._run.state.failed,
                    happened=failure.happened,
                    expected=failure.expected,
                    how_to_fix=failure.how_to_fix,
                )
            )
        if divergence is not None and record is not None:
            found.append(
                divergence_problem(
                    resolved.project,
                    divergence.layer_id,
                    record.sentence.partition(". ")[0] + ".",
                    divergence.how_to_fix,
                )
            )
        if health is None or record is None or record.project.data != resolved.project.data:
            return found  # the counts of other data would be told
        if not resolved.summary.known:
            return found
        same = layers_as_trained(record, resolved.project.network)
        _, validation, _ = resolved.summary.counts
        part = "validation" if validation else "training"
        samples = validation or resolved.summary.counts[0]
        whole = any(bool(dead.all()) for _, dead in health.dead_units)
        if len(same) == len(resolved.project.network.layers) and not whole:
            lately = recent_norms(self._consultant.evidence(record, self._run.healths, None))
            vanishing = vanishing_gradient_problem(resolved.project, lately)
            if vanishing is not None:
                found.append(vanishing)
        for layer_id, dead in health.dead_units:
            if layer_id not in same:
                continue
            problem = dead_unit_problem(
                resolved.project, layer_id, int(dead.sum()), dead.size, samples, part
            )
            if problem is not None:
                found.append(problem)
        found += self._advice(resolved, record)
        return found

    def _advice(self, resolved: ResolvedProject, record: RunRecord) -> list[Problem]:
        """What the advisor finds beside what is told anyway; of the settings as they are now."""
        run, project, data = self._run, resolved.project, self._feed.prepared
        told = (record.project.network, record.project.training)
        if told != (project.network, project.training):
            return []
        now = time.monotonic()
        another = record.project is not self._advised_of
        if another or not run.state.trains or now >= self._next_advice:
            self._advised_of = record.project
            self._next_advice = now + ADVICE_EVERY
            known = data is not None and data.fingerprint == record.data_fingerprint
            summary = data.summary if data is not None and known else None
            _, found = self._consultant.consult(record, run.healths, summary, run.divergence)
            self._advised = tuple(one for one in found.diagnoses if one.kind not in TOLD_ANYWAY)
        return [one.problem() for one in self._advised[:MOST_ADVICE]]

    # ---- what is chosen
    def _fix_chosen(self, number: int, index: int) -> None:
        project = self._document.project
        if project is None or number >= len(self.problems):
            return
        if self.problems[number] is self._feed.problem:
            self.data_fix_chosen.emit(index)
        else:
            fix = self.problems[number].fixes[index]
            self._document.edit(fix.label, fix.edit(project))

    def _show_chosen(self, number: int) -> None:
        problem = self.problems[number]
        of_data = problem.where.split(".")[0] == "data"
        (self.data_problem_chosen if of_data else self.place_chosen).emit(problem)


def layers_as_trained(record: RunRecord | None, network: Network | None) -> frozenset[str]:
    """Ids of the layers of `network` that are as in the run; of others it tells nothing."""
    if record is None or network is None:
        return frozenset()
    return unedited_layers(network, record.project.network)
