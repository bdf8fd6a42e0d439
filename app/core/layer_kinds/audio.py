"""Sound and other signals: from samples to the strength of each frequency."""

import math

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
    line,
)
from app.core.layer_kinds.shared_options import count_option, padding_option
from app.core.layer_kinds.windows import Window, places
from app.core.options import Choice, ChoiceOption, FlagOption, FloatOption, IntegerOption

_WINDOW = ChoiceOption(
    name="window",
    label="Window",
    default="hann",
    help="How samples at the ends of a frame are weighted.",
    choices=(
        Choice("hann", "Hann", "Falls to 0 at both ends."),
        Choice("hamming", "Hamming", "Falls nearly to 0."),
    ),
)


def _bins(values: Values) -> tuple[int, int]:
    """Length of the transform and number of frequencies."""
    frame = values.integer("frame_length")
    length = (
        2 ** math.ceil(math.log2(frame))
        if values["fft_length"] is None
        else values.integer("fft_length")
    )
    return length, length // 2 + 1


def _spectrogram(values: Values, shape: Shape) -> Effect:
    samples, channels = shape
    frame = values.integer("frame_length")
    step = frame // 2 if values["frame_step"] is None else values.integer("frame_step")
    if step > frame or step < 1:
        raise ShapeError(
            f"Step {step} over frames of {frame}",
            f"A frame has {frame} samples, and the next one begins {step} further on.",
            "The step may be at most as long as a frame, and at least 1.",
            f"Set the step to {frame}.",
            option="frame_step",
            remedies=(SetOptions(FrozenMap(frame_step=frame), f"Set step to {frame}"),),
        )
    length, frequencies = _bins(values)
    if length < frame:
        raise ShapeError(
            f"Transform of {length} for frames of {frame}",
            f"A frame has {frame} samples, the transform {length}.",
            "The transform is at least as long as a frame.",
            "Set its length to none.",
            option="fft_length",
            remedies=(SetOptions(FrozenMap(fft_length=None), "Set transform to none"),),
        )
    window = Window((frame,), (step,), (1,), str(values["padding"]), "frame_length", "Frame")
    (steps,), lines = places(window, (samples,))
    parts = 1 if values["mode"] in ("real", "imag") else 2
    parameters = parts * frame * frequencies
    out = channels * frequencies * (2 if values["mode"] == "stft" else 1)
    output = (steps, out // channels, channels) if values["expand_dims"] else (steps, out)
    times = f"{parts}*" if parts > 1 else ""
    return Effect(
        output,
        parameters=parameters,
        multiply_adds=steps * channels * parts * frame * frequencies,
        arithmetic=(*lines, line(f"{times}{frame}*(floor({length}/2) + 1)", parameters, "params")),
    )


def _mel(values: Values, shape: Shape) -> Effect:
    """Frames: 1 + (n + 2 (L // 2) - L) // stride for a transform of L samples over mirrored ends.

    Keras foretells (n + stride + 1) // stride; where that is another number, it is refused.
    """
    (samples,) = shape
    stride, length = values.integer("sequence_stride"), values.integer("fft_length")
    if values["sequence_length"] is not None and values.integer("sequence_length") > length:
        raise ShapeError(
            "Frame longer than the transform",
            f"A frame has {values.shown('sequence_length')} samples, the transform {length}.",
            "The transform is at least as long as a frame.",
            "Set the frame to none.",
            option="sequence_length",
            remedies=(SetOptions(FrozenMap(sequence_length=None), "Set frame to none"),),
        )
    if samples <= length // 2:
        fitting = max(1, 2 * samples - 2)
        raise ShapeError(
            f"Transform of {length} over {samples}"[:46],
            f"{samples} samples come in, and the ends are mirrored by {length // 2}.",
            "The transform is at most twice as long as what comes in, less 2.",
            f"Set the transform to {fitting}.",
            option="fft_length",
            remedies=(
                SetOptions(
                    FrozenMap(
                        fft_length=fitting,
                        sequence_length=None,
                        sequence_stride=min(stride, fitting),
                    ),
                    f"Set transform to {fitting}",
                ),
            ),
        )
    frames = _frames(samples, length, stride)
    if frames != _foretold_frames(samples, stride):
        candidates = (*range(stride + 1, 4 * stride + samples), *range(stride - 1, 0, -1))
        better = next(
            (s for s in candidates if _frames(samples, length, s) == _foretold_frames(samples, s)),
            None,
        )
        text = "Remove the layer." if better is None else f"Set the step to {better}."
        raise ShapeError(
            f"Step {stride} over {samples} samples"[:46],
            f"{samples} samples come in, and Keras foretells one frame more than it makes.",
            "A step with which Keras's two counts are the same.",
            text,
            option="sequence_stride",
            remedies=(
                *(
                    (SetOptions(FrozenMap(sequence_stride=better), f"Set step to {better}"),)
                    if better is not None
                    else ()
                ),
                RemoveLayer(),
            ),
        )
    return Effect((values.integer("num_mel_bins"), frames), multiply_adds=None)


def _frames(samples: int, length: int, stride: int) -> int:
    return 1 + (samples + 2 * (length // 2) - length) // stride


def _foretold_frames(samples: int, stride: int) -> int:
    return (samples + stride + 1) // stride


KINDS = (
    LayerKind(
        name="STFTSpectrogram",
        family="Preprocessing",
        icon="preprocessing",
        help=(
            "Cuts a signal into frames and gives the strength of each frequency in each: a short"
            "-time Fourier transform, as a convolution whose weights can go on learning. Freeze it"
            " to keep the transform."
        ),
        keras_class="keras.layers.STFTSpectrogram",
        options=(
            ChoiceOption(
                name="mode",
                label="Gives",
                default="log",
                help="What comes out for each frequency.",
                choices=(
                    Choice("log", "log strength", "The logarithm of the power."),
                    Choice("magnitude", "magnitude", "The root of the power."),
                    Choice("psd", "power", "The density of the power."),
                    Choice("real", "cosine part", "The real part."),
                    Choice("imag", "sine part", "The imaginary part."),
                    Choice("angle", "angle", "The phase."),
                    Choice("stft", "both parts", "Real and imaginary parts side by side."),
                ),
            ),
            count_option("frame_length", "Frame", 16, "Samples of a frame.", maximum=1_000_000),
            IntegerOption(
                name="frame_step",
                label="Step",
                default=None,
                optional=True,
                none_label="half a frame",
                help="How many samples further the next frame begins; none: half a frame.",
                group="Shape",
                minimum=1,
                maximum=1_000_000,
            ),
            IntegerOption(
                name="fft_length",
                label="Transform",
                default=None,
                optional=True,
                none_label="next power of 2",
                help="Length of the transform, at least that of a frame; none: the next power of"
                " 2.",
                group="Shape",
                minimum=1,
                maximum=1_000_000,
            ),
            _WINDOW,
            FlagOption(
                name="periodic",
                label="Periodic",
                default=False,
                help="Whether the window is that of a periodic signal.",
            ),
            ChoiceOption(
                name="scaling",
                label="Scaling",
                default="density",
                optional=True,
                none_label="not scaled",
                help="How the strength is scaled.",
                choices=(
                    Choice("density", "density", "Per frequency."),
                    Choice("spectrum", "spectrum", "Per bin."),
                ),
            ),
            padding_option(),
            FlagOption(
                name="expand_dims",
                label="As a picture",
                default=False,
                help="Whether steps and frequencies are two axes, for convolutions over pictures.",
                group="Shape",
            ),
        ),
        rank=2,
        over_steps=True,
        rule=_spectrogram,
        summarize=lambda v: joined(f"frames of {v.shown('frame_length')}"),
    ),
    LayerKind(
        name="MelSpectrogram",
        family="Preprocessing",
        icon="preprocessing",
        help=(
            "Cuts a row of samples into frames and gives the strength of each pitch as the ear"
            " hears it. It has no weights."
        ),
        keras_class="keras.layers.MelSpectrogram",
        options=(
            count_option("num_mel_bins", "Pitches", 16, "How many there are.", maximum=4096),
            count_option("fft_length", "Transform", 32, "Samples of it.", maximum=1_000_000),
            count_option(
                "sequence_stride",
                "Step",
                16,
                "How many samples further the next frame begins.",
                maximum=1_000_000,
            ),
            IntegerOption(
                name="sequence_length",
                label="Frame",
                default=None,
                optional=True,
                none_label="as the transform",
                help="Samples of a frame; none: as many as the transform.",
                group="Shape",
                minimum=1,
                maximum=1_000_000,
            ),
            _WINDOW,
            count_option(
                "sampling_rate", "Rate", 16000, "Samples in a second.", "Options", 10_000_000
            ),
            FloatOption(
                name="min_freq",
                label="From",
                default=20.0,
                help="The lowest frequency in hertz.",
                minimum=0.0,
                maximum=1e6,
                step=10.0,
            ),
            FloatOption(
                name="max_freq",
                label="To",
                default=None,
                optional=True,
                none_label="half the rate",
                help="The highest frequency in hertz; none: half the rate.",
                minimum=1.0,
                maximum=1e6,
                step=100.0,
            ),
            FlagOption(
                name="power_to_db",
                label="In decibels",
                default=True,
                help="Whether the strength is given in decibels.",
            ),
            FloatOption(
                name="top_db",
                label="Range",
                default=80.0,
                help="How many decibels below the strongest are kept.",
                minimum=0.0,
                maximum=1000.0,
                step=10.0,
            ),
            FloatOption(
                name="mag_exp",
                label="Exponent",
                default=2.0,
                help="1: magnitude, 2: power.",
                minimum=0.0,
                exclusive_minimum=True,
                maximum=10.0,
            ),
        ),
        rank=1,
        rule=_mel,
        summarize=lambda v: f"{v.shown('num_mel_bins')} pitches",
    ),
)
