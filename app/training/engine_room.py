"""The way to the engine for the window and the command line. Importing this loads no TensorFlow;
the jobs do.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from app.core.frozen import FrozenMap
from app.core.network import Layer, Network
from app.core.project import Project
from app.core.range_test import RangeTest, range_error
from app.data.kept_weights import Arrays, KeptArrays, KeptWeights
from app.data.prepared import PreparedData
from app.data.samples import Samples
from app.diagnostics.evaluation.judgement import Judgement
from app.diagnostics.no_answer import NoAnswer
from app.jobs.control import JobControl
from app.jobs.process_runner import ChildStoppedError
from app.jobs.thread_runner import Report
from app.training.engine_job import EngineJob, engine_job
from app.training.errors import TrainingError, explained
from app.training.events import (
    AugmentationRequest,
    AugmentedPictures,
    ChangeLearningRate,
    CheckpointRequest,
    CheckpointTaken,
    Preparing,
    ProbeAnswer,
    ProbeRequest,
    RangeTestEnded,
    TrainingEnded,
)
from app.training.surface_room import SurfaceRoom

if TYPE_CHECKING:
    from app.training.session import Session

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingRequest:
    """What a training needs.

    Attributes:
        project: the settings; of a run that is to go on, those it was started with.
        data: its data, prepared.
        checkpoint: as `EngineRoom.checkpoint` made it, to go on from there.
        diagnostics: whether gradient norms and dead units are reported after each epoch.
        questions: what will be asked while it trains; answered once before it begins, unheard,
            because a first answer traces and holds up everybody.
        kept: the kept weights that the layers of `project` name, by key; a layer whose weights are
            not here, or do not fit, begins with those drawn from the seed.
    """

    project: Project
    data: PreparedData
    checkpoint: bytes | None = None
    diagnostics: bool = True
    questions: tuple[ProbeRequest, ...] = ()
    kept: KeptArrays = field(default_factory=dict)


@dataclass(frozen=True)
class OpenedModel:
    """What a model file holds: the network, whose layers name their weights as kept ones; the shape
    of one sample; and these weights by key.
    """

    network: Network
    input_shape: tuple[int, ...]
    kept: KeptArrays


@dataclass(frozen=True)
class Evaluation:
    """The loss and the metrics over a part of the data, named as Keras names them."""

    part: str
    samples: int
    metrics: FrozenMap


class EngineRoom:
    """Owns the one model that is trained, and everything of Keras.

    It may be made in any thread. Its methods touch nothing: each gives a job, `(report, control) ->
    result`, to be run by the one engine thread (`app.jobs.thread_runner.ThreadRunner`), or inline
    where there is but one thread. Jobs raise `ExplainedError`s only. A training replaces the model
    of the one before it.
    """

    def __init__(self) -> None:
        self._session: Session | None = None
        self.surface = SurfaceRoom(self._present)

    def load_tensorflow(self) -> EngineJob[None]:
        """Load TensorFlow; 2 to 10 s, once."""

        def work(report: Report, control: JobControl) -> None:
            """Nothing more: every job begins with it."""

        return self._job(work, "loading TensorFlow")

    # ---- training
    def train(self, request: TrainingRequest) -> EngineJob[TrainingEnded]:
        """Train a new run, or go on with that of `request.checkpoint` to its last planned epoch.

        Reports `Preparing`, `TrainingStarted`, then `StepsDone`, `EpochEnded`, `LayerHealth`,
        `Paused`, `Resumed` and `ProbeAnswer` as they come, and `TrainingEnded`, which is the result
        too.
        """

        def work(report: Report, control: JobControl) -> TrainingEnded:
            if control.stopping:
                return _not_begun(report)
            session = self._session_for(request, report)
            if request.checkpoint is not None:
                session.restore(request.checkpoint)
            if request.questions:
                report(Preparing("preparing the live view"))
            for question in request.questions:
                if not control.stopping:
                    self._answer_probe(session, question, 0)
            return self._run(session, report, control)

        return self._job(work, "training the network")

    def continue_training(self, more_epochs: int | None = None) -> EngineJob[TrainingEnded]:
        """Train on from the weights and the optimizer's state at hand, for so many epochs more.

        A run that was stopped goes on as if it had not been: `more_epochs` counts from its complete
        epochs, None means those that were still planned. A run that came to its end gets new epochs
        (None: as many as its settings say), and early stopping its whole patience; the best epoch
        so far stays the one to beat.
        """

        def work(report: Report, control: JobControl) -> TrainingEnded:
            session = self._present()
            if more_epochs is not None and more_epochs < 1:
                raise TrainingError(
                    f"{more_epochs} more epochs were asked for.",
                    "At least one more epoch.",
                    "Choose a larger number.",
                )
            session.plan(more_epochs)
            return self._run(session, report, control)

        return self._job(work, "training the network")

    def start_over(self) -> EngineJob[TrainingEnded]:
        """Train the same run again from the same initial weights."""

        def work(report: Report, control: JobControl) -> TrainingEnded:
            session = self._present()
            session.start_over()
            return self._run(session, report, control)

        return self._job(work, "training the network")

    def branch(
        self, epoch: int, request: TrainingRequest | None = None
    ) -> EngineJob[TrainingEnded]:
        """Go on from the end of an epoch that was kept, with the optimizer's state that it had
        then; 0 is the beginning of the run. Snapshots of later epochs are dropped.

        With the settings of the run, which None stands for, this gives the same numbers again.
        Those of `request` hold from there on: the learning rate and its schedule, the batch size,
        the order of the samples, the epochs and early stopping may differ; the seed stays. What
        early stopping and `ReduceLROnPlateau` know is kept as far as it still means the same, see
        `app.training.branching`. Where the run was continued after its end, a branch from there
        goes on as that did: with the best weights, or the averaged ones.

        On several devices at once each has moving averages of its own; those of the first are
        kept, so that the validation of a network with batch normalization may differ a little.

        Reports `Branched`, then what `train` reports.

        Raises:
            TrainingError: the epoch is not kept, or its optimizer is not, or the network, the data
                or how it is compiled differ from those of the run; nothing is changed then.
        """

        def work(report: Report, control: JobControl) -> TrainingEnded:
            session = self._present()
            project = session.project if request is None else request.project
            data = session.data if request is None else request.data
            report(session.branch(epoch, project, data))
            return self._run(session, report, control)

        return self._job(work, "going on from an earlier epoch")

    def restore(self, request: TrainingRequest) -> EngineJob[None]:
        """Bring back the training of `request.checkpoint`, to be looked at and continued.

        Raises:
            TrainingError: when the checkpoint is missing, damaged or of another network.
        """

        def work(report: Report, control: JobControl) -> None:
            if request.checkpoint is None:
                raise TrainingError(
                    "There is no saved training to bring back.",
                    "A project that was saved with its weights.",
                    "Train the network anew.",
                )
            session = self._session_for(request, report)
            session.restore(request.checkpoint)

        return self._job(work, "bringing the saved training back")

    def find_learning_rate(
        self, request: TrainingRequest, test: RangeTest
    ) -> EngineJob[RangeTestEnded]:
        """Do a learning-rate range test with the network of `request` as its training would begin.
        A training at hand is as before after it.

        Reports `Preparing` and `RangeTestSteps`.

        Raises:
            TrainingError: for a range that cannot be done.
        """

        def work(report: Report, control: JobControl) -> RangeTestEnded:
            from app.training.session import Session

            error = range_error(test)
            if error is not None:
                raise TrainingError(error, "A range of rates to look at.", "Choose another one.")
            project, data, kept = request.project, request.data, request.kept
            session, diagnostics = self._session, request.diagnostics
            if session is None or session.fits(project, data, diagnostics=diagnostics):
                session = session or self._session_for(request, report)
                return session.range_test(project, data, kept, test, report, control)
            own = Session(project, data, report, diagnostics=diagnostics, kept=kept)
            try:
                return own.range_test(project, data, kept, test, report, control)
            finally:
                own.close()

        return self._job(work, "looking for a learning rate")

    def race(
        self,
        contestants: Sequence[TrainingRequest],
        seconds: float | None = None,
        *,
        keep_paths: bool = False,
    ) -> EngineJob[tuple[TrainingEnded, ...]]:
        """Train each contestant, one after the other, from the weights that its training begins
        with. A training at hand is as before after it.

        Reports `RaceEvent`s around what `train` reports, but for single steps, and with
        `keep_paths` around the `diagnostics.loss_surface.WeightPath` of each that has ended.
        Stopped in the middle, the rest is not begun.

        Args:
            seconds: each trains for so long at most.
        """

        def work(report: Report, control: JobControl) -> tuple[TrainingEnded, ...]:
            from app.training.race import race

            return race(contestants, report, control, seconds, keep_paths=keep_paths)

        return self._job(work, "comparing")

    # ---- model files
    def read_model(
        self, path: Path, input_shape: tuple[int, ...] | None = None
    ) -> EngineJob[OpenedModel]:
        """The network and the weights of a model file, after the check of strangers' files.

        Args:
            input_shape: of one sample, for a model that takes samples of any size.
        """

        def work(report: Report, control: JobControl) -> OpenedModel:
            from app.modeling.model_files import open_model_file
            from app.modeling.network_from_model import network_from_model, weights_by_layer

            report(Preparing(f"checking {path.name}"))
            model = open_model_file(path, compiled=False, stopping=lambda: control.stopping)
            network, shape = network_from_model(model, input_shape)
            return _opened(network, shape, weights_by_layer(model))

        return self._job(work, "opening the model")

    def read_weights(
        self, network: Network, input_shape: tuple[int, ...], seed: int, path: Path
    ) -> EngineJob[OpenedModel]:
        """`network` with the weights of a `.weights.h5` file that was saved from it."""

        def work(report: Report, control: JobControl) -> OpenedModel:
            from app.modeling.build import build_model
            from app.modeling.model_files import read_weights_file
            from app.modeling.network_from_model import weights_by_layer

            report(Preparing(f"checking {path.name}"))
            model = build_model(network, input_shape, seed)
            read_weights_file(path, model, stopping=lambda: control.stopping)
            return _opened(network, input_shape, weights_by_layer(model))

        return self._job(work, "reading the weights")

    def build_backbone(
        self, name: str, side: int, weights: Path | Literal["download"] | None
    ) -> EngineJob[OpenedModel | None]:
        """A network of the table of backbones for pictures of `side`, as an opened model; None when
        stopped.

        Args:
            weights: the file to take them from, or "download" to have Keras fetch them into its
                cache; None: no layer has kept weights.
        """

        def work(report: Report, control: JobControl) -> OpenedModel | None:
            from app.core.backbone_catalog import BACKBONES_BY_NAME
            from app.modeling.backbone_download import download_weights
            from app.modeling.backbones import build_backbone, read_backbone_weights
            from app.modeling.network_from_model import network_from_model, weights_by_layer

            backbone = BACKBONES_BY_NAME[name]
            path = weights if isinstance(weights, Path) else None
            try:
                if weights == "download":
                    told = _Downloading(report, 4 * backbone.parameters)
                    path = download_weights(backbone, told.progress, lambda: control.stopping)
                report(Preparing(f"building {name}"))
                model = build_backbone(backbone, side)
                if path is not None:
                    report(Preparing(f"reading {path.name}"))
                    read_backbone_weights(model, path, stopping=lambda: control.stopping)
            except ChildStoppedError:
                return None
            if control.stopping:
                return None
            report(Preparing("taking the network apart"))
            network, shape = network_from_model(model)
            return _opened(network, shape, weights_by_layer(model) if weights is not None else {})

        return self._job(work, f"building {name}")

    def prepare(self, request: TrainingRequest) -> EngineJob[None]:
        """Hold the network of `request` as its training begins, to be looked at."""

        def work(report: Report, control: JobControl) -> None:
            self._session_for(request, report)

        return self._job(work, "building the network")

    def save_network(
        self,
        network: Network,
        input_shape: tuple[int, ...],
        seed: int,
        kept: KeptArrays,
        path: Path,
    ) -> EngineJob[None]:
        """Write `network`, as a training would begin with it, as a model file.

        Args:
            input_shape: of one sample.
            kept: the kept weights that its layers name, by key.
        """

        def work(report: Report, control: JobControl) -> None:
            from app.modeling.build import build_model
            from app.modeling.kept_weights import begin_with_kept
            from app.modeling.model_files import save_model_file

            model = build_model(network, input_shape, seed)
            begin_with_kept(model, network, kept)
            save_model_file(model, Path(path))

        return self._job(work, "saving the model")

    def layer_weights(self) -> EngineJob[dict[str, Arrays]]:
        """Copies of the weights of the resting model, by layer id."""

        def work(report: Report, control: JobControl) -> dict[str, Arrays]:
            from app.modeling.kept_weights import weights_of_layers

            session = self._present()
            return weights_of_layers(session.model, session.project.network)

        return self._job(work, "taking the weights of the network")

    # ---- the resting model
    def checkpoint(self) -> EngineJob[bytes]:
        """The training as bytes, without any code, for `TrainingRequest.checkpoint`."""
        return self._job(
            lambda _report, _control: self._present().checkpoint(), "saving the training"
        )

    def save_model(self, path: Path) -> EngineJob[None]:
        """Write the model as a file that Keras alone can open; atomically."""

        def work(report: Report, control: JobControl) -> None:
            from app.modeling.model_files import save_model_file

            save_model_file(self._present().model, Path(path))

        return self._job(work, "saving the model")

    def evaluate(
        self, part: Literal["training", "validation", "test"]
    ) -> EngineJob[Evaluation | None]:
        """The loss and metrics over a part of the data; None when stopped, or when the part is
        empty.
        """

        def work(report: Report, control: JobControl) -> Evaluation | None:
            session = self._present()
            metrics = session.evaluate(part, control)
            if metrics is None:
                return None
            return Evaluation(part, len(session.data.part(part)), metrics)

        return self._job(work, "evaluating the network")

    def judge(
        self, part: Literal["training", "validation", "test"]
    ) -> EngineJob[Judgement | NoAnswer | None]:
        """How good the network is on a part of the data, sample by sample; None when stopped, or
        when the part is empty. The test part is asked for by the vault alone
        (`app.data.test_vault`).
        """
        return self._job(
            lambda _report, control: self._present().judge(part, control), "evaluating the network"
        )

    def augment(
        self, layers: tuple[Layer, ...], pictures: np.ndarray, seed: int, copies: int
    ) -> EngineJob[AugmentedPictures]:
        """What `layers`, one after the other, make of pictures in training. A training at hand is
        not touched; post an `AugmentationRequest` to one that runs.

        Args:
            pictures: (pictures, height, width, channels) float32, preprocessed.
            seed: the same gives the same.
            copies: how often each picture is changed anew.
        """

        def work(report: Report, control: JobControl) -> AugmentedPictures:
            from app.training.augmentation import augmented

            return augmented(layers, pictures, seed, copies)

        return self._job(work, "changing the pictures")

    def predict(self, x: Samples) -> EngineJob[np.ndarray | None]:
        """The outputs for `x`, (samples, *input_shape) float32, preprocessed; None when stopped."""
        return self._job(lambda _report, control: self._present().predict(x, control), "predicting")

    def probe(self, request: ProbeRequest) -> EngineJob[ProbeAnswer]:
        """Answer a question about the resting model; reported and returned. While it trains, `post`
        it to the control.
        """

        def work(report: Report, control: JobControl) -> ProbeAnswer:
            session = self._present()
            answer = self._answer_probe(session, request, session.epoch)
            report(answer)
            return answer

        return self._job(work, "looking into the network")

    # ---- inside the engine thread
    _job = staticmethod(engine_job)

    def _session_for(self, request: TrainingRequest, report: Report) -> "Session":
        """A session at the beginning of `request`: the present one, when only values differ, else a
        new one.
        """
        from app.training.session import Session

        diagnostics = request.diagnostics
        present = self._session
        if present is not None and present.fits(
            request.project, request.data, diagnostics=diagnostics
        ):
            present.begin(request.project, request.data, request.kept)
            return present
        made = Session(
            request.project, request.data, report, diagnostics=diagnostics, kept=request.kept
        )
        if present is not None:
            present.close()
        self._session = made
        return made

    def _present(self) -> "Session":
        if self._session is None:
            raise TrainingError(
                "There is no trained network yet.",
                "A network that was trained, or opened with its weights.",
                "Press Train first.",
            )
        return self._session

    def _run(self, session: "Session", report: Report, control: JobControl) -> TrainingEnded:
        return session.train(
            report, control, lambda message, epoch: self._answer(session, message, epoch)
        )

    def _answer(self, session: "Session", message: object, epoch: int) -> object:
        if isinstance(message, ProbeRequest):
            return self._answer_probe(session, message, epoch)
        if isinstance(message, CheckpointRequest):
            return _checkpoint_taken(session, message)
        if isinstance(message, AugmentationRequest):
            from app.training.augmentation import answered

            return answered(message)
        if isinstance(message, ChangeLearningRate):
            return session.set_learning_rate(message.rate)
        logger.warning("the engine does not understand %s", type(message).__name__)
        return None

    def _answer_probe(self, session: "Session", request: ProbeRequest, epoch: int) -> ProbeAnswer:
        from app.diagnostics import probes

        result: object = None
        try:
            model = session.model_at(request.epoch)
            result = probes.answer(request, model, session.data)
        except TrainingError as error:
            result = NoAnswer(f"{error.happened} {error.expected} {error.how_to_fix}")
        except Exception:
            logger.info("no answer to %s", request, exc_info=True)
        return ProbeAnswer(request.number, request.subject, epoch, result)


class _Downloading:
    """Tells how much has come, a megabyte at a time."""

    def __init__(self, report: Report, expected: int) -> None:
        self._report = report
        self._whole = max(1, round(expected / 1e6))
        self._told = -1
        self.progress(0)

    def progress(self, count: int) -> None:
        megabytes = int(count / 1e6)
        if megabytes != self._told:
            self._told = megabytes
            what = f"downloading weights, {megabytes} of about {self._whole} MB"
            self._report(Preparing(what))


def _opened(
    network: Network, input_shape: tuple[int, ...], weights: Mapping[str, Sequence[np.ndarray]]
) -> OpenedModel:
    store = KeptWeights()
    keys = {name: store.keep(arrays) for name, arrays in weights.items()}
    layers = tuple(
        layer.model_copy(update={"kept_weights": keys.get(layer.id)}) for layer in network.layers
    )
    network = network.model_copy(update={"layers": layers})
    return OpenedModel(network, input_shape, store.of(network))


def _checkpoint_taken(session: "Session", request: CheckpointRequest) -> CheckpointTaken:
    """The state of `session`, or why it could not be taken: that never ends a training."""
    try:
        return CheckpointTaken(request.number, session.checkpoint())
    except Exception as error:  # memory may be short; the training goes on
        logger.info("no checkpoint was taken", exc_info=True)
        return CheckpointTaken(request.number, None, explained(error, "saving the training"))


def _not_begun(report: Report) -> TrainingEnded:
    ended = TrainingEnded(
        reason="stopped",
        sentence="Stopped by you before the training began.",
        epoch=0,
        best_epoch=0,
        restored=False,
        seconds=0.0,
    )
    report(ended)
    return ended
