"""A trial that is not over, as the coordinator knows it."""

from dataclasses import dataclass, field

from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.search_results import FitCurves, FoldResult, Trial, TrialState
from app.search.events import FoldRunning


@dataclass
class OpenTrial:
    """A trial that is not over.

    Attributes:
        results: of the folds that have ended.
        running: the folds under way, and how far they are.
        ending: what it is to become once nothing of it is under way any more, and why.
        first: the curves of the first fold.
    """

    number: int
    values: FrozenMap
    project: Project | None
    results: dict[int, FoldResult] = field(default_factory=dict)
    running: dict[int, FoldRunning] = field(default_factory=dict)
    ending: tuple[TrialState, str] | None = None
    first: FitCurves | None = None
    told: float = 0.0

    def seen(self, state: TrialState, sentence: str = "") -> Trial:
        """As others see it."""
        folds = tuple(self.results[fold] for fold in sorted(self.results))
        seconds = sum(fold.seconds for fold in folds)
        return Trial(self.number, state, self.values, folds, seconds, sentence)

    @property
    def scores(self) -> dict[int, float]:
        return {n: fold.score for n, fold in self.results.items() if fold.score is not None}
