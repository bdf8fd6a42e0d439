"""The presenter of the data page."""

import re

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.data_edits import own_class_weights
from app.core.data_settings import (
    ArraySource,
    BuiltinSource,
    DataSource,
    PaintedSource,
    PictureSource,
    SplitSettings,
    TableSource,
)
from app.core.data_summary import DataSummary, reconstructing
from app.core.dataset_catalog import dataset_of, filled_options, source_errors
from app.core.frozen import FrozenMap
from app.core.problems import Problem
from app.core.resolved_project import ResolvedProject
from app.ui.data_choice import DataChoice
from app.ui.data_feed import DataFeed
from app.ui.dialogs import Dialogs
from app.ui.pages.data_facts import (
    array_choices,
    by_name,
    guesses_of,
    head_of,
    learned,
    memory_text,
    origin_of,
    split_remark,
)
from app.ui.pages.data_marks import WEIGHTING, DataMarks
from app.ui.pages.data_page import DataPage
from app.ui.pages.data_prepare import label_of
from app.ui.pages.data_source_presenter import DataSourcePresenter
from app.ui.pages.data_split import SplitView
from app.ui.project_document import ProjectDocument, is_known

PATIENCE_MS = 200
"""A wait that is longer shows how far it is."""
CORRECTABLE = (TableSource, PictureSource, ArraySource)
"""Sources with settings of how they are read."""


class DataPresenter(QObject):
    """Shows the data of the project, turns what is asked for into edits of `project.data`.

    Signals:
        message(str): one line for the status row.
    """

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
        self._page, self._document, self._feed = page, document, feed
        self._dialogs = dialogs
        self._problems: tuple[Problem, ...] = ()
        self._looks: dict[int, tuple[str, str]] = {}
        self._previewed: DataSource | None = None
        self._shown: tuple[object, object, object] = (None, None, None)
        self._choice = DataChoice(document, dialogs, self)
        self._choice.message.connect(self.message)
        self._choice.declined.connect(self._show_again)
        self.source = DataSourcePresenter(page, document, feed, dialogs, self._choice, self)
        marked = {"data.preprocessing": page.preprocessing, WEIGHTING: page.weights}
        self._marks = DataMarks(document, marked, self)
        page.gaps.show_gaps(())
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._show_progress)
        page.option_edited.connect(self._edit_option)
        page.head.learns_chosen.connect(self._choose_learns)
        page.split.shares_edited.connect(self._edit_shares)
        page.split.stratified_edited.connect(self._edit_stratified)
        page.split.split_seed_edited.connect(self._edit_seed)
        page.split.way_chosen.connect(self._choose_way)
        page.split.own_parts_edited.connect(self._edit_own_parts)
        page.preprocessing.preprocessing_chosen.connect(self._choose_preprocessing)
        page.weights.weighting_chosen.connect(self._choose_weighting)
        page.weights.weight_edited.connect(self._edit_weight)
        page.weights.refused.connect(self.message)
        page.memory.memory_edited.connect(self._edit_memory)
        page.warnings.fix_chosen.connect(self._fix)
        page.warnings.look_chosen.connect(self._look)
        page.warnings.all_requested.connect(self._show_remarks)
        for part in (page.warnings, page.origin):
            part.left_out_requested.connect(self._show_left_out)
        page.preview.cancelled.connect(feed.cancel)
        page.preview.again_requested.connect(feed.reload)
        page.preview.source_requested.connect(lambda: page.side.show_tab("source"))
        document.changed.connect(self._project_changed)
        feed.changed.connect(self._show_data)
        feed.progressed.connect(self._progressed)
        feed.counted.connect(lambda: page.preview.show_distincts(feed.distincts))

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

    def _show_again(self) -> None:
        """What was chosen on the page is not so."""
        resolved = self._document.resolved
        if resolved is not None:
            self._show(resolved)
            self._show_data()

    def _show(self, resolved: ResolvedProject) -> None:
        data, summary, page = resolved.project.data, resolved.summary, self._page
        known, source = is_known(resolved), data.source
        page.head.show_head(*head_of(source))
        page.head.show_learns(data.learns, learned(resolved))
        page.split.show_split(
            SplitView(
                settings=data.split,
                counts=summary.counts if known else None,
                noun="pictures" if summary.pictures else "rows",
                target=summary.target_names[0] if summary.class_names else "",
                own_parts=summary.own_parts,
                timed=summary.timed,
                remark=split_remark(resolved, self._dates()) if known else "",
            )
        )
        page.balance.show_summary(summary)
        page.preprocessing.show_preprocessing(
            data.preprocessing, "Fitted on the training part alone. Scaling shows before and after."
        )
        page.weights.show_weights(
            data.class_weighting,
            summary.class_names,
            [counts[0] for counts in summary.class_counts],
            summary.class_weights,
            data.class_weights,
            summary.weighted,
        )
        page.memory.show_memory(data.memory_mib, memory_text(resolved))
        page.memory.setVisible(isinstance(source, PictureSource))
        page.origin.show_origin(*origin_of(resolved), len(summary.left_out))
        self._show_source(source, summary if known else None)
        kind = dataset_of(data)
        if kind is not None and isinstance(source, BuiltinSource):
            options = dict(filled_options(source))
            page.show_options(kind.options, options, source_errors(source))
        else:
            page.show_options((), {}, {})

    def _dates(self) -> list[str]:
        """Columns that could put the rows into order."""
        return [entry.name for entry in self._feed.entries if entry.type == "date"]

    def _show_source(self, source: DataSource, summary: DataSummary | None) -> None:
        page, source = self._page, self.source.source or source  # what is wanted, as it is typed
        page.show_source_panel(source.kind)
        if isinstance(source, TableSource):
            task = summary.task if summary is not None and not summary.reconstructs else None
            page.table.show_source(source, guesses_of(self._feed.description, task))
        elif isinstance(source, PictureSource):
            page.pictures.show_source(source, summary.input_shape if summary is not None else ())
        elif isinstance(source, ArraySource):
            task = summary.task if summary is not None and not summary.reconstructs else None
            page.arrays.show_source(source, *array_choices(self._feed.description, task))

    def _show_data(self) -> None:
        resolved, feed, preview = self._document.resolved, self._feed, self._page.preview
        self._show_problems()
        if feed.reading:
            if not self._patience.isActive():
                self._patience.start()
        else:
            self._patience.stop()
            preview.hide_reading()
        if resolved is None:
            return
        source = resolved.project.data.source
        if feed.prepared is None or feed.preview is None:
            if isinstance(source, PaintedSource):  # it has to be painted on to become data
                self._show_entries()
                preview.show_alone("painting")
            elif feed.problem is not None:
                self._previewed = None
                self._show_entries()
                self._show_source(source, None)
                preview.show_problem(feed.problem, isinstance(source, CORRECTABLE))
            elif self._previewed != source:
                self._show_entries()
                preview.show_waiting("Reading the data…")
            return
        self._previewed = source
        self._show_entries()
        self._show_source(source, resolved.summary)
        wanted = (feed.preview, feed.prepared, self.source.entries)
        if preview.empty or any(a is not b for a, b in zip(wanted, self._shown, strict=True)):
            self._shown = wanted
            preview.show_preview(feed.preview, feed.prepared.summary, by_name(feed.entries))
            preview.show_distincts(feed.distincts)

    def _show_entries(self) -> None:
        """Roles, types and gaps of a table's columns."""
        entries = self._feed.entries
        if entries is not self.source.entries:
            self.source.entries = entries
            self._page.gaps.show_gaps(entries)
            self._page.table.set_can_list(bool(entries))

    def _progressed(self) -> None:
        if not self._patience.isActive() and self._feed.reading:
            self._show_progress()

    def _show_progress(self) -> None:
        if self._feed.reading:
            self._page.preview.show_reading(self._feed.subject, self._feed.progress)

    def _show_problems(self) -> None:
        resolved = self._document.resolved
        if resolved is None:
            return
        found = [p for p in resolved.problems if p.where.split(".")[0] == "data"]
        if self._feed.problem is not None:
            found.insert(0, self._feed.problem)
        self._problems = tuple(found)
        self._looks = dict(_pairs(found, resolved.summary))
        self._page.warnings.show_problems(
            self._problems,
            resolved.summary.notes,
            len(resolved.summary.left_out),
            ["Show scatter" if n in self._looks else "" for n in range(len(found))],
            "file" if resolved.summary.pictures else "row",
        )

    def _show_left_out(self) -> None:
        resolved = self._document.resolved
        if resolved is not None:
            self._dialogs.left_out(resolved.summary.left_out)

    def _show_remarks(self) -> None:
        resolved = self._document.resolved
        if resolved is not None:
            problems = [f"{p.title}: {p.happened} {p.how_to_fix}" for p in self._problems]
            self._dialogs.remarks((*problems, *resolved.summary.notes))

    def _look(self, number: int) -> None:
        if number in self._looks:
            self._page.preview.show_scatter_of(*self._looks[number])

    def show_problem(self, problem: Problem) -> None:
        """Bring the card of a problem of the data into view, and the column that it tells of."""
        resolved, page = self._document.resolved, self._page
        page.side.show_tab("look")
        if resolved is None or problem not in self._problems:
            return
        number = self._problems.index(problem)
        words = f"{problem.title} {problem.happened}"
        names = {name for finding in resolved.summary.findings for name in finding.columns}
        told = [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words)]
        if number in self._looks:
            self._look(number)
        elif told and self._feed.prepared is not None:
            page.preview.show_column(max(told, key=len))
        page.warnings.show_card(number)

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

    def _edit_option(self, name: str, value: object) -> None:
        project = self._document.project
        if project is None or not isinstance(project.data.source, BuiltinSource):
            return
        source = project.data.source
        source = source.model_copy(update={"options": filled_options(source).set(name, value)})
        data = project.data.model_copy(update={"source": source})
        self._choice.take(f"Set {name} of the data", data, merge_key=f"data.{name}")

    def _edit_shares(self, validation: float, test: float) -> None:
        shares = {"validation_share": validation, "test_share": test}
        project = self._document.project
        if project is not None:
            before = project.data.split
            fields = {k: v for k, v in shares.items() if v >= 0}
            both = {k: fields.get(k, getattr(before, k)) for k in shares}
            excess = sum(both.values()) - 0.95
            for name, share in list(both.items()):
                if excess > 0 and name not in fields:  # of a part that the source gives
                    both[name] = round(max(0.0, share - excess), 2)
            same = both["validation_share"] == before.validation_share
            trains = before.validation_trains and same  # a share set by hand is to validate
            self._edit_split("Move the split", "data.split", **both, validation_trains=trains)

    def _edit_stratified(self, on: bool) -> None:
        self._edit_split("Stratify" if on else "Split without strata", stratified=on)

    def _edit_seed(self, seed: object) -> None:
        self._edit_split("Set the seed of the split", "data.split_seed", seed=seed)

    def _choose_way(self, way: str) -> None:
        self._edit_split("Split by time" if way == "time" else "Split at random", by=way)

    def _edit_own_parts(self, on: bool) -> None:
        text = "Keep the parts of the source" if on else "Share out all samples"
        self._edit_split(text, own_parts=on)

    def _choose_preprocessing(self, kind: str) -> None:
        self._edit(f"Preprocessing: {label_of(kind).lower()}", preprocessing=kind)

    def _choose_weighting(self, kind: str) -> None:
        resolved, text = self._document.resolved, f"Class weights: {label_of(kind).lower()}"
        if kind == "chosen" and resolved is not None:  # they begin with what counts now
            summary = resolved.summary
            now = FrozenMap(dict(zip(summary.class_names, summary.class_weights, strict=False)))
            self._document.edit(text, own_class_weights(resolved.project, weights=now))
        else:
            self._edit(text, class_weighting=kind)

    def _edit_weight(self, name: str, weight: float) -> None:
        project = self._document.project
        if project is not None:
            weights = project.data.class_weights.set(name, weight)
            self._edit(f"Weigh {name}", f"data.weight.{name}", class_weights=weights)

    def _edit_memory(self, mebibytes: object) -> None:
        self._edit("Set the memory of the data", "data.memory", memory_mib=mebibytes)

    def _choose_learns(self, kind: str) -> None:
        resolved = self._document.resolved
        if resolved is None or resolved.project.data.learns == kind:
            return
        data = resolved.project.data.model_copy(update={"learns": kind})
        text = "Learn the input itself" if kind == "input" else "Learn the target"
        if isinstance(data.source, BuiltinSource):
            self._choice.take(text, data)
        elif kind == "input" and resolved.summary.known:
            self._choice.take(text, data, reconstructing(resolved.summary))
        else:  # what a file's target is shows once it is read again
            self._edit(text, learns=kind)

    def _fix(self, number: int, index: int) -> None:
        project = self._document.project
        if project is None or number >= len(self._problems):
            return
        if self._problems[number] is self._feed.problem:
            self.source.mend(index)
        else:
            fix = self._problems[number].fixes[index]
            self._document.edit(fix.label, fix.edit(project))


def _pairs(problems: list[Problem], summary: DataSummary) -> list[tuple[int, tuple[str, str]]]:
    """Which problem tells of which two columns that can be drawn against each other."""
    found = []
    pairs = [f.columns[:2] for f in summary.findings if f.kind == "correlated"]
    for number, problem in enumerate(problems):
        words = f"{problem.title} {problem.happened}"
        for pair in pairs:
            if len(pair) == 2 and all(name in words for name in pair):
                found.append((number, (pair[0], pair[1])))
                break
    return found
