"""The table of built-in data sets: what each is, its options, and how many samples go into each
part. Those that are fetched stand in `public_datasets`.

Only the description; the arrays come from `app.data`. Everything here is known without loading
anything, so that shapes and problems stand on the screen before scikit-learn is imported.
"""

from decimal import ROUND_HALF_UP, Decimal

from app.core.data_settings import BuiltinSource, DataSettings, SplitSettings
from app.core.data_summary import DataSummary, reconstructing
from app.core.dataset_kind import DatasetKind, number_of
from app.core.frozen import FrozenMap
from app.core.options import FloatOption, IntegerOption, complete, errors_in
from app.core.public_datasets import PUBLIC_DATASETS
from app.core.short_names import quoted

__all__ = [
    "DATASETS",
    "DATASETS_BY_NAME",
    "DatasetKind",
    "dataset_of",
    "filled_options",
    "source_errors",
    "split_counts",
    "summary_of",
]


def _samples(default: int, maximum: int = 100_000) -> IntegerOption:
    return IntegerOption(
        group="Generator",
        name="samples",
        label="Samples",
        default=default,
        minimum=20,
        maximum=maximum,
        help="How many points are made, all parts together.",
    )


def _noise(default: float, help_text: str, maximum: float = 2.0) -> FloatOption:
    return FloatOption(
        group="Generator",
        name="noise",
        label="Noise",
        default=default,
        minimum=0.0,
        maximum=maximum,
        step=0.05,
        help=help_text,
    )


_seed = IntegerOption(
    group="Generator",
    name="seed",
    label="Seed",
    default=0,
    minimum=0,
    maximum=2**31 - 1,
    help="The same seed makes the same points.",
)
_jitter = "Standard deviation of the random shift of each point, in the units of the axes."
_two = ("class 0", "class 1")

_blob_classes = IntegerOption(
    group="Generator",
    name="classes",
    label="Classes",
    default=3,
    minimum=2,
    maximum=8,
    help="How many clouds of points there are, one for each class.",
)


def _classes_of_blobs(options: FrozenMap) -> tuple[str, ...]:
    number = int(number_of((_blob_classes,), options, "classes"))
    return tuple(f"class {index}" for index in range(number))


_breast_cancer_measures = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)

DATASETS: tuple[DatasetKind, ...] = (
    DatasetKind(
        name="moons",
        label="Two moons",
        title="two moons",
        description="Two half circles that reach into each other: no straight line parts them.",
        task="binary",
        input_shape=(2,),
        feature_names=("x", "y"),
        target_names=("class",),
        class_names=_two,
        options=(_samples(400), _noise(0.15, _jitter), _seed),
    ),
    DatasetKind(
        name="circles",
        label="Circles",
        title="circles",
        description="A ring around a ring: the distance from the middle decides.",
        task="binary",
        input_shape=(2,),
        feature_names=("x", "y"),
        target_names=("class",),
        class_names=_two,
        options=(
            _samples(400),
            _noise(0.08, _jitter),
            FloatOption(
                group="Generator",
                name="factor",
                label="Inner radius",
                default=0.5,
                minimum=0.0,
                maximum=1.0,
                exclusive_maximum=True,
                step=0.05,
                help="Radius of the inner ring; that of the outer one is 1.",
            ),
            _seed,
        ),
    ),
    DatasetKind(
        name="xor",
        label="XOR",
        title="XOR",
        description="Four quarters, the opposite ones alike: what no single layer can learn.",
        task="binary",
        input_shape=(2,),
        feature_names=("x", "y"),
        target_names=("class",),
        class_names=_two,
        options=(_samples(400), _noise(0.1, _jitter), _seed),
    ),
    DatasetKind(
        name="spirals",
        label="Spirals",
        title="spirals",
        description="Two spirals wound into each other: hard for a small network.",
        task="binary",
        input_shape=(2,),
        feature_names=("x", "y"),
        target_names=("class",),
        class_names=_two,
        options=(
            _samples(600),
            _noise(0.02, _jitter),
            FloatOption(
                group="Generator",
                name="turns",
                label="Turns",
                default=1.5,
                minimum=0.25,
                maximum=5.0,
                step=0.25,
                help="How many times each spiral winds around the middle.",
            ),
            _seed,
        ),
    ),
    DatasetKind(
        name="blobs",
        label="Blobs",
        title="blobs",
        description="Round clouds of points, one for each class.",
        task="multiclass",
        input_shape=(2,),
        feature_names=("x", "y"),
        target_names=("class",),
        class_names=("class 0", "class 1", "class 2"),
        classes_of=_classes_of_blobs,
        options=(
            _samples(400),
            _blob_classes,
            _noise(0.35, "Standard deviation of each cloud; the centres stand 2 from the middle."),
            _seed,
        ),
    ),
    DatasetKind(
        name="sine",
        label="Sine",
        title="sine",
        description="One wave with noise: fit a curve, y = sin(x) for x from -π to π.",
        task="regression",
        input_shape=(1,),
        feature_names=("x",),
        target_names=("y",),
        options=(
            _samples(400),
            _noise(0.1, "Standard deviation of what is added to each target."),
            _seed,
        ),
    ),
    DatasetKind(
        name="plane",
        label="Plane",
        title="plane",
        description="A tilted plane with noise, z = (x + y) / 2: a linear layer is enough.",
        task="regression",
        input_shape=(2,),
        feature_names=("x", "y"),
        target_names=("z",),
        options=(
            _samples(400),
            _noise(0.1, "Standard deviation of what is added to each target."),
            _seed,
        ),
    ),
    DatasetKind(
        name="iris",
        label="Iris",
        title="iris",
        description="Tell 3 species of iris apart by 4 measurements of the flower.",
        task="multiclass",
        input_shape=(4,),
        feature_names=("sepal length", "sepal width", "petal length", "petal width"),
        target_names=("species",),
        class_names=("setosa", "versicolor", "virginica"),
        fixed_samples=150,
        preprocessing="standardize",
    ),
    DatasetKind(
        name="wine",
        label="Wine",
        title="wine",
        description="Tell 3 cultivars apart by 13 chemical measurements.",
        task="multiclass",
        input_shape=(13,),
        feature_names=(
            "alcohol",
            "malic acid",
            "ash",
            "alcalinity",
            "magnesium",
            "total phenols",
            "flavanoids",
            "nonflavanoid phenols",
            "proanthocyanins",
            "color intensity",
            "hue",
            "od280/od315",
            "proline",
        ),
        target_names=("cultivar",),
        class_names=("class 0", "class 1", "class 2"),
        fixed_samples=178,
        preprocessing="standardize",
    ),
    DatasetKind(
        name="breast_cancer",
        label="Breast cancer",
        title="breast cancer",
        description="Tell malignant from benign by 30 measurements of cell nuclei.",
        task="binary",
        input_shape=(30,),
        feature_names=tuple(
            f"{prefix}{measure}{suffix}"
            for prefix, suffix in (("mean ", ""), ("", " error"), ("worst ", ""))
            for measure in _breast_cancer_measures
        ),
        target_names=("diagnosis",),
        class_names=("malignant", "benign"),
        fixed_samples=569,
        preprocessing="standardize",
    ),
    DatasetKind(
        name="diabetes",
        label="Diabetes",
        title="diabetes",
        description="How far the disease has gone a year later, from 10 measurements of a patient.",
        task="regression",
        input_shape=(10,),
        feature_names=("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
        target_names=("progression",),
        fixed_samples=442,
        preprocessing="standardize",
    ),
    DatasetKind(
        name="digits",
        label="Handwritten digits",
        title="digits 8×8",
        description="1,797 pictures of handwritten digits, 8×8 pixels, 16 greys.",
        task="multiclass",
        input_shape=(8, 8, 1),
        feature_names=("pixels",),
        target_names=("digit",),
        class_names=tuple(str(digit) for digit in range(10)),
        fixed_samples=1797,
        preprocessing="pixels",
    ),
    DatasetKind(
        name="v_shapes",
        label="V-shapes",
        title="V-shapes 32×32",
        description="Is there a V anywhere in the picture? 32×32 pixels, the lecture's example.",
        task="binary",
        input_shape=(32, 32, 1),
        feature_names=("pixels",),
        target_names=("V",),
        class_names=("no V", "V"),
        options=(
            _samples(2000, maximum=20_000),
            _noise(0.1, "Standard deviation of what is added to each pixel (0 to 1).", maximum=1.0),
            _seed,
        ),
    ),
    *PUBLIC_DATASETS,
)

DATASETS_BY_NAME = {kind.name: kind for kind in DATASETS}


def part_counts(samples: int, split: SplitSettings, own_test: int = 0) -> tuple[int, int, int]:
    """How many samples train, validate and test, of so many that are shared out and `own_test` that
    the source gives to the test part.
    """
    training, validation, test = split_counts(
        samples, split.validation_share, 0.0 if own_test else split.test_share
    )
    if split.validation_trains:
        training, validation = training + validation, 0
    return training, validation, test + own_test


def split_counts(samples: int, validation_share: float, test_share: float) -> tuple[int, int, int]:
    """How many samples are for training, validation and test; they add up to `samples`.

    A part is its share of the samples, rounded half up as a person does with the decimal share (178
    · 0.15 = 26.7 gives 27), at least one sample when its share is not 0, and training keeps at
    least one.
    """
    if samples < 0:
        raise ValueError(f"samples must not be negative, received {samples}")

    def part(share: float) -> int:
        if share <= 0:
            return 0
        exact = Decimal(repr(float(share))) * samples
        return max(1, int(exact.to_integral_value(ROUND_HALF_UP)))

    validation = min(part(validation_share), max(0, samples - 1))
    test = min(part(test_share), max(0, samples - 1 - validation))
    return samples - validation - test, validation, test


def dataset_of(settings: DataSettings) -> DatasetKind | None:
    """The built-in set that the settings name; None for a file or an unknown name."""
    source = settings.source
    return DATASETS_BY_NAME.get(source.name) if isinstance(source, BuiltinSource) else None


def source_errors(source: BuiltinSource) -> dict[str, str]:
    """The complaint about each wrong option of a built-in set, by option name; the name itself
    under "".
    """
    kind = DATASETS_BY_NAME.get(source.name)
    if kind is None:
        known = ", ".join(DATASETS_BY_NAME)
        return {"": f"There is no built-in data set {quoted(source.name)}. Known: {known}."}
    return errors_in(kind.options, source.options)


def filled_options(source: BuiltinSource) -> FrozenMap:
    """All options of a built-in set, those not given with their defaults.

    Raises KeyError for an unknown set.
    """
    return complete(DATASETS_BY_NAME[source.name].options, source.options)


def summary_of(settings: DataSettings) -> DataSummary:
    """What is known of built-in data before they are loaded.

    Raises:
        ValueError: for a file, whose contents nobody knows before reading it, or an unknown set.
    """
    kind = dataset_of(settings)
    if kind is None:
        raise ValueError("expected a built-in data set; a file has to be read first")
    assert isinstance(settings.source, BuiltinSource)
    options = settings.source.options
    split = settings.split
    classes = kind.classes(options)
    own_test = kind.test_samples(options)
    kept = own_test if split.own_parts else 0
    summary = DataSummary(
        title=kind.title,
        task=kind.task,
        input_shape=kind.input_shape,
        target_names=kind.target_names,
        class_names=classes,
        counts=part_counts(kind.samples(options) - kept, split, kept),
        feature_names=kind.feature_names,
        loaded=False,
        own_parts=("test",) if own_test else (),
    )
    return reconstructing(summary) if settings.learns == "input" else summary
