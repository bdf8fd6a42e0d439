"""Standardized inputs against plain ones: one click trains both, plot and figures say it."""

from app.core.comparison import result_of
from app.ui.comparison_dialog import ComparisonDialog
from app.ui.controls import Label
from tests.end_to_end.window_user import CONTROL, Key, User, wait


def test_both_ways_are_trained_and_the_better_one_is_used(user: User) -> None:
    program = user.program
    user.click("welcome.open.moons")
    wait(lambda: program.feed.prepared is not None)
    before = program.document.project
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype("4")
    project = program.document.project
    assert project != before
    figures: list[tuple[str, ...]] = []

    def look(dialog: ComparisonDialog) -> None:
        wait(lambda: program.comparison.state.active)
        wait(lambda: not program.comparison.state.active)
        user.picture("60_comparison", dialog)
        state = program.comparison.state
        assert state.failure is None
        records = [record for record in state.records if record is not None]
        assert [len(record.rows) for record in records] == [4, 4]
        assert len(dialog.plot.table().rows) == 10
        for number, record in enumerate(records):
            found = result_of("", record, "val_loss")
            shown = tuple(
                user.find(f"comparison.{number}.{column}", Label).text() for column in range(1, 4)
            )
            assert shown == (f"{found.value:.4g}", f"{found.epoch:,}", f"{found.updates:,}")
            figures.append(shown)
        user.click("comparison.axis.updates")
        assert {row[1] for row in dialog.plot.table().rows} == {0.0, 9.0, 18.0, 27.0, 36.0}
        user.click("comparison.use.1")

    user.will("dialog.comparison", look)
    user.menu("Train", "Compare with and without standardized inputs")
    user.answered()
    assert len(figures) == 2
    assert program.document.project.data.preprocessing == "standardize"
    assert not program.run.has_model
    user.key(Key.Key_Z, CONTROL)
    assert program.document.project == project


def test_a_comparison_that_is_closed_ends(user: User) -> None:
    program = user.program
    user.click("welcome.open.moons")
    wait(lambda: program.feed.prepared is not None)

    def leave(_dialog: ComparisonDialog) -> None:
        wait(lambda: any(r is not None and r.rows for r in program.comparison.state.records))
        user.click("comparison.close")

    user.will("dialog.comparison", leave)
    user.menu("Train", "Compare with and without standardized inputs")
    user.answered()
    wait(lambda: not program.jobs.busy("engine"))
    assert program.comparison.state.records == ()
