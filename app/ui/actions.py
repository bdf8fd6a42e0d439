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
    can_open_vault: bool = False
    """Whether the test part is sealed and there is a network to judge on it."""
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
        enabled: from the facts to whether it can be given now.
        group: commands of one menu with different groups are parted by a line.
    """

    id: str
    menu: str | None
    text: str
    key: str = ""
    enabled: Callable[[WindowFacts], bool] = lambda facts: True
    group: int = 0

    @property
    def plain_text(self) -> str:
        return self.text.replace("&", "")


def _open(facts: WindowFacts) -> bool:
    return facts.project_open


def _idle(facts: WindowFacts) -> bool:
    return facts.project_open and facts.phase == "idle"


def _can_begin(facts: WindowFacts) -> bool:
    return facts.can_train and facts.phase == "idle" and not facts.searching


def _can_go_on(facts: WindowFacts) -> bool:
    # A paused run has its settings; what is edited meanwhile does not matter to it.
    return facts.phase == "paused" or _can_begin(facts)


def _suits_data(facts: WindowFacts) -> bool:
    return facts.project_open and facts.data_known


def _idle_with_data(facts: WindowFacts) -> bool:
    return _idle(facts) and facts.data_known


def _trained(facts: WindowFacts) -> bool:
    return facts.has_model and facts.phase == "idle"


def _trains_again(facts: WindowFacts) -> bool:
    return _trained(facts) and not facts.searching


def _editable_layer(facts: WindowFacts) -> bool:
    return facts.project_open and facts.layer_selected and not facts.input_selected


def _network(facts: WindowFacts) -> bool:
    return facts.project_open and facts.page == "bench"


def _chosen(facts: WindowFacts) -> bool:
    return _network(facts) and facts.chosen > 0


def _inside(facts: WindowFacts) -> bool:
    return facts.has_model and facts.page == "inside"


def _several(facts: WindowFacts) -> bool:
    return _network(facts) and facts.chosen > 1


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
    Command("undo", "&Edit", "&Undo", "Ctrl+Z", lambda f: f.can_undo),
    Command("redo", "&Edit", "&Redo", "Ctrl+Shift+Z", lambda f: f.can_redo),
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
    Command("data_columns", "&Data", "&Columns…", "", lambda f: f.own_table, 1),
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
        lambda f: _network(f) and f.placed_by_hand,
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
    Command("pause", "&Train", "&Pause", "F6", lambda f: f.phase in ("running", "paused")),
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
        lambda f: f.phase in ("waiting", "preparing", "running", "paused"),
    ),
    Command("continue", "&Train", "&Continue with more epochs…", "Ctrl+F5", _trains_again, 1),
    Command("start_over", "&Train", "Start o&ver from the same weights", "", _trains_again, 1),
    Command(
        "branch",
        "&Train",
        "Branch fro&m the shown epoch",
        "",
        lambda f: f.can_branch and not f.searching,
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
    Command("search", "&Train", "Sea&rch", "", lambda f: _can_begin(f) and f.searched > 0, 1),
    Command("cross_validate", "&Train", "Cross-val&idate the network", "", _can_begin, 1),
    Command("keep_weights", "&Train", "&Keep the trained weights", "", _trained, 2),
    Command("forget_weights", "&Train", "&Forget all kept weights", "", lambda f: f.has_kept, 2),
    Command("freeze_to", "&Train", "Free&ze up to the chosen layer", "", _editable_layer, 3),
    Command("unfreeze", "&Train", "&Unfreeze all layers", "", lambda f: f.has_frozen, 3),
    Command("swap_head", "&Train", "S&wap the head to suit the data", "", _idle_with_data, 3),
    Command(
        "swap_behind",
        "&Train",
        "Swap all &behind the chosen layer",
        "",
        lambda f: _idle_with_data(f) and f.layer_selected,
        3,
    ),
    Command("open_vault", "&Train", "Open t&he test vault…", "", lambda f: f.can_open_vault, 4),
    Command("palette", "&Help", "&Find a command…", "Ctrl+K"),
    Command("shortcuts", "&Help", "&Keyboard shortcuts", "F1"),
    Command("about", "&Help", "&About LayerLab", group=1),
)

BY_ID = {command.id: command for command in COMMANDS}


def enabled_commands(facts: WindowFacts) -> frozenset[str]:
    """Ids of the commands that can be given now."""
    return frozenset(command.id for command in COMMANDS if command.enabled(facts))
