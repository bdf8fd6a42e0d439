"""What in a sample mattered for what the network says of it: by the gradient of a score.

They show to what the answer is sensitive, not why it is given: a gradient is exact for the smallest
changes only, and a map that looks sensible proves nothing about the network's reasons.
"""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from app.data.prepared import PreparedData
from app.diagnostics.chosen_sample import chosen_sample, raw_sample
from app.diagnostics.forward import outputs
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.readings import Verdicts, read_outputs, reading_of
from app.diagnostics.score_gradients import Gradients, Scored, places_of, score_gradients

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

Method = Literal["gradient", "gradient_input", "smooth", "grad_cam"]

NOISY_COPIES = 16
"""Of SmoothGrad; fewer when they take longer than `SMOOTH_SECONDS`."""
SMOOTH_SECONDS = 0.1
_NUMBERS = 2**17
"""In one batch of copies, about."""
NOISE = 0.15
"""Of SmoothGrad: standard deviation as a share of the range of the sample's values."""

CONVOLUTIONS = frozenset(("Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D"))

NOT_FINITE = (
    "The network puts out values that are not finite for this sample. Train with a smaller "
    "learning rate, or look at an earlier epoch."
)
NO_CONVOLUTION = (
    "Grad-CAM weighs the feature maps of a convolution, and this network has none. Add a Conv2D "
    "layer, or choose another method."
)
NO_PICTURES = "Grad-CAM is for pictures. Choose another method."
NO_GRADIENT = (
    "This answer does not change smoothly with the input: a layer on the way has no gradient. "
    "Choose Occlusion, which only needs the answers."
)
ONE_ROW = "This needs a network that puts out a row of numbers, one for each class or target."
FEW_AXES = "This needs pictures, sequences, or rows of numbers."


@dataclass(frozen=True)
class Attribution:
    """One map; read-only arrays.

    Attributes:
        method: how it was found.
        target: of which class (of a regression: of which output) from 0.
        scored: whether the gradient is that of the score before softmax or sigmoid, or of the
            output.
        values: (height, width), or (features,) of a row; Grad-CAM in the size of the layer's
            feature maps.
        verdicts: what the network says of this sample, (outputs,).
        raw: the sample before preprocessing, (*input_shape).
        layer_id: of Grad-CAM, else "".
        layers: the layers that Grad-CAM could look at, from the input on.
        copies: of the sample, over which SmoothGrad took the mean; else 1.
    """

    method: Method
    target: int
    scored: Scored
    values: np.ndarray
    verdicts: Verdicts
    raw: np.ndarray
    layer_id: str
    layers: tuple[str, ...]
    copies: int = 1

    @property
    def signed(self) -> bool:
        """Whether values below 0 speak against the class; else there are none."""
        return self.method == "gradient_input"


def answer(model: Any, data: PreparedData, question: "Question") -> Attribution | NoAnswer:
    """The map for the sample of the question (`chosen_sample`).

    Options: `method`; `target`, a class or an output (without it the class that the network decides
    for, or the first output). `layer_id`: of Grad-CAM, without it the last convolution.

    - "gradient": absolute gradient of the score, the largest over the channels. Simonyan, Vedaldi,
      Zisserman 2013, arXiv 1312.6034.
    - "gradient_input": gradient times (preprocessed) input, summed over the channels. Shrikumar et
      al. 2016, arXiv 1605.01713.
    - "smooth": as "gradient", of the mean of the gradients at `NOISY_COPIES` noisy copies of the
      sample. Smilkov et al. 2017, arXiv 1706.03825.
    - "grad_cam": the feature maps of a convolution, weighted by the mean gradient of each, summed,
      and what is below 0 left out. Selvaraju et al. 2017, arXiv 1610.02391.
    """
    asked = asked_of(model, data, question)
    if isinstance(asked, NoAnswer):
        return asked
    x, raw, verdicts, target = asked.x, asked.raw, asked.verdicts, asked.target
    given = question.options.get("method")
    method: Method = given if given in get_args(Method) else "gradient"  # type: ignore[assignment]
    layers = convolutions(model)
    layer_id: str | None = None
    if method == "grad_cam":
        if x.ndim != 4:
            return NoAnswer(NO_PICTURES)
        if not layers:
            return NoAnswer(NO_CONVOLUTION)
        layer_id = question.layer_id if question.layer_id in layers else layers[-1]
    copies = 1
    if method == "smooth":
        found, copies = _smoothed(model, x, target, verdicts)
    else:
        found = score_gradients(model, x, *place_and_sign(target, verdicts, 1), layer_id)
    values = _map(method, x, found)
    if values is None:
        return NoAnswer(NO_GRADIENT)
    if not np.isfinite(values).all():
        return NoAnswer(NOT_FINITE)
    raw = np.array(raw)
    for array in (values, raw):
        array.setflags(write=False)
    return Attribution(
        method, target, found.scored, values, verdicts, raw, layer_id or "", layers, copies
    )


@dataclass(frozen=True)
class Asked:
    """The sample that a question is about, and what is asked of it.

    Attributes:
        x: (1, *input_shape) float32, preprocessed; at most three axes a sample.
        raw: as it was before.
        verdicts: what the network says of it, without the axis of samples.
        target: number of the class or output.
    """

    x: np.ndarray
    raw: np.ndarray
    verdicts: Verdicts
    target: int


def asked_of(model: Any, data: PreparedData, question: "Question") -> Asked | NoAnswer:
    """What `question` asks about, or why nobody can tell."""
    x, raw = chosen_sample(data, question), raw_sample(data, question)
    if isinstance(x, NoAnswer):
        return x
    if isinstance(raw, NoAnswer):
        return raw
    if x.ndim > 4:
        return NoAnswer(FEW_AXES)
    verdicts = verdicts_of(model, data, x)
    if isinstance(verdicts, NoAnswer):
        return verdicts
    target = target_of(question, verdicts)
    if isinstance(target, NoAnswer):
        return target
    return Asked(x, raw, verdicts, target)


def verdicts_of(model: Any, data: PreparedData, x: np.ndarray) -> Verdicts | NoAnswer:
    """What the network says of one sample `x` (1, *input_shape), without the axis of samples."""
    (found,) = outputs(model, x)
    if found.ndim != 2:
        return NoAnswer(ONE_ROW)
    if not np.isfinite(found).all():
        return NoAnswer(NOT_FINITE)
    task = data.summary.task
    return read_outputs(found[0], reading_of(model, task), task)


def target_of(question: "Question", verdicts: Verdicts) -> int | NoAnswer:
    """The class or output that is asked about."""
    count = len(verdicts.values)
    if verdicts.classes is not None and count == 1:
        count = 2
    target = question.options.get("target")
    if target is None:
        return int(verdicts.classes) if verdicts.classes is not None else 0
    if not isinstance(target, int) or isinstance(target, bool) or not 0 <= target < count:
        return NoAnswer(f"Choose one of the {count:,} classes or outputs of the network.")
    return target


def place_and_sign(target: int, verdicts: Verdicts, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """For each of `samples` the output that speaks of the target; -1 where it speaks against it."""
    binary = verdicts.classes is not None and len(verdicts.values) == 1
    place, sign = (0, 2 * target - 1) if binary else (target, 1)
    return np.full(samples, place, np.int32), np.full(samples, sign, np.float32)


def convolutions(model: Any) -> tuple[str, ...]:
    """The layers whose outputs are pictures that a convolution makes, from the input on; a backbone
    counts as one.
    """
    places = places_of(model)
    return tuple(
        layer.name
        for layer in model.layers
        if layer.name in places and len(places[layer.name].shape) == 4 and _convolves(layer)
    )


def _convolves(layer: Any) -> bool:
    if type(layer).__name__ in CONVOLUTIONS:
        return bool(layer.data_format == "channels_last")
    return any(map(_convolves, getattr(layer, "layers", ())))


def _smoothed(model: Any, x: np.ndarray, target: int, verdicts: Verdicts) -> tuple[Gradients, int]:
    """The mean gradient at noisy copies of `x` (1, *input_shape), and how many there were."""
    generator = np.random.default_rng(0)
    spread = NOISE * float(x.max() - x.min())
    most = min(NOISY_COPIES, max(1, _NUMBERS // x.size))
    total, copies, ends = np.zeros(x.shape), 0, 0.0
    while copies < NOISY_COPIES:
        noise = generator.standard_normal((min(most, NOISY_COPIES - copies), *x.shape[1:]))
        noisy = np.asarray(x + spread * noise, np.float32)
        found = score_gradients(model, noisy, *place_and_sign(target, verdicts, len(noisy)))
        if found.of_input is None:
            return found, 1
        total += found.of_input.sum(axis=0)
        copies += len(noisy)
        # The first batch may have been traced, which is not its fault.
        ends = ends or time.perf_counter() + SMOOTH_SECONDS
        if time.perf_counter() > ends:
            break
    return replace(found, of_input=np.asarray(total / copies, np.float32)), copies


def _map(method: Method, x: np.ndarray, found: Gradients) -> np.ndarray | None:
    if method == "grad_cam":
        if found.of_layer is None or found.layer is None:
            return None
        weights = found.of_layer[0].mean(axis=(0, 1))
        return np.asarray(np.maximum(found.layer[0] @ weights, 0.0))
    if found.of_input is None:
        return None
    gradient = found.of_input[0]
    pictures = gradient.ndim == 3
    if method == "gradient_input":
        product = gradient * x[0]
        return np.asarray(product.sum(axis=-1) if pictures else product)
    size = np.abs(gradient)
    return np.asarray(size.max(axis=-1) if pictures else size)
