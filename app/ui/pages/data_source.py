"""How the source is read: what was guessed, and how it is corrected."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal

from app.core.data_paths import SKIP_ROWS
from app.core.data_settings import ArraySource, PictureSource, TableSource
from app.ui.controls import Button, CheckBox, ComboBox, IntegerField, Label, PairField, Panel
from app.ui.controls.painting import px
from app.ui.pages.data_form import FileRow, Rows

SEPARATORS = (
    (",", "comma"),
    (";", "semicolon"),
    ("\t", "tab"),
    ("|", "bar"),
    (" ", "space"),
    (":", "colon"),
    ("~", "tilde"),
    ("^", "caret"),
)
DECIMALS = ((".", "point"), (",", "comma"))
ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows-1252"),
    ("iso-8859-1", "ISO 8859-1"),
    ("utf-16", "UTF-16"),
    ("cp437", "DOS (437)"),
)
HEADERS = ((True, "names"), (False, "a sample"))
TASKS = (
    ("binary", "2 classes"),
    ("multiclass", "classes"),
    ("regression", "numbers"),
)
GUESS = "guess"
"""The choice that leaves it to the program."""


@dataclass(frozen=True)
class Guesses:
    """What the program reads where the settings say nothing; None where nobody knows yet."""

    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    skip_rows: int | None = None
    header: bool | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    task: str | None = None
    above: str = ""
    """What stands in the rows that are skipped, in a few words."""


def guess_text(choices: Sequence[tuple[object, str]], value: object) -> str:
    """ "guessed: semicolon"."""
    if value is None:
        return "guessed"
    words = dict(choices).get(value, str(value).strip() or repr(value))
    return f"guessed: {words}"


_KIND_NOTES = {
    "parquet": "A Parquet file tells itself how it is to be read.",
    "xlsx": "The cells of a workbook have types of their own.",
}
"""By the end of a file's name."""


class _Choice(ComboBox):
    """A list whose first entry is the guess."""

    def __init__(self, name: str, words: str, choices: Sequence[tuple[object, str]]) -> None:
        super().__init__()
        self._choices = self._words = tuple(choices)
        self.setObjectName(name)
        self.setAccessibleName(words)

    def show_choice(self, value: object, guessed: object) -> None:
        """Show `value`; None: the guess, which is `guessed`."""
        choices = list(self._choices)
        if value is not None and value not in dict(choices):
            choices.append((value, str(value)))
        self.set_options([(GUESS, guess_text(self._words, guessed)), *choices])
        self.set_current(GUESS if value is None else value)

    def set_choices(self, choices: Sequence[tuple[object, str]]) -> None:
        """Other choices; the guess is told by its name alone."""
        self._choices = tuple(choices)
        self._words = tuple((value, str(value)) for value, _ in choices)


class _RowCount(IntegerField):
    """A number of rows; while it is empty, the guess."""

    _EMPTY_INK = "text"  # as in the lists beside it

    def __init__(self, name: str) -> None:
        super().__init__(
            None,
            minimum=SKIP_ROWS.minimum,
            maximum=SKIP_ROWS.maximum,
            parse=SKIP_ROWS.parse,
            to_text=lambda value: "" if value is None else str(value),
        )
        self._guessed: object = None
        self.setObjectName(name)
        self.setAccessibleName(SKIP_ROWS.label)
        self.setToolTip("How many rows above the table are not read. Empty: guessed.")

    def show_count(self, value: object, guessed: object) -> None:
        """Show `value`; None: the guess, which is `guessed`."""
        self._guessed = guessed
        self.setPlaceholderText(guess_text((), guessed))
        self.set_value(value)

    def stepped(self, value: object, steps: int) -> object:
        return super().stepped(self._guessed if value is None else value, steps)


class TablePanel(Panel):
    """Of a table: separator, decimal mark, encoding, sheet, skipped rows, header, task, test file.

    Signals:
        edited(field, value): a field of `TableSource`; None leaves it to the program.
        test_file_requested(): a file with the test part is to be chosen.
        list_requested(): the list of all columns is wanted.
    """

    edited = Signal(str, object)
    test_file_requested = Signal()
    list_requested = Signal()

    def __init__(self) -> None:
        super().__init__("Read as")
        self._choices = {
            "separator": _Choice("data.separator", "Separator", SEPARATORS),
            "decimal": _Choice("data.decimal", "Decimal mark", DECIMALS),
            "encoding": _Choice("data.encoding", "Encoding", ENCODINGS),
            "sheet": _Choice("data.sheet", "Sheet", ()),
            "header": _Choice("data.header", "First row", HEADERS),
            "task": _Choice("data.task", "Task", TASKS),
        }
        self._skip = _RowCount("data.skip_rows")
        self._skip.value_edited.connect(lambda value: self.edited.emit("skip_rows", value))
        rows = self._rows = Rows()
        for field, choice in self._choices.items():
            if field == "header":
                rows.add(self._skip.accessibleName(), self._skip)
            rows.add(choice.accessibleName(), choice)
            choice.chosen.connect(lambda value, f=field: self._chosen(f, value))
        self._test = FileRow("data.test_file", "a file with the test part")
        self._test.choose.clicked.connect(self.test_file_requested)
        self._test.remove.clicked.connect(lambda: self.edited.emit("test_path", None))
        rows.add("Test file", self._test)
        self.body.addWidget(rows)
        columns = Button("Columns…", "grid", small=True)
        columns.setObjectName("data.columns_list_of_source")
        columns.setAccessibleName("Columns: roles, types and gaps")
        columns.clicked.connect(self.list_requested)
        self._columns = columns
        self.set_can_list(False)
        self.body.addSpacing(px(4))
        self.body.addWidget(columns)
        self._note = Label("", "caption", "muted", wrap=True)
        self.body.addWidget(self._note)

    def set_can_list(self, possible: bool) -> None:
        """Whether the columns are known."""
        self._columns.setEnabled(possible)
        self._columns.setToolTip("" if possible else "Which columns there are is not known yet")

    def show_source(self, source: TableSource, guesses: Guesses) -> None:
        """Show how a table is read."""
        suffix = source.path.lower().rsplit(".", 1)[-1]
        text = suffix not in ("parquet", "xlsx")
        names = list(dict.fromkeys([*guesses.sheets, *filter(None, [source.sheet])]))
        self._choices["sheet"].set_choices([(name, name) for name in names])
        for field, choice in self._choices.items():
            choice.show_choice(getattr(source, field), getattr(guesses, field))
        self._skip.show_count(source.skip_rows, guesses.skip_rows)
        for field in ("separator", "decimal", "encoding"):
            self._rows.show_row(self._choices[field], text)
        self._rows.show_row(self._choices["sheet"], suffix == "xlsx")
        for control in (self._skip, self._choices["header"]):
            self._rows.show_row(control, suffix != "parquet")
        self._test.show_file(source.test_path)
        notes = [_KIND_NOTES.get(suffix, ""), f"Not read: {guesses.above}." * bool(guesses.above)]
        self._note.setText("\n".join(filter(None, notes)))
        self._note.setVisible(any(notes))

    def _chosen(self, field: str, value: object) -> None:
        self.edited.emit(field, None if value == GUESS else value)


class PicturesPanel(Panel):
    """Of a folder of pictures: size, colour, how they are brought to this size.

    Signals:
        edited(field, value): a field of `PictureSource`; None leaves it to the program.
        size_edited(size): height and width, or None to leave them to the program.
    """

    edited = Signal(str, object)
    size_edited = Signal(object)

    FITS = (
        ("stretch", "stretch"),
        ("crop", "cut out the middle"),
        ("pad", "keep whole, black beside"),
    )
    COLORS = (("rgb", "colour"), ("grayscale", "greys"))

    def __init__(self) -> None:
        super().__init__("Read as")
        self._size = PairField((64, 64), minimum=1, maximum=4096)
        self._size.setObjectName("data.picture_size")
        self._size.setAccessibleName("Height and width")
        for field, side in zip(self._size.fields, ("Height", "Width"), strict=True):
            field.setToolTip(f"{side} in pixels")
            field.setAccessibleName(f"{side} of the pictures")
        self._size.value_edited.connect(self.size_edited)
        self._guess = CheckBox("as guessed")
        self._guess.setObjectName("data.picture_size_guessed")
        self._guess.clicked.connect(self._guess_clicked)
        self._color = _Choice("data.picture_color", "Colour", self.COLORS)
        self._color.chosen.connect(
            lambda value: self.edited.emit("color", None if value == GUESS else value)
        )
        self._fit = ComboBox(list(self.FITS))
        self._fit.setObjectName("data.picture_fit")
        self._fit.setAccessibleName("Other shapes")
        self._fit.chosen.connect(lambda value: self.edited.emit("fit", value))
        rows = Rows()
        rows.add("Height, width", self._size)
        rows.add("", self._guess)
        rows.add("Colour", self._color)
        rows.add("Other shapes", self._fit)
        self._guess.setAccessibleName("Size as guessed from the files")
        self.body.addWidget(rows)
        text = "What becomes of a picture that has another shape than this."
        self.body.addWidget(Label(text, "caption", "muted", wrap=True))

    def show_source(self, source: PictureSource, shape: tuple[int, ...]) -> None:
        """Show how pictures are read; `shape` is what they have then, if it is known."""
        known = len(shape) == 3
        height = source.height or (shape[0] if known else 64)
        width = source.width or (shape[1] if known else 64)
        self._size.set_value((height, width))
        self._guess.setChecked(source.height is None and source.width is None)
        color = ("grayscale" if shape[2] == 1 else "rgb") if known else None
        self._color.show_choice(source.color, color if source.color is None else None)
        self._fit.set_current(source.fit)

    def _guess_clicked(self, on: bool) -> None:
        self.size_edited.emit(None if on else self._size.value())


class ArraysPanel(Panel):
    """Of arrays: which is the input, which the target.

    Signals:
        edited(field, value): a field of `ArraySource`; None leaves it to the program.
        target_file_requested(): a file with the targets is to be chosen.
    """

    edited = Signal(str, object)
    target_file_requested = Signal()

    def __init__(self) -> None:
        super().__init__("Read as")
        self._choices = {
            "inputs": _Choice("data.array_inputs", "Inputs", ()),
            "targets": _Choice("data.array_targets", "Targets", ()),
            "task": _Choice("data.array_task", "Task", TASKS),
        }
        rows = self._rows = Rows()
        for field, choice in self._choices.items():
            rows.add(choice.accessibleName(), choice)
            choice.chosen.connect(
                lambda value, f=field: self.edited.emit(f, None if value == GUESS else value)
            )
        self._target = FileRow("data.target_file", "a file with the targets")
        self._target.choose.clicked.connect(self.target_file_requested)
        self._target.remove.clicked.connect(lambda: self.edited.emit("target_path", None))
        rows.add("Targets in", self._target)
        self.body.addWidget(rows)
        self._note = Label("", "caption", "muted", wrap=True)
        self.body.addWidget(self._note)

    def show_source(
        self,
        source: ArraySource,
        names: Sequence[tuple[str, str]],
        guessed: tuple[str | None, str | None, str | None],
    ) -> None:
        """Show which arrays are used.

        Args:
            names: the arrays of the archive: name, and name with shape.
            guessed: inputs, targets and task as guessed.
        """
        archive = source.path.lower().endswith(".npz")
        for field, guess in zip(("inputs", "targets", "task"), guessed, strict=True):
            if field != "task":
                self._choices[field].set_choices(names)
                self._rows.show_row(self._choices[field], archive)
            self._choices[field].show_choice(getattr(source, field), guess)
        self._rows.show_row(self._target, not archive)
        self._target.show_file(source.target_path)
        self._note.setText(
            "" if archive else "Without a file of their own the targets are the last column."
        )
        self._note.setVisible(not archive)


class MemoryPanel(Panel):
    """How much memory the samples may take.

    Signals:
        memory_edited(object): in MiB.
    """

    memory_edited = Signal(object)

    def __init__(self) -> None:
        super().__init__("Memory")
        self.field = IntegerField(1024, minimum=16, maximum=1_000_000)
        self.field.setObjectName("data.memory")
        self.field.setAccessibleName("Memory set aside for the samples, in MiB")
        self.field.set_unit("MiB")
        self.field.value_edited.connect(self.memory_edited)
        rows = Rows()
        rows.add("Set aside", self.field)
        self._text = Label("", "caption", "muted", wrap=True)
        self.body.addWidget(rows)
        self.body.addWidget(self._text)

    def show_memory(self, mebibytes: int, sentence: str) -> None:
        """Show what is set aside, and what that means for the data at hand."""
        self.field.set_value(mebibytes)
        self._text.setText(sentence)


class OriginPanel(Panel):
    """Where the data come from, in sentences; the list of what was left out.

    Signals:
        left_out_requested().
    """

    left_out_requested = Signal()

    def __init__(self) -> None:
        super().__init__("Source")
        self._text = Label("", "body", wrap=True)
        self._place = Label("", "caption", "muted", wrap=True)
        self._left_out = Button("", small=True)
        self._left_out.setObjectName("data.show_left_out")
        self._left_out.setAccessibleName("Show what was left out")
        self._left_out.clicked.connect(self.left_out_requested)
        self.body.addWidget(self._text)
        self.body.addWidget(self._place)
        self.body.addWidget(self._left_out)

    def show_origin(self, text: str, place: str, left_out: int) -> None:
        """Show what the data are and where they are."""
        self._text.setText(text)
        self._place.setText(place)
        self._place.setVisible(bool(place))
        self._left_out.setText(f"{left_out:,} left out…")
        self._left_out.setVisible(left_out > 0)
