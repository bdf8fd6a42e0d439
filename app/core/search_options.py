"""The settings of a search as options, so that one editor serves them like those of a training."""

from app.core.frozen import OptionValue
from app.core.metric_catalog import METRICS_BY_NAME
from app.core.options import (
    MORE,
    Choice,
    ChoiceOption,
    FlagOption,
    IntegerOption,
    Option,
    TextOption,
)
from app.core.project import Project
from app.core.search_settings import MOST_TRIALS, SearchSettings

_DRAWN = ("sampler", ("random", "tpe"))
_FOLDS = ("scored_by", ("folds",))

_TRIALS: tuple[Option, ...] = (
    ChoiceOption(
        name="sampler",
        label="Sampler",
        default="random",
        group="Trials",
        choices=(
            Choice("grid", "Grid", "Every combination of the values, each once."),
            Choice("random", "Random", "Combinations drawn at random, none of them twice."),
            Choice("tpe", "Bayesian (TPE)", "Draws more often where earlier trials were good."),
        ),
        help="How the settings of a trial are chosen. A grid tries every combination; random draws "
        "find good settings sooner where few options matter; TPE (tree-structured Parzen "
        "estimator) learns from earlier trials.",
    ),
    IntegerOption(
        name="trials",
        label="Trials",
        default=50,
        minimum=1,
        maximum=MOST_TRIALS,
        group="Trials",
        applies_when=_DRAWN,
        help="How many settings are tried.",
    ),
    IntegerOption(
        name="grid_points",
        label="Grid points",
        default=5,
        minimum=2,
        maximum=100,
        group="Trials",
        applies_when=("sampler", ("grid",)),
        help="How many values a grid takes of each range, both ends among them.",
    ),
    ChoiceOption(
        name="pruner",
        label="Pruning",
        default="none",
        group="Trials",
        applies_when=_DRAWN,
        choices=(
            Choice("none", "None", "Every trial is trained to its end."),
            Choice("median", "Median", "Ends a trial that is worse than half of those before."),
            Choice(
                "hyperband", "Hyperband", "Gives many trials few epochs and the best of them more."
            ),
        ),
        help="Poor trials can be ended early, so that there is time for more of them.",
    ),
)


def _scoring(project: Project) -> tuple[Option, ...]:
    measured = project.training.metrics
    first = METRICS_BY_NAME[measured[0]].label if measured[:1] else "Loss"
    scores = [Choice("", f"First metric: {first}"), Choice("loss", "Loss")]
    scores += [Choice(name, METRICS_BY_NAME[name].label) for name in measured]
    return (
        ChoiceOption(
            name="scored_by",
            label="Scored by",
            default="folds",
            group="Scoring",
            choices=(
                Choice(
                    "folds",
                    "Folds",
                    "K-fold cross-validation over the training and the validation part together.",
                ),
                Choice("validation", "Validation part", "The project's own validation part."),
            ),
            help="By folds each trial is trained K times, each time with another part of the "
            "samples left out to score it; the score is the mean. Steadier, and K times the work.",
        ),
        IntegerOption(
            name="folds",
            label="Folds",
            default=5,
            minimum=2,
            maximum=100,
            group="Scoring",
            applies_when=_FOLDS,
            help="K: into how many parts the samples are shared out; each scores once.",
        ),
        FlagOption(
            name="stratified",
            label="Stratified",
            default=True,
            group="Scoring",
            applies_when=_FOLDS,
            help="Each fold gets the classes in the proportions of the whole.",
        ),
        ChoiceOption(
            name="score",
            label="Score",
            default="",
            group="Scoring",
            choices=tuple(scores),
            help="What decides which trial is best, measured on the samples left out.",
        ),
    )


_COMPUTING: tuple[Option, ...] = (
    IntegerOption(
        name="workers",
        label="Workers",
        default=None,
        optional=True,
        none_label="one for each core",
        minimum=1,
        maximum=256,
        group="Computing",
        help="Processes that train side by side on this computer, one core each.",
    ),
    IntegerOption(
        name="seed",
        label="Seed",
        default=0,
        minimum=0,
        maximum=2**31 - 1,
        group=MORE,
        help="Of the draws and of the folds: the same seed tries the same settings on the same "
        "folds.",
    ),
    TextOption(
        name="cluster",
        label="Cluster",
        default="",
        group=MORE,
        help="Address of a Dask scheduler, tcp://HOST:PORT, whose workers, started by `layerlab "
        "worker`, do the trials; empty: this computer does. Whoever reaches a scheduler can have "
        "anything executed there: only in a network that you trust, else tls://HOST:PORT.",
    ),
)


def search_options(project: Project) -> tuple[Option, ...]:
    """The settings of the project's search but its space, by the names of `SearchSettings`."""
    return (*_TRIALS, *_scoring(_known_metrics(project)), *_COMPUTING)


def search_values(settings: SearchSettings) -> dict[str, OptionValue]:
    """The values of `search_options`."""
    names = (*(option.name for option in _TRIALS), "scored_by", "folds", "stratified", "score")
    values: dict[str, OptionValue] = {name: getattr(settings, name) for name in names}
    return {
        **values,
        "workers": settings.workers or None,
        "seed": settings.seed,
        "cluster": settings.cluster,
    }


def with_search_value(project: Project, name: str, value: OptionValue) -> Project:
    """`project` in whose search the option `name` holds `value`.

    Raises:
        pydantic.ValidationError: for a value that the option refuses.
    """
    fields = {name: getattr(project.search, name) for name in SearchSettings.model_fields}
    fields[name] = (value or 0) if name == "workers" else value
    return project.model_copy(update={"search": SearchSettings.model_validate(fields)})


def score_name(project: Project) -> str:
    """Name of the metric by which trials of `project` are compared, without "val_"."""
    chosen = project.search.score
    return chosen or (project.training.metrics[0] if project.training.metrics else "loss")


def score_label(name: str) -> str:
    """As it stands on the screen: "Accuracy"."""
    kind = METRICS_BY_NAME.get(name)
    return kind.label if kind is not None else name.replace("_", " ").capitalize()


def _known_metrics(project: Project) -> Project:
    known = tuple(name for name in project.training.metrics if name in METRICS_BY_NAME)
    training = project.training.model_copy(update={"metrics": known})
    return project.model_copy(update={"training": training})
