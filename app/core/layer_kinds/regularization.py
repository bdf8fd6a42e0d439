"""Layers that act in training only: dropout, noise, a penalty on the output."""

from app.core.layer_kinds.basic import unchanged
from app.core.layer_kinds.kind import LayerKind, Values, joined
from app.core.layer_kinds.shared_options import rate_option
from app.core.options import FloatOption, Option

_RATE = "The share of numbers that is set to 0 in each training step; 0 is none."


def _penalty(name: str, label: str, what: str) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=0.0,
        help=f"Factor of the sum of {what} of the output, added to the loss.",
        minimum=0.0,
        maximum=1000.0,
        step=0.001,
    )


def _kind(
    name: str,
    icon: str,
    help: str,  # noqa: A002
    *options: Option,
    rank: int | None = None,
) -> LayerKind:
    def summarize(values: Values) -> str:
        texts = (f"{option.label} {values.shown(option.name)}" for option in options)
        return joined(*(text.lower() for text in texts), "only in training")

    return LayerKind(
        name=name,
        family="Regularization",
        icon=icon,
        help=help,
        keras_class=f"keras.layers.{name}",
        options=options,
        rank=rank,
        rule=unchanged,
        summarize=summarize,
    )


KINDS = (
    _kind(
        "Dropout",
        "dropout",
        "In training it sets a random share of the numbers to 0 and scales the others up, so that"
        " no unit can rely on another. In use it does nothing.",
        rate_option(_RATE),
    ),
    _kind(
        "SpatialDropout2D",
        "dropout",
        "Dropout of whole channels of a picture. Neighbouring pixels are alike, so dropping single"
        " ones does little.",
        rate_option("The share of channels that is set to 0 in each training step."),
        rank=3,
    ),
    _kind(
        "SpatialDropout1D",
        "dropout",
        "Dropout of whole channels of a series. Neighbouring steps are alike, so dropping single"
        " ones does little.",
        rate_option("The share of channels that is set to 0 in each training step."),
        rank=2,
    ),
    _kind(
        "SpatialDropout3D",
        "dropout",
        "Dropout of whole channels of a volume. Neighbouring voxels are alike, so dropping single"
        " ones does little.",
        rate_option("The share of channels that is set to 0 in each training step."),
        rank=4,
    ),
    _kind(
        "AlphaDropout",
        "dropout",
        "Dropout that keeps mean and variance. It belongs to the activation SELU.",
        rate_option(_RATE),
    ),
    _kind(
        "GaussianDropout",
        "noise",
        "In training it multiplies each number by noise around 1 with variance rate / (1 - rate). "
        "It does the same job as Dropout, without zeros.",
        rate_option("How strong the noise is: its variance is rate / (1 - rate)."),
    ),
    _kind(
        "GaussianNoise",
        "noise",
        "In training it adds normal noise to each number. The network learns not to mind small"
        " changes.",
        FloatOption(
            name="stddev",
            label="Deviation",
            default=0.1,
            help="Standard deviation of the noise, in units of the numbers that come in.",
            minimum=0.0,
            maximum=1.0,
            step=0.05,
        ),
    ),
    _kind(
        "ActivityRegularization",
        "dropout",
        "Adds a penalty on large outputs to the loss and changes nothing else. Small penalties"
        " suffice.",
        _penalty("l1", "L1", "absolute values"),
        _penalty("l2", "L2", "squares"),
    ),
)
