"""What the advisor knows of a run, and what its rules ask of it: pure arithmetic on histories."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from app.core.advisor.figures import Curve, Points, Role
from app.core.data_summary import DataSummary
from app.core.network import Layer, topological_order
from app.core.optimizer_catalog import OPTIMIZERS_BY_NAME
from app.core.options import complete
from app.core.output_end import output_end
from app.core.project import Project
from app.core.run_record import EpochRow

ENTROPIES = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")
"""Losses of which the best guess has the entropy of the classes."""
Norms = tuple[tuple[str, float], ...]
"""(layer id, L2 norm of the gradient of all its weights)."""
LOWEST_RATE = 1e-8
"""A remedy never sets a smaller learning rate."""


@dataclass(frozen=True)
class EpochHealth:
    """How the layers did at the end of an epoch.

    Attributes:
        gradient_norms: (layer id, L2 norm of the gradient of all its weights).
        update_ratios: (layer id, norm of the last update by norm of the weights).
        dead_units: (layer id, units never active, units).
    """

    epoch: int
    gradient_norms: tuple[tuple[str, float], ...] = ()
    update_ratios: tuple[tuple[str, float], ...] = ()
    dead_units: tuple[tuple[str, int, int], ...] = ()


MOST_ROWS = 2000
"""Of a longer history every second epoch is looked at, or every fourth, ...: looking through all of
them again and again would hold up the window.
"""


def thinned(rows: tuple[EpochRow, ...], best_epoch: int) -> tuple[EpochRow, ...]:
    """At most about `MOST_ROWS` of them, evenly; the first, the best and the last among them."""
    stride = 1
    while len(rows) > stride * MOST_ROWS:
        stride *= 2
    if stride == 1:
        return rows
    kept = (rows[0].epoch, best_epoch, rows[-1].epoch)
    return tuple(row for row in rows if row.epoch % stride == 0 or row.epoch in kept)


@dataclass(frozen=True)
class RunEvidence:
    """A run as the rules see it.

    Attributes:
        project: the settings that it was started with.
        rows: the history.
        healths: of the epochs that were looked at, in their order; there may be none.
        summary: of the data that it was trained on; None when they are not known any more.
        reason: why it ended; None while it trains.
        restored: whether the weights are those of the best epoch.
        best_epoch: of early stopping's monitor; 0 before the first.
        planned: the last epoch planned.
        diverged: in words what was not finite, and the layer; None when all was.
    """

    project: Project
    rows: tuple[EpochRow, ...] = ()
    healths: tuple[EpochHealth, ...] = ()
    summary: DataSummary | None = None
    reason: str | None = None
    restored: bool = False
    best_epoch: int = 0
    planned: int = 0
    diverged: tuple[str, str | None] | None = None

    def until(self, epoch: int) -> "RunEvidence":
        """The run as it was after `epoch`: it goes on, and nothing is restored yet."""
        if not self.rows or epoch >= self.rows[-1].epoch:
            return replace(self, restored=False) if self.restored else self
        return replace(
            self,
            rows=tuple(row for row in self.rows if row.epoch <= epoch),
            healths=tuple(health for health in self.healths if health.epoch <= epoch),
            reason=None,
            restored=False,
            best_epoch=min(self.best_epoch, epoch),
            diverged=None,
        )

    # ---- the network
    @cached_property
    def order(self) -> tuple[Layer, ...]:
        """The layers from the input to the output."""
        return topological_order(self.project.network)[0]

    @cached_property
    def output_id(self) -> str | None:
        """The layer whose units are the network's output."""
        end = output_end(self.project.network)
        if end is None:
            return None
        return (end.units_layer or end.last).id

    @cached_property
    def hidden(self) -> tuple[Layer, ...]:
        """The layers with units or filters before the output, from the input on."""
        return tuple(
            layer
            for layer in self.order
            if layer.id != self.output_id
            and ("units" in layer.options or "filters" in layer.options)
        )

    @cached_property
    def norms(self) -> tuple[tuple[int, Norms], ...]:
        """(epoch, gradient norms from the input to the output), of the layers that the network
        has.
        """
        places = {layer.id: place for place, layer in enumerate(self.order)}
        names: list[str] = []
        turn: list[int] = []  # mostly they come in the same order again
        found = []
        for health in self.healths:
            given = [name for name, _ in health.gradient_norms]
            if given != names:
                known = [place for place, name in enumerate(given) if name in places]
                names, turn = given, sorted(known, key=lambda place: places[given[place]])
            found.append((health.epoch, tuple(health.gradient_norms[place] for place in turn)))
        return tuple(found)

    # ---- the history
    @property
    def last_epoch(self) -> int:
        return self.rows[-1].epoch if self.rows else 0

    def curve(self, name: str) -> Points:
        """(epoch, value) of a column of the history, finite values only."""
        if name not in self._curves:
            self._curves[name] = tuple(
                (float(row.epoch), float(value))
                for row in self.rows
                if isinstance(value := row.metrics.get(name), (int, float)) and math.isfinite(value)
            )
        return self._curves[name]

    @cached_property
    def _curves(self) -> dict[str, Points]:
        """Those that were asked for: several rules ask for the same."""
        return {}

    def values(self, name: str) -> list[float]:
        """The finite values of a column of the history, one an epoch."""
        return [value for _, value in self.curve(name)]

    @cached_property
    def accuracy(self) -> str:
        """The column of the training accuracy, "" when there is none."""
        known = self.rows[-1].metrics if self.rows else {}
        return next((name for name in ("accuracy", "acc") if name in known), "")

    # ---- what is known without a network
    @cached_property
    def class_shares(self) -> tuple[float, ...]:
        """The share of each class in the training part; empty for regression, or unknown data."""
        if self.summary is None or not self.summary.class_counts:
            return ()
        counts = [training for training, _, _ in self.summary.class_counts]
        total = sum(counts)
        return tuple(count / total for count in counts) if total else ()

    @property
    def chance(self) -> float | None:
        """The accuracy of always naming the largest class."""
        return max(self.class_shares, default=None)

    @cached_property
    def guessed_loss(self) -> float | None:
        """The loss of who knows nothing but how frequent the classes are (the entropy of their
        shares, in nats; where classes count differently, of what each counts), or the mean of the
        targets (their variance); None for other losses, and where each sample has its own weight.
        """
        name, summary = self.project.training.loss, self.summary
        if summary is None or summary.weighted:
            return None
        counts = summary.class_weights or (1.0,) * len(self.class_shares)
        if self.class_shares and name in ENTROPIES:
            if self.project.training.loss_options.get("label_smoothing"):
                return None
            if name == "binary_crossentropy" and len(self.class_shares) > 2:
                return None
            count = [share * each for share, each in zip(self.class_shares, counts, strict=True)]
            return -sum(one * math.log(one / sum(count)) for one in count if one > 0)
        if name == "mean_squared_error" and summary.target_statistics:
            return statistics.fmean(s.before[1] ** 2 for s in summary.target_statistics)
        return None

    @property
    def reference_loss(self) -> float | None:
        """What a loss is large or small against: that of a guess, or of the first epoch when that
        is less or no guess is known.
        """
        first = next(iter(self.values("loss")), None)
        known = [loss for loss in (first, self.guessed_loss) if loss is not None and loss > 0]
        return min(known, default=None)

    def explained(self) -> float | None:
        """How much of what a guess leaves is learned, on the training part, over the last epochs:
        (accuracy - chance) / (1 - chance), Cohen's kappa against the largest class, or R²; None
        when unknown.
        """
        chance = self.chance
        if self.accuracy and chance is not None and chance < 1:
            accuracy = middle(self.values(self.accuracy)[-5:])
            return (accuracy - chance) / (1 - chance)
        known = self.values("r2_score")
        if known:
            return middle(known[-5:])
        losses = self.values("loss")
        if self.project.training.loss == "mean_squared_error" and self.guessed_loss and losses:
            return 1 - middle(losses[-5:]) / self.guessed_loss
        return None

    # ---- learning rate
    @property
    def rate(self) -> float | None:
        """The learning rate that was set; None for an optimizer without one."""
        settings = self.project.training.optimizer
        kind = OPTIMIZERS_BY_NAME.get(settings.kind)
        value = complete(kind.options if kind else (), settings.options).get("learning_rate")
        return float(value) if isinstance(value, (int, float)) and value > 0 else None

    @property
    def last_rate(self) -> float | None:
        """That of the last step where somebody may have changed it while it trained; where a
        schedule does that, the rate that was set.
        """
        rate = self.rate
        if rate is None or not self.rows or self.project.training.schedule.kind != "constant":
            return rate
        return self.rows[-1].learning_rate or rate

    @property
    def usual_rate(self) -> float | None:
        """Keras's default for this optimizer."""
        kind = OPTIMIZERS_BY_NAME.get(self.project.training.optimizer.kind)
        options = {option.name: option.default for option in (kind.options if kind else ())}
        value = options.get("learning_rate")
        return float(value) if isinstance(value, (int, float)) and value > 0 else None

    @cached_property
    def fit_rows(self) -> tuple[tuple[str, str], ...]:
        """How well it fits: accuracy beside chance, or the loss."""
        rows = []
        if self.accuracy:
            name = "Training accuracy"
            accuracy = self.values(self.accuracy)[-1:]
            beside = f" (chance {self.chance:.2f})" if self.chance is not None else ""
            rows += [(name, f"{value:.2f}{beside}") for value in accuracy]
        else:
            rows += [("Training loss", short(value)) for value in self.values("loss")[-1:]]
        return tuple(rows)

    def line(self, name: str, label: str, role: Role) -> Curve:
        return Curve(label, self.curve(name), role)


def middle(values: Sequence[float]) -> float:
    """The median; nan of nothing."""
    if not values:
        return math.nan
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def streak(flags: Sequence[tuple[int, bool]], needed: int) -> int | None:
    """The epoch at which the last unbroken run of True began, when it lasts to the end and has at
    least `needed` epochs; single epochs of False within it are forgiven, none at its end.

    `flags`: (epoch, whether the sign was there), in the order of the epochs.
    """
    return streak_back(reversed(flags), needed)


def streak_back(flags: Iterable[tuple[int, bool]], needed: int) -> int | None:
    """The same of flags from the newest epoch back; no more of them are taken than it needs."""
    begin, seen, missed = None, 0, 0
    for epoch, there in flags:
        if there:
            begin, seen, missed = epoch, seen + 1, 0
        elif seen == 0 or missed:
            break
        else:
            missed += 1
    return begin if seen >= needed else None


def short(value: float) -> str:
    """Two or three figures: 0.10, 1.4e-5, 7,706, 0.693."""
    if not math.isfinite(value):
        return "not finite"
    size = abs(value)
    if size == 0:
        return "0"
    if size < 1e-3 or size >= 1e6:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}".replace("-", "−", value < 0)
    decimals = 3 if size < 1 else 2 if size < 100 else 0
    return f"{value:,.{decimals}f}".replace("-", "−")
