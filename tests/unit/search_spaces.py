"""Projects with search spaces for tests, and what they hold by hand-written rules.

The rules below say which settings are there in a trial without looking at the program: they are
read off Keras's documentation.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping

from hypothesis import strategies as st

from app.core.frozen import FrozenMap, OptionValue
from app.core.network import INPUT_KIND, Layer, chain
from app.core.project import Project
from app.core.search_settings import Dimension, SearchSettings
from app.core.templates import start_from

Settings = Mapping[str, OptionValue]


def project_with(*space: Dimension, **search: object) -> Project:
    """Two hidden layers called wide and deep; SGD; a constant rate."""
    project = start_from("moons")
    network = chain(
        (
            Layer(id="input", kind=INPUT_KIND),
            Layer(id="wide", kind="Dense", options=FrozenMap(units=16, activation="relu")),
            Layer(id="deep", kind="Dense", options=FrozenMap(units=8, activation="tanh")),
            Layer(id="out", kind="Dense", options=FrozenMap(units=1, activation="sigmoid")),
        )
    )
    settings = SearchSettings.model_validate({"space": space, **search})
    return project.model_copy(update={"network": network, "search": settings})


def listed(path: str, *values: OptionValue, each_copy: bool = False) -> Dimension:
    return Dimension(path=path, values=values, each_copy=each_copy)


_HAS_MOMENTUM = ("SGD", "RMSprop", "Muon")
_CONDITIONS: dict[str, Callable[[Settings, str], bool]] = {
    "training.optimizer.momentum": lambda s, _: s.get("training.optimizer") in _HAS_MOMENTUM,
    "training.optimizer.nesterov": lambda s, _: s.get("training.optimizer") in ("SGD", "Muon"),
    "training.optimizer.ema_momentum": lambda s, _: bool(s.get("training.optimizer.use_ema")),
    "training.batch_size": lambda s, _: s.get("training.batch_mode", "mini_batch") == "mini_batch",
    "training.schedule.every": lambda s, _: (
        s.get("training.schedule") in ("step", "exponential", "inverse_time")
    ),
    "training.schedule.alpha": lambda s, _: (
        s.get("training.schedule") in ("cosine", "polynomial", "cosine_restarts", "warmup_cosine")
    ),
    "training.early_stopping.patience": lambda s, _: bool(
        s.get("training.early_stopping.enabled", True)
    ),
}


def expected_settings(space: Iterable[Dimension]) -> set[frozenset[tuple[str, OptionValue]]]:
    """Every combination of lists of values, once, by going through all of the product."""
    space = tuple(space)
    copies = {d.path: d.values for d in space if d.path.endswith(".copies")}
    columns: list[tuple[str, tuple[OptionValue, ...]]] = []
    for d in space:
        columns.append((d.path, d.values))
        head, _, option = d.path.rpartition(".")
        counts = copies.get(f"{head}.copies", (1,)) if d.each_copy else (1,)
        most = max(count for count in counts if isinstance(count, int))
        columns += [(f"{head}[{number}].{option}", d.values) for number in range(2, most + 1)]
    found = set()
    for values in itertools.product(*(values for _, values in columns)):
        chosen = dict(zip((path for path, _ in columns), values, strict=True))
        found.add(frozenset((p, v) for p, v in chosen.items() if _is_there(chosen, p)))
    return found


def _is_there(chosen: Settings, path: str) -> bool:
    copy = re.fullmatch(r"(.+)\[(\d+)\]\.(.+)", path)
    if copy:
        count = chosen.get(f"{copy[1]}.copies", 1)
        if not isinstance(count, int) or int(copy[2]) > count:
            return False
    if path.endswith(".kernel_regularizer_l2"):
        first = path.removesuffix("_l2")
        shared = re.sub(r"\[\d+\]", "", first)
        used = {chosen.get(first, chosen.get(shared))}
        head = path.removesuffix(".kernel_regularizer_l2")
        if not copy and f"{head}[2].kernel_regularizer_l2" not in chosen:  # that of all copies
            count = chosen.get(f"{head}.copies", 1)
            names = (f"{head}[{n}].kernel_regularizer" for n in range(2, int(str(count)) + 1))
            used |= {chosen.get(name) for name in names}
        return "l2" in used
    condition = _CONDITIONS.get(path)
    return condition is None or condition(chosen, path)


_POOL: dict[str, tuple[OptionValue, ...]] = {
    "network.wide.copies": (1, 2, 3),
    "network.wide.units": (4, 8, 16),
    "network.wide.kernel_regularizer": (None, "l1", "l2"),
    "network.wide.kernel_regularizer_l2": (1e-4, 1e-2),
    "network.deep.copies": (1, 2),
    "network.deep.units": (2, 3),
    "training.optimizer": ("Adam", "SGD", "RMSprop"),
    "training.optimizer.learning_rate": (0.1, 0.01),
    "training.optimizer.momentum": (0.0, 0.5, 0.9),
    "training.optimizer.nesterov": (False, True),
    "training.optimizer.use_ema": (False, True),
    "training.optimizer.ema_momentum": (0.9, 0.99),
    "training.schedule": ("constant", "step", "cosine"),
    "training.schedule.every": (3, 7),
    "training.schedule.alpha": (0.0, 0.1),
    "training.batch_mode": ("full_batch", "mini_batch"),
    "training.batch_size": (8, 16),
    "training.early_stopping.enabled": (True, False),
    "training.early_stopping.patience": (3, 9),
    "training.epochs": (10, 20),
    "data.preprocessing": ("none", "standardize"),
}
_NEEDS = {
    "training.optimizer.momentum": "training.optimizer",
    "training.optimizer.nesterov": "training.optimizer",
    "training.schedule.every": "training.schedule",
    "training.schedule.alpha": "training.schedule",
    "network.wide.kernel_regularizer_l2": "network.wide.kernel_regularizer",
    "training.optimizer.ema_momentum": "training.optimizer.use_ema",
}
"""What a path is drawn together with, so that the rules above know all they need."""


@st.composite
def spaces(draw: st.DrawFn, most: int = 5) -> tuple[Dimension, ...]:
    """Dimensions in any order, some of which depend on others."""
    paths = draw(st.lists(st.sampled_from(sorted(_POOL)), min_size=1, max_size=most, unique=True))
    paths += sorted({_NEEDS[path] for path in paths if path in _NEEDS} - set(paths))
    space = []
    for path in draw(st.permutations(paths)):
        values = draw(
            st.lists(st.sampled_from(_POOL[path]), min_size=1, max_size=3, unique_by=repr)
        )
        own = path.startswith("network.") and not path.endswith(".copies")
        space.append(listed(path, *values, each_copy=own and draw(st.booleans())))
    return tuple(space)
