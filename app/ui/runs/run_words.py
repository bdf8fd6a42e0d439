"""Runs of the journal in the words and figures of the window."""

from datetime import datetime

from app.core.search_options import score_label
from app.journal.entries import ENDING_WORDS, Entry, Kind
from app.ui.plots.axis import sd_text, value_text

KIND_WORDS: dict[Kind, str] = {
    "bench": "Bench",
    "race": "Race",
    "trial": "Trial",
    "command line": "Command line",
}


def when_text(text: str) -> str:
    """A moment as ISO 8601 in local time, "2026-11-23 01:38"; what is none stays as it is."""
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OSError, OverflowError):
        return text


def seconds_text(seconds: float) -> str:
    """0.8 s, 12 s, 3.5 min, 2.1 h"""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def score_text(entry: Entry) -> str:
    """0.967 ± 0.012; a dash where there is none."""
    if entry.score is None:
        return "–"
    spread = f" ± {sd_text(entry.sd)}" if entry.sd is not None else ""
    return f"{value_text(entry.score)}{spread}"


def metric_text(entry: Entry) -> str:
    """Accuracy, loss: both over the validation part."""
    return score_label(entry.score_name.removeprefix("val_")) if entry.score_name else ""


def kind_text(entry: Entry) -> str:
    """Bench, Trial, Cross-validation..."""
    if entry.kind == "trial" and entry.trial < 0:
        return "Cross-validation"
    return KIND_WORDS[entry.kind]


def ending_text(entry: Entry) -> str:
    return ENDING_WORDS[entry.ending]


def size_text(size: int) -> str:
    """840 kB, 3.2 MB"""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"


def searched(entry: Entry) -> str:
    """What words of a filter are looked for in, in small letters."""
    told = (
        f"#{entry.number}",
        entry.title,
        kind_text(entry),
        entry.data,
        entry.sentence,
        entry.score_name,
        metric_text(entry),
        ending_text(entry),
        entry.study,
        entry.file,
        entry.notes,
    )
    return "\n".join(told).casefold()
