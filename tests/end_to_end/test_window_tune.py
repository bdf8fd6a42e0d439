"""A search through the real window: suggested, set up, run by real workers, cancelled, gone on
with, found again after a restart; its winner on the bench; cross-validation alone.
"""

import math
import statistics
from collections.abc import Callable
from pathlib import Path

from app.search.study_file import read_study
from app.ui.tune.leaderboard import Leaderboard
from tests.end_to_end.conftest import close
from tests.end_to_end.test_window_files import open_moons, save
from tests.end_to_end.window_user import CONTROL, Key, User, wait

TRIALS, FOLDS, EPOCHS = 3, 2, 4


def set_number(user: User, field: str, number: int) -> None:
    user.click(field)
    user.retype(str(number))
    user.key(Key.Key_Return)


def set_up(user: User) -> None:
    """Open moons, train for a few epochs only, have a search suggested and make it small."""
    open_moons(user)
    user.click("inspector.epochs")
    user.retype(str(EPOCHS))
    user.click("rail.tune")
    user.picture("tune_empty")
    user.click("tune.empty.action")
    set_number(user, "tune.trials", TRIALS)
    set_number(user, "tune.folds", FOLDS)
    set_number(user, "tune.workers", 1)
    user.picture("tune_setup")


def done(user: User) -> int:
    return user.program.search.state.done


def idle(user: User) -> bool:
    return not user.program.search.state.active


def test_a_search_from_the_suggestion_to_the_bench(
    start: Callable[[], User], tmp_path: Path
) -> None:
    user = start()
    set_up(user)
    project = user.program.document.project
    assert project.search.trials == TRIALS
    assert "combinations" in user.find("tune.plan").text()
    user.click("tune.search")
    assert user.find("run_bar").isVisible()
    assert not user.find("run.train").isEnabled()
    wait(lambda: done(user) >= 1)
    user.picture("tune_busy")
    # Leaving asks, and staying leaves it running.
    user.will_press("dialog.save_changes", "Cancel")
    user.window.close()
    user.answered()
    assert "and end the search?" in user.met[-1].title
    assert not idle(user)
    user.click("tune.cancel")
    wait(lambda: idle(user), seconds=15)
    before = done(user)
    assert 1 <= before < TRIALS
    user.picture("tune_cancelled")

    # Saved only now: the study comes along, and it goes on there, where it was.
    path = tmp_path / "saved.layerlab"
    save(user, path)
    finished = {n: t.scores for n, t in user.program.search.trials.items() if t.state == "finished"}
    wait(user.find("tune.go_on").isEnabled, what="the study is saved beside the project")
    user.click("tune.go_on")
    wait(lambda: done(user) == TRIALS and idle(user))
    assert user.program.search.state.reason == "finished", user.program.search.state.failure
    assert close(user)

    # Another day: the study beside the project is found, and takes one more trial.
    user = start()
    user.will_name_file(path)
    user.key(Key.Key_O, CONTROL)
    user.answered()
    wait(lambda: user.program.search.state.reason == "finished")
    wait(lambda: user.program.feed.prepared is not None)
    user.click("rail.tune")
    assert done(user) == TRIALS
    user.click("tune.view.setup")
    set_number(user, "tune.trials", TRIALS + 1)
    user.click("tune.go_on")
    wait(lambda: done(user) == TRIALS + 1 and idle(user))
    user.picture("tune_done")

    # What is shown is what the study says, worked out by hand.
    head, trials = read_study(path.with_name("saved.layerlab-study"))
    assert len(trials) == TRIALS + 1
    assert head.folds == FOLDS
    for number, scores in finished.items():
        assert trials[number].scores == scores
    means = {t.number: math.fsum(t.scores) / FOLDS for t in trials}
    best = max(means, key=lambda n: (means[n], -n))
    board = user.find("tune.leaderboard", Leaderboard)
    assert board.model.order == sorted(means, key=lambda n: (-means[n], n))
    sd = statistics.pstdev(trials[best].scores)
    assert board.model.index(0, 2).data() == f"{means[best]:.3f} ± {sd:.3f}"
    assert len({repr(dict(t.settings)) for t in trials}) == TRIALS + 1

    # The best one goes to the bench, undoably.
    user.click("tune.use_best")
    assert user.window.page == "bench"
    after = user.program.document.project
    for path_, value in trials[best].settings.items():
        head_, _, name = path_.rpartition(".")
        if head_.startswith("network."):
            assert after.network.layer(head_.removeprefix("network.")).options[name] == value
        elif path_ == "training.optimizer":
            assert after.training.optimizer.kind == value
        else:
            assert after.training.optimizer.options[name] == value
    user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project.network == project.network


def test_the_network_at_hand_is_cross_validated(user: User) -> None:
    open_moons(user)
    user.click("rail.tune")
    set_number(user, "tune.folds", 3)
    set_number(user, "tune.workers", 1)
    user.click("tune.cross_validate")
    wait(lambda: idle(user) and user.program.search.state.reason)
    user.picture("tune_folds")
    state, trials = user.program.search.state, user.program.search.trials
    assert state.reason == "finished", state.sentence
    (trial,) = trials.values()
    assert len(trial.scores) == 3
    mean, sd = statistics.fmean(trial.scores), statistics.pstdev(trial.scores)
    table = user.find("tune.folds")
    words = f"accuracy {mean:.3f} ± {sd:.3f} over 3 folds (mean ± sd)"
    assert table.header.subtitle.text() == words
    plot = user.find("tune.curves")
    assert plot.isVisible()
    assert not user.program.document.path
    assert user.program.document.project.search.space == ()
