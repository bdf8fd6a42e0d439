"""A search in words: what its header and its cards say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core.number_words import counted
from app.core.project import Project
from app.core.search_options import score_label, search_options, search_values
from app.core.search_results import Trial, as_good_as
from app.core.search_settings import SearchSettings
from app.core.search_winner import Refit, has_settings
from app.core.short_names import in_sentence
from app.core.vault_openings import looked_words
from app.journal.differences import differences
from app.ui.number_text import duration
from app.ui.plots.axis import sd_text
from app.ui.search_state import AtStake, SearchState
from app.ui.tune.value_words import mean_text

SAMPLERS = {"grid": "Grid", "random": "Random", "tpe": "Bayesian (TPE)"}
MOST_GRID = 1_000_000
MOST_NAMED = 4
_ASKED_FOR = ("trials", "workers", "cluster")
"""Of a search that goes on these may be others."""
STANDARD_ERROR = (
    "One standard error says how far the mean itself may be off: the best trial's standard "
    "deviation over its K folds, which ± shows, divided by √(K − 1)."
)
_STOPPING = "training.early_stopping"


@dataclass(frozen=True)
class HeaderView:
    """What stands at the head of the page.

    Attributes:
        title: the one strong line.
        facts: what is to be known beside it, part by part.
        best: at the right end of the bar.
        progress: 0 to 1; None for no bar.
        how: two short lines at the right.
        buttons: names of those that are there, of "pause", "resume", "cancel", "go_on", "search",
            "cross_validate", "study".
        primary: the one that stands out.
        disabled: why the buttons that begin something cannot be pressed; "" when they can.
        refused: the same of single ones, by name.
        note: a sentence in place of the facts' second line, about a worker or a failure.
        failed: whether the note tells of a failure.
        texts: of buttons that say more than usual, by name.
    """

    title: str
    facts: tuple[str, ...] = ()
    best: str = ""
    progress: float | None = None
    how: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    primary: str = ""
    disabled: str = ""
    note: str = ""
    failed: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


def how_words(settings: SearchSettings, searched: int) -> tuple[str, ...]:
    """The two lines at the right: "Bayesian (TPE), 5 folds", "6 searched options"."""
    scored = f"{settings.folds} folds" if settings.scored_by == "folds" else "validation part"
    if not searched:
        return (f"Cross-validation, {scored}", "the network at hand")
    return (f"{SAMPLERS[settings.sampler]}, {scored}", counted(searched, "searched option"))


def plan_words(settings: SearchSettings, grid: int) -> tuple[str, ...]:
    """How much work the search is that is set up: trials and trainings; the size of the grid comes
    first.

    Args:
        grid: how many combinations there are on the grid; above `MOST_GRID`: more than that.
    """
    if not settings.space:
        return ()
    size = f"over {MOST_GRID:,}" if grid > MOST_GRID else f"{grid:,}"
    noun = "combination" if grid == 1 else "combinations"
    grid_words = f"{'a grid of' if settings.sampler == 'grid' else 'a grid would be'} {size} {noun}"
    trials = grid if settings.sampler == "grid" else settings.trials
    if settings.sampler == "grid" and grid > MOST_GRID:
        return (grid_words,)
    if not grid:  # a range is refused
        return ()
    folds = settings.folds if settings.scored_by == "folds" else 1
    work = f"{counted(trials, 'trial')} of {folds} folds" if folds > 1 else counted(trials, "trial")
    return (grid_words, f"{work}: {counted(trials * folds, 'training')}")


def best_words(state: SearchState) -> str:
    if state.best is None or state.best_mean is None:
        return ""
    if state.alone:
        return ""
    best = mean_text(state.best_mean)
    return f"best {in_sentence(score_label(state.score))} {best} at trial {state.best:,}"


def count_words(state: SearchState) -> str:
    """ "63 finished, 2 running, 9 pruned early, 1 failed"; what there is none of is left out."""
    held = state.phase == "paused" and not state.training
    named = (
        ("finished", "finished"),
        ("running", "begun" if held else "running"),
        ("pruned", "pruned early"),
        ("failed", "failed"),
        ("cancelled", "cancelled"),
    )
    return ", ".join(
        f"{state.counts[name]:,} {word}" for name, word in named if state.counts.get(name)
    )


def header_view(
    project: Project | None,
    state: SearchState,
    why_not: str = "",
    others: str = "",
    begun_with: SearchSettings | None = None,
    planned: int = 0,
) -> HeaderView:
    """What the head of the page says of a project's search and of the one that runs or ran.

    Args:
        why_not: why no search can begin.
        others: what the project has otherwise by now than the search on show, of `others_words`.
        begun_with: the settings of the search on show.
        planned: how many trials there are once it has gone on; 0: as many as were planned.
    """
    settings = project.search if project is not None else SearchSettings()
    shown = begun_with or settings
    if state.active:
        return _under_way(shown, state)
    if state.failure is not None:
        failure = state.failure
        note = f"{failure.happened} {failure.how_to_fix}"
        title = "The search failed" if state.reason == "failed" else "The study could not be read"
        buttons, primary = _ready_buttons(settings, state, more_trials(state, planned))
        return HeaderView(
            title,
            note=note,
            failed=True,
            how=how_words(settings, len(settings.space)),
            buttons=buttons,
            primary=primary,
            disabled=why_not,
        )
    if state.total:
        return _ended(settings, shown, state, why_not, others, planned)
    return _ready(settings, why_not)


def more_trials(state: SearchState, planned: int) -> int:
    """How many trials are missing of those the settings ask for now; 0 where none can be added."""
    there = state.total > 0 and not state.alone and not state.active
    return max(0, (planned or state.planned) - state.done) if there else 0


def _ready_buttons(
    settings: SearchSettings, state: SearchState, more: int = 0
) -> tuple[tuple[str, ...], str]:
    before: tuple[str, ...] = ("study",) if state.before and not state.active else ()
    if state.unfinished or more:
        return ("go_on", "search"), "go_on"
    if settings.space:
        return (*before, "cross_validate", "search"), "search"
    return (*before, "cross_validate"), ""


def _ready(settings: SearchSettings, why_not: str) -> HeaderView:
    buttons, primary = _ready_buttons(settings, SearchState())
    searched = len(settings.space)
    return HeaderView(
        counted(searched, "searched option") if searched else "Nothing is searched yet",
        note=why_not,
        how=how_words(settings, searched)[:1] if searched else (),
        buttons=buttons,
        primary=primary,
        disabled=why_not,
    )


def _under_way(settings: SearchSettings, state: SearchState) -> HeaderView:
    searched = 0 if state.alone else len(settings.space)
    how = how_words(settings, searched)
    doing = state.doing[:1].upper() + state.doing[1:]
    if state.phase in ("reading", "preparing"):
        return HeaderView(doing, progress=0.0, how=how, buttons=("cancel",))
    if state.alone:
        title = f"Cross-validating, {counted(state.folds, 'fold')}"
    else:
        title = f"{state.done:,} of {counted(state.planned, 'trial')}"
    left = duration(state.seconds_left)
    workers = counted(state.workers, "worker")
    facts = [f"starting {workers}…" if state.starting and state.workers else workers]
    if state.phase == "paused":
        held = f"paused: {counted(state.training, 'training')} under way to be finished"
        facts.append(held if state.training else "paused")
    elif state.phase == "stopping":
        facts.append(state.doing)
    elif left:
        facts.append(left)
    buttons = {"paused": ("resume", "cancel"), "stopping": ()}.get(state.phase, ("pause", "cancel"))
    return HeaderView(
        title,
        tuple(facts),
        best_words(state),
        state.progress,
        how,
        buttons,
        note=_trouble(state),
        failed=False,
    )


def _ended(
    settings: SearchSettings,
    shown: SearchSettings,
    state: SearchState,
    why_not: str,
    others: str,
    planned: int,
) -> HeaderView:
    more = more_trials(state, planned)
    buttons, primary = _ready_buttons(settings, state, more)
    changed = more and planned not in (0, state.planned)
    failed = state.counts.get("failed", 0)
    if state.alone:
        title = {"cancelled": "Cross-validation cancelled"}.get(state.reason, "Cross-validated")
    elif state.unfinished:
        how = {"interrupted": "interrupted", "cancelled": "cancelled"}.get(state.reason, "ended")
        title = f"{state.done:,} of {counted(state.planned, 'trial')}, {how}"
    else:
        title = counted(state.done, "trial")
    facts = [f"training {taken(state.seconds)} in all"] if state.seconds >= 1 else []
    if failed and not state.alone:
        facts.append(f"{failed:,} failed")
    return HeaderView(
        title,
        tuple(facts),
        best_words(state),
        state.progress if state.unfinished else None,
        how_words(shown, 0 if state.alone else len(shown.space)),
        buttons,
        primary,
        why_not,
        note=why_not or _trouble(state) or _kept_words(state, others, more),
        texts={"go_on": f"Go on, {counted(more, 'more trial')}"} if changed else {},
    )


def _kept_words(state: SearchState, others: str, more: int) -> str:
    """What becomes of a search that is over."""
    if others and not state.alone:
        own = "; it goes on with its own" if state.unfinished or more else ""
        return f"The project has other settings by now than this search ({others}){own}."
    return "What is finished is kept; the search can go on." if state.unfinished else ""


def others_words(begun: Project, now: Project) -> str:
    """What differs between the project with which a search was begun and the one at hand, which
    are not searched alike: "epochs, early stopping and 2 more".
    """
    searched = {dimension.path for dimension in begun.search.space}
    found = [one.label for one in differences(begun, now) if one.path not in searched]
    if begun.search.space != now.search.space:
        found.append("what is searched")
    before, after = search_values(begun.search), search_values(now.search)
    found += [
        option.label
        for option in search_options(begun)
        if option.name not in _ASKED_FOR and before[option.name] != after[option.name]
    ]
    names = [f"{name[:1].lower()}{name[1:]}" for name in dict.fromkeys(found)] or ["details"]
    if len(names) > MOST_NAMED:
        names[MOST_NAMED - 1 :] = [f"{len(names) - MOST_NAMED + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _trouble(state: SearchState) -> str:
    failed = state.counts.get("failed", 0)
    if failed and failed == state.done and failed >= 3:
        return f"All {failed} trials so far have failed; the last row of the table says why."
    return state.note


def flattered_words(project: Project | None) -> str:
    """What is to be known of scores whose epoch was chosen by the samples that give them; "" where
    none was.
    """
    if project is None:
        return ""
    stopping, search = project.training.early_stopping, project.search
    tried = {d.path: d.values for d in search.space}
    stops = stopping.enabled or True in tried.get(f"{_STOPPING}.enabled", ())
    restores = stopping.restore_best_weights or True in tried.get(
        f"{_STOPPING}.restore_best_weights", ()
    )
    if not (stops and restores and stopping.monitor.startswith("val_")):
        return ""
    each = "each fold" if search.scored_by == "folds" else "each training"
    return (
        f"The epoch of {each} is chosen by the samples that score it, which flatters a little; the "
        "test vault does not."
    )


def told_apart_words(best: Trial | None, trials: Iterable[Trial]) -> str:
    """How many trials are as good as the best as far as its folds can tell; "" for none."""
    error = None if best is None else best.standard_error
    if best is None or error is None:
        return ""
    others = as_good_as(best, trials)
    if not others:
        return ""
    lie = "trial lies" if others == 1 else "trials lie"
    return (
        f"{others:,} more {lie} within one standard error ({sd_text(error)}) of the best: these "
        "folds hardly tell them apart."
    )


def opened_words(state: SearchState) -> str:
    """That the test vault was opened before the last trial; "" where it was not."""
    if state.alone:
        return ""
    return looked_words(state.looks, state.done, max(state.done, state.planned))


def refit_words(found: Refit) -> str:
    """What a refit does, for the question before it."""
    return (
        "The network gets the settings of this trial and is trained once more, on the training and "
        f"the validation part together. {' '.join(found.notes)} The test part stays sealed, and "
        "Undo brings the settings of before back."
    )


def refit_state_words(run: Project | None, trains: bool, trial: Trial | None) -> str:
    """How far the refit is, for the card of the vault; "" before one is begun.

    Args:
        run: the settings of the run on the bench.
        trains: whether it is in training.
        trial: the one that would be refitted: the chosen or the best.
    """
    if run is None or not run.data.split.validation_trains:
        return ""
    if trains:
        return "The refit is in training; when it is done, open the vault once."
    if trial is not None and has_settings(run, trial.settings):
        return f"Trial {trial.number:,} is refitted: open the vault once."
    return "A refit is on the bench, of other settings than this trial: open the vault once."


def taken(seconds: float) -> str:
    """How long something took: "12 s", "1 min 40 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


_ENDS_IN_FILE = (
    "The search keeps its finished trials beside the project, and can go on when that is open "
    "again."
)
_ENDS_UNSAVED = (
    "If you save, the search keeps its finished trials beside the project, and can go on when that "
    "is open again; if you discard, it cannot go on, and only its trials stay, on the page Runs."
)
_UNSAVED = (
    "The search is in no file either: if you save, it is kept beside the project; if you discard, "
    "it cannot go on, and only its trials stay, on the page Runs."
)
_ENDS_ALONE = "A cross-validation cannot go on later: it ends without a score."


def at_stake(state: SearchState, unsaved: bool) -> AtStake:
    """What becomes of the search, or the cross-validation, when the project is left.

    Args:
        unsaved: whether there is a search that only saving the project keeps.
    """
    words = [_ENDS_ALONE] if state.active and state.alone else []
    if state.active and not state.alone:
        words.append(_ENDS_UNSAVED if unsaved else _ENDS_IN_FILE)
    elif unsaved:
        words.append(_UNSAVED)
    return AtStake(state.called if state.active else "", unsaved, " ".join(words))
