"""From the engine's events to the record of the run."""

import numpy as np

from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.run_record import (
    EpochRow,
    RateChange,
    RunHealth,
    RunRecord,
    TrainedOn,
)
from app.core.vault_openings import Openings, VaultOpening, together
from app.training.events import (
    Branched,
    EpochEnded,
    LayerHealth,
    LearningRateChanged,
    TrainingEnded,
    TrainingStarted,
)
from app.training.versions import software_versions


class RunRecorder:
    """Grows a `RunRecord` by what the engine tells. Also goes on with the record of a run that is
    continued.
    """

    def __init__(
        self,
        project: Project,
        fingerprint: str,
        trained_on: TrainedOn | None = None,
        opened_before: Openings = (),
    ) -> None:
        self._take(
            RunRecord(
                project=project,
                data_fingerprint=fingerprint,
                trained_on=trained_on,
                versions=software_versions(),
                opened_before=opened_before,
            )
        )

    @classmethod
    def of(cls, record: RunRecord) -> "RunRecorder":
        """Goes on from `record`, as it was read from a file."""
        recorder = cls.__new__(cls)
        recorder._take(record)
        return recorder

    @classmethod
    def branched(cls, record: RunRecord, project: Project, event: Branched) -> "RunRecorder":
        """A record of its own that begins with what `record` knows up to the epoch of `event`.

        Args:
            project: the settings from there on.
        """
        epoch = event.epoch
        rows = tuple(row for row in record.rows if row.epoch <= epoch)
        health = record.health
        return cls.of(
            record.model_copy(
                update={
                    "project": project,
                    "rows": rows,
                    "best_epoch": event.best_epoch,
                    "waited": event.waited,
                    "rate_changes": tuple(c for c in record.rate_changes if c.epoch <= epoch),
                    "reason": None,
                    "sentence": "",
                    "restored": False,
                    "seconds": sum(row.seconds for row in rows),
                    "health": health if health is not None and health.epoch <= epoch else None,
                    "branched_from": epoch,
                    "refit_of": record.refit_with(project),
                }
            )
        )

    def _take(self, record: RunRecord) -> None:
        self._base = record
        self._rows = list(record.rows)
        self._seconds_before = record.seconds
        self._record: RunRecord | None = record

    @property
    def record(self) -> RunRecord:
        """What is known now. The same object until the next event that changes it."""
        if self._record is None:
            self._record = self._base.model_copy(update={"rows": tuple(self._rows)})
        return self._record

    def opened(self, opening: VaultOpening) -> None:
        """The test part was looked at, with the weights that the run has now."""
        self._change(openings=together(self._base.openings, (opening,)))

    def add(self, event: object) -> None:
        """Take in one event of the engine; those that say nothing about the run's record change
        nothing.

        `TrainingStarted` drops rows from its first epoch on: they are about to be done anew.
        Changes of the learning rate within that epoch stay, as it may go on in its middle. The
        vault is sealed again: the run is about to have other weights.
        """
        if isinstance(event, TrainingStarted):
            del self._rows[_position(self._rows, event.first_epoch) :]
            self._seconds_before = self._base.seconds if self._rows else 0.0
            known = {row.epoch for row in self._rows}
            best = self._base.best_epoch if self._base.best_epoch in known else 0
            kept = self._base.rate_changes
            self._change(
                reason=None,
                sentence="",
                restored=False,
                best_epoch=best,
                planned=event.epochs,
                steps_per_epoch=event.steps_per_epoch,
                rate_changes=tuple(c for c in kept if c.epoch <= event.first_epoch),
                openings=(),
                opened_before=together(self._base.opened_before, self._base.openings),
            )
        elif isinstance(event, LearningRateChanged):
            change = RateChange(epoch=event.epoch, step=event.step, rate=event.rate, by=event.by)
            self._change(rate_changes=(*self._base.rate_changes, change))
        elif isinstance(event, EpochEnded):
            self._rows.append(
                EpochRow(
                    epoch=event.epoch,
                    metrics=event.metrics,
                    seconds=event.seconds,
                    learning_rate=event.learning_rate,
                )
            )
            self._change(
                best_epoch=event.best_epoch,
                waited=event.waited,
                seconds=self._base.seconds + event.seconds,
            )
        elif isinstance(event, LayerHealth):
            self._change(health=_kept(event))
        elif isinstance(event, TrainingEnded):
            self._change(
                reason=event.reason,
                sentence=event.sentence,
                restored=event.restored,
                best_epoch=event.best_epoch,
                seconds=self._seconds_before + event.seconds,
            )

    def _change(self, **update: object) -> None:
        self._base = self._base.model_copy(update=update)
        self._record = None


def _kept(health: LayerHealth) -> RunHealth:
    dead = {name: tuple(map(int, units)) for name, units in health.dead_units}
    return RunHealth(
        epoch=health.epoch,
        gradient_norms=health.gradient_norms,
        dead_units=FrozenMap(dead),
        update_ratios=health.update_ratios,
        weight_norms=health.weight_norms,
    )


def health_of(record: RunRecord) -> LayerHealth | None:
    """The health that was kept with a run, as the engine told it."""
    kept = record.health
    if kept is None:
        return None
    dead = []
    for name, units in kept.dead_units.items():
        if isinstance(units, tuple):
            array = np.array(units, bool)
            array.setflags(write=False)
            dead.append((name, array))
    return LayerHealth(
        kept.epoch, kept.gradient_norms, tuple(dead), kept.update_ratios, kept.weight_norms
    )


def _position(rows: list[EpochRow], epoch: int) -> int:
    """Where the rows from `epoch` on begin."""
    return next((i for i, row in enumerate(rows) if row.epoch >= epoch), len(rows))
