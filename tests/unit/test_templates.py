"""Every template on every data set: complete and without a problem, or a clear refusal."""

import itertools
import math
from dataclasses import replace

import pytest

from app.core.data_settings import DataSettings, SplitSettings, TableSource
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import DATASETS, DATASETS_BY_NAME, summary_of
from app.core.resolve import resolve
from app.core.templates import (
    EXAMPLES,
    TEMPLATES,
    TEMPLATES_BY_NAME,
    Template,
    TemplateError,
    build_template,
    builtin_data,
    default_template,
    handwritten_digits,
    start_from,
)

PAIRS = list(itertools.product(TEMPLATES_BY_NAME, DATASETS_BY_NAME))


@pytest.mark.parametrize(("template", "dataset"), PAIRS)
def test_a_template_fits_or_says_why_not(template: str, dataset: str) -> None:
    kind = DATASETS_BY_NAME[dataset]
    if not TEMPLATES_BY_NAME[template].fits(kind):
        with pytest.raises(TemplateError) as told:
            start_from(dataset, template)
        assert told.value.happened.endswith(".")
        assert "mlp" in told.value.expected
        return
    project = start_from(dataset, template)
    resolved = resolve(project, summary_of(project.data))
    assert resolved.problems == ()
    summary = summary_of(project.data)
    assert resolved.layers[-1].output_shape == (summary.outputs,)
    if template == "autoencoder":
        assert summary.reconstructs
        assert summary.outputs == math.prod(kind.input_shape)
    assert project.data.preprocessing == kind.preprocessing
    assert "_" not in project.name
    options = project.network.layers[1].options
    assert set(options) >= {"units", "activation"} or project.network.layers[1].kind != "Dense"


def test_what_fits_where() -> None:
    def fitting(dataset: str) -> set[str]:
        return {t.name for t in TEMPLATES if t.fits(DATASETS_BY_NAME[dataset])}

    series = {"cnn_1d", "lstm", "autoencoder"}
    assert fitting("moons") == {"mlp", "logistic_regression", "deep_sigmoid"}
    assert fitting("iris") == fitting("moons") | series
    assert fitting("diabetes") == {"mlp", "linear_regression", "deep_sigmoid"} | series
    assert fitting("digits") >= {"small_cnn", "small_vgg", "small_resnet"} | series
    assert fitting("v_shapes") == fitting("digits")
    assert all("mlp" in fitting(kind.name) for kind in DATASETS)
    assert {
        kind.name: default_template(summary_of(builtin_data(kind.name))) for kind in DATASETS
    } == {
        kind.name: "small_cnn"
        if kind.input_shape[0] >= 28 and len(kind.input_shape) == 3
        else "mlp"
        for kind in DATASETS
    }


@pytest.mark.parametrize("template", [t for t in TEMPLATES if t.minimum_side is not None])
def test_pictures_of_every_size_fit_or_are_refused(template: Template) -> None:
    data = builtin_data("digits")
    for side in (*range(1, 36), 48, 64):
        summary = replace(summary_of(data), input_shape=(side, side + side % 3, 3))
        if template.obstacle(summary.task, summary.input_shape) is None:
            project = build_template(template.name, data, summary)
            errors = [p for p in resolve(project, summary).problems if p.severity == "error"]
            assert errors == [], side


def test_refusals_are_clear() -> None:
    small = replace(summary_of(builtin_data("digits")), input_shape=(6, 9, 1))
    with pytest.raises(TemplateError, match="at least 8×8 pixels, here they are 6×6"):
        build_template("lenet5", builtin_data("digits"), small)
    with pytest.raises(
        TemplateError, match="is for pictures; a sample here is a row of 13 numbers"
    ):
        start_from("wine", "small_cnn")
    with pytest.raises(TemplateError, match="does not predict numbers"):
        start_from("diabetes", "logistic_regression")
    with pytest.raises(TemplateError, match="no template 'vgg16'"):
        start_from("digits", "vgg16")
    with pytest.raises(TemplateError, match="at least 4 numbers, here they have 2"):
        start_from("moons", "lstm")
    with pytest.raises(TemplateError, match="no built-in data set 'imagenet'"):
        start_from("imagenet")


def test_a_file_needs_its_summary() -> None:
    data = DataSettings(source=TableSource(path="penguins.csv"), preprocessing="standardize")
    with pytest.raises(ValueError, match="read first"):
        build_template("mlp", data)
    summary = DataSummary(
        title="penguins.csv",
        task="multiclass",
        input_shape=(7,),
        target_names=("species",),
        class_names=("Adelie", "Chinstrap", "Gentoo"),
        counts=(240, 51, 51),
    )
    project = build_template("mlp", data, summary)
    assert resolve(project, summary).problems == ()
    assert project.name == "penguins"
    assert project.data is data


def test_without_a_validation_part_early_stopping_is_off() -> None:
    data = builtin_data("moons").model_copy(update={"split": SplitSettings(validation_share=0.0)})
    project = build_template("mlp", data)
    assert not project.training.early_stopping.enabled
    assert resolve(project, summary_of(data)).problems == ()


def test_examples_of_the_welcome_page() -> None:
    assert [example.name for example in EXAMPLES] == ["moons", "digits", "deep_sigmoid"]
    for example in EXAMPLES:
        project = example.project()
        resolved = resolve(project, summary_of(project.data))
        assert resolved.problems == ()
        assert example.project() == project
    moons = EXAMPLES[0]
    weights = resolve(moons.project(), summary_of(moons.project().data)).parameters
    assert f"{weights} weights" in moons.description
    assert "1,797" in EXAMPLES[1].description
    sigmoids = [
        layer for layer in EXAMPLES[2].project().network.layers
        if layer.options.get("activation") == "sigmoid"
    ]  # fmt: skip
    assert len(sigmoids) == 6 + 1


def test_the_digits_example_is_the_one_of_the_drawing() -> None:
    project = handwritten_digits()
    kinds = [layer.kind for layer in project.network.layers]
    assert kinds == ["InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout", "Dense"]
    convolution, dropout = project.network.layers[1], project.network.layers[5]
    assert (convolution.options["filters"], convolution.options["kernel_size"]) == (16, (3, 3))
    assert dropout.options["rate"] == 0.3
    assert project.training.epochs == 200
    assert project.training.early_stopping.patience == 15
    assert project.data.preprocessing == "pixels"
