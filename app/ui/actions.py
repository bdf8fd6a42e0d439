"""The table of commands: menus, shortcuts, run bar and command palette are all made from it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class WindowFacts:
    """What decides which commands can be given now."""

    project_open: bool = False
    can_undo: bool = False
    can_redo: bool = False
    can_train: bool = False
    mend_first: str = ""
    """What keeps the project from being trained, if anything is known of it."""
    refused: str = ""
    """Why something that is typed in a field is refused; nothing begins while it stands there."""
    refused_search: str = ""
    """The same, fields of what is searched included."""
    phase: str = "idle"
    has_model: bool = False
    has_history: bool = False
    layer_selected: bool = False
    input_selected: bool = False
    chosen: int = 0
    """Layers that are chosen and can be removed: all but the input."""
    placed_by_hand: bool = False
    has_kept: bool = False
    has_frozen: bool = False
    own_table: bool = False
    data_known: bool = True
    """Whether anything is known of the data, so that a network can be made to suit them."""
    can_branch: bool = False
    """Whether the time machine stands at an epoch from which a new run can begin."""
    vault_why_not: str = "Nothing was trained yet."
    """Why the test vault cannot be opened; "" when the test part is sealed and there is a network
    to judge on it.
    """
    go_on_why_not: str = "There is no search to go on with."
    refit_why_not: str = "There is no trial to refit: search first."
    searching: bool = False
    """Whether a search runs: training on the bench waits until it ends."""
    searched: int = 0
    """How many options are searched."""
    page: str = "welcome"


@dataclass(frozen=True)
class Command:
    """One thing that the user can order.

    Attributes:
        id: stable name; the action's objectName is `action.<id>`.
        menu: the menu it stands in; None for those that only the palette and the run bar show.
        text: with the dots of a dialog; `&` marks the menu key.
        key: the shortcut, in Qt's portable notation.
        why_not: from the facts to the sentence that says why it cannot be given now; to "" when it
            can.
        group: commands of one menu with different groups are parted by a line.
    """

    id: str
    menu: str | None
    text: str
    key: str = ""
    why_not: Callable[[WindowFacts], str] = lambda facts: ""
    group: int = 0

    @property
    def plain_text(self) -> str:
        return self.text.replace("&", "")


NO_PROJECT = "No project is open: choose an example or open a file first."
NOTHING_TRAINED = "Nothing was trained yet."
CHOOSE_LAYER = "Choose a layer first; the input does not count."
SEARCHING = "A search is running: training on the bench waits until it ends."
_UNDER_WAY = {
    "waiting": "The training is waiting for the data.",
    "preparing": "The training is being prepared.",
    "running": "A training is running.",
    "paused": "A training is paused.",
    "stopping": "The training is ending.",
}


def _open(facts: WindowFacts) -> str:
    return "" if facts.project_open else NO_PROJECT


def _rests(facts: WindowFacts) -> str:
    if facts.phase == "idle":
        return ""
    return _UNDER_WAY.get(facts.phase, "The engine is at work.")


def _searches(facts: WindowFacts) -> str:
    return SEARCHING if facts.searching else ""


def _idle(facts: WindowFacts) -> str:
    return _open(facts) or _rests(facts)


def _can_begin(facts: WindowFacts) -> str:
    if why := _idle(facts) or _searches(facts):
        return why
    if not facts.can_train:
        return facts.mend_first or "The project cannot be trained yet; see the page Bench."
    return facts.refused


def _can_search(facts: WindowFacts) -> str:
    if why := _can_begin(facts) or facts.refused_search:
        return why
    if not facts.searched:
        return "Nothing is searched yet: on the page Bench press the dot before an option."
    return ""


def _can_go_on(facts: WindowFacts) -> str:
    # A paused run has its settings; what is edited meanwhile does not matter to it.
    return "" if facts.phase == "paused" else _can_begin(facts)


def _no_training(facts: WindowFacts) -> str:
    if facts.searching:
        return "A search is running: it is paused and cancelled on the page Tune."
    return "No training is running."


def _can_pause(facts: WindowFacts) -> str:
    return "" if facts.phase in ("running", "paused") else _no_training(facts)


def _can_stop(facts: WindowFacts) -> str:
    if facts.phase == "stopping":
        return _rests(facts)
    return "" if facts.phase in _UNDER_WAY else _no_training(facts)


def _known(facts: WindowFacts) -> str:
    return "" if facts.data_known else "Nothing is known of the data yet."


def _suits_data(facts: WindowFacts) -> str:
    return _open(facts) or _known(facts)


def _idle_with_data(facts: WindowFacts) -> str:
    return _idle(facts) or _known(facts)


def _trained(facts: WindowFacts) -> str:
    return ("" if facts.has_model else NOTHING_TRAINED) or _rests(facts)


def _trains_again(facts: WindowFacts) -> str:
    return _trained(facts) or _searches(facts)


def _can_branch(facts: WindowFacts) -> str:
    here = "On the page Inside choose an epoch whose weights were kept."
    return ("" if facts.can_branch else here) or _searches(facts)


def _editable_layer(facts: WindowFacts) -> str:
    chosen = facts.layer_selected and not facts.input_selected
    return _open(facts) or ("" if chosen else CHOOSE_LAYER)


def _network(facts: WindowFacts) -> str:
    on_bench = facts.page == "bench"
    return _open(facts) or ("" if on_bench else "The network is on the page Bench.")


def _chosen(facts: WindowFacts) -> str:
    return _network(facts) or ("" if facts.chosen > 0 else CHOOSE_LAYER)


def _several(facts: WindowFacts) -> str:
    return _network(facts) or ("" if facts.chosen > 1 else "Choose two layers or more.")


def _placed(facts: WindowFacts) -> str:
    return _network(facts) or ("" if facts.placed_by_hand else "No layer was placed by hand.")


def _inside(facts: WindowFacts) -> str:
    if not facts.has_model:
        return NOTHING_TRAINED
    return "" if facts.page == "inside" else "The epochs are looked through on the page Inside."


def _swaps_behind(facts: WindowFacts) -> str:
    return _idle_with_data(facts) or ("" if facts.layer_selected else "Choose a layer first.")


def _when(fact: str, otherwise: str) -> Callable[[WindowFacts], str]:
    """Nothing is in the way while `fact` is true; `otherwise` says what is."""
    return lambda facts: "" if getattr(facts, fact) else otherwise


MENUS = ("&File", "&Edit", "&Data", "&Network", "&View", "&Train", "&Help")

COMMANDS: tuple[Command, ...] = (
    Command("new", "&File", "&New…", "Ctrl+N"),
    Command("open", "&File", "&Open…", "Ctrl+O"),
    Command("open_folder", "&File", "Open a &folder of pictures…", "Ctrl+Shift+O"),
    Command("reload_data", "&File", "Read the data a&gain", "Ctrl+R", _idle),
    Command("save", "&File", "&Save", "Ctrl+S", _open, 1),
    Command("save_as", "&File", "Save &as…", "Ctrl+Shift+S", _open, 1),
    Command("open_model", "&File", "Open &model…", "", group=2),
    Command("backbone", "&File", "New from a &backbone…", "", _idle_with_data, 2),
    Command("save_model", "&File", "Save mo&del…", "Ctrl+E", _idle, 2),
    Command("quit", "&File", "&Quit", "Ctrl+Q", group=3),
    Command("undo", "&Edit", "&Undo", "Ctrl+Z", _when("can_undo", "There is nothing to undo.")),
    Command(
        "redo", "&Edit", "&Redo", "Ctrl+Shift+Z", _when("can_redo", "There is nothing to redo.")
    ),
    Command("cut", "&Edit", "Cu&t", "Ctrl+X", _chosen, 1),
    Command("copy", "&Edit", "&Copy", "Ctrl+C", _chosen, 1),
    Command("paste", "&Edit", "&Paste", "Ctrl+V", _network, 1),
    Command("paste_behind", "&Edit", "Paste &behind layer", "Ctrl+Shift+V", _network, 1),
    Command("duplicate_layer", "&Edit", "Dupl&icate", "Ctrl+D", _chosen, 1),
    Command("delete_layer", "&Edit", "&Delete", "", _chosen, 1),
    Command("select_all", "&Edit", "Choose a&ll layers", "Ctrl+A", _network, 1),
    Command("settings", "&Edit", "Training &settings", "Ctrl+T", _open, 2),
    Command("advise", "&Edit", "Fit &output, loss and metrics to the data", "", _suits_data, 2),
    Command("data_set", "&Data", "From the data &sets…", "Ctrl+Shift+D", _open),
    Command("data_file", "&Data", "From a &file…", "", _open),
    Command("data_folder", "&Data", "From a f&older of pictures…", "", _open),
    Command(
        "data_columns",
        "&Data",
        "&Columns…",
        "",
        _when("own_table", "Only tables read from a file have columns to choose."),
        1,
    ),
    Command("add_layer", "&Network", "&Add layer…", "Ctrl+L", _open),
    Command("link_layer", "&Network", "&Link from layer…", "Alt+Right", _network),
    Command("choose_link", "&Network", "Choose a lin&k into layer", "Alt+Left", _network),
    Command("move_layer_back", "&Network", "&Move layer back", "Ctrl+Left", _chosen, 1),
    Command("move_layer_on", "&Network", "M&ove layer on", "Ctrl+Right", _chosen, 1),
    Command("align_left", "&Network", "Align l&eft", "", _several, 2),
    Command("align_top", "&Network", "Align &top", "", _several, 2),
    Command("align_column", "&Network", "&Centre in a column", "", _several, 2),
    Command("align_row", "&Network", "Centre in a &row", "", _several, 2),
    Command("distribute_across", "&Network", "&Distribute across", "", _several, 2),
    Command("distribute_down", "&Network", "Distribute do&wn", "", _several, 2),
    Command(
        "arrange",
        "&Network",
        "Arra&nge automatically",
        "Ctrl+Shift+A",
        _placed,
        3,
    ),
    Command(
        "compare_activation",
        "&Network",
        "Compare acti&vation…",
        "Ctrl+Shift+L",
        _editable_layer,
        4,
    ),
    Command("search_copies", "&Network", "Search the n&umber of hidden layers", "", _open, 4),
    Command("templates", "&Network", "Tem&plates…", "Ctrl+M", _suits_data, 4),
    Command("save_template", "&Network", "&Save as template…", "", _open, 4),
    Command("show_welcome", "&View", "&Welcome", "Ctrl+0"),
    Command("show_data", "&View", "&Data", "Ctrl+1", _open),
    Command("show_bench", "&View", "&Bench", "Ctrl+2", _open),
    Command("show_inside", "&View", "I&nside", "Ctrl+3", _open),
    Command("show_tune", "&View", "&Tune", "Ctrl+4", _open),
    Command("show_evaluate", "&View", "Eval&uate", "Ctrl+5", _open),
    Command("show_runs", "&View", "&Runs", "Ctrl+6"),
    Command("show_lab", "&View", "Acti&vation lab", "Ctrl+7"),
    Command("fit_network", "&View", "&Fit network to view", "Ctrl+9", _open, 1),
    Command("zoom_selection", "&View", "Zoom to &chosen layers", "Ctrl+Shift+9", _chosen, 1),
    Command("zoom_in", "&View", "Zoo&m in", "Ctrl+=", _network, 1),
    Command("zoom_out", "&View", "Zoom &out", "Ctrl+-", _network, 1),
    Command("log_scale", "&View", "&Logarithmic loss", "", _open, 1),
    Command("earlier_epoch", "&View", "&Earlier epoch", "Alt+,", _inside, 2),
    Command("later_epoch", "&View", "Later e&poch", "Alt+.", _inside, 2),
    Command("theme_system", "&View", "Theme: as the &system", group=3),
    Command("theme_light", "&View", "Theme: l&ight", group=3),
    Command("theme_dark", "&View", "Theme: d&ark", group=3),
    Command(
        "train",
        "&Train",
        "&Train",
        "F5",
        _can_go_on,
    ),
    Command("pause", "&Train", "&Pause", "F6", _can_pause),
    Command(
        "step",
        "&Train",
        "&Step one batch",
        "F10",
        _can_go_on,
    ),
    Command(
        "step_epoch",
        "&Train",
        "Step one &epoch",
        "F11",
        _can_go_on,
    ),
    Command(
        "stop",
        "&Train",
        "St&op and keep the model",
        "Shift+F5",
        _can_stop,
    ),
    Command("continue", "&Train", "&Continue with more epochs…", "Ctrl+F5", _trains_again, 1),
    Command("start_over", "&Train", "Start o&ver from the same weights", "", _trains_again, 1),
    Command(
        "branch",
        "&Train",
        "Branch fro&m the shown epoch",
        "",
        _can_branch,
        1,
    ),
    Command(
        "find_rate",
        "&Train",
        "Find a &learning rate…",
        "",
        _can_begin,
        1,
    ),
    Command(
        "compare_scaling",
        "&Train",
        "Compare with and without stan&dardized inputs…",
        "",
        _can_begin,
        1,
    ),
    Command("search", "&Train", "Sea&rch", "", _can_search, 1),
    Command("go_on", "&Train", "&Go on with the search", "", lambda f: f.go_on_why_not, 1),
    Command("cross_validate", "&Train", "Cross-val&idate the network", "", _can_begin, 1),
    Command("refit", "&Train", "Refit the chosen tri&al…", "", lambda f: f.refit_why_not, 1),
    Command("keep_weights", "&Train", "&Keep the trained weights", "", _trained, 2),
    Command(
        "forget_weights",
        "&Train",
        "&Forget all kept weights",
        "",
        _when("has_kept", "No weights are kept."),
        2,
    ),
    Command("freeze_to", "&Train", "Free&ze up to the chosen layer", "", _editable_layer, 3),
    Command(
        "unfreeze",
        "&Train",
        "&Unfreeze all layers",
        "",
        _when("has_frozen", "No layer is frozen."),
        3,
    ),
    Command("swap_head", "&Train", "S&wap the head to suit the data", "", _idle_with_data, 3),
    Command(
        "swap_behind",
        "&Train",
        "Swap all &behind the chosen layer",
        "",
        _swaps_behind,
        3,
    ),
    Command("open_vault", "&Train", "Open t&he test vault…", "", lambda f: f.vault_why_not, 4),
    Command("palette", "&Help", "&Find a command…", "Ctrl+K"),
    Command("shortcuts", "&Help", "&Keyboard shortcuts", "F1"),
    Command("about", "&Help", "&About LayerLab", group=1),
)

BY_ID = {command.id: command for command in COMMANDS}


def refused_commands(facts: WindowFacts) -> dict[str, str]:
    """Why commands cannot be given now, by id; those that can are not in it."""
    return {command.id: why for command in COMMANDS if (why := command.why_not(facts))}


def enabled_commands(facts: WindowFacts) -> frozenset[str]:
    """Ids of the commands that can be given now."""
    return frozenset(BY_ID).difference(refused_commands(facts))
