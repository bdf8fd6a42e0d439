"""Model files in and out of the engine, behind what its thread is doing."""

from pathlib import Path

from app.core.explained_error import ExplainedError
from app.core.transfer import own_input_shape
from app.training.engine_room import EngineRoom
from app.ui.job_center import JobCenter, OnEnd
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl


def is_weights_alone(path: Path) -> bool:
    """Whether a file is of weights without the network that they belong to."""
    return path.name.lower().endswith(".weights.h5")


class ModelFiles:
    """Args:
    document: the network at hand.
    run: whose model is saved.
    jobs, room: the engine's thread and what is done there.
    """

    def __init__(
        self, document: ProjectDocument, run: RunControl, jobs: JobCenter, room: EngineRoom
    ) -> None:
        self._document, self._run, self._jobs, self._room = document, run, jobs, room

    def save(self, path: Path, on_end: OnEnd) -> None:
        """Write the trained model to `path`; the network as its training would begin when there is
        none yet, but never in place of a saved training that is not back.
        """
        resolved = self._document.resolved
        if self._run.has_model:
            job = self._room.save_model(path)
        elif self._run.comes_back:
            on_end(None, self._run.why_not_back())
            return
        elif resolved is not None:
            network, seed = resolved.project.network, resolved.project.training.seed
            shape = own_input_shape(network) or resolved.summary.input_shape
            if not resolved.summary.known and own_input_shape(network) is None:
                on_end(None, _shape_unknown())
                return
            kept = self._document.kept.of(network)
            job = self._room.save_network(network, shape, seed, kept, path)
        else:
            return
        self._jobs.start("engine", job, _ignore, on_end)

    def read(self, path: Path, on_end: OnEnd) -> None:
        """Read a model file; `on_end` gets an `OpenedModel`. Weights alone are read into the
        network at hand.
        """
        resolved = self._document.resolved
        known = resolved is not None and resolved.summary.known
        shape = resolved.summary.input_shape if resolved is not None and known else None
        if resolved is not None and is_weights_alone(path):
            network, seed = resolved.project.network, resolved.project.training.seed
            own = own_input_shape(network) or shape
            if own is None:
                on_end(None, _shape_unknown())
                return
            job = self._room.read_weights(network, own, seed, path)
        else:
            job = self._room.read_model(path, shape)
        self._jobs.start("engine", job, _ignore, on_end)


def _shape_unknown() -> ExplainedError:
    return ExplainedError(
        "The data are not read yet, so nobody knows how many inputs the network has.",
        "A network gets its weights for inputs of a known shape.",
        "Read the data first (Ctrl+R), or give the Input layer a shape of its own.",
    )


def _ignore(_event: object) -> None:
    """Such a job tells nothing on its way."""
