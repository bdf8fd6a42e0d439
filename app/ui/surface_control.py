"""The loss surface as the window has it worked out: a chain of short jobs, refined as they come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PySide6.QtCore import QObject

from app.diagnostics.loss_surface import (
    LossSurface,
    Plane,
    WeightPath,
    grid_around,
    plane_of,
    refinement,
)
from app.diagnostics.no_answer import NoAnswer
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.engine_room import EngineRoom, TrainingRequest
from app.ui.failures import Failure
from app.ui.job_center import JobCenter
from app.ui.side_job import SideJob, SideState


@dataclass(frozen=True)
class SurfaceState(SideState):
    """What is known of the last surface; its phases are "running" and "stopping".

    Attributes:
        source: of what it is: "run", or the numbers of the contestants of a race.
        needs: why there is none, in a sentence.
        share: what is done of it, from 0 to 1.
        epochs: of the run, that its path goes through.
    """

    source: object = None
    surface: LossSurface | None = None
    needs: str = ""
    share: float = 0.0
    epochs: tuple[int, ...] = ()


class SurfaceControl(SideJob[SurfaceState]):
    """One surface at a time. The engine thread is never held for long: a training or a question
    that waits is served between two pieces.

    Signals:
        changed(): `state` is another value.
    """

    def __init__(self, jobs: JobCenter, room: EngineRoom, parent: QObject | None = None) -> None:
        super().__init__(jobs, SurfaceState(), parent)
        self._room = room
        self._request: TrainingRequest | None = None
        self._of_run = False
        self._labels: tuple[str, ...] = ()
        self._paths: tuple[WeightPath, ...] = ()
        self._base = 0
        self._side = 33
        self._reach = 1.0
        self._waiting: list[tuple[int, np.ndarray]] = []

    # ---- orders
    def start_run(
        self, request: TrainingRequest, label: str, epochs: Sequence[int], side: int, reach: float
    ) -> None:
        """The surface around the path of the run at hand, through `epochs` of which the weights
        are kept.
        """
        if self.state.active:
            return
        self._take(request, (label,), 0, side, reach)
        self._of_run = True
        self._set(SurfaceState("running", "taking the weights", source="run", epochs=tuple(epochs)))
        self._begin("engine", self._room.surface.path_of_run(tuple(epochs)), self._path_came)

    def start_race(
        self,
        source: object,
        request: TrainingRequest,
        labels: Sequence[str],
        paths: Sequence[WeightPath],
        base: int,
        side: int,
        reach: float,
    ) -> None:
        """The surface that holds the paths of contestants.

        Args:
            request: of the contestant `base`, whose end is the middle of the plane.
        """
        if self.state.active:
            return
        self._take(request, labels, base, side, reach)
        self._of_run = False
        self._set(SurfaceState("running", source=source))
        self._lay_plane(tuple(paths))

    def _take(
        self,
        request: TrainingRequest,
        labels: Sequence[str],
        base: int,
        side: int,
        reach: float,
    ) -> None:
        self._request, self._labels, self._base = request, tuple(labels), base
        self._side, self._reach = side, reach

    def forget(self) -> None:
        """End it, and show nothing of it any more."""
        had = self.state.active
        self._paths, self._waiting = (), []
        super().forget()
        if had:
            self._close()

    # ---- one piece after the other
    def _path_came(self, result: object, error: BaseException | None) -> None:
        if self._ends(error) or not isinstance(result, WeightPath):
            self._finish(error)
            return
        self._change(epochs=result.epochs)
        self._lay_plane((result,))

    def _lay_plane(self, paths: tuple[WeightPath, ...]) -> None:
        self._paths, base = paths, self._base
        self._change(doing="looking for the directions of the path")

        def job(report: Report, control: JobControl) -> object:
            return plane_of(paths, base)

        self._begin("data", job, self._plane_came)

    def _plane_came(self, result: object, error: BaseException | None) -> None:
        if isinstance(result, NoAnswer):
            self._over(None, "", needs=result.needs)
            return
        if self._ends(error) or not isinstance(result, Plane) or self._request is None:
            self._finish(error)
            return
        grid = grid_around(result.places, self._side, self._reach)
        losses = np.full((grid.side, grid.side), np.nan)
        own = tuple(np.zeros(0) for _ in self._paths)
        surface = LossSurface(self._labels, self._paths, result, grid, 0, losses, own)
        self._waiting = list(refinement(grid.side))
        self._change(doing="preparing a network of its own", surface=surface)
        job = self._room.surface.open(self._request, result, self._paths, of_run=self._of_run)
        self._begin("engine", job, self._opened)

    def _opened(self, result: object, error: BaseException | None) -> None:
        surface = self.state.surface
        if self._ends(error) or surface is None or not isinstance(result, int):
            self._finish(error)
            return
        self._change(doing="", surface=replace(surface, samples=result))
        self._next()

    def _next(self) -> None:
        """The networks of the paths first, then the grid, finer and finer."""
        surface = self.state.surface
        assert surface is not None
        for number, (path, known) in enumerate(zip(surface.paths, surface.own, strict=True)):
            if len(known) < len(path.epochs):
                job = self._room.surface.losses_of(number, len(known))
                self._begin("engine", job, partial(self._own_came, number))
                return
        if not self._waiting:
            self._finish(None)
            return
        _, cells = self._waiting[0]
        job = self._room.surface.losses(surface.grid.points(cells))
        self._begin("engine", job, self._losses_came)

    def _own_came(self, number: int, result: object, error: BaseException | None) -> None:
        surface = self.state.surface
        if self._ends(error) or surface is None or not isinstance(result, np.ndarray):
            self._finish(error)
            return
        own = list(surface.own)
        own[number] = np.concatenate([own[number], result])
        self._grown(replace(surface, own=tuple(own)))

    def _losses_came(self, result: object, error: BaseException | None) -> None:
        surface = self.state.surface
        if self._ends(error) or surface is None or not isinstance(result, np.ndarray):
            self._finish(error)
            return
        stride, cells = self._waiting[0]
        losses = surface.losses.copy()
        done, rest = cells[: len(result)], cells[len(result) :]
        losses[done[:, 0], done[:, 1]] = np.where(np.isfinite(result), result, np.nan)
        losses.setflags(write=False)
        if len(rest):
            self._waiting[0] = (stride, rest)
            self._grown(replace(surface, losses=losses))
        else:
            del self._waiting[0]
            self._grown(replace(surface, losses=losses, stride=stride))

    def _grown(self, surface: LossSurface) -> None:
        left = sum(len(cells) for _, cells in self._waiting)
        own = sum(map(len, surface.own))
        whole = surface.grid.side**2 + sum(len(path.epochs) for path in surface.paths)
        self._change(surface=surface, share=(surface.grid.side**2 - left + own) / whole)
        self._next()

    def _ends(self, error: BaseException | None) -> bool:
        return error is not None or self.state.phase == "stopping"

    def _finish(self, error: BaseException | None) -> None:
        self._waiting = []
        self._over(error, "The loss surface")
        self._close()

    def _close(self) -> None:
        """The network of its own is not needed any more."""
        self._jobs.start(
            "engine", self._room.surface.close(), lambda _event: None, lambda _r, _e: None
        )

    def failed(self, failure: Failure) -> None:
        """It cannot be begun; say why."""
        self._set(SurfaceState(failure=failure))
        self._tell()
