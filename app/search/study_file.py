"""The file in which a study survives: its settings, its trials, their folds and curves.

An embedded database beside the project. The coordinator of the search writes; others may read
meanwhile. Each fit that ended is one transaction: after a kill at any moment what was finished is
there, whole, and what was in flight is a trial that is still open.
"""

import json
import secrets
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import ValidationError

from app.core.database import Database, DatabaseError, DatabaseKind
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap, OptionValue
from app.core.migrations import migrate
from app.core.project import Project
from app.core.project_paths import ProjectPathError
from app.core.run_record import EpochRow
from app.core.search_results import (
    DONE,
    FitCurves,
    FoldResult,
    FoldState,
    Trial,
    TrialState,
    with_chosen_epochs,
)
from app.core.search_settings import Dimension
from app.core.search_walk import walk
from app.core.short_names import quoted, shortened
from app.core.vault_openings import StudyLook

SUFFIX = ".layerlab-study"
LARGEST_CURVES = 256 * 2**20
"""Bytes that the curves of one fold may expand to."""

KIND = DatabaseKind(
    name="the study",
    application_id=0x4C4C5359,
    steps=(
        (
            "CREATE TABLE study (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
            "CREATE TABLE trials (number INTEGER PRIMARY KEY, state TEXT NOT NULL, "
            "settings TEXT NOT NULL, sentence TEXT NOT NULL)",
            "CREATE TABLE folds (trial INTEGER NOT NULL REFERENCES trials(number), "
            "fold INTEGER NOT NULL, state TEXT NOT NULL, score REAL, metrics TEXT NOT NULL, "
            "epochs INTEGER NOT NULL, best_epoch INTEGER NOT NULL, seconds REAL NOT NULL, "
            "sentence TEXT NOT NULL, PRIMARY KEY (trial, fold)) WITHOUT ROWID",
            "CREATE TABLE curves (trial INTEGER NOT NULL, fold INTEGER NOT NULL, "
            "epochs BLOB NOT NULL, PRIMARY KEY (trial, fold), "
            "FOREIGN KEY (trial, fold) REFERENCES folds(trial, fold))",
        ),
    ),
)


class StudyError(ExplainedError):
    """A study cannot be begun in this file, or not be gone on with."""


class NothingBegunError(StudyError):
    """There is a file, but the search that made it was killed before anything stood in it."""


@dataclass(frozen=True)
class StudyHead:
    """What all trials of a study share.

    Attributes:
        project: as the search was started; its `search` says what and how.
        score: name of the metric that decides.
        greater_is_better: whether large ones are good.
        folds: of each trial.
        data: fingerprint of the data.
    """

    project: Project
    score: str
    greater_is_better: bool
    folds: int
    data: str


def study_path(project: Path) -> Path:
    """Where the study of the project in this file is kept."""
    return project.with_name(f"{project.name.removesuffix('.layerlab')}{SUFFIX}")


def searched_alike(one: Project, other: Project) -> bool:
    """Whether the trials of both can stand in one study: all that decides on a score is equal."""
    return _deciding(one) == _deciding(other)


def _deciding(project: Project) -> Project:
    """Without what changes no score: the names, the drawing, how many trials, and where; nor what
    each trial chooses for itself, so that a search goes on when its best trial is on the bench.
    """
    with suppress(ProjectPathError):
        project, _ = walk(project, lambda _path, dimension, _option: _first(dimension))
    search = project.search.model_copy(update={"trials": 1, "workers": 0, "cluster": ""})
    return project.model_copy(update={"name": "study", "places": FrozenMap(), "search": search})


def _first(dimension: Dimension) -> OptionValue:
    if dimension.values:
        return dimension.values[0]
    return dimension.low


class StudyFile:
    """An open study; may be used by one thread at a time.

    Raises:
        DatabaseError: from each method, when the file can't be read or written.
        StudyError: when what it holds makes no sense.
    """

    def __init__(self, database: Database, head: StudyHead) -> None:
        self._database = database
        self.head = head

    @classmethod
    def begin(cls, path: Path, head: StudyHead) -> "StudyFile":
        """Make a new study. Raises StudyError when there is one that has trials."""
        database = Database(path, KIND)
        try:
            with database.transaction():
                if database.rows("SELECT 1 FROM trials LIMIT 1"):
                    raise StudyError(
                        f"{path.name} holds a study already.",
                        "A new search begins with a new file.",
                        "Go on with that study (on the command line: --resume), or move or delete "
                        f"{path.name}.",
                    )
                database.run("DELETE FROM study")
                rows = [*_head_rows(head), ("begun_at", _now()), ("identity", _new_identity())]
                database.run_many("INSERT INTO study VALUES (?, ?)", rows)
        except BaseException:
            database.close()
            raise
        return cls(database, head)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> "StudyFile":
        """Open a study that is there. Raises NothingBegunError when the file has none."""
        try:
            database = Database(path, KIND, must_exist=True, read_only=read_only)
        except DatabaseError as error:
            raise (_nothing_begun(path) if error.trouble == "empty" else error) from None
        try:
            found = dict(database.rows("SELECT name, value FROM study"))
            if not found and not database.rows("SELECT 1 FROM trials LIMIT 1"):
                raise _nothing_begun(path)
            return cls(database, _head_of(path, found))
        except BaseException:
            database.close()
            raise

    @property
    def path(self) -> Path:
        return self._database.path

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> "StudyFile":
        return self

    def __exit__(self, *_about: object) -> None:
        self.close()

    # ---- writing
    def set_head(self, head: StudyHead) -> None:
        """Go on under this head, which is `searched_alike`."""
        self._database.run_many("REPLACE INTO study VALUES (?, ?)", _head_rows(head))
        self.head = head

    def identity(self) -> tuple[str, str]:
        """What names this study wherever its file lies, and when it began, as ISO 8601; "" of one
        from before that was noted. One without a name gets it now.
        """
        with self._database.transaction():
            self._database.run(
                "INSERT OR IGNORE INTO study VALUES ('identity', ?)", (_new_identity(),)
            )
            found = dict(self._database.rows("SELECT name, value FROM study"))
        return str(found["identity"]), str(found.get("begun_at", ""))

    def part(self) -> None:
        """Be another study than the one whose copy this is: from now on each goes its way. The
        trials that are done stand in the journal under the name of that one.
        """
        done = [trial.number for trial in self.trials() if trial.state in DONE]
        with self._database.transaction():
            rows = [("identity", _new_identity()), ("elsewhere", json.dumps(done))]
            self._database.run_many("REPLACE INTO study VALUES (?, ?)", rows)

    def put_trial(self, trial: Trial) -> None:
        """Keep number, state, settings and sentence of a trial; its folds come by `put_fold`."""
        self._database.run(
            "INSERT INTO trials VALUES (?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET "
            "state = excluded.state, settings = excluded.settings, sentence = excluded.sentence",
            (trial.number, trial.state, _json(trial.settings), trial.sentence),
        )

    def put_fold(self, trial: Trial, result: FoldResult, curves: FitCurves) -> None:
        """Keep a fold that ended, and the trial as it is now, in one transaction."""
        database, key = self._database, (trial.number, result.fold)
        with database.transaction():
            self.put_trial(trial)
            database.run("DELETE FROM curves WHERE trial = ? AND fold = ?", key)
            database.run(
                "REPLACE INTO folds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *key,
                    result.state,
                    result.score,
                    _json(result.metrics),
                    result.epochs,
                    result.best_epoch,
                    result.seconds,
                    result.sentence,
                ),
            )
            database.run("INSERT INTO curves VALUES (?, ?, ?)", (*key, _packed(curves.rows)))

    def drop_folds(self, trial: int) -> None:
        """Forget those folds of a trial that are to be done again: all but the finished ones."""
        with self._database.transaction():
            those = "trial = ? AND fold IN (SELECT fold FROM folds WHERE trial = ? AND state <> ?)"
            about = (trial, trial, "finished")
            self._database.run(f"DELETE FROM curves WHERE {those}", about)
            self._database.run(
                "DELETE FROM folds WHERE trial = ? AND state <> ?", (trial, "finished")
            )

    def note_look(self, look: StudyLook) -> None:
        """Keep that the test part was looked at."""
        value = json.dumps([*self.looks(), look])
        self._database.run("REPLACE INTO study VALUES ('looks', ?)", (value,))

    # ---- reading
    def elsewhere(self) -> frozenset[int]:
        """The trials that the journal has under the name of another study."""
        rows = self._database.rows("SELECT value FROM study WHERE name = 'elsewhere'")
        return self._believed(_numbers_of, *rows[0]) if rows else frozenset()

    def looks(self) -> tuple[StudyLook, ...]:
        """At the test part since the study was begun, one after the other."""
        rows = self._database.rows("SELECT value FROM study WHERE name = 'looks'")
        return self._believed(_looks_of, *rows[0]) if rows else ()

    def trials(self) -> tuple[Trial, ...]:
        """All that were drawn, by number; those that a search left open are "waiting"."""
        folds: dict[int, list[FoldResult]] = {}
        for trial, *values in self._database.rows("SELECT * FROM folds ORDER BY trial, fold"):
            folds.setdefault(trial, []).append(self._believed(_fold_of, values))
        rows = self._database.rows("SELECT * FROM trials ORDER BY number")
        project = self.head.project
        trials = tuple(
            with_chosen_epochs(self._believed(_trial_of, row, folds.get(row[0], [])), project)
            for row in rows
        )
        if [trial.number for trial in trials] != list(range(len(trials))):
            raise self._damaged("trials are missing")
        return trials

    def curves(self, trial: int) -> tuple[FitCurves, ...]:
        """The curves of the folds of a trial that have ended, by fold."""
        rows = self._database.rows(
            "SELECT fold, epochs FROM curves WHERE trial = ? ORDER BY fold", (trial,)
        )
        return tuple(self._believed(_curves_of, *row) for row in rows)

    def first_curves(self) -> Iterator[tuple[int, FitCurves]]:
        """The number and the curves of the first fold of each trial that has them."""
        rows = self._database.rows("SELECT trial, fold, epochs FROM curves WHERE fold = 0")
        for trial, *row in rows:
            yield trial, self._believed(_curves_of, *row)

    def _believed(self, made: Any, *parts: Any) -> Any:
        try:
            return made(*parts)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
            raise self._damaged(f"{shortened(error, 200)}") from error

    def _damaged(self, reason: str) -> StudyError:
        return _not_a_study(self._database.path, reason)


def read_study(path: Path) -> tuple[StudyHead, tuple[Trial, ...]]:
    """A study and its trials, as they are now; changes nothing, also while a search writes.

    Raises:
        DatabaseError: the file cannot be read.
        StudyError: what it holds makes no sense.
    """
    with StudyFile.open(path, read_only=True) as study:
        return study.head, study.trials()


def read_curves(path: Path, trial: int) -> tuple[FitCurves, ...]:
    """The curves of one trial; raises as `read_study`."""
    with StudyFile.open(path, read_only=True) as study:
        return study.curves(trial)


# ---------------------------------------------------------------- rows of the tables


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _numbers_of(text: str) -> frozenset[int]:
    return frozenset(int(number) for number in json.loads(text))


def _new_identity() -> str:
    return secrets.token_hex(8)


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _head_rows(head: StudyHead) -> list[tuple[str, str]]:
    return [
        ("project", json.dumps(head.project.model_dump(), ensure_ascii=False, allow_nan=False)),
        ("score", head.score),
        ("greater_is_better", json.dumps(head.greater_is_better)),
        ("folds", json.dumps(head.folds)),
        ("data", head.data),
    ]


def _head_of(path: Path, found: Mapping[str, str]) -> StudyHead:
    try:
        project = Project.model_validate(migrate(json.loads(found["project"])))
        greater, folds = json.loads(found["greater_is_better"]), json.loads(found["folds"])
        if not isinstance(greater, bool) or type(folds) is not int or folds < 1:
            raise ValueError("its head is of another kind")
        return StudyHead(project, found["score"], greater, folds, found["data"])
    except (ValidationError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise _not_a_study(path, f"{shortened(error, 200)}") from error


def _looks_of(text: str) -> tuple[StudyLook, ...]:
    return tuple(StudyLook(str(date)[:40], int(trials)) for date, trials in json.loads(text))


def _trial_of(row: tuple[Any, ...], folds: list[FoldResult]) -> Trial:
    number, state, settings, sentence = row
    if state not in get_args(TrialState) or not isinstance(number, int):
        raise ValueError(f"a trial is {quoted(state, 40)}")
    if state == "running":
        state = "waiting"
    seconds = sum(fold.seconds for fold in folds)
    values = FrozenMap(json.loads(settings))
    return Trial(number, state, values, tuple(folds), seconds, str(sentence))


def _fold_of(values: list[Any]) -> FoldResult:
    fold, state, score, metrics, epochs, best_epoch, seconds, sentence = values
    if state not in get_args(FoldState) or not isinstance(fold, int):
        raise ValueError(f"a fold is {quoted(state, 40)}")
    return FoldResult(
        fold,
        cast(FoldState, state),
        None if score is None else float(score),
        FrozenMap(json.loads(metrics)),
        int(epochs),
        int(best_epoch),
        float(seconds),
        str(sentence),
    )


def _packed(rows: tuple[EpochRow, ...]) -> bytes:
    """Names once, then a list for each epoch: a tenth of what the rows themselves would take."""
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    lines = [
        [row.epoch, row.seconds, row.learning_rate, *(row.metrics.get(name) for name in names)]
        for row in rows
    ]
    text = json.dumps([names, lines], allow_nan=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def _curves_of(fold: int, blob: bytes) -> FitCurves:
    opened = zlib.decompressobj()
    try:
        text = opened.decompress(blob, LARGEST_CURVES)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not opened.eof:
        raise ValueError("the curves of a fold are cut off")
    names, lines = json.loads(text)
    rows = tuple(
        EpochRow(
            epoch=epoch,
            seconds=seconds,
            learning_rate=rate,
            metrics=FrozenMap(dict(zip(names, values, strict=True))),
        )
        for epoch, seconds, rate, *values in lines
    )
    return FitCurves(fold, rows)


def _nothing_begun(path: Path) -> NothingBegunError:
    return NothingBegunError(
        f"No study was begun in {path.name}.",
        "To go on needs a search that was begun.",
        "Begin a new search; on the command line: without --resume.",
    )


def _not_a_study(path: Path, reason: str) -> StudyError:
    return StudyError(
        f"{path.name} is no whole study: {reason}.",
        "A study file holds what a search of LayerLab has written there.",
        f"Move {path.name} away to begin a new study, or bring back a copy.",
    )
