"""Data arrive while the window is used, and do not hold it."""

import gc
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from app.core.input_scale import set_preprocessing
from app.core.templates import two_moons
from app.ui.option_row import OptionRow
from tests.end_to_end.window_user import User, turn, wait

COLUMNS = 10_000
LONGEST = 0.08
"""In seconds of the processor; measured 0.02 to 0.04; 0.09 when forms were built anew."""


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    numbers = np.random.default_rng(3).normal(size=(60, COLUMNS))
    path = tmp_path / "wide.csv"
    head = ",".join(f"c{n}" for n in range(COLUMNS - 1))
    rows = [",".join(f"{x:.2f}" for x in row[:-1]) + f",{int(row[0] > 0)}" for row in numbers]
    path.write_text("\n".join([f"{head},y", *rows]))
    return path


def open_file(user: User, path: Path) -> None:
    feed, before = user.program.feed, user.program.feed.prepared
    user.program.workbench._take_dropped(str(path))
    wait(lambda: feed.prepared is not None and feed.prepared is not before and not feed.reading)


def test_ten_thousand_columns_hold_the_window_for_a_moment_only(
    user: User, wide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, feed, jobs = user.program, user.program.feed, user.program.jobs
    program.files.show(two_moons())
    wait(lambda: feed.prepared is not None)
    program.window.show_page("data")
    spent: list[float] = []
    hand_on = jobs._hand_on

    def measured(thread: str, message: object) -> None:
        began = time.thread_time()
        hand_on(thread, message)
        spent.append(time.thread_time() - began)

    monkeypatch.setattr(jobs, "_hand_on", measured)
    longest = []
    gc.disable()  # its turn comes in any thread, and the program keeps most objects out of it
    try:
        for path in (wide, shutil.copy(wide, wide.with_name("again.csv"))):
            spent.clear()
            open_file(user, path)
            longest.append(max(spent))
            made = set(program.window.findChildren(OptionRow))
    finally:
        gc.enable()
    assert program.document.resolved.summary.input_shape == (COLUMNS - 1,)
    assert min(longest) < LONGEST, longest

    project = program.document.project
    program.document.edit("Plain", set_preprocessing(project, preprocessing="none"))
    wait(lambda: feed.prepared is not None)
    turn()
    assert set(program.window.findChildren(OptionRow)) == made  # other data, the same options
