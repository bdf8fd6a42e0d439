"""The file of a study: what goes in comes out, and what is wrong with a file is said."""

import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from app.core.database import DatabaseError, DatabaseTrouble
from app.core.frozen import FrozenMap
from app.core.project_edits import set_early_stopping
from app.core.run_record import EpochRow
from app.core.search_results import FitCurves, FoldResult, Trial
from app.core.vault_openings import StudyLook
from app.search.study_file import (
    StudyError,
    StudyFile,
    StudyHead,
    read_curves,
    read_study,
    searched_alike,
    study_path,
)
from tests.unit.made_up_fits import BATCH, RATE, Study, searched

HEAD = StudyHead(searched(RATE, BATCH), "accuracy", True, 2, "0123")
SETTINGS = FrozenMap({"a": 1, "b": 1.0, "c": True, "d": None, "e": (3, 5), "f": "relu"})
ROWS = (
    EpochRow(epoch=1, metrics=FrozenMap({"loss": 0.5, "val_auc": None}), seconds=0.1,
             learning_rate=0.01),
    EpochRow(epoch=2, metrics=FrozenMap({"loss": 1e-17, "val_auc": 0.75}), seconds=0.2,
             learning_rate=0.0),
)  # fmt: skip
FOLD = FoldResult(0, "finished", 0.1 + 0.2, FrozenMap({"loss": 0.5}), 2, 1, 0.3, "It ended.")
RUNNING = Trial(0, "running", SETTINGS, (FOLD,), 0.3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "p.layerlab-study"


@pytest.fixture
def kept(path: Path) -> Path:
    with StudyFile.begin(path, HEAD) as study:
        study.put_fold(RUNNING, FOLD, FitCurves(0, ROWS))
        study.put_trial(Trial(1, "failed", FrozenMap(), sentence="Fold 1 failed: no memory."))
    return path


def test_what_goes_in_comes_out(kept: Path) -> None:
    head, trials = read_study(kept)
    assert head == HEAD
    assert trials[0] == Trial(0, "waiting", SETTINGS, (FOLD,), 0.3)
    assert [repr(value) for value in trials[0].settings.values()] == [
        repr(value) for value in SETTINGS.values()
    ]
    assert trials[1] == Trial(1, "failed", FrozenMap(), sentence="Fold 1 failed: no memory.")
    assert read_curves(kept, 0) == (FitCurves(0, ROWS),)
    assert read_curves(kept, 1) == ()


STOPPING = "training.early_stopping"


@pytest.mark.parametrize(
    ("of_project", "tried", "best"),
    [
        ({"enabled": True}, {}, 1),
        ({"enabled": False}, {}, 0),
        ({"enabled": True, "restore_best_weights": False}, {}, 0),
        ({"enabled": True}, {f"{STOPPING}.enabled": False}, 0),
        ({"enabled": False}, {f"{STOPPING}.enabled": True}, 1),
        ({"enabled": True}, {f"{STOPPING}.restore_best_weights": False}, 0),
    ],
)
def test_a_study_of_before_shows_a_best_epoch_only_where_its_weights_came_back(
    path: Path, of_project: dict[str, bool], tried: dict[str, bool], best: int
) -> None:
    project = set_early_stopping(HEAD.project, **of_project)
    with StudyFile.begin(path, replace(HEAD, project=project)) as study:
        trial = replace(RUNNING, settings=FrozenMap(tried))
        study.put_fold(trial, FOLD, FitCurves(0, ROWS))
    (trial,) = read_study(path)[1]
    assert trial.folds == (replace(FOLD, best_epoch=best),)


def test_a_study_keeps_its_name_wherever_it_lies(kept: Path, tmp_path: Path) -> None:
    with StudyFile.open(kept) as study:
        name, begun_at = study.identity()
        study.set_head(HEAD)
        assert study.identity() == (name, begun_at)
    assert name
    assert datetime.fromisoformat(begun_at).tzinfo is not None
    elsewhere = kept.rename(tmp_path / "elsewhere.layerlab-study")
    with StudyFile.open(elsewhere) as study:
        assert study.identity() == (name, begun_at)
    with StudyFile.begin(kept, HEAD) as study:
        assert study.identity()[0] != name
    with closing(sqlite3.connect(elsewhere)) as database, database:  # of an earlier version
        database.execute("DELETE FROM study WHERE name IN ('identity', 'begun_at')")
    with StudyFile.open(elsewhere) as study:
        given, unknown = study.identity()
        assert given not in ("", name)
        assert (given, unknown) == study.identity() == (given, "")


def test_folds_that_are_not_finished_are_done_again(kept: Path) -> None:
    with StudyFile.open(kept) as study:
        study.put_fold(RUNNING, FoldResult(1, "pruned"), FitCurves(1, ROWS))
        assert len(study.trials()[0].folds) == len(study.curves(0)) == 2
        study.drop_folds(0)
        assert study.trials()[0].folds == (FOLD,)
        assert study.curves(0) == (FitCurves(0, ROWS),)


def test_a_study_is_read_while_it_is_written(kept: Path) -> None:
    with StudyFile.open(kept) as study:
        study.put_trial(Trial(2, "running", SETTINGS))
        found: list[int] = []
        reader = threading.Thread(target=lambda: found.append(len(read_study(kept)[1])))
        reader.start()
        reader.join()
        assert found == [3]


def test_looks_at_the_test_part_stay_with_the_study_until_a_new_one_begins(kept: Path) -> None:
    looks = tuple(StudyLook(f"2026-11-23T05:00:0{n}+00:00", n) for n in range(2))
    with StudyFile.open(kept) as study:
        assert study.looks() == ()
        for look in looks:
            study.note_look(look)
        study.set_head(study.head)
    with StudyFile.open(kept, read_only=True) as study:
        assert study.looks() == looks
    with closing(sqlite3.connect(kept)) as database:
        database.execute("UPDATE study SET value = '[[1]]' WHERE name = 'looks'")
        database.commit()
    with StudyFile.open(kept) as study, pytest.raises(StudyError, match="no whole study"):
        study.looks()


def test_where_the_study_of_a_project_is() -> None:
    assert study_path(Path("a/p.layerlab")) == Path("a/p.layerlab-study")
    assert study_path(Path("p.q")) == Path("p.q.layerlab-study")


def test_names_places_and_numbers_of_trials_decide_on_no_score() -> None:
    project = searched(RATE, BATCH)
    moved = {"name": "other", "places": FrozenMap({"dense_1": (1.0, 2.0)})}
    assert searched_alike(project, project.model_copy(update=moved))
    assert searched_alike(project, searched(RATE, BATCH, trials=7, workers=3, cluster="tcp://a:1"))
    for other in (
        searched(RATE),
        searched(BATCH, RATE, folds=4),
        searched(RATE, BATCH, seed=3),
        searched(RATE, BATCH, epochs=5),
        searched(RATE, BATCH, pruner="median"),
    ):
        assert not searched_alike(project, other)


# ---------------------------------------------------------------- files that are no studies


def read_all(path: Path) -> None:
    read_study(path)
    read_curves(path, 0)


def trouble(path: Path) -> DatabaseTrouble:
    with pytest.raises(DatabaseError) as caught:
        Study(searched(RATE, trials=1), path, resume=True)
    assert all((caught.value.happened, caught.value.expected, caught.value.how_to_fix))
    return caught.value.trouble


def test_garbage_is_no_study(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)
    assert trouble(path) == "foreign"
    with pytest.raises(DatabaseError):
        Study(searched(RATE, trials=1), path)
    assert path.read_bytes() == b"garbage" * 1000


def test_a_newer_study_is_left_alone(kept: Path) -> None:
    with sqlite3.connect(kept) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert trouble(kept) == "newer"


def test_a_read_only_study_can_be_looked_at_only(kept: Path) -> None:
    kept.chmod(0o444)
    assert trouble(kept) == "read_only"
    assert len(read_study(kept)[1]) == 2


def test_a_locked_study_is_said_to_be_locked(kept: Path) -> None:
    holder = sqlite3.connect(kept, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with StudyFile.open(kept) as study:
            study._database._connection.execute("PRAGMA busy_timeout = 50")
            with pytest.raises(DatabaseError) as caught:
                study.put_trial(Trial(2, "running", SETTINGS))
        assert caught.value.trouble == "locked"
    finally:
        holder.close()


def test_a_cut_off_study_is_damaged_or_no_study(kept: Path) -> None:
    whole = kept.read_bytes()
    for size in (len(whole) // 2, 5000, 20):
        kept.write_bytes(whole[:size])
        with pytest.raises((DatabaseError, StudyError)):
            read_study(kept)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE trials SET settings = '[1]'",
        'UPDATE trials SET settings = \'{"a": {"b": 1}}\'',
        "UPDATE trials SET state = 'flying'",
        "DELETE FROM curves; DELETE FROM folds; DELETE FROM trials WHERE number = 0",
        "UPDATE folds SET metrics = 'NaN'",
        "UPDATE folds SET score = 'good'",
        "UPDATE folds SET state = 'x'",
        "DELETE FROM study",
        "UPDATE study SET value = '{}' WHERE name = 'project'",
        "UPDATE study SET value = 'true' WHERE name = 'folds'",
        "DELETE FROM study WHERE name = 'score'",
        "UPDATE curves SET epochs = x'00'",
        "UPDATE curves SET epochs = 'text'",
    ],
)
def test_rows_that_make_no_sense_are_said_and_nothing_is_done_with_them(
    kept: Path, change: str
) -> None:
    with sqlite3.connect(kept) as database:
        database.executescript(change)
    database.close()
    with pytest.raises(StudyError, match="no whole study") as caught:
        read_all(kept)
    assert "Move" in caught.value.how_to_fix


@pytest.mark.skipif(os.name == "nt", reason="a folder's rights are others there")
def test_a_study_that_cannot_be_made_is_said_before_any_fit(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError) as caught:
        Study(searched(RATE, trials=1), tmp_path / "nowhere" / "p.layerlab-study")
    assert caught.value.trouble == "missing"
