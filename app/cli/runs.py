"""`layerlab runs`: list the runs of the journal, show one, compare two, delete some, bring the
settings of one back, write event files for TensorBoard.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.cli.console import aligned, complain, plain, say, write
from app.cli.progress import duration, figure
from app.cli.result_file import require_places, write_json
from app.core.explained_error import ExplainedError
from app.core.number_words import counted
from app.core.project_file import SavedProject, save_project
from app.journal.differences import differences
from app.journal.entries import ENDING_WORDS, Entry, KeptRun
from app.journal.journal import Journal
from app.journal.tensorboard import write_event_files
from app.user_folders import journal_path

Facts = dict[str, Any]


def run(arguments: argparse.Namespace) -> int:
    """0; 1 when nothing was deleted because nobody said yes."""
    if getattr(arguments, "json", None) is not None:
        require_places(json=arguments.json)
    journal = Journal(journal_path())
    try:
        code: int = _ACTIONS[arguments.action](journal, arguments)
        return code
    finally:
        journal.close()


# ---------------------------------------------------------------- list


def _list(journal: Journal, arguments: argparse.Namespace) -> int:
    found = journal.entries(
        text=arguments.text,
        kind=arguments.kind or "",
        data=arguments.data or "",
        limit=-1
        if arguments.json is not None and arguments.limit is None
        else arguments.limit or 20,
    )
    if arguments.json is not None:
        write_json(arguments.json, {"runs": [_entry_facts(entry) for entry in found]})
        say(f"Runs written to {arguments.json}")
        return 0
    every = journal.count()
    if not every:
        say("The journal is empty. Every training is kept in it from now on.")
        return 0
    rows: list[tuple[str, ...]] = [
        ("run", "started", "name", "kind", "data", "score", "epochs", "time", "ended", "notes")
    ]
    rows += [_row(entry) for entry in found]
    for line in aligned(rows, frozenset({0, 6, 7})):
        say(line)
    say(f"{counted(len(found), 'run')} of {every:,} in {journal.path}")
    return 0


def _row(entry: Entry) -> tuple[str, ...]:
    first = entry.notes.splitlines()[0] if entry.notes.strip() else ""
    return (
        str(entry.number),
        _when(entry.started_at),
        entry.short_title(48),
        entry.kind,
        _short(entry.data, 20),
        _score(entry),
        str(entry.epochs),
        duration(entry.seconds),
        ENDING_WORDS[entry.ending],
        _short(first, 30),
    )


def _score(entry: Entry) -> str:
    if entry.score is None:
        return "–"
    spread = f" ± {figure(entry.sd)}" if entry.sd is not None else ""
    return f"{entry.score_name} {figure(entry.score)}{spread}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _when(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return text


def _entry_facts(entry: Entry) -> Facts:
    facts: Facts = entry._asdict()
    facts["trial"] = entry.trial if entry.trial >= 0 else None
    return facts


# ---------------------------------------------------------------- show


def _show(journal: Journal, arguments: argparse.Namespace) -> int:
    kept = journal.run(arguments.run)
    if arguments.json is not None:
        write_json(arguments.json, _facts(kept))
        say(f"Run written to {arguments.json}")
        return 0
    entry = kept.entry
    say(f"Run {entry.number}: {entry.title}")
    rows = [
        ("kind", entry.kind),
        ("started", _when(entry.started_at)),
        ("data", entry.data),
        ("fingerprint", entry.fingerprint[:16] or "not known"),
        ("seed", str(entry.seed)),
        ("ended", f"{ENDING_WORDS[entry.ending]}. {entry.sentence}".strip()),
        ("epochs", f"{entry.epochs:,} in {duration(entry.seconds)}"),
        ("best epoch", str(entry.best_epoch or "–")),
        ("score", "no validation part" if kept.unvalidated is not None else _score(entry)),
    ]
    if entry.study:
        rows.append(("study", entry.study))
    if entry.file:
        rows.append(("project", entry.file))
    for opening in kept.openings:
        metrics = ", ".join(
            f"{name} {figure(value)}"
            for name, value in opening.metrics.items()
            if isinstance(value, (int, float))
        )
        rows.append(
            (
                "vault opened",
                f"{_when(opening.date)}, {counted(opening.samples, 'sample')}: {metrics}",
            )
        )
    before = len(kept.record.opened_before) if kept.record is not None else 0
    if before:
        rows.append(("before that", f"the test part had been looked at {counted(before, 'time')}"))
    for line in aligned(rows):
        say(f"  {line}")
    if kept.trial is not None:
        for path, value in kept.trial.settings.items():
            say(f"  {path} = {value}")
        for fold in kept.trial.folds:
            score = "–" if fold.score is None else figure(fold.score)
            best = f", best epoch {fold.best_epoch}" if fold.best_epoch else ""
            say(f"  fold {fold.fold + 1}: {score}, {fold.state}{best}")
    if entry.notes:
        say("Notes")
        for line in entry.notes.splitlines():
            say(f"  {line}")
    say("Weights are not kept here: the settings and the seed give the same numbers again.")
    return 0


def _facts(kept: KeptRun) -> Facts:
    facts = _entry_facts(kept.entry)
    facts["settings"] = kept.project.model_dump(mode="json")
    facts["folds"] = [
        {
            "fold": curves.fold + 1,
            "history": [
                {
                    "epoch": row.epoch,
                    **row.metrics,
                    "learning_rate": row.learning_rate,
                    "seconds": row.seconds,
                }
                for row in curves.rows
            ],
        }
        for curves in kept.curves
    ]
    facts["versions"] = dict(kept.record.versions) if kept.record is not None else {}
    facts["trial_settings"] = dict(kept.trial.settings) if kept.trial is not None else None
    facts["vault_openings"] = [opening.model_dump(mode="json") for opening in kept.openings]
    return facts


# ---------------------------------------------------------------- diff


def _diff(journal: Journal, arguments: argparse.Namespace) -> int:
    first, second = journal.run(arguments.first), journal.run(arguments.second)
    found = differences(first.project, second.project)
    same = first.entry.fingerprint == second.entry.fingerprint
    known = bool(first.entry.fingerprint and second.entry.fingerprint)
    if arguments.json is not None:
        write_json(
            arguments.json,
            {
                "runs": [arguments.first, arguments.second],
                "same_data": same if known else None,
                "differences": [
                    {"path": one.path, "values": [one.first, one.second]} for one in found
                ],
            },
        )
        say(f"Differences written to {arguments.json}")
        return 0
    heads = tuple(f"run {kept.entry.number}" for kept in (first, second))
    if found:
        rows = [("", *heads), *((one.path, one.first, one.second) for one in found)]
        for line in aligned(rows):
            say(line)
    else:
        say(f"The settings of {heads[0]} and {heads[1]} are the same.")
    if known:
        say(f"They were trained on {'the same' if same else 'different'} data.")
    rows = [("score", *(_score(kept.entry) for kept in (first, second)))]
    for line in aligned(rows):
        say(line)
    return 0


# ---------------------------------------------------------------- delete, settings, tensorboard


def _delete(journal: Journal, arguments: argparse.Namespace) -> int:
    entries = [journal.entry(number) for number in dict.fromkeys(arguments.runs)]
    for entry in entries:
        say(f"{entry.number}  {entry.title}, {_when(entry.started_at)}, {_score(entry)}")
    if not arguments.yes and not _agreed(f"Delete {counted(len(entries), 'run')} for good?"):
        complain("Nothing was deleted. Add --yes to delete without the question.")
        return 1
    gone = journal.delete([entry.number for entry in entries])
    say(f"{counted(gone, 'run')} deleted")
    return 0


def _agreed(question: str) -> bool:
    """Whether somebody at a terminal says yes; nobody there is a no."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    write(f"{plain(question)} [y/N] ", sys.stdout)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _settings(journal: Journal, arguments: argparse.Namespace) -> int:
    kept = journal.run(arguments.run)
    if os.path.lexists(arguments.out) and not arguments.force:
        raise ExplainedError(
            f"{arguments.out} is there already.",
            "The settings go into a project file of their own.",
            "Choose another name, or add --force to replace it.",
        )
    save_project(arguments.out, SavedProject(kept.project))
    say(f"Settings of run {kept.entry.number} written to {arguments.out}")
    return 0


def _tensorboard(journal: Journal, arguments: argparse.Namespace) -> int:
    kept = [journal.run(number) for number in dict.fromkeys(arguments.runs)]
    paths = write_event_files(arguments.out, kept)
    say(f"{counted(len(paths), 'event file')} written; tensorboard --logdir {arguments.out}")
    return 0


_ACTIONS: Mapping[str, Callable[[Journal, argparse.Namespace], int]] = {
    "list": _list,
    "show": _show,
    "diff": _diff,
    "delete": _delete,
    "settings": _settings,
    "tensorboard": _tensorboard,
}
