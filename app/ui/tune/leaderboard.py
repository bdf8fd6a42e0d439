"""The leaderboard: trials ranked, sorted by a click on a column, filtered by words."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.ui.controls import Label, LineEdit, Panel, plain_tool_tip
from app.ui.controls.numbered_rows import Index
from app.ui.controls.painting import color, paint_box, px
from app.ui.controls.sort_menu import SortKey, SortMenu
from app.ui.controls.table_rows import paint_row_ground
from app.ui.plots.axis import sd_text
from app.ui.theme import current_theme
from app.ui.tune.heads import ROOM, Heads, broken, widest
from app.ui.tune.leaderboard_model import FIXED, ROW, SCORE, SPREAD, LeaderboardModel
from app.ui.tune.trial_rows import STATE_WORDS, TrialRow
from app.ui.tune.value_words import mean_text

ROW_HEIGHT = 28
_WIDTHS = {"rank": 34, "number": 44, "score": 116}
NUMBERS, WORDS, WIDEST = 60, 76, 160
"""The least room for numbers, the least for words, and the most."""
SPREAD_WIDTHS = 84, 200
"""The spread takes what the other columns leave, within these."""


def _pens(row: TrialRow) -> str:
    return "text" if row.trial.state == "finished" else "muted"


class _Cells(QStyledItemDelegate):
    """Paints the rows as drawn: the score strong, its spread beside it, a bar while it trains."""

    def __init__(self, model: LeaderboardModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW)
        if not isinstance(row, TrialRow):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box: QRect = option.rect
        paint_row_ground(painter, option, index)
        inner = QRectF(box).adjusted(px(8), 0, -px(8), -1)
        if index.column() == SCORE:
            self._paint_score(painter, inner, row)
        elif index.column() == SPREAD:
            self._paint_spread(painter, inner, row)
        else:
            first = self._model.rows.rank(row.trial.number) == 1 and index.column() == 0
            painter.setFont(current_theme().font("cell_strong" if first else "cell"))
            muted = index.column() < len(FIXED) and not first
            painter.setPen(color("muted" if muted else _pens(row)))
            self._write(painter, inner, str(index.data() or ""), index)
        painter.restore()

    def _write(self, painter: QPainter, inner: QRectF, text: str, index: Index) -> None:
        align = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole))
        dots = Qt.TextElideMode.ElideRight
        metrics = QFontMetricsF(painter.font())
        painter.drawText(inner, align, metrics.elidedText(text, dots, inner.width()))

    def _paint_score(self, painter: QPainter, inner: QRectF, row: TrialRow) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        theme = current_theme()
        if row.mean is None and row.trial.state in ("running", "waiting"):
            bar = QRectF(inner.left(), inner.center().y() - px(2), px(96), px(4))
            paint_box(painter, bar, px(2), fill=color("track"))
            if row.progress > 0:
                done = QRectF(bar.left(), bar.top(), max(px(4), bar.width() * row.progress), px(4))
                paint_box(painter, done, px(2), fill=color("accent"))
            return
        if row.mean is None:
            painter.setFont(theme.font("cell"))
            painter.setPen(color("error" if row.trial.state == "failed" else "muted"))
            painter.drawText(inner, middle, STATE_WORDS[row.trial.state])
            return
        strong = theme.font("cell_strong")
        text = mean_text(row.mean)
        painter.setFont(strong)
        painter.setPen(color("text"))
        painter.drawText(inner, middle, text)
        if row.sd is not None:
            shift = QFontMetricsF(strong).horizontalAdvance(text + " ")
            painter.setFont(theme.font("cell"))
            painter.setPen(color("muted"))
            painter.drawText(inner.adjusted(shift, 0, 0, 0), middle, f"± {sd_text(row.sd)}")

    def _paint_spread(self, painter: QPainter, inner: QRectF, row: TrialRow) -> None:
        spread = self._model.rows.spread()
        if row.mean is None or spread is None:
            painter.setFont(current_theme().font("cell"))
            painter.setPen(color("muted"))
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, row.doing)
            return
        low, high = spread
        y, left, wide = inner.center().y(), inner.left(), inner.width()
        painter.fillRect(QRectF(left, y - 0.5, wide, 1), color("border"))

        def at(value: float) -> float:
            return left + wide * (value - low) / (high - low)

        place, ink, sd = at(row.mean), color("accent"), row.sd or 0.0
        ends = [min(max(at(value), left), left + wide) for value in (row.mean - sd, row.mean + sd)]
        if ends[1] > ends[0]:
            painter.setPen(QPen(ink, px(2)))
            painter.drawLine(QPointF(ends[0], y), QPointF(ends[1], y))
        if not left <= place <= left + wide:
            side = -1 if place < left else 1
            tip = left if side < 0 else left + wide
            arrow = [(tip, y), (tip - side * px(5), y - px(3)), (tip - side * px(5), y + px(3))]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink if ends[1] > ends[0] else color("control_border"))
            painter.drawPolygon(QPolygonF([QPointF(*point) for point in arrow]))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(QPointF(place, y), px(3.5), px(3.5))


class Leaderboard(Panel):
    """Passive.

    Signals:
        trial_chosen(object): number of the trial whose row was chosen; None for none.
        trial_opened(int): a row was pressed twice, or Enter.
    """

    trial_chosen = Signal(object)
    trial_opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Leaderboard", " ", parent, padding=1)
        self.setObjectName("tune.leaderboard")
        self.model = LeaderboardModel(self)
        self.filter = LineEdit(icon="search")
        self.filter.setObjectName("tune.filter")
        self.filter.setAccessibleName("Filter the trials")
        self.filter.setPlaceholderText("Filter")
        self.filter.setToolTip(
            "Words that must be in a row, and comparisons: adam units>=64 score>0.98"
        )
        self.filter.setFixedWidth(px(144))
        self.filter.textChanged.connect(self._filtered)
        self.add_corner(self.filter)
        self.table = QTableView()
        self._heads = Heads(self.table, axis=SPREAD)
        self._known: tuple[object, ...] = ()
        self._dress_table()
        self._nothing = Label("", "body", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.hide()
        self.body.setSpacing(0)
        self.body.setContentsMargins(0, 0, 0, px(8))
        self.body.addWidget(self._nothing)
        self.body.addWidget(self.table, 1)
        self.remark = Label("", "caption", "muted", wrap=True)
        self.remark.setObjectName("tune.remark")
        self.remark.setContentsMargins(px(16), px(8), px(16), 0)
        self.remark.hide()
        self.body.addWidget(self.remark)
        self.note = Label("", "caption", "muted", wrap=True)
        self.note.setObjectName("tune.flattered")
        self.note.setContentsMargins(px(16), px(8), px(16), 0)
        self.note.hide()
        self.body.addWidget(self.note)
        self.model.modelReset.connect(self._show_columns)
        self.model.layoutChanged.connect(self._show_columns)

    def choose(self, number: int | None) -> None:
        """Choose the row of a trial, without a signal."""
        selection = self.table.selectionModel()
        row = None if number is None else self.model.row_of(number)
        selection.blockSignals(True)
        if row is None:
            selection.clear()
        else:
            flag = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(self.model.index(row, 0), flag.ClearAndSelect | flag.Rows)
        selection.blockSignals(False)
        self.table.viewport().update()

    def show_counts(self, text: str) -> None:
        """How many trials there are, beside the title."""
        if self.header is not None:
            self.header.set_subtitle(text)

    def show_remark(self, text: str) -> None:
        """A sentence below the table: why a trial failed."""
        self.remark.setText(text)
        self.remark.setVisible(bool(text))

    def show_note(self, text: str, help_text: str = "") -> None:
        """What holds for all scores of the table."""
        self.note.setText(text)
        self.note.setToolTip(plain_tool_tip(help_text))
        self.note.setVisible(bool(text))

    @property
    def chosen(self) -> int | None:
        rows = self.table.selectionModel().selectedRows()
        return self.model.number_at(rows[0].row()) if rows else None

    # ---- inside
    def _dress_table(self) -> None:
        table = self.table
        table.setObjectName("tune.board")
        table.setAccessibleName("Trials")
        table.setModel(self.model)
        table.setItemDelegate(_Cells(self.model, table))
        table.setStyleSheet("QTableView { background: transparent; }")  # that of the panel
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setMouseTracking(True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(px(ROW_HEIGHT))
        header = self._heads
        table.setHorizontalHeader(header)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(px(24))
        header.setAccessibleName("Columns; press one to sort by it")
        header.sectionClicked.connect(self._sort)
        SortMenu(table, self._sort_keys, self._sort)
        table.selectionModel().selectionChanged.connect(
            lambda *_: self.trial_chosen.emit(self.chosen)
        )
        table.activated.connect(self._opened)

    def _opened(self, index: QModelIndex) -> None:
        self.trial_opened.emit(self.model.number_at(index.row()))

    def _sort_keys(self) -> list[SortKey]:
        """The score stands for its rank and its spread too."""
        model = self.model
        by = SCORE if model.sort_key in ("rank", "spread", "score") else None
        return [
            SortKey(n, model.plain_title(n), n == by or model.key_of(n) == model.sort_key)
            for n in range(model.columnCount())
            if model.key_of(n) not in ("rank", "spread")
        ]

    def _sort(self, column: int) -> None:
        key = self.model.key_of(column)
        key = "rank" if key in ("score", "spread") else key
        again = key == self.model.sort_key
        self.model.sort_by(key, not self.model.descending if again else False)
        self.model.headerDataChanged.emit(
            Qt.Orientation.Horizontal, 0, self.model.columnCount() - 1
        )

    def _filtered(self, text: str) -> None:
        self.model.filter_by(text)
        nothing = bool(text) and not self.model.rowCount()
        self._nothing.setText(f"No trial has all of “{text}”." if nothing else "")
        self._nothing.setVisible(nothing)

    def _show_columns(self) -> None:
        """Share the room out: heads on one line where all columns fit, else on two."""
        columns, model = range(self.model.columnCount()), self.model
        known = (
            self.table.viewport().width(),
            current_theme().scale,
            *(model.title(column) for column in columns if column != SPREAD),
            *(model.is_number(column) for column in columns),
        )
        if known == self._known:
            return
        self._known = known
        room = self.table.viewport().width()
        least, most = (px(width) for width in SPREAD_WIDTHS)
        needs = [self._need(column, two_lines=False) for column in columns]
        two_lines = sum(needs) + least > room
        if two_lines:
            needs = [self._need(column, two_lines=True) for column in columns]
        self._heads.set_two_lines(two_lines)
        for column in columns:
            if column != SPREAD:
                self.table.setColumnWidth(column, needs[column])
        self.table.setColumnWidth(SPREAD, min(max(room - sum(needs), least), most))

    def _need(self, column: int, *, two_lines: bool) -> int:
        """The width of a column; 0 of the spread, which takes what is left."""
        key = self.model.key_of(column)
        if key == "spread":
            return 0
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        title = f"{self.model.title(column)} ↓"
        lines = broken(title, metrics) if two_lines else [title]
        plain = self.model.title(column)
        if key not in _WIDTHS and self.model.sort_key != key:
            lines = broken(plain, metrics) if two_lines else [plain]
        head = widest(lines, metrics) + 2 * px(ROOM) + 1
        least = px(_WIDTHS.get(key, NUMBERS if self.model.is_number(column) else WORDS))
        if key in ("rank", "number"):
            return least
        return round(min(max(head, least), px(WIDEST)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.body.activate()
        self._show_columns()
