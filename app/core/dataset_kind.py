"""What a built-in data set is: the entries of the tables `dataset_catalog` and
`public_datasets`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.core.data_summary import Task
from app.core.frozen import FrozenMap
from app.core.options import Option


@dataclass(frozen=True, kw_only=True)
class DatasetKind:
    """One built-in data set.

    Attributes:
        name: its name in the project file.
        label: its name on the screen; `title` is the short form of the status bar.
        description: one line.
        input_shape: shape of one sample, without the batch axis.
        target_names: the class column's name, or the names of the regression targets.
        class_names: names of the classes; for a set whose number of classes is an option, those of
            the default.
        options: what can be set; `samples` is among them when the set is generated, or when a
            part of it can be used.
        fixed_samples: number of samples of a set that is not generated, all of it.
        preprocessing: what suits it.
        fetched: whether it comes through the internet, once, into Keras's own cache.
        own_test: how many of the `fixed_samples` the set itself gives to the test part; the last
            ones. With the option `samples` both parts are smaller in proportion.
    """

    name: str
    label: str
    title: str
    description: str
    task: Task
    input_shape: tuple[int, ...]
    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    fixed_samples: int | None = None
    preprocessing: str = "none"
    classes_of: Callable[[FrozenMap], tuple[str, ...]] | None = None
    fetched: bool = False
    own_test: int = 0

    @property
    def generated(self) -> bool:
        return self.fixed_samples is None

    def samples(self, options: FrozenMap) -> int:
        """How many samples the set has with these options.

        A value that is no number counts as the default.
        """
        if any(option.name == "samples" for option in self.options):
            return int(number_of(self.options, options, "samples"))
        assert self.fixed_samples is not None
        return self.fixed_samples

    def test_samples(self, options: FrozenMap) -> int:
        """How many of these the set itself gives to the test part."""
        if not self.own_test or self.fixed_samples is None:
            return 0
        share = Decimal(self.own_test) / self.fixed_samples
        return int((share * self.samples(options)).to_integral_value(ROUND_HALF_UP))

    def classes(self, options: FrozenMap) -> tuple[str, ...]:
        """The names of the classes with these options."""
        return self.class_names if self.classes_of is None else self.classes_of(options)


def number_of(table: tuple[Option, ...], options: FrozenMap, name: str) -> float:
    """The value of the number option `name`; its default where what is given is refused."""
    option = next(option for option in table if option.name == name)
    value = options.get(name, option.default)
    if option.check(value) is not None:
        value = option.default
    assert isinstance(value, (int, float))
    return value
