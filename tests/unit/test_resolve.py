"""What follows from a project: counts, memory, and every problem of data, loss, optimizer, steps
and stopping.
"""

import pickle
import time
from dataclasses import replace

import pytest

from app.core.data_settings import BuiltinSource, DataSettings, PaintedSource
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS, new_layer
from app.core.layer_costs import cost_lines
from app.core.layer_kinds.kind import LayerKind
from app.core.layer_problems import option_problem
from app.core.memory_size import memory_limit, physical_memory
from app.core.network import Layer, Network, chain
from app.core.number_words import bytes_text
from app.core.options import defaults
from app.core.painting import painted_summary
from app.core.problems import Problem
from app.core.project import OptimizerSettings, Project
from app.core.project_edits import (
    set_data_option,
    set_early_stopping,
    set_layer_option,
    set_loss_option,
    set_optimizer,
    set_optimizer_option,
    set_split,
    set_training,
)
from app.core.resolve import resolve
from app.core.resolved_project import ResolvedProject
from app.core.templates import (
    TEMPLATES,
    Template,
    handwritten_digits,
    network_of,
    start_from,
    two_moons,
)

GIB = 2**30


def of(project: Project, memory: int = 8 * GIB) -> ResolvedProject:
    return resolve(project, summary_of(project.data), memory)


def only_problem(project: Project) -> Problem:
    (problem,) = of(project).problems
    for text in (problem.happened, problem.expected, problem.how_to_fix):
        assert text
    for fix in problem.fixes:
        again = pickle.loads(pickle.dumps(fix))  # noqa: S301 - our own bytes
        assert again.edit(project) == fix.edit(project)
        assert of(fix.edit(project)).problems == (), fix.label
    return problem


def test_the_network_of_the_drawing() -> None:
    resolved = of(handwritten_digits())
    assert resolved.problems == ()
    assert resolved.can_train
    assert [layer.output_shape for layer in resolved.layers] == [
        (8, 8, 1),
        (6, 6, 16),
        (3, 3, 16),
        (144,),
        (64,),
        (64,),
        (10,),
    ]
    assert resolved.parameters == 160 + 9280 + 650 == 10_090
    assert resolved.weight_bytes == 4 * 10_090
    assert bytes_text(resolved.weight_bytes or 0) == "39 KiB"
    assert (resolved.batch_size, resolved.steps_per_epoch) == (32, 40)
    numbers = 64 + 576 + 144 + 144 + 64 + 64 + 10
    assert resolved.training_bytes == 4 * 10_090 * (2 + 2) + 2 * 32 * 4 * numbers


@pytest.mark.parametrize(
    ("mode", "size", "batch", "steps"),
    [
        ("mini_batch", 32, 32, 9),
        ("mini_batch", 280, 280, 1),
        ("full_batch", 32, 280, 1),
        ("stochastic", 32, 1, 280),
    ],
)
def test_steps_per_epoch(mode: str, size: int, batch: int, steps: int) -> None:
    resolved = of(set_training(two_moons(), batch_mode=mode, batch_size=size))
    assert (resolved.batch_size, resolved.steps_per_epoch) == (batch, steps)
    assert resolved.problems == ()


def test_fixed_weights_count_for_memory_but_are_no_parameters() -> None:
    layers = [("Dense", {"units": 8, "activation": "relu"}), ("BatchNormalization", {})]
    output = ("Dense", {"units": 1, "activation": "sigmoid"})
    project = two_moons().model_copy(update={"network": network_of([*layers, output])})
    resolved = of(project)
    assert resolved.parameters == 24 + 16 + 9
    assert resolved.weight_bytes == 4 * (24 + 16 + 9 + 16)


PROBLEMS = {
    "unknown loss": (
        set_training(two_moons(), loss="binary_crossentropi"),
        "training.loss",
        "loss",
    ),
    "wrong option of the loss": (
        set_loss_option(two_moons(), name="label_smoothing", value=3.0),
        "training.loss",
        "label_smoothing",
    ),
    "unknown option of the loss": (
        set_loss_option(two_moons(), name="sharpness", value=3.0),
        "training.loss",
        "sharpness",
    ),
    "unknown metric": (
        set_training(two_moons(), metrics=("acuracy",)),
        "training.metrics",
        "acuracy",
    ),
    "metric twice": (
        set_training(two_moons(), metrics=("accuracy", "accuracy")),
        "training.metrics",
        "accuracy",
    ),
    "metric of another task": (
        set_training(two_moons(), metrics=("r2_score", "accuracy")),
        "training.metrics",
        "r2_score",
    ),
    "unknown optimizer": (
        set_training(two_moons(), optimizer=OptimizerSettings(kind="Adan")),
        "training.optimizer",
        "optimizer",
    ),
    "learning rate 0": (
        set_optimizer_option(two_moons(), name="learning_rate", value=0.0),
        "training.optimizer",
        "learning_rate",
    ),
    "momentum for Adam": (
        set_optimizer_option(two_moons(), name="momentum", value=0.9),
        "training.optimizer",
        "momentum",
    ),
    "clipping twice": (
        set_optimizer_option(
            set_optimizer_option(two_moons(), name="clipnorm", value=1.0),
            name="clipvalue",
            value=1.0,
        ),
        "training.optimizer",
        "clipvalue",
    ),
    "nothing to watch": (
        set_split(two_moons(), validation_share=0.0),
        "training.early_stopping",
        "monitor",
    ),
    "unknown monitor": (
        set_early_stopping(two_moons(), monitor="val_auc"),
        "training.early_stopping",
        "monitor",
    ),
    "wrong option of the data": (
        set_data_option(two_moons(), name="noise", value=-1.0),
        "data",
        "noise",
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_error_names_its_place_and_every_fix_mends_it(name: str) -> None:
    project, where, option = PROBLEMS[name]
    problem = only_problem(project)
    assert (problem.where, problem.option, problem.severity) == (where, option, "error")
    assert problem.fixes
    assert not of(project).can_train


def test_a_mistyped_name_is_recognised() -> None:
    assert only_problem(PROBLEMS["unknown optimizer"][0]).how_to_fix == "Did you mean Adam?"
    assert only_problem(PROBLEMS["unknown metric"][0]).how_to_fix == "Did you mean accuracy?"


@pytest.mark.parametrize(
    ("project", "where"),
    [
        (set_training(two_moons(), batch_size=300), "training.batch_size"),
        (set_training(two_moons(), epochs=20), "training.early_stopping"),
    ],
)
def test_a_warning_does_not_keep_from_training(project: Project, where: str) -> None:
    problem = only_problem(project)
    assert (problem.where, problem.severity) == (where, "warning")
    assert of(project).can_train


def test_no_validation_is_no_problem_without_early_stopping() -> None:
    project = set_early_stopping(set_split(two_moons(), validation_share=0.0), enabled=False)
    assert of(project).problems == ()
    watches_training = set_early_stopping(
        set_split(two_moons(), validation_share=0.0), monitor="loss"
    )
    assert of(watches_training).problems == ()


def test_an_unknown_data_set() -> None:
    moons = two_moons()
    data = DataSettings(source=BuiltinSource(name="mons"))
    resolved = resolve(moons.model_copy(update={"data": data}), summary_of(moons.data))
    assert [(p.where, p.severity) for p in resolved.problems] == [("data", "error")]


def test_nothing_to_train_on() -> None:
    summary = replace(summary_of(two_moons().data), counts=(0, 1, 1))
    titles = [p.title for p in resolve(two_moons(), summary).problems]
    assert titles[0] == "Nothing to train on"
    assert resolve(two_moons(), summary).steps_per_epoch == 0


def test_errors_come_first() -> None:
    project = set_training(two_moons(), epochs=20, loss="nothing")
    assert [p.severity for p in of(project).problems] == ["error", "warning"]


def test_a_network_too_large_is_refused_before_anything_is_allocated() -> None:
    # The lecture's 256×256×3 × width, here 1024 × 10⁹ weights: 4 TB, and Adam triples it.
    project = set_layer_option(start_from("digits"), "dense_1", "units", 1_000_000_000)
    resolved = of(project)
    problem = next(p for p in resolved.problems if "allowed" in p.title)
    assert problem.where in ("dense_1", "dense_2")
    assert problem.severity == "error"
    assert (resolved.training_bytes or 0) > 10**12
    assert problem.title == f"Needs {bytes_text(resolved.training_bytes or 0)}, 8.0 GiB allowed"


def test_memory_set_aside_for_samples_on_disk_is_not_there_for_the_network() -> None:
    project = two_moons()
    project = project.model_copy(
        update={"data": project.data.model_copy(update={"memory_mib": 1024})}
    )
    summary = summary_of(project.data)
    needed = resolve(project, summary, GIB).training_bytes
    assert needed is not None
    for streamed, limit, refused in (
        (False, needed, False),
        (True, GIB + needed, False),
        (True, GIB + needed - 1, True),
        (True, GIB // 2, True),
    ):
        titles = [
            p.title for p in resolve(project, replace(summary, streamed=streamed), limit).problems
        ]
        assert any("allowed" in title for title in titles) == refused


PICTURE = (256, 256, 3)


@pytest.mark.parametrize("flatten", [True, False], ids=["flattened", "given as a row"])
@pytest.mark.parametrize("width", [1, 100, 10_000, 1_000_000, 10**9])
def test_the_lectures_picture_into_a_dense_layer_is_answered_at_once(
    width: int, flatten: bool
) -> None:
    """256×256×3 × width weights, from pictures or from a table with as many columns."""
    numbers = 256 * 256 * 3
    shape = PICTURE if flatten else (numbers,)
    project = start_from("digits")
    layers = [project.network.layers[0]]
    layers += [new_layer(project.network, "Flatten")] if flatten else []
    layers.append(new_layer(project.network, "Dense", units=width))
    project = project.model_copy(update={"network": chain(layers)})
    summary = replace(summary_of(project.data), input_shape=shape, title="the lecture's")
    start = time.process_time()
    resolved = resolve(project, summary, 8 * 2**30)
    assert time.process_time() - start < 0.5
    assert resolved.parameters == (numbers + 1) * width
    weights = 4 * (numbers + 1) * width  # bytes; gradients and Adam's two moments come on top
    refused = [p for p in resolved.problems if p.title.endswith("8.0 GiB allowed")]
    assert bool(refused) == (4 * weights > 8 * 2**30)
    if refused:
        assert refused[0].where == resolved.layers[-1].id
        assert not resolved.can_train
    told = {line.label: line.text for line in cost_lines(resolved.layers[-1])}
    assert told["multiply-adds"] == f"{numbers * width:,} a sample"
    assert told["weights"] == f"4*{(numbers + 1) * width} = {bytes_text(weights)}"
    assert told["output"] == f"4*{width} = {bytes_text(4 * width)}"


def test_the_lectures_picture_straight_into_a_dense_layer() -> None:
    """Dense works along the last axis alone: few weights, and an output that is too large."""
    project = start_from("digits")
    dense = new_layer(project.network, "Dense", units=10**9)
    project = project.model_copy(update={"network": chain([project.network.layers[0], dense])})
    resolved = resolve(project, replace(summary_of(project.data), input_shape=PICTURE), 8 * 2**30)
    last = resolved.layers[-1]
    assert not resolved.can_train
    assert last.output_shape == (256, 256, 10**9)
    assert last.parameters == 4 * 10**9
    assert any(p.title.endswith("8.0 GiB allowed") for p in resolved.problems)


def test_costs_of_a_layer_in_words() -> None:
    resolved = of(start_from("digits", "small_cnn"))
    layer = next(x for x in resolved.layers if x.layer.kind == "Conv2D")
    assert layer.output_shape is not None
    height, width, filters = layer.output_shape
    lines = [(line.text, line.label) for line in cost_lines(layer)]
    assert lines[0] == (
        f"4*{height}*{width}*{filters} = {bytes_text(4 * height * width * filters)}",
        "output",
    )
    assert [label for _, label in lines] == ["output", "weights", "multiply-adds"]
    flatten = next(x for x in resolved.layers if x.layer.kind == "Flatten")
    assert [line.label for line in cost_lines(flatten)] == ["output"]
    broken = of(set_layer_option(start_from("digits"), "dense_1", "units", -5))
    assert cost_lines(broken.layer("dense_1")) == ()


def test_a_batch_too_large_is_mended_by_a_smaller_one() -> None:
    project = set_training(start_from("v_shapes", "small_vgg"), batch_size=1000)
    limit = 200 * 2**20
    (problem,) = of(project, limit).problems
    assert problem.where == "conv2d_2"  # as large an output as the first's, and more weights
    (fix,) = problem.fixes
    mended = fix.edit(project)
    assert of(mended, limit).problems == ()
    assert fix.label == f"Batch size {mended.training.batch_size}"
    doubled = set_training(mended, batch_size=2 * mended.training.batch_size)
    assert of(doubled, limit).problems != ()


def test_memory_follows_the_optimizer() -> None:
    plain = of(set_optimizer(two_moons(), kind="SGD")).training_bytes
    adam = of(set_optimizer(two_moons(), kind="Adam")).training_bytes
    assert plain is not None
    assert adam is not None
    assert adam - plain == 2 * 4 * 105


def test_an_unknown_shape_leaves_the_rest_known() -> None:
    broken = set_layer_option(two_moons(), "dense_1", "units", -5)
    resolved = of(broken)
    assert resolved.parameters is None
    assert resolved.weight_bytes is None
    assert resolved.training_bytes is None
    assert resolved.steps_per_epoch == 9
    assert [p.where for p in resolved.problems] == ["dense_1"]
    assert not of(two_moons().model_copy(update={"network": Network()})).can_train


def test_it_takes_milliseconds_and_gives_equal_results() -> None:
    project = start_from("v_shapes", "small_cnn")
    summary = summary_of(project.data)
    times = []
    for _ in range(20):
        before = time.process_time()
        resolved = resolve(project, summary)
        times.append(time.process_time() - before)
    assert len(resolved.layers) == 10
    assert min(times) < 0.005
    assert resolve(project, summary) == resolved


def test_memory_of_this_computer() -> None:
    assert 2**27 < physical_memory() < 2**50
    assert memory_limit() == int(0.6 * physical_memory())


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (40_360, "39 KiB"),
        (3 * GIB, "3.0 GiB"),
        (480 * GIB, "480 GiB"),
    ],
)
def test_sizes_in_words(count: int, text: str) -> None:
    assert bytes_text(count) == text


def test_preprocessing_for_pictures_on_a_table() -> None:
    project = start_from("wine")
    data = project.data.model_copy(update={"preprocessing": "pixels"})
    project = project.model_copy(update={"data": data})
    loaded = replace(summary_of(data), loaded=True)
    (problem,) = resolve(project, loaded).problems
    assert problem.title == "Pixels is for pictures"
    mended = problem.fixes[0].edit(project)
    assert mended.data.preprocessing == "standardize"
    assert mended.training.optimizer.options == FrozenMap(learning_rate=0.001)


@pytest.mark.parametrize("template", [t for t in TEMPLATES if t.example], ids=lambda t: t.name)
def test_every_line_of_arithmetic_has_two_sides_or_words(template: Template) -> None:
    resolved = of(start_from(template.example, template.name))
    lines = [line for x in resolved.layers for line in (*x.arithmetic, *cost_lines(x))]
    assert any(line.label == "multiply-adds" for line in lines)
    assert not [line for line in lines if line.text.startswith("=")]


@pytest.mark.parametrize("kind", LAYER_KINDS.values(), ids=lambda kind: kind.name)
def test_the_fix_of_each_wrong_option_is_short(kind: LayerKind) -> None:
    layer = Layer(id="subject", kind=kind.name, options=defaults(kind.options))
    for option in kind.options:
        problem = option_problem(layer, kind, option.name, f"{option.label}: " + "x" * 50)
        assert len(problem.title) <= 46
        assert all(len(fix.label) <= 40 for fix in problem.fixes)


def unread_summary() -> DataSummary:
    """What stands for a file that nobody has read."""
    return DataSummary(
        title="not read yet",
        task="regression",
        input_shape=(1,),
        target_names=("target",),
        class_names=(),
        counts=(1, 0, 0),
        known=False,
    )


@pytest.mark.parametrize("name", ["moons", "digits"])
def test_of_unknown_data_nothing_follows(name: str) -> None:
    project = set_early_stopping(start_from(name), enabled=True)
    resolved = resolve(project, unread_summary())
    assert resolved.problems == ()
    assert resolved.parameters is None
    assert all(layer.output_shape is None for layer in resolved.layers)
    assert resolved.batch_size == project.training.batch_size
    placeholder = replace(unread_summary(), known=True)
    told = {problem.where.split(".")[0] for problem in resolve(project, placeholder).problems}
    assert "training" in told, "the placeholder would mislead"


def test_of_unknown_data_what_is_wrong_by_itself_is_told_and_mended_without_them() -> None:
    project = start_from("moons")
    training = project.training.model_copy(update={"loss": "no_loss", "metrics": ("no_metric",)})
    resolved = resolve(project.model_copy(update={"training": training}), unread_summary())
    assert {problem.title for problem in resolved.problems} == {"Unknown loss", "Unknown metric"}
    loss = next(p for p in resolved.problems if p.title == "Unknown loss")
    assert loss.fixes == (), "which one suits nobody knows"


def test_a_sheet_that_is_not_ready_gives_shapes_and_no_advice() -> None:
    project = start_from("moons")
    source = PaintedSource(class_names=("a", "b", "c"))
    data = project.data.model_copy(update={"source": source, "class_weighting": "balanced"})
    project = project.model_copy(update={"data": data})
    empty = replace(painted_summary(data), counts=(0, 0, 0))
    resolved = resolve(project, empty)
    assert resolved.problems == ()
    assert resolved.layers[0].output_shape == (2,)
    assert resolved.parameters is not None
