"""Files that cannot be read as they are guessed, chosen again, or not there at all."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QDialog, QPushButton

from tests.end_to_end.test_window_data import CSV, drop, settings, settled
from tests.end_to_end.window_user import CONTROL, Key, User, wait

TEXT_IN_NUMBERS = "id,dose,kind\n" + "".join(
    f"{row},{'much' if row == 7 else row % 9},{'ab'[row % 2]}\n" for row in range(60)
)
TILDES = "x~y~kind\n" + "".join(f"{row}~{row % 7}~{'ab'[row % 2]}\n" for row in range(60))


@pytest.fixture
def data(user: User) -> User:
    user.click("welcome.open.moons")
    user.click("rail.data")
    settled(user)
    return user


def summary(user: User):
    return user.program.document.resolved.summary


def errors(user: User) -> list[str]:
    return [p.title for p in user.program.document.resolved.problems if p.severity == "error"]


# ---------------------------------------------------------------- read otherwise


@pytest.mark.parametrize("where", ["welcome", "data page"])
def test_a_file_that_is_read_wrongly_is_taken_and_set_right(
    user: User, tmp_path: Path, where: str
) -> None:
    if where == "data page":
        user.click("welcome.open.moons")
        user.click("rail.data")
        settled(user)
    path = tmp_path / "doses.csv"
    path.write_text(TEXT_IN_NUMBERS, encoding="utf-8")
    user.will_press("dialog.message", "Set how it is read")
    drop(user, path)
    user.answered()
    wait(lambda: user.program.feed.problem is not None and not user.program.feed.reading)
    assert user.window.page == "data"
    assert user.sees("data.trouble")
    assert user.sees("data.separator")
    listed: list[tuple[str, str]] = []

    def look(dialog: QDialog) -> None:
        listed.extend((entry.name, entry.role) for entry in dialog.entries())
        assert dialog.findChild(QPushButton, "columns.ok").isEnabled()
        user.click(dialog.findChild(QPushButton, "columns.cancel"))

    user.will("dialog.columns", look)
    user.click("data.columns_list_of_source")
    user.answered()
    assert listed == [("id", "feature"), ("dose", "feature"), ("kind", "target")]
    user.picture(f"68_unread_{where.replace(' ', '_')}")

    labels = [user.find(f"data.mend.{n}", QPushButton).text() for n in range(2)]
    assert labels == ["Make dose a category", "Ignore dose"]
    user.click("data.mend.0")
    settled(user)
    assert user.program.feed.problem is None
    assert dict(settings(user).source.types) == {"dose": "category"}
    assert summary(user).class_names == ("a", "b")
    assert summary(user).input_shape == (1 + 10,)
    assert not errors(user)
    assert user.program.document.resolved.can_train
    if where == "welcome":
        assert user.program.document.project.name == "doses"


def test_an_odd_separator_is_set_after_opening(user: User, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(TILDES, encoding="utf-8")
    user.will_press("dialog.message", "Set how it is read")
    drop(user, path)
    user.answered()
    wait(lambda: user.program.feed.problem is not None and not user.program.feed.reading)
    user.choose("data.separator", "tilde")
    settled(user)
    assert user.program.feed.problem is None
    assert summary(user).class_names == ("a", "b")
    assert not errors(user)


def test_an_unread_file_that_was_mended_gets_a_network_for_it(user: User, tmp_path: Path) -> None:
    path = tmp_path / "doses.csv"
    path.write_text(TEXT_IN_NUMBERS, encoding="utf-8")
    user.will_press("dialog.message", "Set how it is read")
    drop(user, path)
    user.answered()
    wait(lambda: user.program.feed.problem is not None and not user.program.feed.reading)
    path.write_text(TEXT_IN_NUMBERS.replace("much", "3"), encoding="utf-8")
    user.click("data.again")
    settled(user)
    assert not errors(user)
    assert user.program.document.resolved.can_train


def test_what_is_no_table_at_all_is_not_taken(user: User, tmp_path: Path) -> None:
    def act(dialog: QDialog) -> None:
        (button,) = dialog.findChildren(QPushButton)
        assert button.text().replace("&", "") == "OK"
        user.click(button)

    user.will("dialog.message", act)
    drop(user, tmp_path / "gone.csv")
    user.answered()
    assert user.program.document.project is None


def test_after_a_wrong_type_the_target_is_still_known(data: User, tmp_path: Path) -> None:
    user, path = data, tmp_path / "patients.csv"
    rows = (f"P{n},{n % 9},{'ab'[n % 2]}" for n in range(60))
    path.write_text("\n".join(("id,age,risk", *rows)), encoding="utf-8")
    drop(user, path)
    settled(user)
    user.program.data.source._choose_type("id", "number")
    settled(user)
    assert "'id'" in user.program.feed.problem.happened
    assert "Undo" in user.program.feed.problem.how_to_fix
    roles = {entry.name: entry.role for entry in user.program.data.source.entries}
    assert roles == {"id": "feature", "age": "feature", "risk": "target"}
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    assert user.program.feed.problem is None


# ---------------------------------------------------------------- from the bench


def test_a_problem_of_the_data_leads_from_the_bench_to_its_place(
    data: User, tmp_path: Path
) -> None:
    user, path = data, tmp_path / "beans.csv"
    path.write_text(CSV, encoding="utf-8")
    drop(user, path)
    settled(user)
    user.program.data.source._choose_type("colour", "number")
    settled(user)
    user.click("rail.bench")
    bench = user.program.bench
    number, problem = next(
        (n, p)
        for n, p in enumerate(bench.problems.problems)
        if p.title == "The data could not be read"
    )
    user.click(f"problem.{number}.action.{len(problem.fixes[:2])}")
    assert user.window.page == "data"
    assert user.find("data.problem.0").isVisible()
    assert user.window.focusWidget().objectName() == "data.problem.0.action.0"
    user.key(Key.Key_Space)
    settled(user)
    assert dict(settings(user).source.types) == {"colour": "category"}
    assert user.program.feed.problem is None


# ---------------------------------------------------------------- chosen again


def test_a_file_chosen_again_keeps_what_was_set_for_its_columns(data: User, tmp_path: Path) -> None:
    user, path = data, tmp_path / "old" / "gaps.csv"
    rows = [f"{n},{'' if n % 5 == 0 else n % 7},{n % 3},{'ab'[n % 2]}" for n in range(60)]
    path.parent.mkdir()
    path.write_text("\n".join(("id,x,y,kind", *rows)), encoding="utf-8")
    drop(user, path)
    settled(user)
    source = user.program.data.source
    source.choose_role("id", "ignored")
    settled(user)
    source._choose_missing("x", "mean")
    settled(user)
    user.program.data._choose_preprocessing("none")
    settled(user)
    assert (summary(user).samples, summary(user).input_shape) == (60, (2,))
    before = settings(user)

    moved = tmp_path / "new" / "gaps.csv"
    moved.parent.mkdir()
    path.rename(moved)
    drop(user, moved)
    settled(user)
    assert settings(user).source == before.source.model_copy(update={"path": str(moved)})
    assert settings(user).preprocessing == "none"
    assert (summary(user).samples, summary(user).input_shape) == (60, (2,))
    assert not user.window.status_row._message.text()

    steps = user.program.document.undo_stack.count()
    moved.write_text("\n".join(("id,x,y,kind", *rows[:50])), encoding="utf-8")
    drop(user, moved)  # the same file, changed meanwhile
    settled(user)
    assert user.program.document.undo_stack.count() == steps
    assert summary(user).samples == 50

    other = tmp_path / "other.csv"
    other.write_text(CSV, encoding="utf-8")
    drop(user, other)
    settled(user)
    assert not settings(user).source.roles
    assert settings(user).preprocessing == "standardize"
    said = user.window.status_row._message.text()
    assert said.startswith("other.csv has other columns: the roles, types and gaps")
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    assert dict(settings(user).source.roles)["id"] == "ignored"


# ---------------------------------------------------------------- a second file


def test_a_wrong_test_file_is_not_taken(data: User, tmp_path: Path) -> None:
    user, path, wrong = data, tmp_path / "beans.csv", tmp_path / "wrong.csv"
    path.write_text(CSV, encoding="utf-8")
    wrong.write_text("length,kind\n1,a\n2,b\n", encoding="utf-8")
    drop(user, path)
    settled(user)
    before, prepared = user.program.document.project, user.program.feed.prepared
    user.click("data.tab.source")
    user.will_name_file(wrong)
    user.will_press("dialog.message", "OK")
    user.click("data.test_file")
    user.answered()
    settled(user)
    assert "wrong.csv could not be used as the test file" in str(user.met[-1])
    assert "width, colour" in user.met[-1].text
    assert user.program.document.project == before
    assert user.program.feed.prepared is prepared
    assert not user.sees("data.test_file.remove")

    # one that is not there any more can be replaced where it is told
    test = tmp_path / "test.csv"
    test.write_text("\n".join(CSV.split("\n")[:20]), encoding="utf-8")
    user.will_name_file(test)
    user.click("data.test_file")
    user.answered()
    settled(user)
    assert summary(user).counts[2] == 19
    test.rename(tmp_path / "moved.csv")
    user.key(Key.Key_R, CONTROL)
    settled(user)
    assert "test.csv" in user.program.feed.problem.happened
    user.will_name_file(tmp_path / "moved.csv")
    user.click("data.test_file")
    user.answered()
    settled(user)
    assert user.program.feed.problem is None
    assert summary(user).counts[2] == 19


def test_arrays_that_are_guessed_wrongly_are_taken_and_named(user: User, tmp_path: Path) -> None:
    path, chance = tmp_path / "arrays.npz", np.random.default_rng(0)
    pictures, kinds = chance.integers(0, 255, (40, 8, 8)), np.arange(40) % 3
    np.savez(path, first=pictures, second=chance.random((40, 5)), third=kinds, fourth=kinds[:7])
    user.will_press("dialog.message", "Set how it is read")
    drop(user, path)
    user.answered()
    wait(lambda: user.program.feed.problem is not None and not user.program.feed.reading)
    assert user.window.page == "data"
    user.choose("data.array_inputs", "first, 40 × 8 × 8")
    settled(user)
    user.choose("data.array_targets", "third, 40")
    settled(user)
    assert user.program.feed.problem is None
    assert summary(user).input_shape == (8, 8, 1)
    assert len(summary(user).class_names) == 3
    assert settings(user).preprocessing == "pixels"
    assert not errors(user)
    assert user.program.document.resolved.can_train


def test_a_project_of_a_long_file_shows_that_its_name_goes_on(user: User, tmp_path: Path) -> None:
    path = tmp_path / f"{'measurements of the summer term ' * 6}.csv"
    path.write_text(CSV, encoding="utf-8")
    drop(user, path)
    settled(user)
    name = user.program.document.project.name
    assert len(name) == 120
    assert path.stem.startswith(name.removesuffix("…"))
    assert name.endswith("…")


# ---------------------------------------------------------------- what a column is taken for


def test_prices_with_marks_between_thousands_are_warned_of_and_read_as_numbers(
    data: User, tmp_path: Path
) -> None:
    user, path = data, tmp_path / "prices.csv"
    rows = "".join(f"{n + 30}.{n:03d},08;{n % 9},5;{'ab'[n % 2]}\n" for n in range(70))
    path.write_text(f"price;area;kind\n{rows}", encoding="utf-8")
    drop(user, path)
    settled(user)
    warnings = [
        (n, p)
        for n, p in enumerate(user.program.data._problems)
        if p.severity == "warning" and "look like numbers" in p.title
    ]
    assert len(warnings) == 1
    number, problem = warnings[0]
    assert "price" in problem.title
    assert "'30.000,08'" in problem.happened
    counted = [p for p in user.program.data._problems if p.severity != "info"]
    assert user.program.data._page.warnings._badge.text() == str(len(counted))
    user.picture("73_prices")
    user.click(f"data.problem.{number}.action.0")
    settled(user)
    assert dict(settings(user).source.types) == {"price": "number"}
    assert summary(user).input_shape == (2,)
    prices = np.sort(user.program.feed.prepared.raw[:, 0])
    np.testing.assert_allclose(prices, [(n + 30) * 1000 + n + 0.08 for n in range(70)])
    user.picture("73_prices_read")


def test_a_role_that_is_refused_is_taken_back_by_a_button(data: User, tmp_path: Path) -> None:
    user, path = data, tmp_path / "often.csv"
    rows = "".join(f"{n % 7}.5,{n % 4},{'ab'[n % 2]}\n" for n in range(60))
    path.write_text(f"x,times,kind\n{rows}", encoding="utf-8")
    drop(user, path)
    settled(user)
    user.program.data.source._choose_type("times", "category")
    settled(user)
    user.program.data.source.choose_role("times", "weight")
    settled(user)
    assert "it was given the type category" in user.program.feed.problem.happened
    labels = [user.find(f"data.mend.{n}", QPushButton).text() for n in range(3)]
    assert labels == ["Make times a number", "Make times a feature", "Ignore times"]
    user.picture("74_role_refused")
    user.click("data.mend.1")
    settled(user)
    assert user.program.feed.problem is None
    assert dict(settings(user).source.roles)["times"] == "feature"
    assert summary(user).input_shape == (1 + 4,)
