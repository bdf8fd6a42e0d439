"""The tables of the journal's file."""

from app.core.database import DatabaseKind

COLUMNS = (
    "number",
    "key",
    "kind",
    "name",
    "started_at",
    "seconds",
    "reason",
    "sentence",
    "epochs",
    "best_epoch",
    "seed",
    "data",
    "fingerprint",
    "score_name",
    "score",
    "sd",
    "study",
    "trial",
    "openings",
    "file",
    "notes",
    "begun_at",
    "part",
)
"""Of the list, in the order of `app.journal.entries.Entry`."""

JOURNAL = DatabaseKind(
    name="the journal of runs",
    application_id=0x4C4C4A31,
    steps=(
        (
            """
            CREATE TABLE runs (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                key TEXT NOT NULL UNIQUE,
                kind TEXT NOT NULL,
                name TEXT NOT NULL,
                started_at TEXT NOT NULL,
                seconds REAL NOT NULL,
                reason TEXT NOT NULL,
                sentence TEXT NOT NULL,
                epochs INTEGER NOT NULL,
                best_epoch INTEGER NOT NULL,
                seed INTEGER NOT NULL,
                data TEXT NOT NULL,
                fingerprint TEXT NOT NULL,
                score_name TEXT NOT NULL,
                score REAL,
                sd REAL,
                study TEXT NOT NULL,
                trial INTEGER NOT NULL,
                openings INTEGER NOT NULL,
                file TEXT NOT NULL,
                notes TEXT NOT NULL DEFAULT '',
                noted TEXT NOT NULL DEFAULT '',
                owner TEXT NOT NULL,
                words TEXT NOT NULL
            )
            """,
            "CREATE INDEX runs_by_data ON runs (data)",
            "CREATE INDEX runs_by_study ON runs (study)",
            """
            CREATE TABLE contents (
                run INTEGER PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
                settings BLOB NOT NULL,
                details BLOB NOT NULL
            )
            """,
            """
            CREATE TABLE curves (
                run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
                fold INTEGER NOT NULL,
                first INTEGER NOT NULL,
                count INTEGER NOT NULL,
                rows BLOB NOT NULL,
                PRIMARY KEY (run, fold, first)
            ) WITHOUT ROWID
            """,
        ),
        (
            """
            CREATE TABLE openings (
                vault TEXT NOT NULL,
                date TEXT NOT NULL,
                number INTEGER NOT NULL,
                run TEXT NOT NULL,
                PRIMARY KEY (vault, date, number)
            ) WITHOUT ROWID
            """,
            "CREATE INDEX openings_by_run ON openings (run)",
        ),
        (
            "ALTER TABLE runs ADD COLUMN begun_at TEXT NOT NULL DEFAULT ''",
            # Figures of the training part, which are no scores.
            "UPDATE runs SET score = NULL, score_name = 'val_' || score_name "
            "WHERE substr(score_name, 1, 4) <> 'val_'",
        ),
        (
            "ALTER TABLE runs ADD COLUMN part TEXT NOT NULL DEFAULT ''",
            "UPDATE runs SET part = 'refit', name = substr(name, 1, length(name) - 7) "
            "WHERE kind <> 'trial' AND substr(name, -7) = ', refit'",
        ),
    ),
)
"""`settings`: the project as JSON of a trial; of others it stands in `details`, which is the run or
the trial as JSON. `rows` is a piece of a history, as JSON too. All three are compressed by zlib.
`owner` is the process that trains it; `begun_at`: when the search of a trial began; `part`: which
of the project's runs it is, in words; `words` is what a filter looks for, and `noted` the notes in
small letters. `openings` are those of the test vault,
of all projects; `run` is the key of the run that saw the test part, "" where none of this journal
did. They stay when the run is deleted: who has seen the samples has seen them.
"""
