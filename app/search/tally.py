"""How many trials came to what, and which is the best."""

from app.core.number_words import counted
from app.core.search_results import Trial

_WORDS = (("finished", "finished"), ("pruned", "ended early"), ("failed", "failed"))


class Tally:
    """Counts trials that are over."""

    def __init__(self, greater_is_better: bool) -> None:
        self._sign = 1.0 if greater_is_better else -1.0
        self._counts: dict[str, int] = {}
        self._best: tuple[float, int] | None = None

    def add(self, trial: Trial) -> None:
        self._counts[trial.state] = self._counts.get(trial.state, 0) + 1
        if trial.mean is not None:
            rank = (self._sign * trial.mean, -trial.number)
            self._best = rank if self._best is None else max(rank, self._best)

    @property
    def best(self) -> int | None:
        """The number of the best trial, of equal ones the first; None where none is finished."""
        return None if self._best is None else -self._best[1]

    @property
    def words(self) -> str:
        """ "63 trials done, 52 finished, 9 ended early, 2 failed." """
        counts = [(self._counts.get(state, 0), word) for state, word in _WORDS]
        total = sum(count for count, _ in counts)
        parts = [f"{count} {word}" for count, word in counts if count]
        return ", ".join([f"{counted(total, 'trial')} done", *parts]) + "."
