"""`layerlab search` without TensorFlow: what is typed, what is refused, what is said."""

import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from app.cli.main import main
from app.cli.search_progress import SearchLine, SearchLines, standard_search_progress
from app.cli.vault import record_opening
from app.core.database import Database
from app.core.frozen import FrozenMap
from app.core.project_file import SavedProject, open_project, save_project
from app.core.search_results import FoldResult, Trial
from app.data.loading import load
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.journal.journal import Journal
from app.search.coordinator import search
from app.search.events import (
    FoldRunning,
    SearchEnded,
    SearchPaused,
    SearchRequest,
    SearchStarted,
    TrialChanged,
    WorkersChanged,
)
from app.search.fit_unit import FitRequest
from app.search.study_file import KIND, StudyFile, read_study
from app.search.study_looks import looks_of
from tests.unit.made_up_fits import Judge, ThreadFits, fine

Command = Callable[..., tuple[int, str, str]]

RATE = "training.optimizer.learning_rate"
HUNDRED = ",".join(map(str, range(1, 101)))
SPACE = ("--space", f"{RATE}=1e-4..1e-1:log")


@pytest.fixture
def judge() -> Judge:
    return fine


@pytest.fixture
def layerlab(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    judge: Judge,
) -> Command:
    """Runs a command in a folder with the project p.layerlab; fits are made up."""

    def made_up(
        request: SearchRequest, report: Report, control: JobControl, **_where: object
    ) -> SearchEnded:
        return search(request, report, control, partial(ThreadFits, 2, judge))

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.cli.search.search_where_set", made_up)
    assert run("new", "p.layerlab", "--data", "breast_cancer", "--template", "mlp")[0] == 0
    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "PROJECT"),
        (("p.layerlab", "--trials", "0"), "whole number from 1 to 100,000"),
        (("p.layerlab", "--folds", "1"), "whole number from 2 to 100"),
        (("p.layerlab", "--workers", "-1"), "whole number from 0 to 256"),
        (("p.layerlab", "--sampler", "best"), "invalid choice"),
        (("p.layerlab", "--pruner", "all"), "invalid choice"),
    ],
)
def test_wrong_usage(layerlab: Command, words: tuple[str, ...], said: str) -> None:
    code, _, err = layerlab("search", *words)
    assert code == 2
    assert said in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--space", "training.batch_sise=16,32"), "training.batch_size"),
        (("--space", "training.batch_size"), "PATH=low..high"),
        (("--space", "training.batch_size=-3,32"), "training.batch_size"),
        (("--space", "training.batch_size=64..16"), "training.batch_size"),
        (("--space", f"{RATE}=0..1:log"), RATE),
        (("--folds", "9", "--trials", "5"), "Nothing is searched"),
        (
            ("--sampler", "grid", "--space", f"training.batch_size={HUNDRED}",
             "--space", f"training.epochs={HUNDRED}",
             "--space", f"training.early_stopping.patience={HUNDRED}",
             "--space", "network.dropout_1.rate=0.1,0.2"),
            "search.sampler",
        ),
        ((*SPACE, "--resume"), "Check the path"),
        ((*SPACE, "--json", "p.layerlab"), "--json"),
        ((*SPACE, "--json", "p.layerlab-study"), "--json"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused_before_anything_is_written(
    layerlab: Command, words: tuple[str, ...], said: str
) -> None:
    before = Path("p.layerlab").read_bytes()
    code, out, err = layerlab("search", "p.layerlab", *words)
    assert code == 1, out
    assert said in err
    assert not Path("p.layerlab-study").exists()
    assert Path("p.layerlab").read_bytes() == before


def test_more_folds_than_samples_are_refused(layerlab: Command) -> None:
    table = Path("t.csv")
    table.write_text("a,b,c\n" + "".join(f"{i},{i * 2},{'xy'[i % 2]}\n" for i in range(30)))
    assert layerlab("new", "t.layerlab", "--data", "t.csv", "--set", "data.target=c")[0] == 0
    code, _, err = layerlab("search", "t.layerlab", "--folds", "40", *SPACE)
    assert code == 1
    assert "fold" in err


def test_a_search_says_and_writes_what_it_found(layerlab: Command) -> None:
    code, out, err = layerlab(
        "search", "p.layerlab", "--trials", 7, "--folds", 4, *SPACE, "--json", "o.json"
    )
    assert code == 0, err
    assert "484 samples in 4 folds, 85 in the test vault" in out
    assert "7 trials done, 7 finished." in out
    results = json.loads(Path("o.json").read_text())
    trials = read_study(Path("p.layerlab-study"))[1]
    assert [trial["mean"] for trial in results["trials"]] == [trial.mean for trial in trials]
    best = max(trials, key=lambda trial: trial.mean or 0)
    assert results["best"] == best.number
    assert "The best 5 of 7 scored trials:\ntrial  accuracy" in out
    table = out[out.index("trial  accuracy") :].splitlines()
    assert table[1].split()[:2] == [str(best.number), f"{best.mean:.4f}"]
    assert len(table) == 6 + 2


def test_the_network_at_hand_is_one_trial(layerlab: Command) -> None:
    code, out, _ = layerlab("search", "p.layerlab", "--folds", 3)
    assert code == 0
    assert "1 trial done, 1 finished." in out
    assert len(read_study(Path("p.layerlab-study"))[1][0].scores) == 3


@pytest.mark.parametrize("content", ["", "PRAGMA journal_mode = WAL", None])
def test_a_study_that_was_killed_before_it_was_begun_is_used_again(
    layerlab: Command, content: str | None
) -> None:
    path = Path("p.layerlab-study")
    if content is None:
        Database(path, KIND).close()
    else:
        with closing(sqlite3.connect(path)) as killed:
            killed.executescript(content)
    code, _, err = layerlab("search", "p.layerlab", "--resume")
    assert (code, "No study was begun" in err) == (1, True)
    assert layerlab("search", "p.layerlab", "--trials", 2, *SPACE)[0] == 0
    assert len(read_study(path)[1]) == 2


def test_a_look_at_the_test_part_before_the_last_trial_is_told(
    layerlab: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    path, study = Path("p.layerlab"), Path("p.layerlab-study")
    saved = open_project(path)
    journal = Journal(Path("journal.db"))

    def look() -> str:
        data = load(saved.project.data)
        record_opening(path, saved, data, {"loss": 0.5}, journal)
        return capsys.readouterr().err

    assert "search" not in look()  # there is none
    assert layerlab("search", "p.layerlab", "--trials", 2, *SPACE)[0] == 0
    assert "search" not in look()  # it is over
    assert "opened on" not in layerlab("search", "p.layerlab", "--resume")[2]
    _, _, err = layerlab("search", "p.layerlab", "--resume", "--trials", 3)
    assert "when 2 of 3 trials were done: the later ones may" in err
    with StudyFile.open(study) as kept:
        kept.put_trial(replace(kept.trials()[2], state="waiting"))
    assert "The search in p.layerlab-study is not at its end: 2 of 3 trials" in look()
    assert [one.trials for one in looks_of(study)] == [2, 2]
    study.write_bytes(b"no database")
    assert "is not kept in the study" in look()
    journal.close()


def test_a_second_search_goes_on_only_when_asked(layerlab: Command) -> None:
    assert layerlab("search", "p.layerlab", "--trials", 3, *SPACE)[0] == 0
    code, _, err = layerlab("search", "p.layerlab", "--trials", 3, *SPACE)
    assert code == 1
    assert "holds a study already: 3 trials, 3 finished." in err
    assert "--resume" in err
    code, out, _ = layerlab("search", "p.layerlab", "--trials", 5, "--resume", "--verbose")
    assert code == 0
    assert "5 trials done" in out
    told = [line.split(":")[0] for line in out.splitlines() if line.startswith("trial ")]
    assert sorted(told[:2]) == ["trial 3", "trial 4"]  # two workers: either may end first
    assert not [one.name for one in Path.cwd().iterdir() if one.name.endswith(("-wal", "-shm"))]
    code, _, err = layerlab("search", "p.layerlab", "--resume", "--folds", 9)
    assert code == 1
    assert "other settings" in err


def test_a_study_goes_on_with_its_own_settings(layerlab: Command) -> None:
    assert layerlab("search", "p.layerlab", "--trials", 2, *SPACE)[0] == 0
    project = open_project("p.layerlab").project
    training = project.training.model_copy(update={"epochs": 77})
    save_project("p.layerlab", SavedProject(project.model_copy(update={"training": training})))
    code, _, err = layerlab("search", "p.layerlab", "--trials", 3, "--resume")
    assert code == 0
    assert "was changed since this study was begun" in err
    head, trials = read_study(Path("p.layerlab-study"))
    assert head.project.training.epochs != 77
    assert len(trials) == 3


def failing(request: FitRequest, epoch: int) -> float | str:
    return "failed"


@pytest.mark.parametrize("judge", [failing])
def test_where_no_trial_is_finished_the_command_fails(layerlab: Command) -> None:
    code, out, _ = layerlab("search", "p.layerlab", "--trials", 3, *SPACE, "--json", "o.json")
    assert code == 1
    assert "3 trials done, 3 failed." in out
    assert json.loads(Path("o.json").read_text())["best"] is None
    _, _, err = layerlab("search", "p.layerlab", *SPACE)
    assert "3 trials, 0 finished." in err


def test_a_study_of_another_program_is_left_alone(layerlab: Command) -> None:
    study = Path("p.layerlab-study")
    study.write_bytes(b"my own notes")
    for words in (SPACE, ("--resume",)):
        code, _, err = layerlab("search", "p.layerlab", *words)
        assert code == 1
        assert "something else than a database" in err
    assert study.read_bytes() == b"my own notes"
    study.unlink()
    with sqlite3.connect(study) as database:
        database.execute("CREATE TABLE mine (a)")
    database.close()
    assert layerlab("search", "p.layerlab", *SPACE)[0] == 1


# ---------------------------------------------------------------- progress


def trial(number: int, score: float | None, state: str = "finished") -> Trial:
    folds = () if score is None else (FoldResult(0, "finished", score),) * 2
    return Trial(number, state, FrozenMap({"a": 1}), folds, 1.0, "why")  # type: ignore[arg-type]


def started(planned: int, *before: Trial, greater: bool = True) -> SearchStarted:
    return SearchStarted(planned, 2, "loss", greater, 2, before)


def test_plain_lines_are_few_and_name_the_best() -> None:
    stream = io.StringIO()
    lines = SearchLines(stream, verbose=False)
    lines(started(100, greater=False))
    for number in range(100):
        lines(TrialChanged(trial(number, None, "running"), (FoldRunning(0, 1, 2),)))
        lines(TrialChanged(trial(number, 1 / (number + 1))))
    lines.close()
    said = stream.getvalue().splitlines()
    assert said.pop(0) == "starting 2 workers ..."
    assert len(said) == 20
    assert said[0] == "  5/100 trials  best loss 0.2000 ± 0.0000 (trial 4)"
    assert said[-1] == "100/100 trials  best loss 0.0100 ± 0.0000 (trial 99)"


def test_each_trial_has_a_line_where_that_is_wanted() -> None:
    stream = io.StringIO()
    lines = SearchLines(stream, verbose=True)
    lines(started(4, trial(0, 0.5)))
    lines(TrialChanged(trial(1, 0.25)))
    lines(TrialChanged(trial(2, None, "failed")))
    lines(TrialChanged(trial(3, None, "cancelled")))
    lines.close()
    assert stream.getvalue() == (
        "1 of 4 trials are done\nstarting 2 workers ...\n"
        "trial 1: 0.2500 ± 0.0000  a=1\ntrial 2: failed. why  a=1\n"
    )


def test_a_search_that_has_nothing_left_to_do_starts_nobody() -> None:
    stream = io.StringIO()
    lines = SearchLines(stream, verbose=False)
    lines(started(2, trial(0, 0.5), trial(1, 0.4)))
    assert stream.getvalue() == "2 of 2 trials are done\n"


def test_the_line_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    stream, now = io.StringIO(), [0.0]
    line = SearchLine(stream, lambda: now[0], lambda: 100)

    def text(event: object) -> str:
        now[0] += 10
        line(event)
        return stream.getvalue().rpartition("\r")[2].rstrip()

    found = text(started(10, trial(0, 0.5), trial(1, 0.4)))
    assert found.startswith("2/10 trials  starting 2 workers ...")
    text(WorkersChanged(2, ""))
    begun = trial(2, None, "running")
    assert "starting 2 workers" in text(TrialChanged(begun, (FoldRunning(0, 0, 9),)))
    found = text(TrialChanged(begun, (FoldRunning(0, 1, 9),)))
    assert found.startswith("2/10 trials  2 workers")
    found = text(TrialChanged(trial(2, 0.75)))
    best = "best loss 0.7500 ± 0.0000 (trial 2)"
    assert found == f"3/10 trials  2 workers  about 4 min 40 s left  {best}"
    assert "paused" in text(SearchPaused())
    assert "\r" in stream.getvalue()
    text(WorkersChanged(1, "A worker process was ended by SIGKILL; its fit is done again."))
    assert "Note: A worker process" in capsys.readouterr().err
    narrow_stream = io.StringIO()
    narrow = SearchLine(narrow_stream, lambda: now[0], lambda: 20)
    narrow(started(10))
    now[0] += 1
    narrow(TrialChanged(trial(0, 0.5)))
    assert all(len(part) < 20 for part in narrow_stream.getvalue().split("\r"))
    line.close()
    assert stream.getvalue().endswith("\r")


def test_what_is_no_terminal_gets_lines() -> None:
    assert isinstance(standard_search_progress(), SearchLines)
