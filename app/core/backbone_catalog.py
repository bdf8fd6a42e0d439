"""The table of backbones: networks of `keras.applications` that were trained on ImageNet, and how a
project begins with one.

Left out are those whose weights do not work without what only `weights="imagenet"` adds
(EfficientNet of the first version), and the very large ones.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.core.data_summary import DataSummary
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.keras_cache import keras_home
from app.core.layer_kinds.kind import shape_text
from app.core.network import INPUT_KIND, Layer, Link, Network, unused_id
from app.core.project import Project
from app.core.transfer import set_trainable, swap_head, with_input_shape

Scale = Literal["signed", "own", "deviations", "means"]


@dataclass(frozen=True)
class Backbone:
    """One entry of the table.

    Attributes:
        name: of the function in `keras.applications`.
        file_name: of its ImageNet weights without the top, as Keras keeps it in its cache.
        parameters: numbers in all its layers, for pictures with three channels.
        smallest: side of the smallest picture that it takes.
        scale: what it wants its pictures to be like; see `channel_scales`.
    """

    name: str
    file_name: str
    parameters: int
    smallest: int
    scale: Scale


_PLAIN = "{}_weights_tf_dim_ordering_tf_kernels_notop.h5"
BACKBONES = (
    Backbone(
        "MobileNetV3Small", "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        939_120, 32, "own",
    ),
    Backbone(
        "MobileNetV2", "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        2_257_984, 32, "signed",
    ),
    Backbone(
        "MobileNetV3Large", "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        2_996_352, 32, "own",
    ),
    Backbone("MobileNet", "mobilenet_1_0_224_tf_no_top.h5", 3_228_864, 32, "signed"),
    Backbone("NASNetMobile", "nasnet_mobile_no_top.h5", 4_269_716, 32, "signed"),
    Backbone("EfficientNetV2B0", "efficientnetv2-b0_notop.h5", 5_919_312, 32, "own"),
    Backbone("EfficientNetV2B1", "efficientnetv2-b1_notop.h5", 6_931_124, 32, "own"),
    Backbone("DenseNet121", _PLAIN.format("densenet121"), 7_037_504, 32, "deviations"),
    Backbone("DenseNet169", _PLAIN.format("densenet169"), 12_642_880, 32, "deviations"),
    Backbone("VGG16", _PLAIN.format("vgg16"), 14_714_688, 32, "means"),
    Backbone("VGG19", _PLAIN.format("vgg19"), 20_024_384, 32, "means"),
    Backbone("Xception", _PLAIN.format("xception"), 20_861_480, 71, "signed"),
    Backbone("InceptionV3", _PLAIN.format("inception_v3"), 21_802_784, 75, "signed"),
    Backbone("ResNet50V2", _PLAIN.format("resnet50v2"), 23_564_800, 32, "signed"),
    Backbone("ResNet50", _PLAIN.format("resnet50"), 23_587_712, 32, "means"),
    Backbone("ConvNeXtTiny", "convnext_tiny_notop.h5", 27_820_128, 32, "own"),
)  # fmt: skip
"""From the smallest to the largest."""
BACKBONES_BY_NAME = {backbone.name: backbone for backbone in BACKBONES}

SIDES = (32, 48, 64, 96, 128, 160, 192, 224)
"""Sides of pictures that are offered, beside those of the data."""


def cache_path(backbone: Backbone) -> Path:
    """Where Keras keeps the weights: below `$KERAS_HOME` or `~/.keras`."""
    return keras_home() / "models" / backbone.file_name


def cached_weights(backbone: Backbone) -> Path | None:
    """The weights in Keras's cache, when they are there."""
    path = cache_path(backbone)
    try:
        return path if path.is_file() else None
    except OSError:
        return None


def sides_for(backbone: Backbone, summary: DataSummary) -> tuple[int, ...]:
    """The sides that pictures may have for `backbone`, the natural one first.

    Raises:
        ExplainedError: when the data are no pictures of one or three channels.
    """
    shape = summary.input_shape
    if len(shape) != 3 or shape[2] not in (1, 3):
        raise ExplainedError(
            f"A sample of {summary.title} is {shape_text(shape)}, not a picture.",
            f"{backbone.name} needs pictures, grey or in colour, that can be made at least "
            f"{backbone.smallest}×{backbone.smallest}×3.",
            "Choose data with pictures.",
        )
    own = {shape[0]} if shape[0] == shape[1] and shape[0] >= backbone.smallest else set()
    if shape[2] == 3 and backbone.scale in ("deviations", "means"):
        raise ExplainedError(
            f"{backbone.name} wants each colour scaled by itself.",
            "For pictures in colour LayerLab offers networks that take one scale for all.",
            "Choose another network, such as MobileNetV2 or EfficientNetV2B0.",
        )
    rest = {side for side in SIDES if side >= backbone.smallest} | {backbone.smallest}
    return (*sorted(own), *sorted(rest - own))


def channel_scales(scale: Scale) -> tuple[tuple[float, float], ...]:
    """(factor, offset) for each channel of a picture with values from 0 to 1, red, green and blue
    the same in a grey one, as `preprocess_input` of the backbone has it.

    "signed": -1 to 1. "own": 0 to 255, the rest is in the network. "deviations": ImageNet's mean
    and standard deviation. "means": 0 to 255, less ImageNet's mean, blue before red.
    """
    if scale == "signed":
        return ((2.0, -1.0),) * 3
    if scale == "own":
        return ((255.0, 0.0),) * 3
    if scale == "deviations":
        means, deviations = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        return tuple((1 / d, -m / d) for m, d in zip(means, deviations, strict=True))
    return tuple((255.0, -mean) for mean in (103.939, 116.779, 123.68))


def begin_with_backbone(
    project: Project,
    summary: DataSummary,
    backbone: Backbone,
    network: Network,
    side: int,
    *,
    pretrained: bool,
) -> Project:
    """`project` with the backbone `network`, for pictures of `side`, and a fresh output.

    Layers before it bring the pictures to its size, scale and channels. With weights the backbone
    is frozen; without, all of it is trained.
    """
    data = project.data.model_copy(update={"preprocessing": "pixels"})
    network = with_input_shape(_adapted(network, summary.input_shape, side, backbone.scale), None)
    project = project.model_copy(update={"network": network, "data": data, "places": FrozenMap()})
    project = swap_head(project, summary)
    return project if pretrained else set_trainable(project, trainable=True)


def _adapted(network: Network, shape: tuple[int, ...], side: int, scale: Scale) -> Network:
    """`network` with layers between its input and what that feeds."""
    first = next(layer for layer in network.layers if layer.kind == INPUT_KIND)
    layers, links = list(network.layers), list(network.links)
    if not network.has("input"):  # Keras counts its inputs through the process
        renamed = first.model_copy(update={"id": "input"})
        layers[layers.index(first)] = renamed
        links = [
            k.model_copy(update={"source": "input"}) if k.source == first.id else k for k in links
        ]
        first = renamed
    at = layers.index(first) + 1

    def add(kind: str, sources: list[str], **options: object) -> str:
        nonlocal at
        made = Layer(
            id=unused_id(Network(layers=tuple(layers)), kind), kind=kind, options=FrozenMap(options)
        )
        layers.insert(at, made)
        at += 1
        links.extend(
            Link(source=source, target=made.id, port=port) for port, source in enumerate(sources)
        )
        return made.id

    count = len(links)
    end = first.id
    if tuple(shape[:2]) != (side, side):
        end = add("Resizing", [end], height=side, width=side)
    scales = channel_scales(scale)
    if len(set(scales)) == 1:
        factor, offset = scales[0]
        ends = [add("Rescaling", [end], scale=factor, offset=offset)] * 3
    else:
        ends = [add("Rescaling", [end], scale=f, offset=o) for f, o in scales]
    end = add("Concatenate", ends) if shape[2] == 1 else ends[0]
    own = set(links[:count])
    links = [
        k.model_copy(update={"source": end}) if k in own and k.source == first.id else k
        for k in links
    ]
    return Network(layers=tuple(layers), links=tuple(links))
