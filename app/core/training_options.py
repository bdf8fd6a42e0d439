"""The settings of a training as options, so that one editor serves layers and training alike.

Names are paths within `TrainingSettings`: "batch_size", "optimizer.learning_rate",
"early_stopping.patience", "loss.label_smoothing", "schedule.factor"; "metric.accuracy" says whether
a metric is measured.
"""

from dataclasses import replace
from functools import lru_cache

from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap, OptionValue
from app.core.loss_catalog import LOSSES, LOSSES_BY_NAME
from app.core.metric_catalog import METRICS, history_names, metrics_for
from app.core.optimizer_catalog import OPTIMIZERS, OPTIMIZERS_BY_NAME
from app.core.options import (
    Choice,
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    complete,
)
from app.core.project import OptimizerSettings, ScheduleSettings, TrainingSettings
from app.core.schedule_catalog import PLATEAU, SCHEDULES, SCHEDULES_BY_NAME, in_time

_BATCH_OPTIONS: tuple[Option, ...] = (
    ChoiceOption(
        name="batch_mode",
        label="Batch",
        default="mini_batch",
        group="Batches",
        choices=(
            Choice("full_batch", "Full", "One step an epoch, with all training samples."),
            Choice("mini_batch", "Mini", "Steps with a small part of the samples each."),
            Choice("stochastic", "One", "Stochastic: one step for every single sample."),
        ),
        help="How many samples inform one step. Full batch: 1 step an epoch; mini-batch: N/size "
        "steps; "
        "stochastic: N steps.",
    ),
    IntegerOption(
        name="batch_size",
        label="Batch size",
        default=32,
        minimum=1,
        maximum=1_000_000,
        group="Batches",
        applies_when=("batch_mode", ("mini_batch",)),
        help="Samples in one step. Smaller: noisier steps, and more of them.",
    ),
    IntegerOption(
        name="epochs",
        label="Epochs",
        default=100,
        minimum=1,
        maximum=1_000_000,
        group="Batches",
        help="How often all training samples are gone through, at most; early stopping may end it "
        "before.",
    ),
    FlagOption(
        name="shuffle",
        label="Reshuffle",
        default=True,
        group="Batches",
        help="A new random order of the training samples in every epoch.",
    ),
    IntegerOption(
        name="seed",
        label="Seed",
        default=7,
        minimum=0,
        maximum=2**31 - 1,
        group="Batches",
        help="Where all chance comes from: initial weights, order, dropout. The same seed gives "
        "the same numbers.",
    ),
)


_RATE = ("learning_rate",)
"""The options of an optimizer that stand with the schedule."""
_COMPUTING_OPTIONS: tuple[Option, ...] = (
    ChoiceOption(
        name="precision",
        label="Precision",
        default="float32",
        group="Computing",
        choices=(
            Choice("float32", "float32", "24 bits of each number count; right for every computer."),
            Choice(
                "mixed_float16",
                "Mixed, float16",
                "Layers compute with 11 bits and weights keep 24; up to three times as fast on "
                "graphics processors since 2017. The loss is scaled so that small gradients are "
                "not lost.",
            ),
            Choice(
                "mixed_bfloat16",
                "Mixed, bfloat16",
                "Layers compute with 8 bits and the range of float32; for graphics processors "
                "since 2020 and TPUs.",
            ),
        ),
        help="How exactly layers compute; weights and what the network puts out are float32 in any "
        "case. On a processor without a graphics card, float32 is the fastest.",
    ),
    ChoiceOption(
        name="device",
        label="Device",
        default="auto",
        group="Computing",
        choices=(
            Choice("auto", "Automatic", "The first graphics processor, else the processor."),
            Choice("CPU:0", "Processor", "The processor, even where there is a graphics card."),
            *(
                Choice(f"GPU:{n}", f"Graphics {n + 1}", f"Graphics processor number {n + 1}.")
                for n in range(4)
            ),
            Choice(
                "mirrored",
                "All at once",
                "Every graphics processor works on its share of each batch and the gradients are "
                "added up; without any, the processor's logical devices.",
            ),
        ),
        help="What computes. Gradient norms and dead units are not looked at while several devices "
        "train.",
    ),
)


_FIRST = ("momentum", "nesterov")
"""Those that stand at the top of the form; the others follow at its end."""


def _schedule_options(name: str, metrics: tuple[str, ...], validated: bool) -> tuple[Option, ...]:
    kind = SCHEDULES_BY_NAME.get(name)
    names = history_names(metrics, validated)
    options: tuple[Option, ...] = kind.options if kind else ()
    if name == PLATEAU:
        monitors = tuple(Choice(each, each) for each in names)
        options = tuple(
            replace(option, choices=monitors) if isinstance(option, ChoiceOption) else option
            for option in options
        )
    return (
        ChoiceOption(
            name="schedule",
            label="Schedule",
            default=name,
            group="Learning rate",
            choices=tuple(Choice(each.name, each.label, each.help) for each in SCHEDULES),
            help=f"{kind.help} Rate: {kind.formula}. After {kind.source}."
            if kind
            else "How the learning rate changes while it trains.",
        ),
        *_prefixed("schedule", "Learning rate", options),
    )


def _early_stopping_options(metrics: tuple[str, ...], validated: bool) -> tuple[Option, ...]:
    names = history_names(metrics, validated)
    on = ("early_stopping.enabled", (True,))
    return (
        FlagOption(
            name="early_stopping.enabled",
            label="Early stopping",
            default=True,
            group="Early stopping",
            help="Stops when the monitored value on the validation part has not improved for a "
            "while.",
        ),
        ChoiceOption(
            name="early_stopping.monitor",
            label="Monitor",
            default="val_loss",
            group="Early stopping",
            choices=tuple(Choice(name, name) for name in names),
            applies_when=on,
            help="The value that decides which epoch is best.",
        ),
        IntegerOption(
            name="early_stopping.patience",
            label="Patience",
            default=15,
            minimum=0,
            maximum=100_000,
            group="Early stopping",
            applies_when=on,
            help="How many epochs without improvement are waited for.",
        ),
        FloatOption(
            name="early_stopping.min_delta",
            label="Min. change",
            default=0.0,
            minimum=0.0,
            maximum=1e9,
            step=0.001,
            group="Early stopping",
            applies_when=on,
            help="A smaller change does not count as an improvement.",
        ),
        FlagOption(
            name="early_stopping.restore_best_weights",
            label="Restore best",
            default=True,
            group="Early stopping",
            applies_when=on,
            help="Go back to the weights of the best epoch when it stops.",
        ),
    )


def _prefixed(prefix: str, group: str, options: tuple[Option, ...]) -> tuple[Option, ...]:
    return tuple(
        replace(
            option,
            name=f"{prefix}.{option.name}",
            group=group,
            applies_when=None
            if option.applies_when is None
            else (f"{prefix}.{option.applies_when[0]}", option.applies_when[1]),
        )
        for option in options
    )


def training_options(training: TrainingSettings, summary: DataSummary) -> tuple[Option, ...]:
    """The options of the training form for these data: losses and metrics that fit the task, the
    options of the chosen loss and optimizer.

    The same choices give the same object, so that a form need not be built anew for other values.
    """
    task, classes, validated = summary.task, len(summary.class_names), min(summary.counts[1], 1)
    if not summary.known:  # what goes with the loss that is set
        loss = LOSSES_BY_NAME.get(training.loss)
        task = loss.tasks[0] if loss is not None else task
        classes, validated = {"regression": 0, "binary": 2, "multiclass": 3}[task], 1
    light = DataSummary(
        title="",
        task=task,
        input_shape=(),
        target_names=(),
        class_names=tuple(map(str, range(classes))),
        counts=(1, validated, 0),
    )
    return _options(
        training.loss,
        training.loss_options,
        training.metrics,
        training.optimizer.kind,
        training.schedule.kind,
        light,
    )


@lru_cache(maxsize=64)
def _options(
    loss_name: str,
    loss_options: FrozenMap,
    metrics: tuple[str, ...],
    optimizer_name: str,
    schedule_name: str,
    summary: DataSummary,
) -> tuple[Option, ...]:
    loss = LOSSES_BY_NAME.get(loss_name)
    optimizer = OPTIMIZERS_BY_NAME.get(optimizer_name)
    given = optimizer.options if optimizer else ()
    rate = tuple(option for option in given if option.name in _RATE)
    first = tuple(option for option in given if option.name in _FIRST)
    more = tuple(option for option in given if option.name not in (*_RATE, *_FIRST))
    validated = summary.counts[1] > 0
    measurable = metrics_for(loss_name, loss_options, summary) if loss else ()
    return (
        ChoiceOption(
            name="loss",
            label="Loss",
            default=loss_name,
            group="Loss",
            choices=tuple(
                Choice(kind.name, kind.label, kind.help)
                for kind in LOSSES
                if summary.task in kind.tasks or kind.name == loss_name
            ),
            help=f"{loss.help} {loss.formula}" if loss else "What the training makes small.",
        ),
        ChoiceOption(
            name="optimizer",
            label="Optimizer",
            default=optimizer_name,
            group="Optimizer",
            choices=tuple(Choice(kind.name, kind.label, kind.help) for kind in OPTIMIZERS),
            help=f"{optimizer.help} {optimizer.formula}" if optimizer else "How steps are made.",
        ),
        *_prefixed("optimizer", "Optimizer", first),
        *_prefixed("optimizer", "Learning rate", rate),
        *_schedule_options(schedule_name, metrics, validated),
        *_BATCH_OPTIONS,
        *_early_stopping_options(metrics, validated),
        *(
            FlagOption(
                name=f"metric.{kind.name}",
                label=kind.label,
                default=False,
                group="Metrics",
                help=f"{kind.help} {kind.formula}",
            )
            for kind in METRICS
            if kind in measurable or kind.name in metrics
        ),
        *_prefixed("loss", "More of the loss", loss.options if loss else ()),
        *_prefixed("optimizer", "More of the optimizer", more),
        *_COMPUTING_OPTIONS,
    )


def training_values(training: TrainingSettings, options: tuple[Option, ...]) -> FrozenMap:
    """The value of each of `options` in `training`."""
    loss = LOSSES_BY_NAME.get(training.loss)
    optimizer = OPTIMIZERS_BY_NAME.get(training.optimizer.kind)
    schedule = SCHEDULES_BY_NAME.get(training.schedule.kind)
    nested: dict[str, OptionValue] = {
        **{f"loss.{k}": v for k, v in _full(loss, training.loss_options).items()},
        **{f"optimizer.{k}": v for k, v in _full(optimizer, training.optimizer.options).items()},
        **{f"schedule.{k}": v for k, v in _full(schedule, training.schedule.options).items()},
        **{f"early_stopping.{k}": v for k, v in training.early_stopping.model_dump().items()},
        "loss": training.loss,
        "optimizer": training.optimizer.kind,
        "schedule": training.schedule.kind,
    }
    values: dict[str, OptionValue] = {}
    for option in options:
        head, _, rest = option.name.partition(".")
        if head == "metric":
            values[option.name] = rest in training.metrics
        else:
            values[option.name] = nested.get(option.name, getattr(training, head, option.default))
    return FrozenMap(values)


def _full(kind: object, given: FrozenMap) -> FrozenMap:
    return complete(getattr(kind, "options", ()), given)


def with_training_value(
    training: TrainingSettings, name: str, value: OptionValue
) -> TrainingSettings:
    """`training` in which the option `name` of `training_options` holds `value`.

    A new loss or optimizer begins with its own defaults; a new schedule keeps the options that it
    shares with the one before.

    Raises:
        pydantic.ValidationError: for a value that the settings refuse.
    """
    head, _, rest = name.partition(".")
    if head == "metric":
        kept = tuple(m for m in training.metrics if m != rest)
        update: dict[str, object] = {"metrics": (*kept, rest) if value else kept}
    elif name == "loss":
        update = {"loss": value, "loss_options": FrozenMap()}
    elif head == "loss":
        update = {"loss_options": training.loss_options.set(rest, value)}
    elif name == "optimizer":
        update = {"optimizer": OptimizerSettings(kind=str(value))}
    elif head == "optimizer":
        options = training.optimizer.options.set(rest, value)
        update = {"optimizer": training.optimizer.model_copy(update={"options": options})}
    elif name == "schedule":
        update = {"schedule": other_schedule(training.schedule, str(value), training.epochs)}
    elif head == "schedule":
        options = training.schedule.options.set(rest, value)
        update = {"schedule": training.schedule.model_copy(update={"options": options})}
    elif head == "early_stopping":
        fields = {**training.early_stopping.model_dump(), rest: value}
        update = {"early_stopping": type(training.early_stopping).model_validate(fields)}
    else:
        update = {name: value}
    fields = {key: getattr(training, key) for key in type(training).model_fields}
    return TrainingSettings.model_validate({**fields, **update})


def other_schedule(before: ScheduleSettings, kind: str, epochs: int) -> ScheduleSettings:
    """The schedule `kind` for a training of `epochs`; options of `before` that it has too, and
    allows, are kept. What else would come only after the end comes in time.
    """
    known = SCHEDULES_BY_NAME.get(kind)
    kept = {
        option.name: before.options[option.name]
        for option in (known.options if known else ())
        if option.name in before.options and option.check(before.options[option.name]) is None
    }
    return ScheduleSettings(kind=kind, options=FrozenMap({**in_time(kind, epochs), **kept}))
