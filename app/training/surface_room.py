"""The way to the loss surface. Importing this loads no TensorFlow; the jobs do."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.engine_job import EngineJob, engine_job
from app.training.errors import TrainingError

if TYPE_CHECKING:
    from app.diagnostics.loss_surface import Plane, WeightPath
    from app.training.engine_room import TrainingRequest
    from app.training.loss_surface import Surface
    from app.training.session import Session


class SurfaceRoom:
    """Owns the network, of its own, whose loss is worked out at the points of a plane. Its methods
    give jobs for the engine thread, as those of `EngineRoom`.

    Args:
        present: gives the session of the run at hand, or raises a `TrainingError`.
    """

    def __init__(self, present: "Callable[[], Session]") -> None:
        self._present = present
        self._surface: Surface | None = None

    def path_of_run(self, epochs: Sequence[int]) -> "EngineJob[WeightPath]":
        """The path of the run at hand through `epochs`, whose weights are kept."""

        def work(report: Report, control: JobControl) -> "WeightPath":
            from app.training.loss_surface import path_of_run

            return path_of_run(self._present(), epochs)

        return engine_job(work, "taking the weights of the epochs")

    def open(
        self,
        request: "TrainingRequest",
        plane: "Plane",
        paths: "Sequence[WeightPath]",
        *,
        of_run: bool = False,
    ) -> EngineJob[int]:
        """Make a network ready for `losses`; of how many samples these are.

        Args:
            of_run: weights that are not trained are those of the run at hand.
        """

        def work(report: Report, control: JobControl) -> int:
            from app.training.loss_surface import Surface

            self._drop()
            weights = self._present().model.get_weights() if of_run else None
            self._surface = Surface(
                request.project, request.data, plane, paths, request.kept, weights
            )
            return self._surface.samples

        return engine_job(work, "preparing the loss surface")

    def losses(self, points: np.ndarray) -> EngineJob[np.ndarray]:
        """The losses at the first of `points` (n, 2) of the plane: as many as can be had in a
        moment, so that a training or a question that waits gets its turn.
        """

        def work(report: Report, control: JobControl) -> np.ndarray:
            return self._opened().losses(points)

        return engine_job(work, "working out the loss surface")

    def losses_of(self, path: int, first: int) -> EngineJob[np.ndarray]:
        """The losses of the networks on a path themselves, from point `first` on; as many as can be
        had in a moment.
        """

        def work(report: Report, control: JobControl) -> np.ndarray:
            return self._opened().losses_of(path, first)

        return engine_job(work, "working out the losses on the path")

    def close(self) -> EngineJob[None]:
        """Drop what `open` made."""
        return engine_job(lambda _report, _control: self._drop(), "closing the loss surface")

    def _opened(self) -> "Surface":
        if self._surface is None:
            raise TrainingError(
                "The loss surface was closed.", "One that is open.", "Work it out anew."
            )
        return self._surface

    def _drop(self) -> None:
        if self._surface is not None:
            self._surface.close()
            self._surface = None
