"""Trains on two devices in a process of its own: `python -m tests.keras.two_devices_child`.

The processor is made into two logical devices, which TensorFlow allows only before it is used.
Prints one JSON object.
"""

import json

import keras
import numpy as np
import tensorflow as tf

from app.core.frozen import FrozenMap
from app.core.project import OptimizerSettings, Project
from app.data.loading import load
from app.jobs.control import JobControl
from app.modeling.build import build_model
from app.modeling.compile import compile_model, encode_targets
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.errors import TrainingError
from app.training.events import EpochEnded, StepsDone
from app.training.placement import device_names
from tests.keras.small_runs import CONVOLUTION, DENSE, digits, moons

Rows = list[dict[str, object]]

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


def engine(project: Project) -> tuple[Rows, list[float], EngineRoom]:
    """The history and the losses of all batches."""
    events: list[object] = []
    room = EngineRoom()
    data = load(project.data)
    room.train(TrainingRequest(project, data))(events.append, JobControl())
    rows: Rows = [{**e.metrics} for e in events if isinstance(e, EpochEnded)]
    losses = [x for e in events if isinstance(e, StepsDone) for x in e.losses]
    return rows, losses, room


def fit(project: Project) -> Rows:
    """The same by `model.fit` under a strategy of TensorFlow's own, on the same order."""
    data = load(project.data)
    training = project.training
    adding = tf.distribute.ReductionToOneDevice()  # the default fails on processors, in fit too
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], adding).scope():
        model = build_model(project.network, data.summary.input_shape, training.seed)
        compile_model(model, training, data.summary)
    arrays = {
        name: (
            data.part(name).x,
            encode_targets(
                data.part(name).y, training.loss, data.summary.task, len(data.summary.class_names)
            ),
        )
        for name in ("training", "validation")
    }
    rows = []
    x, y = arrays["training"]
    for epoch in range(1, training.epochs + 1):
        order = np.random.default_rng((training.seed, epoch)).permutation(len(x))
        done = model.fit(
            x[order],
            y[order],
            batch_size=training.batch_size,
            shuffle=False,
            validation_data=arrays["validation"],
            validation_batch_size=32,
            verbose=0,
        )
        rows.append({name: values[0] for name, values in done.history.items()})
    return rows


def main() -> None:
    found: dict[str, object] = {"devices": device_names()}
    network = CONVOLUTION.model_copy(
        update={"layers": tuple(x for x in CONVOLUTION.layers if x.kind != "Dropout")}
    )
    links = []
    for link in CONVOLUTION.links:
        if link.target == "dropout_1":
            continue
        links.append(
            link.model_copy(update={"source": "flatten_1"}) if link.source == "dropout_1" else link
        )
    network = network.model_copy(update={"links": tuple(links)})
    sgd = OptimizerSettings(kind="SGD", options=FrozenMap(learning_rate=0.05, momentum=0.9))
    for name, project in (
        ("moons", moons(DENSE, batch_size=16, epochs=3)),
        ("digits", digits(batch_size=26, epochs=2, optimizer=sgd)),
    ):
        if name == "digits":
            project = project.model_copy(update={"network": network})
        rows, _, _ = engine(_on(project, "mirrored"))
        again, losses, room = engine(_on(project, "mirrored"))
        expected = fit(project)
        alone, alone_losses, _ = engine(_on(project, "auto"))
        session = room._session
        assert session is not None
        found[name] = {
            "engine": rows,
            "again": again,
            "fit": expected,
            "alone": alone,
            "first loss": [losses[0], alone_losses[0]],
            "batches": len(losses),
            "evaluated": dict(session.evaluate("validation", JobControl()) or {}),
        }
        before = session.model.get_weights()
        session.restore(session.checkpoint())
        for one, other in zip(before, session.model.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
    try:
        engine(_on(moons(DENSE, batch_size=83, epochs=1), "mirrored"))  # 84 samples
    except TrainingError as error:
        found["one left"] = error.happened
    try:
        engine(_on(moons(DENSE, epochs=1), "GPU:7"))
    except TrainingError as error:
        found["missing"] = [error.happened, error.expected]
    one, _, room = engine(_on(moons(DENSE, epochs=2), "CPU:1"))
    assert room._session is not None
    found["one device"] = [one, str(room._session.model.weights[0].value.device)]
    found["same"] = engine(_on(moons(DENSE, epochs=2), "auto"))[0]
    print(json.dumps(found))


def _on(project: Project, device: str) -> Project:
    return project.model_copy(
        update={"training": project.training.model_copy(update={"device": device})}
    )


if __name__ == "__main__":
    keras.config.disable_interactive_logging()
    main()
