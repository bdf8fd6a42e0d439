"""How the shape and the parameters of a layer come about, line by line."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.resolved_project import ArithmeticLine
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.theme import current_theme


class ArithmeticBox(QWidget):
    """How shape and parameters come about, in fixed pitch; the result is bold."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[ArithmeticLine, ...] = ()
        self.setObjectName("inspector.arithmetic")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_lines(self, lines: tuple[ArithmeticLine, ...]) -> None:
        self._lines = lines
        self.setAccessibleName("; ".join(f"{line.label}: {line.text}" for line in lines))
        self.setToolTip("")
        self.setVisible(bool(lines))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(256), px(20) * len(self._rows()) + px(12))

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def _rows(self) -> list[tuple[str, str, str]]:
        """(text, bold end, label) of each row; what is too long for one row goes on in the next."""
        metrics = QFontMetricsF(current_theme().font("formula"))
        room = max(self.width(), px(200)) - px(26)
        rows = []
        for line in self._lines:
            head, sign, result = line.text.rpartition("= ")
            text, strong = (head + sign, result) if sign else (line.text, "")
            label_width = metrics.horizontalAdvance(f"  {line.label}")
            words, part = text.split(" "), ""
            for word in words:
                longer = f"{part} {word}".strip()
                last = word is words[-1]
                needed = metrics.horizontalAdvance(longer + (strong if last else ""))
                if part and needed + label_width > room:
                    rows.append((part, "", ""))
                    part = f"  {word}"
                else:
                    part = longer if not part.startswith("  ") else f"{part} {word}"
            rows.append(
                (f"{part} " if strong and not part.endswith(" ") else part, strong, line.label)
            )
        return rows

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        with box_painter(self) as painter:
            rect = QRectF(self.rect())
            paint_box(painter, rect, px(6), fill=color("canvas"), line=color("border"))
            for index, (text, strong, label) in enumerate(self._rows()):
                line = QRectF(px(13), px(6) + index * px(20), rect.width() - px(26), px(20))
                painter.setPen(color("text"))
                painter.setFont(theme.font("formula"))
                painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)
                start = QFontMetricsF(theme.font("formula")).horizontalAdvance(text)
                painter.setFont(theme.font("formula_strong"))
                painter.drawText(
                    line.adjusted(start, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, strong
                )
                painter.setFont(theme.font("caption"))
                painter.setPen(color("muted"))
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.drawText(line, flags, label)
