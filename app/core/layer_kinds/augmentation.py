"""Random changes of pictures, made anew in each training step; in use they do nothing."""

from dataclasses import replace

from app.core.frozen import FrozenMap
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    RemoveLayer,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    joined,
    shape_text,
)
from app.core.layer_kinds.pictures import fill_value_option, value_range_option
from app.core.numbers_option import NumbersOption
from app.core.options import Choice, ChoiceOption, FlagOption, FloatOption, IntegerOption, Option

_ONLY_IN_TRAINING = "Only in training; in use pictures pass unchanged."


def _range(
    name: str,
    label: str,
    default: tuple[float, float],
    help: str,  # noqa: A002
    low: float = 0.0,
    high: float = 1.0,
    none_label: str = "",
) -> NumbersOption:
    """A number is drawn evenly from this range for each picture; None is a value if it has a
    `none_label`.
    """
    return NumbersOption(
        name=name,
        label=label,
        default=default,
        optional=bool(none_label),
        none_label=none_label or "none",
        help=help,
        minimum=low,
        maximum=high,
        increasing=True,
    )


def _share(name: str, label: str, default: float, help: str) -> FloatOption:  # noqa: A002
    return FloatOption(
        name=name, label=label, default=default, help=help, minimum=0.0, maximum=1.0, step=0.05
    )


_FILL_MODE = ChoiceOption(
    name="fill_mode",
    label="Border",
    default="reflect",
    help="What is put where the picture does not reach.",
    choices=(
        Choice("reflect", "mirror", "The picture, mirrored at its border."),
        Choice("wrap", "opposite side", "The picture from the other side."),
        Choice("constant", "one value", "All pixels have the fill value."),
        Choice("nearest", "nearest pixel", "The pixel at the border."),
    ),
)
_INTERPOLATION = ChoiceOption(
    name="interpolation",
    label="Interpolation",
    default="bilinear",
    help="How the new pixels come about.",
    choices=(
        Choice("bilinear", "bilinear", "Straight lines between neighbours."),
        Choice("nearest", "nearest", "The nearest pixel."),
    ),
)
_FILL_VALUE = replace(fill_value_option(), applies_when=("fill_mode", ("constant",)))
_GEOMETRY: tuple[Option, ...] = (_FILL_MODE, _INTERPOLATION, _FILL_VALUE)
_COLORS = {
    "RandomHue",
    "RandomSaturation",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomGrayscale",
    "AugMix",
    "RandAugment",
}
"""They mix red, green and blue."""
_NO_GRADIENT = {"RandomHue", "RandomSaturation", "RandomColorJitter", "RandomPosterization"}


def _last(value: object) -> object:
    return value[-1] if isinstance(value, (list, tuple)) else value


def _same_shape(values: Values, shape: Shape) -> Effect:
    return Effect(shape)


def _colored(values: Values, shape: Shape) -> Effect:
    if shape[-1] != 3:
        raise ShapeError(
            f"{shape[-1]} channels, needs 3",
            f"{shape_text(shape)} comes in.",
            "Red, green and blue: three channels.",
            "Remove the layer, or use one that does not change colors.",
            remedies=(RemoveLayer(),),
        )
    return Effect(shape)


def _blurred(values: Values, shape: Shape) -> Effect:
    sizes = values["kernel_size"]
    if isinstance(sizes, tuple) and any(float(size) % 2 != 1 for size in sizes):
        odd = tuple(int(float(size)) // 2 * 2 + 1 for size in sizes)
        raise ShapeError(
            "Kernel sizes have to be odd",
            f"The kernel size is {shape_text(tuple(int(float(size)) for size in sizes))}.",
            "Odd whole numbers, so that the kernel has a middle.",
            f"Set the kernel size to {shape_text(odd)}.",
            option="kernel_size",
            remedies=(
                SetOptions(FrozenMap(kernel_size=odd), f"Set kernel size to {shape_text(odd)}"),
            ),
        )
    return Effect(shape)


def _ratio(value: object) -> str:
    if isinstance(value, tuple):
        return " to ".join(map(_ratio, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _kind(name: str, help: str, *options: Option) -> LayerKind:  # noqa: A002
    shown = options[0]

    def summarize(values: Values) -> str:
        text = (
            shown.label_of(values[shown.name])
            if isinstance(shown, ChoiceOption)
            else f"{shown.label.split(',')[0].lower()} {_ratio(values[shown.name])}"
        )
        return joined(text, "only in training")

    rule = _colored if name in _COLORS else _same_shape
    return LayerKind(
        name=name,
        family="Augmentation",
        icon="augmentation",
        help=f"{help} {_ONLY_IN_TRAINING}",
        keras_class=f"keras.layers.{name}",
        options=options,
        rank=3,
        rule=_blurred if name == "RandomGaussianBlur" else rule,
        summarize=summarize,
        blocks_gradient=name in _NO_GRADIENT,
    )


_CHANCE = "How likely a picture is changed: each has a chance drawn from this range."

KINDS = (
    _kind(
        "RandomFlip",
        "Mirrors pictures at random. Not for letters and digits: mirrored they are others.",
        ChoiceOption(
            name="mode",
            label="Mirror",
            default="horizontal",
            help="Along which sides.",
            choices=(
                Choice("horizontal", "left and right", "Left becomes right."),
                Choice("vertical", "top and bottom", "Top becomes bottom."),
                Choice("horizontal_and_vertical", "both", "Each at random."),
            ),
        ),
    ),
    _kind(
        "RandomRotation",
        "Turns pictures by a random angle.",
        _range(
            "factor",
            "Full turns",
            (-0.05, 0.05),
            "The range of the angle in shares of a full turn: 0.05 is 18 degrees, against the"
            " clock.",
            -1.0,
        ),
        *_GEOMETRY,
    ),
    _kind(
        "RandomTranslation",
        "Shifts pictures by a random distance.",
        _range(
            "height_factor",
            "Down, of height",
            (-0.1, 0.1),
            "The range of the shift, as shares of the height: 0.1 is a tenth, downwards.",
            -1.0,
        ),
        _range(
            "width_factor",
            "Right, of width",
            (-0.1, 0.1),
            "The range of the shift, as shares of the width: 0.1 is a tenth, to the right.",
            -1.0,
        ),
        *_GEOMETRY,
    ),
    _kind(
        "RandomZoom",
        "Makes what pictures show larger or smaller at random.",
        _range(
            "height_factor",
            "Zoom out, of height",
            (-0.1, 0.1),
            "The range of the zoom: 0.1 shows a tenth more of the height, -0.1 a tenth less.",
            -0.99,
        ),
        _range(
            "width_factor",
            "Zoom out, of width",
            (-0.1, 0.1),
            "The same for the width; none: as the height, so that nothing is stretched.",
            -0.99,
            none_label="as the height",
        ),
        *_GEOMETRY,
    ),
    _kind(
        "RandomShear",
        "Slants pictures at random.",
        _range(
            "x_factor",
            "Sideways, share",
            (0.0, 0.1),
            "The range of the slant: 0.1 moves a pixel to either side by a tenth of how far down"
            " it is.",
        ),
        _range(
            "y_factor",
            "Upwards, share",
            (0.0, 0.0),
            "The range of the slant: 0.1 moves a pixel up or down by a tenth of how far right it"
            " is.",
        ),
        _INTERPOLATION,
        _FILL_MODE,
        _FILL_VALUE,
    ),
    _kind(
        "RandomPerspective",
        "Tilts pictures at random, as if seen from aside.",
        _range("factor", "Chance", (0.0, 1.0), _CHANCE),
        _share("scale", "Strength", 0.3, "How strongly they are tilted at most."),
        _INTERPOLATION,
        fill_value_option(),
    ),
    _kind(
        "RandomElasticTransform",
        "Bends pictures at random like rubber. Known from handwriting (Simard and others 2003).",
        _range("factor", "Strength", (0.0, 1.0), "The range of the strength."),
        _range("scale", "Scale", (0.0, 1.0), "The range of how far pixels move."),
        _INTERPOLATION,
        _FILL_MODE,
        _FILL_VALUE,
        value_range_option(),
    ),
    _kind(
        "RandomErasing",
        "Covers a random rectangle. The network learns to use all of a picture.",
        _range("factor", "Chance", (0.0, 1.0), _CHANCE),
        _range(
            "scale", "Size, share", (0.02, 0.33), "The range of the covered share of the picture."
        ),
        fill_value_option(optional=True),
        value_range_option(),
    ),
    _kind(
        "RandomBrightness",
        "Makes pictures brighter or darker at random.",
        _range(
            "factor",
            "Brighter, share",
            (-0.1, 0.1),
            "The range of what is added, as a share of the range of values.",
            -1.0,
        ),
        value_range_option(),
    ),
    _kind(
        "RandomContrast",
        "Changes the contrast of pictures at random.",
        _range(
            "factor",
            "Contrast by",
            (0.0, 0.3),
            "How far the contrast moves from 1 at most, down and up.",
        ),
        value_range_option(),
    ),
    _kind(
        "RandomHue",
        "Turns the colors of pictures at random.",
        _range(
            "factor",
            "Hue, half turns",
            (0.0, 0.1),
            "The range of the turn of the color circle: 0.1 is 18 degrees, either way.",
        ),
        value_range_option(),
    ),
    _kind(
        "RandomSaturation",
        "Makes colors stronger or paler at random.",
        _range("factor", "Saturation", (0.4, 0.6), "0.5 changes nothing, 0 takes the color away."),
        value_range_option(),
    ),
    _kind(
        "RandomColorJitter",
        "Changes brightness, contrast, saturation and hue at random.",
        _range(
            "brightness_factor",
            "Brightness",
            (-0.1, 0.1),
            "As in RandomBrightness.",
            -1.0,
            none_label="off",
        ),
        _range(
            "contrast_factor", "Contrast", (0.0, 0.3), "As in RandomContrast.", none_label="off"
        ),
        _range(
            "saturation_factor",
            "Saturation",
            (0.4, 0.6),
            "As in RandomSaturation.",
            none_label="off",
        ),
        _range("hue_factor", "Hue, half turns", (0.0, 0.1), "As in RandomHue.", none_label="off"),
        value_range_option(),
    ),
    _kind(
        "RandomColorDegeneration",
        "Mixes pictures with their gray version at random.",
        _range(
            "factor",
            "Gray, share",
            (0.0, 0.5),
            "The range of it: 0 leaves the colors, 1 takes them away.",
        ),
        value_range_option(),
    ),
    _kind(
        "RandomGrayscale",
        "Takes the color away at random.",
        _share("factor", "Chance", 0.2, "How likely a picture becomes gray."),
    ),
    _kind(
        "RandomGaussianBlur",
        "Blurs pictures at random.",
        _range("factor", "Chance", (0.0, 1.0), _CHANCE),
        NumbersOption(
            name="kernel_size",
            label="Kernel size",
            default=(3, 3),
            help="Height and width of the kernel, odd.",
            minimum=1,
            maximum=99,
        ),
        _range(
            "sigma", "Sigma, pixels", (0.1, 1.0), "The range of the standard deviation of the blur."
        ),
        value_range_option(),
    ),
    _kind(
        "RandomSharpness",
        "Makes pictures sharper or softer at random.",
        _range("factor", "Sharpness", (0.4, 0.6), "0.5 changes nothing, 0 blurs, 1 sharpens."),
        value_range_option(),
    ),
    _kind(
        "RandomInvert",
        "Makes negatives of pictures at random.",
        _range("factor", "Chance", (0.0, 0.5), _CHANCE),
        value_range_option(),
    ),
    replace(
        _kind(
            "RandomPosterization",
            "Leaves only a few steps of each color at random.",
            IntegerOption(
                name="factor",
                label="Bits below",
                default=4,
                help="How many bits of each color are left is drawn for each picture, from 1 to"
                " one less than this; 3 bits are 8 steps. 1 stays 1.",
                minimum=1,
                maximum=8,
            ),
            value_range_option(),
        ),
        # Keras makes a range of the one number.
        options_from=lambda config: {**config, "factor": _last(config["factor"])},
    ),
    _kind(
        "Solarization",
        "Turns bright pixels into their negative at random.",
        _range("addition_factor", "Added", (0.0, 0.1), "The range of what is added first."),
        _range(
            "threshold_factor",
            "Threshold",
            (0.3, 0.7),
            "The range of the brightness from which pixels turn, as a share.",
        ),
        value_range_option(),
    ),
    _kind(
        "RandAugment",
        "Applies a few random changes of a fixed list (Cubuk and others 2020).",
        _range("factor", "Strength", (0.0, 0.5), "The range of the strength of the changes."),
        IntegerOption(
            name="num_ops",
            label="Changes",
            default=2,
            help="How many changes a picture gets.",
            minimum=1,
            maximum=10,
        ),
        _INTERPOLATION,
        value_range_option(),
    ),
    _kind(
        "AugMix",
        "Mixes several random chains of changes (Hendrycks and others 2020).",
        _range("factor", "Strength", (0.0, 0.3), "The range of the strength of the changes."),
        IntegerOption(
            name="num_chains",
            label="Chains",
            default=3,
            help="How many chains are mixed.",
            minimum=1,
            maximum=10,
        ),
        IntegerOption(
            name="chain_depth",
            label="Depth",
            default=3,
            help="How many changes a chain has.",
            minimum=1,
            maximum=10,
        ),
        FloatOption(
            name="alpha",
            label="Alpha",
            default=1.0,
            help="How evenly the chains are mixed: parameter of the Dirichlet distribution.",
            minimum=0.0,
            exclusive_minimum=True,
            maximum=100.0,
        ),
        FlagOption(
            name="all_ops",
            label="All changes",
            default=True,
            help="Whether changes of color and brightness are among them.",
        ),
        _INTERPOLATION,
        value_range_option(),
    ),
)
