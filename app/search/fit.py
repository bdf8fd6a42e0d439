"""One fit: a setting trained on one fold, scored over its validation part. Importing this loads no
TensorFlow; the first fit does.
"""

import gc
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from app.core.data_settings import SplitSettings
from app.core.explained_error import ExplainedError
from app.core.project import Project
from app.core.run_record import EpochRow
from app.core.search_results import FitCurves, FoldResult
from app.core.short_names import quoted
from app.core.transfer import forget_weights
from app.data.errors import LoadingStopped
from app.data.folds import (
    SPLIT_NAME,
    OpenSamples,
    fold_name,
    lacking_classes,
    prepare_open_fold,
    prepare_open_validation,
    without_test_part,
)
from app.data.prepared import PreparedData
from app.jobs.control import JobControl
from app.search.data_reference import DataReference
from app.search.fit_unit import FitProgress, FitRequest, FitResult
from app.training.engine_job import engine_job
from app.training.errors import TrainingError
from app.training.events import EpochEnded, TrainingEnded

if TYPE_CHECKING:
    from app.training.session import Session

logger = logging.getLogger(__name__)

PREPARED_BYTES = 256 * 2**20
"""Prepared folds are kept for the next trials as long as they are not larger than this together."""

MOST_NETWORKS = 4
"""So many traced networks are kept for the next trials, where they are small."""
NETWORKS_BYTES = 64 * 2**20
"""More than this the networks that are kept do not hold, when another one is made."""
FOLDS_AHEAD = 8
"""For so many folds weights are drawn together."""

Tell = Callable[[FitProgress], None]

_NEED_TWO_CLASSES = ("auc", "auc_pr")


def traced_for(project: Project) -> str:
    """Two projects with an equal one, on the same data, can be trained with the same traced
    network: only values differ.
    """
    training = project.training
    options = {n: v for n, v in training.optimizer.options.items() if n != "learning_rate"}
    values = {"epochs", "batch_mode", "batch_size", "shuffle", "seed", "early_stopping", "schedule"}
    parts = (
        forget_weights(project).network.model_dump_json(),
        training.model_dump_json(exclude={*values, "optimizer"}),
        training.optimizer.kind,
        repr(sorted(options.items())),
        project.data.learns,
        project.data.class_weighting == "none",
    )
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


class FitRoom:
    """Where a process does its fits, one after the other.

    It keeps what the next fit may use again: the data, a few prepared folds, and a few traced
    networks, for trials that differ only in values. What a fit comes to does not depend on what was
    done before it.

    Args:
        data_of: gives the data that a request names.
    """

    def __init__(self, data_of: Callable[[str], DataReference]) -> None:
        self._data_of = data_of
        self._data: DataReference | None = None
        self._open: tuple[SplitSettings, OpenSamples] | None = None
        self._prepared: OrderedDict[Hashable, PreparedData] = OrderedDict()
        self._networks: OrderedDict[str, _Network] = OrderedDict()

    def run(self, request: FitRequest, tell: Tell, control: JobControl) -> FitResult:
        """Do one fit; ended early once `control.stopping`. Whatever happens is in the result."""
        began = time.perf_counter()
        history = _History(request, tell)
        try:
            result = engine_job(
                lambda _report, control: self._fit(request, history, control),
                "training the network",
            )(_unheard, control)
        except ExplainedError as error:
            self.close()  # what failed is not used again, and its memory may be needed
            result = FoldResult(request.fold, "failed", sentence=str(error))
        result = replace(result, epochs=len(history.rows), seconds=time.perf_counter() - began)
        curves = FitCurves(request.fold, tuple(history.rows))
        return FitResult(request.trial, result, curves, traced_for(request.project))

    def close(self) -> None:
        """Drop everything that is kept for the next fit."""
        self._prepared.clear()
        self._open = None
        while self._networks:
            self._drop_oldest()

    # ---- one fit
    def _fit(self, request: FitRequest, history: "_History", control: JobControl) -> FoldResult:
        project = _seeded(request.project, request.seed)
        if request.score not in ("loss", *project.training.metrics):
            raise TrainingError(
                f"The score {quoted(request.score)} is not measured.",
                f"One of {', '.join(('loss', *project.training.metrics))}.",
                "Add it to the metrics of the project, or score by another one.",
            )
        shared = self._shared(request.data)
        try:
            data = self._prepared_for(request, lambda: control.stopping)
        except LoadingStopped:
            return FoldResult(request.fold, "pruned", sentence="Ended before it began.")
        with _leaving_entries() as left:
            session = self._session_for(request, project, data, shared)
            ended = session.train(history.hear, control, lambda _message, _epoch: None)
            result = self._judged(request, session, data, ended, control)
        self._networks[traced_for(project)].entries |= left
        return result

    def _judged(
        self,
        request: FitRequest,
        session: "Session",
        data: PreparedData,
        ended: TrainingEnded,
        control: JobControl,
    ) -> FoldResult:
        chosen = ended.best_epoch if ended.restored else 0
        early = FoldResult(request.fold, "pruned", best_epoch=chosen, sentence=ended.sentence)
        if ended.reason == "diverged":
            return replace(early, state="diverged")
        found = None if ended.reason == "stopped" else session.evaluate("validation", control)
        if found is None:
            return early
        lacking = lacking_classes(data.summary, _name_of(request))
        sentence = " ".join((ended.sentence, *lacking))
        metrics = found
        if _one_class(data):
            if request.score in _NEED_TWO_CLASSES:
                raise TrainingError(
                    f"{_name_of(request)} validates with samples of one class alone, for which "
                    f"{request.score} is not defined.",
                    "Samples of both classes in the validation part of each fold.",
                    "Choose fewer folds, stratified ones, or another score.",
                )
            kept = {n: value for n, value in found.items() if n not in _NEED_TWO_CLASSES}
            metrics = type(found)(kept)
        score = metrics.get(request.score)
        if not isinstance(score, float):
            sentence = f"{request.score} over the validation part is not finite. {sentence}"
            return replace(early, state="diverged", metrics=metrics, sentence=sentence)
        return replace(early, state="finished", score=score, metrics=metrics, sentence=sentence)

    # ---- what is used again
    def _shared(self, key: str) -> DataReference:
        if self._data is None or self._data.key != key:
            self.close()
            self._data = None
            self._data = self._data_of(key)
        return self._data

    def _prepared_for(self, request: FitRequest, stop: Callable[[], bool]) -> PreparedData:
        settings, search = request.project.data, request.project.search
        by_folds = search.scored_by == "folds"
        how: Hashable = (search.folds, search.seed, search.stratified) if by_folds else None
        key: Hashable = (settings, how, request.fold)
        known = self._prepared.get(key)
        if known is not None:
            self._prepared.move_to_end(key)
            return known
        samples = self._samples(settings.split)
        made = (
            prepare_open_fold(
                samples, settings, request.fold, search.folds, search.seed, search.stratified, stop
            )
            if by_folds
            else prepare_open_validation(samples, settings, stop)
        )
        self._prepared[key] = made
        while len(self._prepared) > 1 and _bytes_of(*self._prepared.values()) > PREPARED_BYTES:
            self._prepared.popitem(last=False)
        return made

    def _samples(self, split: SplitSettings) -> OpenSamples:
        assert self._data is not None
        if self._open is None or self._open[0] != split:
            self._open = None
            self._open = (split, without_test_part(self._data.raw, split))
        return self._open[1]

    def _session_for(
        self, request: FitRequest, project: Project, data: PreparedData, shared: DataReference
    ) -> "Session":
        from app.training.session import Session

        key = traced_for(project)
        known = self._networks.get(key)
        if known is not None and not known.session.fits(project, data, diagnostics=False):
            self._networks.move_to_end(key, last=False)  # the data have another shape
            self._drop_oldest()
            known = None
        if known is None:
            # before the next is made: together they may not fit into memory
            self._make_room(MOST_NETWORKS - 1)
            session = Session(project, data, _unheard, diagnostics=False, kept=shared.kept)
            self._networks[key] = _Network(session)
            session.draw_ahead(_next_folds(request), data, shared.kept)
            return session
        self._networks.move_to_end(key)
        known.session.draw_ahead(_next_folds(request), data, shared.kept)
        known.session.begin(project, data, shared.kept)
        return known.session

    def _make_room(self, most: int) -> None:
        """Drop the networks that were not used for longest, until `most` small ones are left."""
        while self._networks and (
            len(self._networks) > most
            or sum(n.session.held_bytes for n in self._networks.values()) > NETWORKS_BYTES
        ):
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, dropped = self._networks.popitem(last=False)
        others = (network.entries for network in self._networks.values())
        dropped.session.close(frozenset().union(*others))


@dataclass
class _Network:
    """A traced network, and what it has left in TensorFlow's registry."""

    session: "Session"
    entries: frozenset[str] = frozenset()


@contextmanager
def _leaving_entries() -> Iterator[set[str]]:
    """Gives what the block has left in TensorFlow's registry, once it is over."""
    from app.training.gradient_registry import custom_gradients

    before, left = custom_gradients(), set[str]()
    yield left
    left |= custom_gradients() - before


class _History:
    """Hears what a training tells: notes its epochs, and tells of them."""

    def __init__(self, request: FitRequest, tell: Tell) -> None:
        self.rows: list[EpochRow] = []
        self._request = request
        self._tell = tell
        self._watched = f"val_{request.score}"

    def hear(self, event: object) -> None:
        if not isinstance(event, EpochEnded):
            return
        self.rows.append(
            EpochRow(
                epoch=event.epoch,
                metrics=event.metrics,
                seconds=event.seconds,
                learning_rate=event.learning_rate,
            )
        )
        request = self._request
        value = event.metrics.get(self._watched)
        self._tell(
            FitProgress(
                request.trial,
                request.fold,
                event.epoch,
                request.project.training.epochs,
                value if isinstance(value, float) else None,
            )
        )


def _unheard(_event: object) -> None:
    """What a training tells of its preparation interests nobody here."""


def _seeded(project: Project, seed: int) -> Project:
    training = project.training.model_copy(update={"seed": seed})
    return project.model_copy(update={"training": training})


def _next_folds(request: FitRequest) -> Iterator[Project]:
    """The fit's project and those of the trial's next folds, each with its seed."""
    search = request.project.search
    last = search.folds if search.scored_by == "folds" else request.fold + 1
    for ahead in range(min(last - request.fold, FOLDS_AHEAD)):
        yield _seeded(request.project, (request.seed + ahead) % 2**31)


def _name_of(request: FitRequest) -> str:
    search = request.project.search
    return fold_name(request.fold, search.folds) if search.scored_by == "folds" else SPLIT_NAME


def _one_class(data: PreparedData) -> bool:
    """Whether the validation part has samples of one class alone."""
    counts = data.summary.class_counts
    return bool(counts) and sum(count[1] > 0 for count in counts) < 2


def _bytes_of(*prepared: PreparedData) -> int:
    """What they hold in memory; arrays that several share count once."""
    arrays = {
        id(array): array.nbytes
        for data in prepared
        for part in (data.training, data.validation)
        for array in (part.x, part.y, part.weights, part.rows, data.raw)
        if isinstance(array, np.ndarray)
    }
    return sum(arrays.values())


# ---------------------------------------------------------------- in a process


@dataclass(frozen=True)
class Workplace:
    """What a process gives to the fits that it does.

    Attributes:
        tell: told after each epoch; must not block.
        control: gives that of the fit under way.
    """

    room: FitRoom
    tell: Tell
    control: Callable[[], JobControl]


_workplaces: list[Workplace] = []


def work_at(workplace: Workplace) -> None:
    """From now on `run_fit` of this process does its fits there."""
    _workplaces[:] = [workplace]


@cache
def _settled() -> None:
    """TensorFlow is loaded, and what it brings is not looked through again at each closing of a
    session.
    """
    from app.training.tensorflow_setup import load_tensorflow

    load_tensorflow()
    gc.collect()
    gc.freeze()


def run_fit(request: FitRequest) -> FitResult:
    """Do one fit at the workplace of this process: what an executor's workers are given."""
    if not _workplaces:
        raise RuntimeError("this process does no fits: call work_at first")
    _settled()
    place = _workplaces[0]
    return place.room.run(request, place.tell, place.control())
