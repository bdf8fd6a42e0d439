"""Preparing pictures inside the network: size and range, the same in training and in use."""

from app.core.frozen import FrozenMap
from app.core.layer_kinds.basic import unchanged
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    joined,
)
from app.core.layer_kinds.reshaping import INTERPOLATION
from app.core.layer_kinds.shared_options import count_option
from app.core.numbers_option import NumbersOption
from app.core.options import Choice, ChoiceOption, FlagOption, FloatOption, Option, ShapeOption

FAMILY = "Preprocessing"


def value_range_option() -> NumbersOption:
    return NumbersOption(
        name="value_range",
        label="Values",
        default=(0.0, 1.0),
        help="The least and the largest value that a pixel can have: 0, 1 or 0, 255.",
        length=2,
        increasing=True,
    )


def fill_value_option(optional: bool = False) -> FloatOption:
    return FloatOption(
        name="fill_value",
        label="Fill value",
        default=None if optional else 0.0,
        optional=optional,
        none_label="random" if optional else "none",
        help="The value of the pixels that are filled in"
        + ("; none: random ones." if optional else "."),
        minimum=-1e6,
        maximum=1e6,
    )


def _sides() -> tuple[Option, Option]:
    return (
        count_option("height", "Height", 32, "How many rows come out.", maximum=65536),
        count_option("width", "Width", 32, "How many columns come out.", maximum=65536),
    )


def _sized(values: Values, shape: Shape) -> Effect:
    return Effect((values.integer("height"), values.integer("width"), shape[-1]))


def _resized(values: Values, shape: Shape) -> Effect:
    if values["crop_to_aspect_ratio"] and values["pad_to_aspect_ratio"]:
        raise ShapeError(
            "Crops and pads",
            "Both cropping and padding to the ratio of the sides are chosen.",
            "One of the two, or none: the picture is then stretched.",
            "Choose one.",
            option="pad_to_aspect_ratio",
            remedies=(
                SetOptions(FrozenMap(pad_to_aspect_ratio=False), "Do not pad"),
                SetOptions(FrozenMap(crop_to_aspect_ratio=False), "Do not crop"),
            ),
        )
    return _sized(values, shape)


def _kind(
    name: str,
    help: str,  # noqa: A002
    *options: Option,
    blocks: bool = False,
) -> LayerKind:
    sized = options[0].name == "height"
    return LayerKind(
        name=name,
        family=FAMILY,
        icon="resize" if sized else "preprocessing",
        help=help,
        keras_class=f"keras.layers.{name}",
        options=options,
        rank=3,
        rule=(_resized if name == "Resizing" else _sized) if sized else unchanged,
        summarize=(
            (lambda v: joined(f"to {v.shown('height')}×{v.shown('width')}"))
            if sized
            else (lambda v: "contrast")
        ),
        blocks_gradient=blocks,
    )


KINDS = (
    _kind(
        "Resizing",
        "Brings a picture to a size by interpolation. Put it first, so that pictures of any size"
        " fit the network.",
        *_sides(),
        INTERPOLATION,
        FlagOption(
            name="crop_to_aspect_ratio",
            label="Crop",
            default=False,
            help="Whether the border is cut off, so that nothing is stretched.",
            group="Shape",
        ),
        FlagOption(
            name="pad_to_aspect_ratio",
            label="Pad",
            default=False,
            help="Whether a border is added, so that nothing is stretched.",
            group="Shape",
        ),
        FlagOption(
            name="antialias",
            label="Antialias",
            default=False,
            help="Whether pixels are averaged when the picture gets smaller.",
            group="Shape",
        ),
        ChoiceOption(
            name="fill_mode",
            label="Border",
            default="constant",
            help="What the border is filled with.",
            group="Shape",
            choices=(Choice("constant", "one value", "All pixels have the fill value."),),
            applies_when=("pad_to_aspect_ratio", (True,)),
        ),
        fill_value_option(),
    ),
    _kind(
        "CenterCrop",
        "Cuts the middle out of a picture. A picture that is smaller is enlarged.",
        *_sides(),
    ),
    _kind(
        "AutoContrast",
        "Stretches the values of each channel over the whole range. It acts in training and in"
        " use.",
        value_range_option(),
    ),
    _kind(
        "ContrastLimitedAdaptiveHistogramEqualization",
        "Evens the brightness out in each tile of a picture (CLAHE). Often used for X-ray and"
        " microscope pictures; it acts in training and in use.",
        value_range_option(),
        FloatOption(
            name="clip_limit",
            label="Limit",
            default=4.0,
            help="How much the contrast may rise at most.",
            minimum=0.0,
            exclusive_minimum=True,
            maximum=1000.0,
            step=0.5,
        ),
        ShapeOption(
            name="tile_grid_size",
            label="Tiles",
            default=(2, 2),
            help="Into how many tiles the picture is divided.",
            group="Shape",
            length=2,
            maximum=64,
        ),
        blocks=True,
    ),
)
