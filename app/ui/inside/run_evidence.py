"""From what the engine told of a run to what the advisor's rules ask for."""

from collections.abc import Sequence

from app.core.advisor.evidence import EpochHealth, RunEvidence
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
        rows=record.rows,
        healths=tuple(map(epoch_health, healths)),
        summary=summary,
        reason=record.reason,
        restored=record.restored,
        best_epoch=record.best_epoch,
        planned=record.planned,
        diverged=what if record.reason == "diverged" else None,
    )
