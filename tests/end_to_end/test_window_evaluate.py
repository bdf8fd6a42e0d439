"""The page Evaluate and the test vault through the whole window, against scikit-learn."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from sklearn import metrics

from app.core.data_settings import BuiltinSource, DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.core.project import EarlyStoppingSettings, Project, TrainingSettings
from app.core.project_file import open_project
from app.ui.inside.looking import Asker
from app.ui.plots.axis import figures_text
from tests.end_to_end.sealed_data import Seal, sealed
from tests.end_to_end.window_user import CONTROL, Key, User, turn, wait


def layer(layer_id: str, kind: str, **options: object) -> Layer:
    return Layer(id=layer_id, kind=kind, options=FrozenMap(options))


DIGITS = (
    layer("convolution", "Conv2D", filters=4, kernel_size=(3, 3), activation="relu"),
    layer("flatten", "Flatten"),
    layer("output", "Dense", units=10, activation="softmax"),
)
NUMBERS = (
    layer("hidden", "Dense", units=8, activation="relu", kernel_regularizer="l2"),
    layer("output", "Dense", units=1),
)


def project(source: object, layers: tuple[Layer, ...], loss: str, metric: str) -> Project:
    kind = "pixels" if isinstance(source, BuiltinSource) else "standardize"
    return Project(
        name="judged",
        data=DataSettings(source=source, preprocessing=kind),
        network=chain((layer("data", "InputLayer"), *layers)),
        training=TrainingSettings(
            loss=loss,
            epochs=3,
            metrics=(metric,),
            early_stopping=EarlyStoppingSettings(enabled=False),
        ),
    )


def digits() -> Project:
    source = BuiltinSource(name="digits")
    return project(source, DIGITS, "sparse_categorical_crossentropy", "accuracy")


def opened(user: User, wanted: Project) -> None:
    program = user.program
    program.files.leave = lambda then: then()
    program.files.show(wanted)
    wait(lambda: program.feed.prepared is not None and not program.feed.reading)


def trained(user: User) -> None:
    run = user.program.run
    before = run.record
    user.click("run.train")
    wait(lambda: run.record is not before and not run.state.active and run.has_model)


def judged(user: User, part: str):
    """What the page shows of a part."""
    view = user.program.evaluate.page.result
    wait(lambda: view.isVisible() and view._found is not None and view._found.part == part)
    turn()
    return view._found


def cell(user: User, true: int, said: int) -> QPoint:
    return user.program.evaluate.page.result.matrix.cell_rect(true, said).center().toPoint()


def test_the_story_of_a_vault(user: User, tmp_path: Path) -> None:
    program = user.program
    page, run = program.evaluate.page, program.run
    opened(user, digits())
    user.click("rail.evaluate")
    assert "Press Train" in user.find("evaluate.empty").accessibleName()

    # ---- from here on whoever touches the test part is caught
    seal = Seal()
    data = sealed(program.feed.prepared, seal)
    program.feed.prepared = data
    trained(user)
    user.click("rail.evaluate")
    found = judged(user, "validation")
    part = data.validation
    said = found.verdicts.classes
    figures = {one.name: one for one in found.figures}
    assert figures["Accuracy"].value == metrics.accuracy_score(part.y, said)
    assert figures["Accuracy"].value == pytest.approx(run.record.rows[-1].metrics["val_accuracy"])
    assert figures["F1"].low < figures["F1"].value < figures["F1"].high
    np.testing.assert_array_equal(
        found.classes.confusion, metrics.confusion_matrix(part.y, said, labels=range(10))
    )
    assert "after epoch 3, the last one" in user.find("evaluate.sentence").text()
    user.picture("80_result")

    # ---- a cell of the matrix opens its samples; keys move; back to all
    wrong = found.classes.confusion.copy()
    np.fill_diagonal(wrong, 0)
    true, taken = map(int, np.unravel_index(wrong.argmax(), wrong.shape))
    user.click("evaluate.matrix", cell(user, true, taken))
    samples = page.result.samples.list
    places = samples.places
    assert len(places) == wrong.max()
    assert set(part.y[places]) == {true}
    assert set(said[places]) == {taken}
    assert (np.diff(found.losses[places]) <= 0).all()
    user.click("evaluate.samples.list", samples.entry_rect(0).center().toPoint())
    assert f"Sample {places[0] + 1}" in user.find("evaluate.samples.detail").text()
    user.click("evaluate.matrix.shares.rows")
    share = wrong.max() / found.classes.confusion[true].sum()
    assert page.result.matrix.table().rows[true][taken + 1] == pytest.approx(share)
    user.click("evaluate.matrix", cell(user, 0, 0))
    user.key(Key.Key_Right)
    user.key(Key.Key_Return)
    assert len(samples.places) == found.classes.confusion[0, 1]
    user.click("evaluate.samples.all")
    np.testing.assert_array_equal(samples.places, found.worst)

    # ---- curves of one class against all others
    user.click("evaluate.tabs.curves")
    user.choose("evaluate.curves.class", "3")
    scores = found.verdicts.values[:, 3]
    area = metrics.roc_auc_score(part.y == 3, scores)
    curve = next(one for one in found.curves if one.class_number == 3)
    told = page.curves.panels["roc"].header.subtitle.text()
    assert told == f"area {area:.3f} ({curve.area.low:.3f} to {curve.area.high:.3f})"
    user.picture("81_curves")

    # ---- Try it: draw
    user.click("evaluate.tabs.try")
    pad = page.trying.drawing.pad
    box = pad.sheet_rect()
    top = QPoint(int(box.center().x()), int(box.top() + box.height() * 0.2))
    user.press(pad, top)
    for step in range(1, 7):
        user.move(pad, top + QPoint(0, int(box.height() * 0.1 * step)))
    user.release(pad, top + QPoint(0, int(box.height() * 0.6)))
    bars = page.trying.bars
    wait(lambda: bars.isVisible() and len(bars.bars()) == 10)
    wait(lambda: not program.evaluate.trying._busy)
    assert sum(bar.value for bar in bars.bars()) == pytest.approx(1, abs=1e-5)
    best = max(range(10), key=lambda k: bars.bars()[k].value)
    assert user.find("evaluate.try.answer").text().startswith(f"{best}, with probability")
    user.picture("82_drawn")
    # a picture from a file
    picture = QImage(8, 8, QImage.Format.Format_Grayscale8)
    picture.fill(90)
    picture.save(str(tmp_path / "grey.png"))
    user.click("evaluate.try.mode.file")
    user.will_name_file(tmp_path / "grey.png")
    user.click("evaluate.try.file.action")
    user.answered()
    wait(lambda: page.trying.picture.isVisible() and bars.isVisible())
    assert "grey.png" in user.find("evaluate.try.notes").text()

    # ---- looking inside, with all tabs; the sealed test part on the page itself
    user.click("rail.inside")
    for name, tab in program.inside.tabs.items():
        program.inside.show_tab(name)
        wait(lambda tab=tab: not any(asker.busy for asker in tab.findChildren(Asker)))
        wait(lambda: not program.jobs.busy("engine"))
    user.click("rail.evaluate")
    user.click("evaluate.tabs.result")
    user.click("evaluate.part.test")
    assert user.sees("evaluate.vault")
    assert f"{len(data.test)} samples" in user.find("evaluate.vault.words").text()
    assert "Opened 0 times" in user.find("evaluate.vault.words").text()
    user.picture("83_sealed")
    assert program.vault.state.sealed
    assert seal.broken == []
    # who asks past the page gets nothing
    program.evaluate._judging.want("test")
    assert program.evaluate._judging.asked == ""
    assert seal.broken == []

    # ---- kept sealed, then opened: recorded with date and count
    user.will_press("dialog.open_vault", "Keep it sealed")
    user.click("evaluate.vault.open")
    user.answered()
    assert "never looked at" in user.met[-1].text
    assert run.record.openings == ()
    assert seal.broken == []
    seal.is_open = True
    user.will_press("dialog.open_vault", "Open the vault")
    user.click("evaluate.vault.open")
    user.answered()
    test = judged(user, "test")
    assert seal.looks > 0  # that the seal would have told is what makes its silence worth something
    truth = np.asarray(data.test.y)
    assert {one.name: one.value for one in test.figures}["Accuracy"] == metrics.accuracy_score(
        truth, test.verdicts.classes
    )
    (opening,) = run.record.openings
    assert (opening.number, opening.samples) == (1, len(truth))
    assert opening.metrics["accuracy"] == pytest.approx(
        metrics.accuracy_score(truth, test.verdicts.classes)
    )
    assert opening.date[:4].isdigit()
    assert "Vault opened on" in user.find("evaluate.sentence").text()
    assert not program.vault.state.sealed
    user.picture("84_open")

    # ---- saved with the project; another run is sealed again and knows of it
    save(user, tmp_path / "judged.layerlab")
    kept = open_project(tmp_path / "judged.layerlab").run
    assert kept.openings == run.record.openings
    trained(user)
    user.click("rail.evaluate")
    wait(lambda: user.sees("evaluate.vault"))
    assert program.vault.state.sealed
    assert program.vault.state.opened == 1
    assert "Opened once" in user.find("evaluate.vault.words").text()
    assert run.record.openings == ()
    user.will_press("dialog.open_vault", "Keep it sealed")
    user.click("evaluate.vault.open")
    user.answered()
    assert "looked at once before" in user.met[-1].text

    # ---- opened again from its file, the first run has its vault open, and nothing is counted anew
    program.files.open_any(tmp_path / "judged.layerlab")
    wait(lambda: run.record == kept and run.has_model and not run.state.active)
    user.click("rail.evaluate")
    user.click("evaluate.part.test")
    again = judged(user, "test")
    np.testing.assert_array_equal(again.verdicts.classes, test.verdicts.classes)
    assert run.record.openings == kept.openings
    assert program.vault.state.opened == 1


def test_while_it_trains_figures_wait_and_samples_are_answered(user: User) -> None:
    program = user.program
    page, run = program.evaluate.page, program.run
    wanted = digits()
    training = wanted.training.model_copy(update={"epochs": 100_000})
    opened(user, wanted.model_copy(update={"training": training}))
    user.click("run.train")
    wait(lambda: run.state.phase == "running" and run.state.epoch > 1)
    user.click("rail.evaluate")
    assert "as soon as the training ends" in user.find("evaluate.empty").accessibleName()
    user.click("evaluate.tabs.try")
    pad = page.trying.drawing.pad
    middle = pad.sheet_rect().center().toPoint()
    user.drag(pad, middle - QPoint(0, 40), middle + QPoint(0, 40))
    wait(lambda: page.trying.bars.isVisible() and len(page.trying.bars.bars()) == 10)
    before = page.trying.bars.bars()
    wait(lambda: page.trying.bars.bars() != before, what="the answer did not follow the training")
    assert program.vault.why_not()
    user.click("evaluate.tabs.result")
    user.click("run.stop")
    found = judged(user, "validation")
    assert found.samples == len(program.feed.prepared.validation)


def save(user: User, path: Path) -> None:
    user.will_name_file(path)
    user.key(Key.Key_S, CONTROL)
    user.answered()
    wait(path.exists)
    wait(lambda: not user.program.jobs.busy("files") and not user.program.jobs.busy("engine"))


def test_numbers_and_a_table_in_and_out(user: User, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(240, 2))
    target = 3 * rows[:, 0] - 2 * rows[:, 1] + generator.normal(scale=0.5, size=240)
    lines = [["a", "b", "price"], *np.column_stack([rows, target]).tolist()]
    with (tmp_path / "prices.csv").open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    program = user.program
    page = program.evaluate.page
    source = TableSource(path=str(tmp_path / "prices.csv"), task="regression")
    opened(user, project(source, NUMBERS, "mean_squared_error", "mean_absolute_error"))
    trained(user)
    user.click("rail.evaluate")
    found = judged(user, "validation")
    data = program.feed.prepared
    said = found.verdicts.values[:, 0].astype(np.float64)
    figures = {one.name: one.value for one in found.figures}
    truth = data.validation.y[:, 0].astype(np.float64)
    assert figures["R2"] == pytest.approx(metrics.r2_score(truth, said), rel=1e-6)
    assert figures["MAE"] == pytest.approx(metrics.mean_absolute_error(truth, said), rel=1e-6)
    assert not user.sees("evaluate.matrix")

    # ---- its loss with penalties is that of the run; that of another part is not
    shown = f"it is {figures_text(program.run.record.rows[-1].metrics['val_loss'])}."
    assert f"with them, as in the run, {shown}" in user.find("evaluate.note").text()
    user.click("evaluate.part.training")
    judged(user, "training")
    assert "with them it is" in user.find("evaluate.note").text()
    user.click("evaluate.part.validation")
    judged(user, "validation")

    # ---- a point of the plot is a sample of the list
    pairs = page.result.pairs
    worst = int(found.worst[3])
    user.click(pairs, pairs.point_of(worst).toPoint())
    assert page.result.samples.list.current == 3
    assert pairs.chosen == worst
    user.click("evaluate.pairs.kind.residuals")
    table = {row[0] - 1: row[1:] for row in pairs.table().rows}
    assert table[worst] == pytest.approx((said[worst], said[worst] - truth[worst]), rel=1e-5)
    user.picture("85_residuals")

    # ---- a typed row
    user.click("evaluate.tabs.try")
    bars = page.trying.bars
    wait(lambda: bars.isVisible() and len(bars.bars()) == 1)
    before = bars.bars()[0].value
    user.click("evaluate.try.value.0")
    user.retype("2.5")
    user.key(Key.Key_Return)
    wait(lambda: bars.bars()[0].value != before)
    typed = np.array([[2.5, float(data.raw[data.training.rows[0]][1])]])
    expected = predicted(program, data.preprocessing.transform(typed))
    assert bars.bars()[0].value == pytest.approx(float(expected[0, 0]), rel=1e-5)

    # ---- what is no number has no answer, and the answer comes back with a number
    user.click("evaluate.try.value.0")
    user.retype("abc")
    assert not bars.isVisible()
    assert "abc” is not a number" in user.find("evaluate.try.answer").text()
    user.retype("2.5")
    wait(bars.isVisible)
    assert bars.bars()[0].value == pytest.approx(float(expected[0, 0]), rel=1e-5)
    user.key(Key.Key_Return)

    # ---- a CSV in and a CSV out
    asked = tmp_path / "asked.csv"
    asked.write_text("b,a\n1,0.5\n-1,2\n0,0\n")
    user.click("evaluate.try.mode.file")
    user.will_name_file(asked)
    user.click("evaluate.try.file.action")
    user.answered()
    wait(lambda: user.sees("evaluate.try.table"))
    user.picture("86_table")
    user.will_name_file(tmp_path / "said.csv")
    user.click("evaluate.try.save")
    user.answered()
    wait((tmp_path / "said.csv").exists)
    with (tmp_path / "said.csv").open() as file:
        written = list(csv.DictReader(file))
    x = data.preprocessing.transform(np.array([[0.5, 1.0], [2.0, -1.0], [0.0, 0.0]]))
    outputs = predicted(program, x)
    assert [float(line["predicted_price"]) for line in written] == pytest.approx(
        outputs[:, 0].tolist(), rel=1e-5
    )

    # ---- a file that does not fit says so
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    program.workbench._take_dropped(str(tmp_path / "other.csv"))
    wait(
        lambda: (
            "other.csv" in user.find("evaluate.try.answer").text()
            and "…" not in user.find("evaluate.try.answer").text()
        )
    )
    assert not user.sees("evaluate.try.table")


def predicted(program, x: np.ndarray) -> np.ndarray:
    """What the engine predicts, asked past the page."""
    found: list[np.ndarray] = []
    room = program.run._room
    program.jobs.start(
        "engine", room.predict(x), lambda _event: None, lambda result, _error: found.append(result)
    )
    wait(lambda: found)
    return found[0]
