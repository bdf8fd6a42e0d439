"""The public data sets that Keras knows: what each is, its files, and where they come from.

Names, folders, addresses and SHA-256 are those of `keras.datasets`, so that a file fetched by
either is found by both. Of Fashion-MNIST Keras knows no SHA-256; ours are of the unpacked files,
whose packed form has the MD5 that its makers published.
"""

from dataclasses import dataclass
from pathlib import Path

from app.core.dataset_kind import DatasetKind
from app.core.keras_cache import keras_home
from app.core.options import IntegerOption

_STORE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@dataclass(frozen=True)
class PublicFile:
    """One file of a public data set.

    Attributes:
        name: its place below the folder `datasets` of Keras's cache.
        address: where it is fetched from.
        size: in bytes, as it is fetched.
        sha256: of the file, or of its content once it is unpacked.
        unpacked: whether `sha256` is of the unpacked content.
    """

    name: str
    address: str
    size: int
    sha256: str
    unpacked: bool = False


def _fashion(name: str, size: int, sha256: str) -> PublicFile:
    return PublicFile(f"fashion-mnist/{name}.gz", f"{_STORE}{name}.gz", size, sha256, unpacked=True)


PUBLIC_FILES: dict[str, tuple[PublicFile, ...]] = {
    "mnist": (
        PublicFile(
            "mnist.npz",
            f"{_STORE}mnist.npz",
            11_490_434,
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        ),
    ),
    "fashion_mnist": (
        _fashion(
            "train-labels-idx1-ubyte",
            29_515,
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        _fashion(
            "train-images-idx3-ubyte",
            26_421_880,
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        _fashion(
            "t10k-labels-idx1-ubyte",
            5_148,
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        _fashion(
            "t10k-images-idx3-ubyte",
            4_422_102,
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
    ),
    "cifar10": (
        PublicFile(
            "cifar-10-batches-py-target_archive",
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            170_498_071,
            "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        ),
    ),
    "california_housing": (
        PublicFile(
            "california_housing.npz",
            f"{_STORE}california_housing.npz",
            743_530,
            "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
        ),
    ),
}
"""The files of each set, by its name."""

UNPACKED_CIFAR = ("cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py")
"""Where Keras keeps the batches of CIFAR-10 once it has unpacked the archive; the second is where
Keras 2 did.
"""
CIFAR_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")


def datasets_folder() -> Path:
    """Where Keras keeps data sets."""
    return keras_home() / "datasets"


def unpacked_cifar() -> Path | None:
    """The folder with the unpacked batches of CIFAR-10, or None."""
    folders = (datasets_folder() / name for name in UNPACKED_CIFAR)
    return next((f for f in folders if all((f / b).is_file() for b in CIFAR_BATCHES)), None)


def missing_files(name: str) -> tuple[PublicFile, ...]:
    """The files of the public set `name` that are not in Keras's cache."""
    if name == "cifar10" and unpacked_cifar() is not None:
        return ()
    folder = datasets_folder()
    return tuple(file for file in PUBLIC_FILES[name] if not (folder / file.name).is_file())


# ---------------------------------------------------------------- the entries of the catalog


def _part_of(samples: int) -> tuple[IntegerOption, IntegerOption]:
    return (
        IntegerOption(
            group="Subset",
            name="samples",
            label="Samples",
            default=samples,
            minimum=100,
            maximum=samples,
            help=f"How many of the {samples:,} samples are used. Fewer are drawn at random; a part "
            "that is kept for testing becomes smaller in proportion.",
        ),
        IntegerOption(
            group="Subset",
            name="seed",
            label="Seed",
            default=0,
            minimum=0,
            maximum=2**31 - 1,
            help="The same seed draws the same samples; of no effect when all are used.",
        ),
    )


PUBLIC_DATASETS: tuple[DatasetKind, ...] = (
    DatasetKind(
        name="mnist",
        label="MNIST",
        title="MNIST",
        description="70,000 pictures of handwritten digits, 28×28 pixels; fetched once, 11 MB.",
        task="multiclass",
        input_shape=(28, 28, 1),
        feature_names=("pixels",),
        target_names=("digit",),
        class_names=tuple(str(digit) for digit in range(10)),
        options=_part_of(70_000),
        fixed_samples=70_000,
        own_test=10_000,
        preprocessing="pixels",
        fetched=True,
    ),
    DatasetKind(
        name="fashion_mnist",
        label="Fashion-MNIST",
        title="Fashion-MNIST",
        description="70,000 pictures of clothes, 28×28 pixels, 10 kinds; fetched once, 31 MB.",
        task="multiclass",
        input_shape=(28, 28, 1),
        feature_names=("pixels",),
        target_names=("article",),
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        options=_part_of(70_000),
        fixed_samples=70_000,
        own_test=10_000,
        preprocessing="pixels",
        fetched=True,
    ),
    DatasetKind(
        name="cifar10",
        label="CIFAR-10",
        title="CIFAR-10",
        description="60,000 colour photographs, 32×32 pixels, 10 kinds; fetched once, 170 MB.",
        task="multiclass",
        input_shape=(32, 32, 3),
        feature_names=("pixels",),
        target_names=("object",),
        class_names=(
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ),
        options=_part_of(60_000),
        fixed_samples=60_000,
        own_test=10_000,
        preprocessing="pixels",
        fetched=True,
    ),
    DatasetKind(
        name="california_housing",
        label="California housing",
        title="California housing",
        description="What houses cost in 20,640 districts of California, 1990; fetched once, 1 MB.",
        task="regression",
        input_shape=(8,),
        # Not as Keras's documentation says, but as the file holds them.
        feature_names=(
            "longitude",
            "latitude",
            "median house age",
            "total rooms",
            "total bedrooms",
            "population",
            "households",
            "median income",
        ),
        target_names=("median house value in 100,000 $",),
        options=_part_of(20_640),
        fixed_samples=20_640,
        preprocessing="standardize",
        fetched=True,
    ),
)
