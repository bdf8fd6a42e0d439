"""What a model file may name: Keras's own classes and ours, and how many numbers each layer holds.

Written down here, not asked of Keras, since the check works without it; a test compares the list
with the installed Keras. What is not in the list is refused.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from app.core.layer_catalog import LAYER_KINDS
from app.core.optimizer_catalog import OPTIMIZERS
from app.core.short_names import quoted
from app.modeling.errors import Refusal

Config = Mapping[str, Any]
Shape = tuple[int | None, ...]
Count = Callable[[Config, Shape], int]
"""How many numbers a layer holds, from its configuration and the shape that it was built with,
batch axis included. At least as many as Keras makes."""


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# ---- counting


def _integer(config: Config, name: str, default: int | None = None) -> int:
    value = config.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refusal(f"{name} of a layer is {quoted(value, 40)}, not a whole number from 0 on")
    return value


def _window(config: Config) -> int:
    """Number of places in the kernel."""
    size = config.get("kernel_size")
    sizes = size if isinstance(size, list) else [size]
    if not all(isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in sizes):
        raise Refusal(f"kernel_size of a layer is {quoted(size, 40)}, not whole numbers")
    return math.prod(sizes)


def _channels(config: Config, shape: Shape) -> int:
    first = config.get("data_format") == "channels_first"
    if len(shape) < 2:
        raise Refusal("a layer was built with a shape that has too few axes")
    return shape[1 if first else -1] or 0


def _volume(shape: Shape) -> int:
    """Numbers of one sample; an unknown size counts once, since no weight can have it."""
    return math.prod(size or 1 for size in shape[1:])


def _dense(config: Config, shape: Shape) -> int:
    return (_channels({}, shape) + 1) * _integer(config, "units")


def _convolution(config: Config, shape: Shape) -> int:
    inputs = -(-_channels(config, shape) // max(1, _integer(config, "groups", 1)))
    return (_window(config) * inputs + 1) * _integer(config, "filters")


def _depthwise(config: Config, shape: Shape) -> int:
    outputs = _channels(config, shape) * _integer(config, "depth_multiplier")
    return (_window(config) + 1) * outputs


def _separable(config: Config, shape: Shape) -> int:
    return _depthwise(config, shape) + _integer(config, "filters") * (
        _channels(config, shape) * _integer(config, "depth_multiplier") + 1
    )


def _recurrent(gates: int) -> Count:
    def count(config: Config, shape: Shape) -> int:
        units = _integer(config, "units")
        return gates * units * (_channels({}, shape) + units + 2)

    return count


def _recurrent_convolution(config: Config, shape: Shape) -> int:
    filters = _integer(config, "filters")
    return 4 * filters * (_window(config) * (_channels(config, shape) + filters) + 1)


def _width(config: Config) -> int:
    """Numbers that come out, by the option `output_shape`; what it leaves open counts once."""
    width = config.get("output_shape")
    sizes = width if isinstance(width, list) else [width]
    return math.prod(max(size, 0) for size in sizes if isinstance(size, int))


def _attention_heads(config: Config, shape: Shape) -> int:
    """Four projections, at most; `shape` is that of the query, whose features come out again."""
    heads, key = _integer(config, "num_heads"), _integer(config, "key_dim")
    value = max(key, _integer(config, "value_dim") if config.get("value_dim") else 0)
    features = _channels({}, shape)
    wide = _width(config) if config.get("output_shape") else features
    return 5 * heads * value * (features + wide + 3)


def _grouped_heads(config: Config, shape: Shape) -> int:
    heads, size = _integer(config, "num_query_heads"), _integer(config, "head_dim")
    return 5 * heads * size * (_channels({}, shape) + 2)


def _einsum(config: Config, shape: Shape) -> int:
    return (_volume(shape) + 1) * _width(config)


def _embedding(config: Config, shape: Shape) -> int:
    return _integer(config, "input_dim") * _integer(config, "output_dim")


def _times(factor: int) -> Count:
    """`factor` numbers for each number of a sample, at most."""
    return lambda config, shape: factor * _volume(shape)


def _each_channel(factor: int) -> Count:
    def count(config: Config, shape: Shape) -> int:
        axis = config.get("axis", -1)
        axes = axis if isinstance(axis, list) else [axis]
        sizes = (
            shape[a] or 1 for a in axes if isinstance(a, int) and -len(shape) <= a < len(shape)
        )
        return factor * math.prod(sizes) + 1

    return count


def _inner(factor: int, drop_axis: bool = False) -> Count:
    """`factor` times what the wrapped layer holds when it is built with the wrapper's shape."""

    def count(config: Config, shape: Shape) -> int:
        layer = config.get("layer", config.get("cell"))
        if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
            return 0
        counting = COUNTS.get(str(layer.get("class_name")))
        if counting is None:
            return 0
        if drop_axis:
            shape = (shape[0], *shape[2:])
        return factor * counting(layer["config"], shape)

    return count


def _stacked_cells(config: Config, shape: Shape) -> int:
    """Cells one behind the other, each with its own configuration."""
    cells, total = config.get("cells"), 0
    for cell in cells if isinstance(cells, list) else ():
        if not isinstance(cell, dict) or not isinstance(cell.get("config"), dict):
            raise Refusal("a cell in it has no configuration")
        counting = COUNTS.get(str(cell.get("class_name")))
        total += counting(cell["config"], shape) if counting else 0
        shape = (*shape[:-1], _integer(cell["config"], "units"))
    return total


def _spectrogram(config: Config, shape: Shape) -> int:
    """The real and the imaginary part of the transform."""
    frame = _integer(config, "frame_length")
    length = 2 * frame if config.get("fft_length") is None else _integer(config, "fft_length")
    return 2 * frame * (length // 2 + 1)


def _mel_bands(config: Config, shape: Shape) -> int:
    """No weights, but a table that is made anew in each call."""
    return _integer(config, "num_mel_bins") * (_integer(config, "fft_length") // 2 + 1)


COUNTS: dict[str, Count] = {
    "AdditiveAttention": lambda config, shape: _channels({}, shape),
    "Attention": lambda config, shape: 2,
    "BatchNormalization": _each_channel(4),
    "Bidirectional": _inner(2),
    "Conv1D": _convolution,
    "Conv1DTranspose": _convolution,
    "Conv2D": _convolution,
    "Conv2DTranspose": _convolution,
    "Conv3D": _convolution,
    "Conv3DTranspose": _convolution,
    "ConvLSTM1D": _recurrent_convolution,
    "ConvLSTM2D": _recurrent_convolution,
    "ConvLSTM3D": _recurrent_convolution,
    "Dense": _dense,
    "DepthwiseConv1D": _depthwise,
    "DepthwiseConv2D": _depthwise,
    "EinsumDense": _einsum,
    "Embedding": _embedding,
    "GRU": _recurrent(3),
    "GRUCell": _recurrent(3),
    "GroupNormalization": _each_channel(2),
    "GroupQueryAttention": _grouped_heads,
    "LSTM": _recurrent(4),
    "LSTMCell": _recurrent(4),
    "LayerNormalization": _each_channel(2),
    "MelSpectrogram": _mel_bands,
    "MultiHeadAttention": _attention_heads,
    "Normalization": _times(2),
    "PReLU": _times(1),
    "RMSNormalization": _each_channel(1),
    "RNN": _inner(1),
    "ReversibleEmbedding": lambda config, shape: 2 * _embedding(config, shape),
    "STFTSpectrogram": _spectrogram,
    "SeparableConv1D": _separable,
    "SeparableConv2D": _separable,
    "SimpleRNN": _recurrent(1),
    "SimpleRNNCell": _recurrent(1),
    "SpectralNormalization": _inner(2),
    "StackedRNNCells": _stacked_cells,
    "TimeDistributed": _inner(1, drop_axis=True),
}
"""Layers with weights."""

WEIGHTLESS = words("""
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add
    AlphaDropout AugMix AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D
    CategoryEncoding CenterCrop Concatenate ContrastLimitedAdaptiveHistogramEqualization
    Cropping1D Cropping2D Cropping3D CutMix Discretization Dot Dropout ELU Equalization Flatten
    GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D Hashing
    Identity InputLayer LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum
    MixUp Multiply Permute RandAugment RandomBrightness RandomColorDegeneration
    RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip
    RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective
    RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
    RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing Softmax
    Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract UnitNormalization
    UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
""")
"""Layers that hold nothing but, some of them, the state of their random numbers."""

LAYERS_LEFT_OUT: dict[str, str] = {
    "Lambda": "runs code from the file",
    "TFSMLayer": "runs a program from another file",
    "JaxLayer": "runs code of another library",
    "FlaxLayer": "runs code of another library",
    "TorchModuleWrapper": "runs code of another library",
    "StringLookup": "may name a file",
    "IntegerLookup": "may name a file",
    "TextVectorization": "may name a file",
    "Layer": "base class",
    "Wrapper": "base class",
    **dict.fromkeys(
        ("HashedCrossing", "Pipeline", "MaxNumBoundingBoxes"),
        "prepares data; that is not done inside a network here",
    ),
}
"""Layers of Keras that a file may not name, and why."""

OPERATIONS: dict[str, frozenset[str]] = {
    "keras.src.ops.numpy": words("""
        Absolute Add All Amax Amin Any Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Argmax
        Argmin Average BroadcastTo Cbrt Ceil Clip Concatenate Cos Cosh Cumprod Cumsum Divide
        DivideNoNan Dot Einsum Equal Exp Exp2 ExpandDims Expm1 Flip Floor FloorDivide GetItem
        Greater GreaterEqual Hypot Isfinite Isinf Isnan Less LessEqual Log Log10 Log1p Log2
        Logaddexp LogicalAnd LogicalNot LogicalOr LogicalXor Matmul Max Maximum Mean Median Min
        Minimum Mod Moveaxis Multiply NanToNum Negative NotEqual OnesLike Outer Pad Power Prod Ravel
        Reciprocal Repeat Reshape Roll Round Sign Sin Sinh Sort Sqrt Square Squeeze Stack Std
        Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot Tile Transpose Tril Triu
        TrueDivide Trunc Var Where ZerosLike
    """),
    "keras.src.ops.nn": words("""
        AveragePool Celu DepthToSpace Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh
        LeakyRelu LogSigmoid LogSoftmax MaxPool Normalize OneHot Relu Relu6 Selu Sigmoid Silu
        SoftShrink Softmax Softplus Softsign SpaceToDepth SparsePlus SparseSigmoid Sparsemax
        Squareplus TanhShrink Threshold
    """),
    "keras.src.ops.math": words("Erf Erfinv Logsumexp Rsqrt"),
    "keras.src.ops.linalg": words("Norm"),
    "keras.src.ops.core": words("Cast StopGradient"),
    "keras.src.ops.image": words("Resize RGBToGrayscale"),
    "keras.src.activations.activations": words("ReLU"),
}
"""Operations on tensors that a file may name, by module: those without weights and without code."""

APPLICATION_LAYERS: dict[str, dict[str, Count | None]] = {
    "keras.src.applications.convnext": {
        "LayerScale": lambda config, _shape: _integer(config, "projection_dim"),
        "StochasticDepth": None,
    },
}
"""Layers that only networks of `keras.applications` have, by module, and how many numbers each
holds; None: none.
"""

OWN_PACKAGE = "LayerLab"
OWN_LAYERS = frozenset(
    kind.name for kind in LAYER_KINDS.values() if kind.keras_class.startswith("app.")
)

CONTAINERS: dict[str, frozenset[str]] = {
    "keras": words("Sequential Functional Model"),
    "keras.models": words("Sequential Functional Model"),
    "keras.src.models.functional": words("Functional"),
    "keras.src.models.sequential": words("Sequential"),
}

LAYER_MODULE = "keras.layers"

PARTS: dict[str, frozenset[str]] = {
    "keras.initializers": words("""
        Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer
        LecunNormal LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform
        TruncatedNormal VarianceScaling Zeros
    """),
    "keras.regularizers": words("L1 L2 L1L2 OrthogonalRegularizer"),
    "keras.constraints": words("MaxNorm MinMaxNorm NonNeg UnitNorm"),
    "keras": words("DTypePolicy FloatDTypePolicy"),
    "keras.dtype_policies": words("DTypePolicy FloatDTypePolicy"),
}
"""What the configuration of a layer may hold, by module."""

COMPILED_PARTS: dict[str, frozenset[str]] = {
    **PARTS,
    "keras.optimizers": frozenset(kind.name for kind in OPTIMIZERS),
    "keras.optimizers.schedules": words("""
        CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay
        PolynomialDecay
    """),
    "keras.losses": words("""
        BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy
        CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge Circle
        CosineSimilarity Dice Hinge Huber KLDivergence LogCosh MeanAbsoluteError
        MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
        SparseCategoricalCrossentropy SquaredHinge Tversky
    """),
    "keras.metrics": words("""
        AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy
        CategoricalCrossentropy CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score
        FBetaScore FalseNegatives FalsePositives Hinge IoU KLDivergence LogCoshError Mean
        MeanAbsoluteError MeanAbsolutePercentageError MeanIoU MeanSquaredError
        MeanSquaredLogarithmicError OneHotIoU OneHotMeanIoU PearsonCorrelation Poisson Precision
        PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError
        SensitivityAtSpecificity SparseCategoricalAccuracy SparseCategoricalCrossentropy
        SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum
        TopKCategoricalAccuracy TrueNegatives TruePositives
    """),
}
"""What the part of a file that says how the model was compiled may hold, by module."""

COMPILED_LEFT_OUT = words("""
    LearningRateSchedule Loss LossScaleOptimizer MeanMetricWrapper Metric MultiOptimizer Optimizer
""")
"""Base classes, and classes that hold others."""

FUNCTIONS = words("""
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
    leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax
    softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink
    threshold

    binary_crossentropy binary_focal_crossentropy categorical_crossentropy
    categorical_focal_crossentropy categorical_generalized_cross_entropy categorical_hinge circle
    cosine_similarity ctc dice hinge huber kl_divergence log_cosh mean_absolute_error
    mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error poisson
    sparse_categorical_crossentropy squared_hinge tversky

    binary_accuracy categorical_accuracy concordance_correlation pearson_correlation
    sparse_categorical_accuracy sparse_top_k_categorical_accuracy top_k_categorical_accuracy
""")
"""Activations, losses and metrics that are functions."""
