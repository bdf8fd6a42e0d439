"""All runs, kept in one database file: written as they train, listed, filtered, read, deleted.

A run is there from its beginning; what was written of it survives the end of the program at any
moment. Lists come from columns of their own; settings and histories are read when asked for.
"""

import contextlib
import json
import threading
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from app.core.database import Database, DatabaseError
from app.core.explained_error import ExplainedError
from app.core.project import Project
from app.core.project_file import ProjectFileError, project_of, run_of, text_of
from app.core.run_record import EpochRow, RunRecord
from app.core.search_results import FitCurves, Trial, with_chosen_epochs
from app.core.vault_openings import SOURCE_LETTERS, Looks, Openings, VaultOpening
from app.journal.entries import Entry, KeptRun, Kind, ending_of, own_text
from app.journal.journal_file import COLUMNS, JOURNAL

MOST_WORDS = 4000
"""So many characters of what can be searched for are kept with a run."""
MOST_NOTES = 20_000
ROOM_TO_GIVE_BACK = 2**20
"""From so many free bytes on, which are more than a quarter, the file is made smaller."""

_TRIAL = TypeAdapter(Trial)
_OPENINGS = TypeAdapter(Openings)


class RunGoneError(ExplainedError):
    """There is no run of that number."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"The journal has no run {number}.",
            "The number of a run that is kept is needed.",
            "layerlab runs list shows all of them; one that was deleted does not come back.",
        )


class Journal:
    """The journal in the file at `path`, opened when it is first used and made when there is none.

    May be used by several threads, which take turns, and by several programs at once. Everything
    raises DatabaseError when the file cannot be used; the next call tries again.
    """

    def __init__(self, path: Path, busy_seconds: float = 5.0) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._database: Database | None = None
        self._counted_older = False
        self._lock = threading.Lock()

    # ------------------------------------------------------------ writing

    def keep(
        self,
        record: RunRecord,
        kind: Kind,
        *,
        file: str = "",
        rows_from: int = 0,
        part: str = "",
    ) -> int:
        """Keep a run as it stands, for the first time or again; its number.

        Args:
            record: with a `key`.
            file: the project file that it belongs to.
            rows_from: rows before this place are kept already, as they are.
            part: which of several runs of the project it is, in words; of a refit that is known.
        """
        if not record.key:
            raise ValueError("a run without a key cannot be kept")
        name, score = _score_of(record)
        base = record.model_copy(update={"rows": (), "trained_on": None, "health": None})
        values: dict[str, object] = {
            "key": record.key,
            "kind": kind,
            "name": record.project.name,
            "part": part or _refit_words(record),
            "started_at": record.started_at,
            "seconds": record.seconds,
            "reason": record.reason or "",
            "sentence": record.sentence,
            "epochs": len(record.rows),
            "best_epoch": record.best_epoch if record.chooses_best else 0,
            "seed": record.project.training.seed,
            "data": _data_title(record),
            "fingerprint": record.data_fingerprint,
            "score_name": name,
            "score": score,
            "sd": None,
            "study": "",
            "begun_at": "",
            "trial": -1,
            "openings": 0,
            "file": file,
            "owner": "" if record.reason else own_text(),
            "settings": b"",
            "details": zlib.compress(text_of(base), 6),
        }
        return self._write(values, ((0, record.rows),), rows_from, record=record)

    def keep_trial(
        self,
        trial: Trial,
        project: Project,
        curves: Iterable[FitCurves],
        *,
        study: str,
        key: str,
        score: str,
        data: str,
        begun_at: str = "",
        fingerprint: str = "",
        file: str = "",
    ) -> int:
        """Keep a trial of a search that is over, for the first time or again; its number.

        Args:
            project: its settings.
            curves: of its folds.
            study: the file of its study.
            key: names the search; the same whenever it goes on.
            score: what decides, without "val_".
            begun_at: when the search began, ISO 8601.
        """
        now = datetime.now().astimezone()
        settings = " ".join(f"{path}={value}" for path, value in trial.settings.items())
        best = trial.folds[0].best_epoch if len(trial.folds) == 1 else 0
        values: dict[str, object] = {
            "key": f"{key}/{trial.number}",
            "kind": "trial",
            "name": project.name,
            "part": "",
            "started_at": (now - timedelta(seconds=trial.seconds)).isoformat(timespec="seconds"),
            "seconds": trial.seconds,
            "reason": trial.state,
            "sentence": trial.sentence or settings,
            "epochs": sum(fold.epochs for fold in trial.folds),
            "best_epoch": best,
            "seed": project.training.seed,
            "data": data,
            "fingerprint": fingerprint,
            "score_name": f"val_{score}",
            "score": trial.mean,
            "sd": trial.sd,
            "study": study,
            "begun_at": begun_at,
            "trial": trial.number if trial.settings else -1,
            "openings": 0,
            "file": file,
            "owner": "",
            "settings": zlib.compress(text_of(project), 6),
            "details": zlib.compress(_TRIAL.dump_json(trial), 6),
        }
        folds = tuple((one.fold, one.rows) for one in curves)
        return self._write(values, folds, 0, settings)

    def study_is_at(self, key: str, study: str, file: str) -> None:
        """Note where the study of the search `key` lies by now, and the project file."""
        database = self._opened()
        with database.transaction():
            database.run(
                "UPDATE runs SET study = ?, file = ? WHERE key >= ? AND key < ?",
                (study, file, f"{key}/", f"{key}0"),
            )

    def keep_opening(self, opening: VaultOpening) -> None:
        """Keep that the test part was looked at, with a model that is no run of the journal."""
        database = self._opened()
        with database.transaction():
            _write_openings(database, "", (opening,))

    def set_notes(self, number: int, notes: str) -> None:
        """Keep what the user wrote. Raises RunGoneError."""
        database = self._opened()
        with database.transaction():
            changed = database.run(
                "UPDATE runs SET notes = ?, noted = ? WHERE number = ?",
                (notes[:MOST_NOTES], notes[:MOST_NOTES].casefold(), number),
            )
            if not changed.rowcount:
                raise RunGoneError(number)

    def delete(self, numbers: Sequence[int]) -> int:
        """Delete runs with all that is kept of them; how many were there."""
        database = self._opened()
        with database.transaction():
            gone = sum(
                database.run("DELETE FROM runs WHERE number = ?", (number,)).rowcount
                for number in numbers
            )
        free, pages, size = (
            database.rows(f"PRAGMA {name}")[0][0]
            for name in ("freelist_count", "page_count", "page_size")
        )
        if free * size >= ROOM_TO_GIVE_BACK and free * 4 > pages:
            with contextlib.suppress(
                DatabaseError
            ):  # another program reads; the room is used later
                database.shrink()
        return gone

    # ------------------------------------------------------------ reading

    def entries(
        self,
        *,
        text: str = "",
        kind: str = "",
        data: str = "",
        study: str = "",
        limit: int = -1,
    ) -> list[Entry]:
        """The runs that fit, the newest first.

        Args:
            text: words that all occur in what is known of the run, in any case.
            kind: one of `KINDS`; "": all.
            data: title of the data; "": all.
            study: file of a study; "": all.
            limit: so many at most; -1: all.
        """
        terms: list[str] = []
        values: list[object] = []
        for column, value in (("kind", kind), ("data", data), ("study", study)):
            if value:
                terms.append(f"{column} = ?")
                values.append(value)
        for word in text.casefold().split():
            terms.append("instr(words, ?) + instr(noted, ?) > 0")
            values += (word, word)
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        return self._entries(f"{where} ORDER BY number DESC LIMIT ?", (*values, limit))

    def entry(self, number: int) -> Entry:
        """Raises RunGoneError."""
        found = self._entries("WHERE number = ?", (number,))
        if not found:
            raise RunGoneError(number)
        return found[0]

    def kept_trials(self, key: str) -> frozenset[int]:
        """The numbers of the trials of a search that are kept as they stay; not the cancelled
        ones, with which a search goes on.
        """
        found = self._opened().rows(
            "SELECT key FROM runs WHERE key >= ? AND key < ? AND reason <> 'cancelled'",
            (f"{key}/", f"{key}0"),
        )
        return frozenset(int(one.rpartition("/")[2]) for (one,) in found)

    def looks(self, vault: str, known: Openings = (), older: str = "") -> Looks:
        """How often the test samples called `vault` were looked at, in all projects, those of
        deleted runs too.

        Args:
            known: openings that a project knows of; they count whether they are kept here or not.
            older: another name of the same samples, in earlier versions; "": none.
        """
        database, source = self._opened(), vault[:SOURCE_LETTERS]
        self._count_older(database)
        found = database.rows(
            "SELECT date, number FROM openings WHERE vault IN (?, ?)", (vault, older or vault)
        )
        moments = {(str(date), int(number)) for date, number in found}
        moments |= {(one.date, one.number) for one in known if one.vault in (vault, older or vault)}
        times = len(moments)
        last = max((date for date, _ in moments), default="")
        others = database.rows(
            "SELECT count(*) FROM openings WHERE vault >= ? AND vault < ? AND vault <> ?",
            (source, f"{source}g", vault),
        )[0][0]
        return Looks(times, last, int(others))

    def run(self, number: int) -> KeptRun:
        """All that is kept of a run.

        Raises:
            RunGoneError: there is none.
            ProjectFileError: what is kept cannot be read.
        """
        entry = self.entry(number)
        database = self._opened()
        found = database.rows("SELECT settings, details FROM contents WHERE run = ?", (number,))
        if not found:
            raise RunGoneError(number)
        settings, details = found[0]
        what = f"run {number} of the journal"
        curves = self._curves(number, what)
        try:
            text = zlib.decompress(details)
            if entry.kind == "trial":
                project = project_of(what, zlib.decompress(settings))
                trial = with_chosen_epochs(_TRIAL.validate_json(text), project)
                return KeptRun(entry, project, curves, trial=trial)
            base = run_of(what, text)
        except (zlib.error, ValueError) as error:
            raise _unreadable(what) from error
        rows = curves[0].rows if curves else ()
        record = base.model_copy(update={"rows": rows})
        return KeptRun(entry, base.project, curves, record=record, openings=record.openings)

    def size(self) -> int:
        """Bytes that the journal takes on the disk."""
        return self._opened().size()

    def count(self) -> int:
        """How many runs are kept."""
        return int(self._opened().rows("SELECT count(*) FROM runs")[0][0])

    def data_titles(self) -> list[str]:
        """The titles of all data that runs were trained on."""
        return [
            title for (title,) in self._opened().rows("SELECT DISTINCT data FROM runs ORDER BY 1")
        ]

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    # ------------------------------------------------------------ inside

    def _opened(self) -> Database:
        with self._lock:
            if self._database is None:
                with contextlib.suppress(OSError):  # what is wrong, opening tells better
                    self.path.parent.mkdir(parents=True, exist_ok=True)
                self._database = Database(self.path, JOURNAL, busy_seconds=self._busy_seconds)
            return self._database

    def _count_older(self, database: Database) -> None:
        """Count the openings that stand in runs of the first versions alone."""
        if self._counted_older:
            return
        found = database.rows(
            "SELECT number FROM runs WHERE openings > "
            "(SELECT count(*) FROM openings WHERE openings.run = runs.key)"
        )
        for (number,) in found:
            with contextlib.suppress(ProjectFileError, RunGoneError):  # told where it is opened
                record = self.run(int(number)).record
                if record is not None:
                    with database.transaction():
                        _write_openings(database, record.key, record.openings)
                        _write_openings(database, "", record.opened_before)
        self._counted_older = True

    def _entries(self, where: str, values: Sequence[object]) -> list[Entry]:
        found = self._opened().rows(f"SELECT {', '.join(COLUMNS)}, owner FROM runs {where}", values)
        ending, owners = COLUMNS.index("reason"), dict[str, bool]()
        return [
            Entry._make(
                (*row[:ending], ending_of(row[ending], owners, row[-1]), *row[ending + 1 : -1])
            )
            for row in found
        ]

    def _write(
        self,
        values: dict[str, Any],
        folds: Sequence[tuple[int, tuple[EpochRow, ...]]],
        rows_from: int,
        more_words: str = "",
        record: RunRecord | None = None,
    ) -> int:
        database = self._opened()
        settings, details = values.pop("settings"), values.pop("details")
        told = ("name", "part", "kind", "data", "sentence", "study", "file", "score_name")
        words = " ".join((*(str(values[name]) for name in told), more_words))
        if values["kind"] == "trial":
            trial = int(values["trial"])
            words += f" trial {trial}" if trial >= 0 else " cross-validation"
        values["words"] = words.casefold()[:MOST_WORDS]
        names = list(values)
        with database.transaction():
            if record is not None and (record.openings or record.opened_before):
                _write_openings(database, record.key, record.openings)
                _write_openings(database, "", record.opened_before)
            if record is not None:
                values["openings"] = database.rows(
                    "SELECT count(*) FROM openings WHERE run = ?", (record.key,)
                )[0][0]
            # Not by one statement: with ON CONFLICT each further time uses a number up.
            found = database.rows("SELECT number FROM runs WHERE key = ?", (values["key"],))
            if found:
                number = int(found[0][0])
                changed = ", ".join(f"{name} = ?" for name in names)
                database.run(
                    f"UPDATE runs SET {changed} WHERE number = ?", (*values.values(), number)
                )
            else:
                places = ", ".join("?" * len(names))
                added = database.run(
                    f"INSERT INTO runs ({', '.join(names)}) VALUES ({places})",
                    tuple(values.values()),
                )
                number = int(added.lastrowid or 0)
            database.run(
                "INSERT INTO contents (run, settings, details) VALUES (?, ?, ?) "
                "ON CONFLICT (run) DO UPDATE SET settings = excluded.settings, "
                "details = excluded.details",
                (number, settings, details),
            )
            if record is None:
                database.run("DELETE FROM curves WHERE run = ?", (number,))
            for fold, rows in folds:
                _write_rows(database, number, fold, rows, rows_from)
        return number

    def _curves(self, number: int, what: str) -> tuple[FitCurves, ...]:
        found = self._opened().rows(
            "SELECT fold, rows FROM curves WHERE run = ? ORDER BY fold, first", (number,)
        )
        folds: dict[int, list[EpochRow]] = {}
        for fold, packed in found:
            folds.setdefault(fold, []).extend(_unpacked(packed, what))
        return tuple(FitCurves(fold, tuple(rows)) for fold, rows in folds.items())


def _write_openings(database: Database, run: str, openings: Openings) -> None:
    """Those that are there stay as they are."""
    for one in openings:
        database.run(
            "INSERT OR IGNORE INTO openings (vault, date, number, run) VALUES (?, ?, ?, ?)",
            (one.vault, one.date, one.number, run),
        )


def _write_rows(
    database: Database, number: int, fold: int, rows: tuple[EpochRow, ...], first: int
) -> None:
    """Keep `rows`, of which those before place `first` are there: kept in pieces, a piece that
    reaches over `first` is written anew.
    """
    where = "WHERE run = ? AND fold = ?"
    found = database.rows(
        f"SELECT max(first) FROM curves {where} AND first <= ?", (number, fold, first)
    )
    begin = 0 if not first or found[0][0] is None else int(found[0][0])
    ends = database.rows(
        f"SELECT first + count FROM curves {where} AND first = ?", (number, fold, begin)
    )
    if ends and ends[0][0] == first:
        begin = first
    elif not ends:
        begin = 0
    database.run(f"DELETE FROM curves {where} AND first >= ?", (number, fold, begin))
    if len(rows) > begin:
        piece = rows[begin:]
        database.run(
            "INSERT INTO curves (run, fold, first, count, rows) VALUES (?, ?, ?, ?, ?)",
            (number, fold, begin, len(piece), _packed(piece)),
        )


def _packed(rows: Sequence[EpochRow]) -> bytes:
    table = [[row.epoch, row.seconds, row.learning_rate, dict(row.metrics)] for row in rows]
    return zlib.compress(json.dumps(table, allow_nan=False).encode("ascii"), 6)


def _unpacked(packed: bytes, what: str) -> list[EpochRow]:
    try:
        return [
            EpochRow(epoch=epoch, seconds=seconds, learning_rate=rate, metrics=metrics)
            for epoch, seconds, rate, metrics in json.loads(zlib.decompress(packed))
        ]
    except (zlib.error, ValueError, TypeError) as error:
        raise _unreadable(what) from error


def _unreadable(what: str) -> ProjectFileError:
    return ProjectFileError(
        f"What is kept of {what} can't be read.",
        "The journal holds only what LayerLab has written there.",
        "Delete this run from the journal; the others are unharmed.",
    )


def _score_of(record: RunRecord) -> tuple[str, float | None]:
    """Name and value of what tells best how good a run is: the project's first metric, without
    one the loss, over the validation part, at the best epoch. A figure of the training part is
    no score.
    """
    metrics = record.project.training.metrics
    name = metrics[0] if metrics else "loss"
    rows = record.rows
    best = next((row for row in rows if row.epoch == record.best_epoch), rows[-1] if rows else None)
    key = f"val_{name}"
    value = best.metrics.get(key) if best is not None else None
    return key, float(value) if isinstance(value, (int, float)) else None


def _refit_words(record: RunRecord) -> str:
    """That it is a refit, and of which trial; "" of other runs."""
    if not record.project.data.split.validation_trains:
        return ""
    return "refit" if record.refit_of is None else f"refit of trial {record.refit_of}"


def _data_title(record: RunRecord) -> str:
    if record.trained_on is not None:
        return record.trained_on.title
    source = record.project.data.source
    path = getattr(source, "path", "")
    return Path(path).name if path else str(getattr(source, "name", source.kind))
