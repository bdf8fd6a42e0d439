"""The presenter of the data page."""

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import (
    BuiltinSource,
    DataSettings,
    DataSource,
    SplitSettings,
    TableSource,
)
from app.core.data_summary import DataSummary, reconstructing
from app.core.dataset_catalog import (
    DATASETS_BY_NAME,
    dataset_of,
    filled_options,
    source_errors,
    summary_of,
)
from app.core.frozen import FrozenMap
from app.core.number_words import counted
from app.core.problems import Problem
from app.core.project import Project
from app.core.project_edits import (
    begin_anew,
    can_take,
    choose_data,
    dataset_settings,
    is_valuable,
    keep_network,
    set_network,
)
from app.core.resolved_project import ResolvedProject
from app.core.transfer import own_input_shape, with_input_shape
from app.ui.data_feed import DataFeed
from app.ui.dialogs import Dialogs, NetworkAnswer
from app.ui.pages.data_page import DataPage
from app.ui.project_document import ProjectDocument, is_known


class DataPresenter(QObject):
    """Shows the data of the project, turns what is asked for into edits of `project.data`.

    Signals:
        open_file_requested(): the user wants a file of his own.
        message(str): one line for the status row.
    """

    open_file_requested = Signal()
    message = Signal(str)

    def __init__(
        self,
        page: DataPage,
        document: ProjectDocument,
        feed: DataFeed,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._document = document
        self._feed = feed
        self._dialogs = dialogs
        self._problems: tuple[Problem, ...] = ()
        self._previewed: DataSource | None = None
        page.open_file_requested.connect(self.open_file_requested)
        page.dataset_chosen.connect(self._choose_dataset)
        page.option_edited.connect(self._edit_option)
        page.role_chosen.connect(self._choose_role)
        page.shares_edited.connect(self._edit_shares)
        page.stratified_edited.connect(self._edit_stratified)
        page.split_seed_edited.connect(self._edit_seed)
        page.preprocessing_chosen.connect(self._choose_preprocessing)
        page.learns_chosen.connect(self._choose_learns)
        page.fix_chosen.connect(self._fix)
        document.changed.connect(self._project_changed)
        feed.changed.connect(self._show_data)

    # ---- showing
    def _project_changed(self, before: ResolvedProject | None, after: ResolvedProject) -> None:
        same = (
            before is not None
            and before.project.data == after.project.data
            and before.summary is after.summary
        )
        if not same:
            self._show(after)
        self._show_problems()

    def _show(self, resolved: ResolvedProject) -> None:
        data, summary = resolved.project.data, resolved.summary
        kind = dataset_of(data)
        if kind is not None:
            words = kind.description.removesuffix(".")
            self._page.show_head(kind.label, f"built in: {words[0].lower()}{words[1:]}")
        elif isinstance(data.source, TableSource):
            name = data.source.path.replace("\\", "/").rsplit("/", 1)[-1]
            self._page.show_head(name, f"table, {data.source.path}")
        noun = "pictures" if summary.pictures else "rows"
        self._page.show_split(
            (data.split.validation_share, data.split.test_share),
            summary.counts if is_known(resolved) else None,
            noun,
            data.split.stratified,
            bool(summary.class_names),
            summary.target_names[0] if summary.target_names else "class",
            data.split.seed,
            _remark(resolved) if is_known(resolved) else "",
        )
        self._page.show_summary(summary)
        self._page.show_preprocessing(
            data.preprocessing,
            "Fitted on the training part alone; before and after: Statistics.",
        )
        self._page.show_learns(data.learns, _learned(resolved))
        if kind is not None and isinstance(data.source, BuiltinSource):
            self._page.show_options(
                kind.options, dict(filled_options(data.source)), source_errors(data.source)
            )
        else:
            self._page.show_options((), {}, {})

    def _show_data(self) -> None:
        data, preview, resolved = self._feed.prepared, self._feed.preview, self._document.resolved
        self._show_problems()
        if resolved is None:
            return
        source = resolved.project.data.source
        if data is None or preview is None:
            problem = self._feed.problem
            if problem is not None:
                self._page.preview.show_waiting(f"{problem.title}. {problem.happened}")
            elif self._previewed != source:
                self._page.preview.show_waiting("Reading the data…")
            return
        self._previewed = source
        self._page.preview.show_preview(preview, data.summary, isinstance(source, TableSource))

    def _show_problems(self) -> None:
        resolved = self._document.resolved
        if resolved is None:
            return
        found = [p for p in resolved.problems if p.where.split(".")[0] == "data"]
        if self._feed.problem is not None:
            found.insert(0, self._feed.problem)
        self._problems = tuple(found)
        self._page.show_problems(self._problems, resolved.summary.notes)

    # ---- edits
    def _edit(self, text: str, key: str | None = None, **fields: object) -> None:
        project = self._document.project
        if project is not None:
            data = project.data.model_copy(update=fields)
            self._document.edit(text, project.model_copy(update={"data": data}), key)

    def _edit_split(self, text: str, key: str | None = None, **fields: object) -> None:
        project = self._document.project
        if project is not None:
            current = {k: getattr(project.data.split, k) for k in SplitSettings.model_fields}
            self._edit(text, key, split=SplitSettings.model_validate({**current, **fields}))

    def _choose_dataset(self, name: str) -> None:
        project = self._document.project
        if project is None:
            return
        label = DATASETS_BY_NAME[name].label
        self._choose_data(f"Choose {label}", dataset_settings(project, name))

    def _choose_data(
        self,
        text: str,
        data: DataSettings,
        summary: DataSummary | None = None,
        merge_key: str | None = None,
    ) -> None:
        """One step: `text`. A network that cannot take the data is not lost unasked, or not
        without a word.
        """
        resolved = self._document.resolved
        if resolved is None:
            return
        project = resolved.project
        summary = summary or summary_of(data)
        if can_take(project, data, summary):
            self._document.edit(text, choose_data(project, data, summary), merge_key)
            return
        if not is_valuable(project.network):
            answer: NetworkAnswer = "begin"
        elif merge_key is not None:  # a number that is being changed, one step after the other
            answer = "keep"
        else:
            answer = self._dialogs.other_data(summary.title)
        if self._document.project != project:
            return  # it is another one since the question came
        if answer == "keep":
            self._document.edit(text, _with_own_shape(resolved, data, summary), merge_key)
            self.message.emit(f"The network is as it was; it cannot take {summary.title} yet")
        elif answer == "begin":
            self._document.edit(text, begin_anew(project, data, summary), merge_key)
            self.message.emit(
                f"The network could not take {summary.title}; another stands in its place. "
                "Undo brings it back"
            )
        else:
            self._show(resolved)

    def _edit_option(self, name: str, value: object) -> None:
        project = self._document.project
        if project is None or not isinstance(project.data.source, BuiltinSource):
            return
        source = project.data.source
        source = source.model_copy(update={"options": filled_options(source).set(name, value)})
        data = project.data.model_copy(update={"source": source})
        self._choose_data(f"Set {name} of the data", data, merge_key=f"data.{name}")

    def _choose_role(self, column: str, role: str) -> None:
        project = self._document.project
        if project is None or not isinstance(project.data.source, TableSource):
            return
        source = project.data.source
        roles = source.roles
        if role == "target":
            roles = FrozenMap({**{k: v for k, v in roles.items() if v != "target"}, column: role})
        else:
            roles = roles.set(column, role)
        self._edit(
            f"Make {column} {role}",
            source=source.model_copy(update={"roles": roles, "task": None}),
        )

    def _edit_shares(self, validation: float, test: float) -> None:
        self._edit_split(
            "Move the split", "data.split", validation_share=validation, test_share=test
        )

    def _edit_stratified(self, on: bool) -> None:
        self._edit_split("Stratify" if on else "Split without strata", stratified=on)

    def _edit_seed(self, seed: object) -> None:
        self._edit_split("Set the seed of the split", "data.split_seed", seed=seed)

    def _choose_preprocessing(self, kind: str) -> None:
        self._edit(f"Preprocessing: {kind}", preprocessing=kind)

    def _choose_learns(self, kind: str) -> None:
        resolved = self._document.resolved
        if resolved is None or resolved.project.data.learns == kind:
            return
        project = resolved.project
        data = project.data.model_copy(update={"learns": kind})
        text = "Learn the input itself" if kind == "input" else "Learn the target"
        if isinstance(data.source, BuiltinSource):
            self._choose_data(text, data)
        elif kind == "input":
            self._choose_data(text, data, reconstructing(resolved.summary))
        else:  # what a file's target is shows once it is read again
            self._edit(text, learns=kind)

    def _fix(self, number: int, index: int) -> None:
        project = self._document.project
        if project is not None and number < len(self._problems):
            fix = self._problems[number].fixes[index]
            self._document.edit(fix.label, fix.edit(project))


def _with_own_shape(resolved: ResolvedProject, data: DataSettings, summary: DataSummary) -> Project:
    """The project on `data` with its network as it is, made for samples as it had them so far."""
    kept, shape = keep_network(resolved.project, data), resolved.summary.input_shape
    network = kept.network
    if shape == summary.input_shape or own_input_shape(network) or not is_known(resolved):
        return kept
    return set_network(kept, with_input_shape(network, shape))


def _learned(resolved: ResolvedProject) -> str:
    """What the network is to give, in a sentence."""
    summary = resolved.summary
    if resolved.project.data.learns == "input":
        return f"All {summary.outputs:,} numbers of a sample, after preprocessing."
    if not is_known(resolved):
        return "What the data give."
    if summary.class_names:
        return f"{summary.target_names[0]}: one of {len(summary.class_names)} classes."
    return f"{', '.join(summary.target_names[:3])}: {counted(summary.outputs, 'number')}."


def _remark(resolved: ResolvedProject) -> str:
    """How well the parts agree in their class shares."""
    summary, split = resolved.summary, resolved.project.data.split
    if summary.reconstructs:
        return "The same samples in each part as when the target is learned."
    if not summary.class_counts:
        if summary.class_names:
            return ""
        return "Shared out at random."
    worst = 0.0
    for counts in summary.class_counts:
        share = sum(counts) / max(summary.samples, 1)
        for count, part in zip(counts, summary.counts, strict=True):
            worst = max(worst, abs(count - share * part))
    if split.stratified:
        rows = counted(max(1, round(worst)), "row")
        return f"Class shares match in all three parts to within {rows}."
    return f"Shared out at random: class counts are off by up to {worst:.0f} from equal shares."
