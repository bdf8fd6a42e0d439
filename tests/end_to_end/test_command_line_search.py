"""`layerlab search` with real fits in its processes, ended by kill -9 and gone on with."""

import os
import random
import re
import signal
import subprocess
from pathlib import Path

import pytest

from app.core.search_results import FoldResult, Trial
from app.search.study_file import NothingBegunError, read_curves, read_study, study_path
from tests.end_to_end.command_line_user import layerlab, read, start

SPACE = (
    "--space", "training.optimizer.learning_rate=1e-3..1e-1:log",
    "--space", "training.batch_size=16,32,64",
)  # fmt: skip
APP = ("-m", "app")
TRIALS, FOLDS, KILLS = 40, 3, 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    layerlab(
        tmp_path, "new", "p.layerlab", "--data", "iris", "--template", "mlp",
        "--set", "training.epochs=2", "--set", "training.early_stopping.enabled=false",
    )  # fmt: skip
    return tmp_path


def found(folder: Path) -> tuple[Trial, ...]:
    study = study_path(folder / "p.layerlab")
    try:
        return read_study(study)[1] if study.exists() else ()
    except NothingBegunError:
        return ()


def finished(trials: tuple[Trial, ...]) -> dict[tuple[int, int], FoldResult]:
    folds = {(trial.number, fold.fold): fold for trial in trials for fold in trial.folds}
    return {key: fold for key, fold in folds.items() if fold.state == "finished"}


def lost(said: str, before: tuple[Trial, ...], after: tuple[Trial, ...]) -> list[str]:
    """What was there before or was said to be finished, and is not there any more."""
    there, kept = finished(after), {trial.number: trial for trial in after}
    lines = [f"fold {key}" for key, fold in finished(before).items() if there.get(key) != fold]
    lines += [
        f"settings of {trial.number}"
        for trial in before
        if trial.number not in kept or kept[trial.number].settings != trial.settings
    ]
    for number, mean in re.findall(r"^trial (\d+): (\S+) ±", said, re.MULTILINE):
        trial = kept.get(int(number))
        if trial is None or trial.mean is None or f"{trial.mean:.4f}" != mean:
            lines.append(f"trial {number}")
    return lines


def begin(folder: Path, *program: str) -> subprocess.Popen[str]:
    words = ("search", "p.layerlab", "--trials", str(TRIALS), "--folds", str(FOLDS), *SPACE)
    if found(folder):
        words = ("search", "p.layerlab", "--resume")
    return start(folder, *words, "--workers", "1", "--verbose", program=program or APP)


def said_until_a_trial(process: subprocess.Popen[str]) -> str:
    """What it says up to its first trial, or to its end."""
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if line.startswith("trial "):
            break
    return "".join(lines)


def said_until_killed(process: subprocess.Popen[str], seconds: float) -> str:
    """Kill it after so many seconds, unless it ends before; what it said."""
    try:
        return process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        return process.communicate()[0]


@pytest.mark.timeout(400)
def test_ten_kills_lose_nothing_and_the_number_is_reached(folder: Path) -> None:
    chance = random.Random(6)
    before: tuple[Trial, ...] = ()
    in_the_middle = 0
    for number in range(KILLS):
        process = begin(folder)
        said = ""
        if number % 3 == 1:  # in the middle of the fits; the others before or at their beginning
            said = said_until_a_trial(process)
            said += said_until_killed(process, chance.uniform(0, 0.5))
        else:
            said = said_until_killed(process, chance.uniform(0.3, 2.5))
        after = found(folder)
        assert not lost(said, before, after)
        in_the_middle += len(finished(before)) < len(finished(after)) < TRIALS * FOLDS
        before = after
    assert in_the_middle >= KILLS // 3
    process = begin(folder)
    # What was interrupted is what it would have been without.
    whole = folder / "whole"
    whole.mkdir()
    (whole / "p.layerlab").write_bytes((folder / "p.layerlab").read_bytes())
    layerlab(
        whole, "search", "p.layerlab", "--trials", "4", "--folds", str(FOLDS), *SPACE,
        "--workers", "1",
    )  # fmt: skip
    said, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    trials = found(folder)
    assert not lost(said, before, trials)
    assert [trial.state for trial in trials] == ["finished"] * TRIALS
    assert all(len(trial.scores) == FOLDS for trial in trials)
    assert len({trial.settings for trial in trials}) == TRIALS
    expected = found(whole)
    assert len(expected) == 4
    for killed, smooth in zip(trials, expected, strict=False):
        assert killed.settings == smooth.settings
        assert killed.scores == smooth.scores
    path = study_path(folder / "p.layerlab")
    assert all(
        [len(curves.rows) for curves in read_curves(path, number)] == [2] * FOLDS
        for number in range(0, TRIALS, 10)
    )


def test_a_search_that_keeps_nothing_until_its_end_is_caught(folder: Path) -> None:
    process = begin(folder, "-m", "tests.end_to_end.forgetful_search")
    said = said_until_a_trial(process) + said_until_killed(process, 0)
    assert "trial 0" in lost(said, (), found(folder))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is no signal there")
def test_ctrl_c_keeps_what_is_finished(folder: Path) -> None:
    process = begin(folder)
    said = said_until_a_trial(process)
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "Go on with it by --resume." in rest
    trials = found(folder)
    assert not lost(said + rest, (), trials)
    assert {trial.state for trial in trials} <= {"finished", "cancelled"}


def test_a_search_from_its_start_to_its_json(folder: Path) -> None:
    said = layerlab(
        folder, "search", "p.layerlab", "--trials", "3", "--folds", "2", *SPACE,
        "--json", "out.json", "--workers", "1",
    )  # fmt: skip
    assert "test vault" in said
    results = read(folder / "out.json")
    trials = found(folder)
    assert [trial["number"] for trial in results["trials"]] == [0, 1, 2]
    assert results["best"] == max(trials, key=lambda t: (t.mean or 0, -t.number)).number
    for written, trial in zip(results["trials"], trials, strict=True):
        assert written["settings"] == dict(trial.settings)
        assert written["mean"] == trial.mean
        assert written["sd"] == trial.sd
        assert [fold["score"] for fold in written["folds"]] == list(trial.scores)
        assert written["state"] == "finished"
        assert [fold["fold"] for fold in written["folds"]] == [1, 2]
    said = layerlab(folder, "search", "p.layerlab", "--resume", "--json", "again.json")
    assert "3 trials done, 3 finished." in said
    assert read(folder / "again.json")["trials"] == results["trials"]
