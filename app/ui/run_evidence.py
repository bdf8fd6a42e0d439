"""From what the engine told of a run to what the advisor's rules ask for."""

from collections.abc import Sequence
from dataclasses import replace

from app.core.advisor.consultation import consult
from app.core.advisor.diagnosis import Consultation
from app.core.advisor.evidence import EpochHealth, RunEvidence, thinned
from app.core.data_summary import DataSummary
from app.core.run_record import RunRecord
from app.training.events import Divergence, LayerHealth


def epoch_health(health: LayerHealth) -> EpochHealth:
    """The same without arrays."""
    return EpochHealth(
        epoch=health.epoch,
        gradient_norms=_numbers(dict(health.gradient_norms)),
        update_ratios=_numbers(dict(health.update_ratios)),
        dead_units=tuple((name, int(dead.sum()), dead.size) for name, dead in health.dead_units),
    )


def _numbers(found: dict[str, object]) -> tuple[tuple[str, float], ...]:
    return tuple((name, value) for name, value in found.items() if isinstance(value, float))


def run_evidence(
    record: RunRecord,
    healths: Sequence[LayerHealth],
    summary: DataSummary | None,
    divergence: Divergence | None = None,
) -> RunEvidence:
    """A run for the advisor; `summary` only when it is that of the run's own data."""
    layer_id = divergence.layer_id if divergence is not None else None
    what = (record.sentence.partition(". ")[0] + ".", layer_id)
    return RunEvidence(
        project=record.project,
        rows=thinned(record.rows, record.best_epoch),
        healths=tuple(map(epoch_health, healths)),
        summary=summary,
        reason=record.reason,
        restored=record.restored,
        best_epoch=record.best_epoch,
        planned=record.planned,
        diverged=what if record.reason == "diverged" else None,
    )


class Consultant:
    """Asks the advisor about runs, and remembers the last answer and what it has counted."""

    def __init__(self) -> None:
        self._counted: list[tuple[LayerHealth, EpochHealth]] = []
        self._asked: tuple[object, ...] = ()
        self._answer: Consultation | None = None

    def evidence(
        self,
        record: RunRecord,
        healths: Sequence[LayerHealth],
        summary: DataSummary | None,
        divergence: Divergence | None = None,
    ) -> RunEvidence:
        """`run_evidence`, in which only epochs that are new are counted."""
        same = 0
        for (known, _), health in zip(self._counted, healths, strict=False):
            if known is not health:
                break
            same += 1
        del self._counted[same:]
        self._counted += [(health, epoch_health(health)) for health in healths[same:]]
        evidence = run_evidence(record, (), summary, divergence)
        return replace(evidence, healths=tuple(counted for _, counted in self._counted))

    def consult(
        self,
        record: RunRecord,
        healths: Sequence[LayerHealth],
        summary: DataSummary | None,
        divergence: Divergence | None = None,
        moment: int | None = None,
    ) -> tuple[RunEvidence, Consultation]:
        """What the advisor says of a run, or of the run as it was after the epoch `moment`."""
        evidence = self.evidence(record, healths, summary, divergence)
        if moment is not None:
            evidence = evidence.until(moment)
        last = healths[-1] if healths else None
        asked = (record, len(healths), last, summary, moment)
        if self._answer is None or not _same(asked, self._asked):
            self._asked, self._answer = asked, consult(evidence)
        return evidence, self._answer


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether all are the same objects, or equal numbers."""
    return len(one) == len(other) and all(
        a is b or (isinstance(a, int) and a == b) for a, b in zip(one, other, strict=True)
    )
