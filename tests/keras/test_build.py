"""Networks become the Keras models that they say, bit for bit the same for a seed."""

import hashlib
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from app.core.data_summary import DataSummary, Task
from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS
from app.core.loss_catalog import LOSSES
from app.core.metric_catalog import metrics_for
from app.core.network import INPUT_KIND, Layer, Link, Network, chain
from app.core.optimizer_catalog import OPTIMIZERS
from app.core.options import ChoiceOption
from app.core.project import OptimizerSettings, TrainingSettings
from app.core.shape_inference import infer_network
from app.core.weight_rules import RuleOption
from app.modeling import build
from app.modeling.build import build_model, keras_arguments, keras_class, keras_layer
from app.modeling.compile import compile_model, encode_targets
from app.modeling.errors import ModelingError, first_line

INPUT = Layer(id="data", kind=INPUT_KIND)


def _network(*layers: tuple[str, dict[str, object]]) -> Network:
    made = (
        Layer(id=f"layer_{number}", kind=kind, options=FrozenMap(options))
        for number, (kind, options) in enumerate(layers)
    )
    return chain((INPUT, *made))


CONVOLUTIONAL = _network(
    ("Conv2D", {"filters": 3, "kernel_size": (3, 3)}),
    ("BatchNormalization", {}),
    ("Dropout", {"rate": 0.3}),
    ("RandomizedLeakyReLU", {}),
    ("Flatten", {}),
    ("Dense", {"units": 2, "activation": "softmax", "kernel_initializer": "orthogonal"}),
)


def _fingerprint(model: keras.Model) -> str:
    """SHA-256 of all variables, the states of the random numbers included."""
    digest = hashlib.sha256()
    for variable in model.variables:
        digest.update(np.asarray(variable).tobytes())
    return digest.hexdigest()


def test_layers_are_named_by_id_and_have_the_options() -> None:
    model = build_model(CONVOLUTIONAL, (6, 6, 1), seed=1)
    assert [layer.name for layer in model.layers] == [layer.id for layer in CONVOLUTIONAL.layers]
    assert model.input_shape == (None, 6, 6, 1)
    assert model.output_shape == (None, 2)
    convolution = model.get_layer("layer_0").get_config()
    assert convolution["filters"] == 3
    assert convolution["kernel_size"] == (3, 3)
    assert model.get_layer("layer_2").rate == 0.3


def test_a_seed_fixes_every_variable() -> None:
    first = _fingerprint(build_model(CONVOLUTIONAL, (6, 6, 1), seed=1))
    other = _fingerprint(build_model(CONVOLUTIONAL, (6, 6, 1), seed=2))
    keras.random.normal((3,))
    np.random.rand(5)  # noqa: NPY002 - the global state is meant
    again = _fingerprint(build_model(CONVOLUTIONAL, (6, 6, 1), seed=1))
    assert first == again
    assert first != other


def test_the_seed_is_that_of_keras() -> None:
    """What an exported script would do: set the seed, then make the layers in their order."""
    model = build_model(_network(("Dense", {"units": 3})), (4,), seed=5)
    keras.utils.set_random_seed(5)
    dense = keras.layers.Dense(3)
    dense.build((None, 4))
    np.testing.assert_array_equal(np.asarray(model.layers[1].kernel), np.asarray(dense.kernel))


REGULARIZERS = [
    (keras.regularizers.L1, "l1", {"l1": 0.02}),
    (keras.regularizers.L2, "l2", {"l2": 0.02}),
    (keras.regularizers.L1L2, "l1_l2", {"l1": 0.02, "l2": 0.02}),
]


@pytest.mark.parametrize(("made", "name", "config"), REGULARIZERS)
def test_a_regularizer_and_its_factors_are_one_argument(
    made: type[Any], name: str, config: dict[str, float]
) -> None:
    factors = {f"kernel_regularizer_{key}": value for key, value in config.items()}
    options = FrozenMap(units=1, kernel_regularizer=name, **factors)
    layer = keras_layer(Layer(id="a", kind="Dense", options=options))
    assert type(layer.kernel_regularizer) is made
    for key, value in config.items():
        assert np.isclose(getattr(layer.kernel_regularizer, key), value)
    weights = np.array([[0.5], [-2.0]])
    l1, l2 = np.abs(weights).sum(), np.square(weights).sum()
    expected = 0.02 * sum({"l1": l1, "l2": l2}[key] for key in config)
    assert np.isclose(float(layer.kernel_regularizer(weights)), expected)


@pytest.mark.parametrize("kind", [k for k in LAYER_KINDS.values() if not k.makes_input])
def test_every_choice_of_every_option_is_known_to_keras(kind: Any) -> None:
    module, _, name = kind.keras_class.rpartition(".")
    if module == "keras.layers":
        assert keras_class(kind.name) is getattr(keras.layers, name)
    keras_layer(Layer(id="a", kind=kind.name))
    for option in kind.options:
        # Initializers and the like are those of one table: test_weight_rules.
        if not isinstance(option, ChoiceOption) or isinstance(option, RuleOption):
            continue
        for value in option.values:
            keras_layer(Layer(id="a", kind=kind.name, options=FrozenMap({option.name: value})))
    if kind.arguments is None:
        companions = {c.name for option in kind.options for c in option.companions}
        names = {option.name for option in kind.options} - companions
        assert set(keras_arguments(kind.name, FrozenMap())) == names


def test_a_network_with_two_ends_is_refused() -> None:
    """Two branches of which one leads nowhere: an error, not a model of one branch."""
    network = chain((INPUT, Layer(id="a", kind="Dense"), Layer(id="b", kind="Dense")))
    branched = Network(
        layers=(*network.layers, Layer(id="c", kind="Dense")),
        links=(*network.links, Link(source="a", target="c")),
    )
    with pytest.raises(ModelingError):
        build_model(branched, (3,), seed=0)


@pytest.mark.parametrize(
    "network",
    [
        Network(),
        chain((INPUT,)),
        chain((Layer(id="a", kind="Dense"),)),
        Network(layers=(INPUT, Layer(id="a", kind="Dense"))),
        chain((INPUT, Layer(id="a", kind="Nonsense"))),
        chain((INPUT, Layer(id="a", kind="Dense", options=FrozenMap(units=0)))),
        chain((INPUT, Layer(id="a", kind="Dense", options=FrozenMap(unts=3)))),
        chain((INPUT, Layer(id="a", kind="Conv2D"))),
    ],
)
def test_a_wrong_network_is_told(network: Network) -> None:
    with pytest.raises(ModelingError) as told:
        build_model(network, (3,), seed=0)
    for sentence in (told.value.happened, told.value.expected, told.value.how_to_fix):
        assert sentence.endswith(".")


def test_a_shape_that_was_foretold_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    foretell = infer_network

    def wrong(network: Network, shape: tuple[int, ...]) -> Any:
        resolved, problems = foretell(network, shape)
        return (*resolved[:-1], replace(resolved[-1], output_shape=(99,))), problems

    monkeypatch.setattr(build, "infer_network", wrong)
    with pytest.raises(ModelingError, match="was foretold"):
        build_model(_network(("Dense", {"units": 3})), (4,), seed=0)


def test_what_keras_refuses_and_memory_that_lacks_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ModelingError, match="refused the options of a"):
        keras_layer(Layer(id="a", kind="Dense", options=FrozenMap(nonsense=1)))

    def lacking(inputs: object) -> None:
        raise MemoryError

    monkeypatch.setattr(build, "keras_layer", lambda layer: lacking)
    with pytest.raises(ModelingError, match="not enough memory for the weights of layer_0"):
        build_model(_network(("Dense", {})), (4,), seed=0)


def test_settings_of_keras_that_a_user_or_a_file_left_do_no_harm() -> None:
    try:
        keras.config.set_floatx("float16")
        keras.config.set_image_data_format("channels_first")
        model = build_model(CONVOLUTIONAL, (6, 6, 1), seed=1)
        assert {str(w.dtype) for w in model.weights if "seed" not in w.path} == {"float32"}
        assert model.get_layer("layer_0").data_format == "channels_last"
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_image_data_format("channels_last")


# ---- compiling


def _summary(task: Task, classes: int) -> DataSummary:
    return DataSummary(
        title="",
        task=task,
        input_shape=(4,),
        target_names=("a", "b") if task == "regression" else ("class",),
        class_names=tuple(f"c{i}" for i in range(classes)),
        counts=(8, 0, 0),
    )


SUMMARIES = (_summary("binary", 2), _summary("multiclass", 6), _summary("regression", 0))
CASES = [(loss, summary) for loss in LOSSES for summary in SUMMARIES if summary.task in loss.tasks]


@pytest.mark.parametrize(
    ("loss", "summary"), CASES, ids=[f"{loss.name}-{s.task}" for loss, s in CASES]
)
def test_every_loss_with_all_its_metrics_takes_a_step_and_names_them(
    loss: Any, summary: DataSummary
) -> None:
    names = tuple(kind.name for kind in metrics_for(loss.name, FrozenMap(), summary))
    training = TrainingSettings(loss=loss.name, metrics=names[:16])
    units = {"class_number": len(summary.class_names), "one_hot": len(summary.class_names)}.get(
        loss.encoding_for(summary.task), 2 if summary.task == "regression" else 1
    )
    activation = loss.activations[0]
    model = build_model(
        _network(("Dense", {"units": units, "activation": activation})), (4,), seed=0
    )
    compile_model(model, training, summary)
    rng = np.random.default_rng(0)
    classes = max(2, len(summary.class_names))
    y = rng.random((8, 2)) if summary.task == "regression" else np.arange(8) % classes
    targets = encode_targets(y, loss.name, summary.task, classes)
    model.run_eagerly = True  # tracing would take most of the time of this test
    x = rng.random((8, 4)).astype("float32")
    result = model.test_on_batch(x, targets, return_dict=True)
    assert set(result) == {"loss", *training.metrics}
    assert np.isfinite(result["loss"])
    assert model.jit_compile is False


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.name)
def test_every_optimizer_is_made_with_its_options(kind: Any) -> None:
    model = build_model(_network(("Dense", {"units": 1})), (4,), seed=0)
    options = FrozenMap(learning_rate=0.125, clipnorm=1.5)
    training = TrainingSettings(
        loss="mean_squared_error",
        metrics=(),
        optimizer=OptimizerSettings(kind=kind.name, options=options),
    )
    compile_model(model, training, SUMMARIES[2])
    assert type(model.optimizer).__name__ == kind.name
    assert float(model.optimizer.learning_rate) == 0.125
    assert model.optimizer.clipnorm == 1.5


@pytest.mark.parametrize(
    ("training", "match"),
    [
        (TrainingSettings(loss="nonsense"), "no loss called 'nonsense'"),
        (TrainingSettings(metrics=("nonsense",)), "no metric called 'nonsense'"),
        (TrainingSettings(optimizer=OptimizerSettings(kind="Nonsense")), "no optimizer called"),
        (TrainingSettings(metrics=("r2_score",)), "metric r2_score cannot be used"),
        (
            TrainingSettings(loss="huber", loss_options=FrozenMap(nonsense=1), metrics=()),
            "loss huber cannot be used",
        ),
        (
            TrainingSettings(
                optimizer=OptimizerSettings(options=FrozenMap(clipnorm=1.0, clipvalue=1.0))
            ),
            "optimizer Adam cannot be used",
        ),
    ],
)
def test_training_settings_that_do_not_fit_are_told(training: Any, match: str) -> None:
    model = build_model(_network(("Dense", {"units": 6})), (4,), seed=0)
    with pytest.raises(ModelingError, match=match):
        compile_model(model, training, SUMMARIES[1])


def test_targets_in_every_encoding() -> None:
    y = np.array([0, 2, 1])
    numbers = encode_targets(y, "sparse_categorical_crossentropy", "multiclass", 3)
    assert numbers.dtype == np.int32
    assert numbers.tolist() == [0, 2, 1]
    one_hot = encode_targets(y, "categorical_crossentropy", "multiclass", 3)
    assert one_hot.dtype == np.float32
    assert one_hot.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    binary = encode_targets(np.array([0, 1]), "binary_crossentropy", "binary", 2)
    assert binary.tolist() == [[0.0], [1.0]]
    assert encode_targets(np.array([0, 1]), "hinge", "binary", 2).tolist() == [[0.0], [1.0]]
    regression = encode_targets(np.array([0.5, 2.5]), "huber", "regression", 0)
    assert regression.dtype == np.float32
    assert regression.tolist() == [[0.5], [2.5]]
    assert encode_targets(np.zeros(0, int), "hinge", "binary", 2).shape == (0, 1)
    with pytest.raises(ModelingError, match="from 0 to 2"):
        encode_targets(y, "hinge", "binary", 2)
    with pytest.raises(ModelingError, match="no loss"):
        encode_targets(y, "nonsense", "binary", 2)


def test_first_line_is_short_and_never_empty() -> None:
    assert first_line(ValueError("\n one \n two")) == "one"
    assert first_line(ValueError()) == "ValueError"
    assert len(first_line(ValueError("x" * 1000))) == 300
