"""The fixtures of `tests/leftovers.py` catch what they are there for, and nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

TESTS = """
import logging
import multiprocessing
import threading
import warnings

import pytest
from hypothesis import given, strategies
from PySide6.QtCore import QSettings, QThread, QTimer, qWarning
from PySide6.QtWidgets import QLabel, QMainWindow

kept = []

def test_bad_thread():
    threading.Thread(target=threading.Event().wait, daemon=True, name="forgotten").start()

def test_bad_process():
    process = multiprocessing.get_context("fork").Process(target=threading.Event().wait)
    process.start()

def test_bad_window(qapp):
    kept.append(QLabel("forgotten"))
    kept[-1].show()

def test_bad_hidden_window(qapp):
    kept.append(QMainWindow())

def test_bad_timer(qapp):
    kept.append(QTimer())
    kept[-1].start(10**6)

def test_bad_qthread(qapp):
    thread = QThread()
    kept.append(thread)
    thread.start()

def test_bad_log():
    logging.getLogger("app.anything").warning("surprise")

def test_bad_log_of_a_logger_that_does_not_propagate():
    logger = logging.getLogger("apart")
    logger.propagate = False
    logger.error("surprise")

@pytest.mark.expects_log("never said")
def test_bad_silence():
    pass

def test_bad_warning():
    warnings.warn("surprise")

def test_bad_message_of_qt(qapp):
    qWarning("surprise")

def test_good_thread():
    threading.Thread(target=print).start()

def test_good_window(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.show()
    timer = QTimer(window)
    timer.start(10**6)

def test_good_qthread(qapp):
    thread = QThread()
    thread.start()
    thread.quit()
    thread.wait()

@pytest.mark.expects_log("no room on .*disk")
def test_good_log():
    logging.getLogger("app.anything").error("no room on %s", "the disk")

def test_good_log_of_many_traces():
    words = "%s out of the last %s calls to %s triggered tf.function retracing. Tracing is"
    logging.getLogger("tensorflow").warning(words, 5, 5, "<function f at 0x7f>")

def test_bad_log_of_tensorflow():
    logging.getLogger("tensorflow").warning("Gradients do not exist for variables")

@given(strategies.integers())
def test_good_hypothesis(number):
    assert number == int(str(number))

def test_good_preferences(home):
    QSettings("nobody", "nothing").setValue("a", 1)
    QSettings("nobody", "nothing").sync()
    assert [path.name for path in home.rglob("*") if path.is_file()] == ["nothing.conf"]
"""


def test_what_is_left_over_fails_the_test_that_left_it(tmp_path: Path) -> None:
    (tmp_path / "test_inner.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml")]
    command += ["--rootdir", str(tmp_path), "-p", "no:cacheprovider", "-v", "--tb=short"]
    done = subprocess.run(
        [*command, str(tmp_path / "test_inner.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    names = re.findall(r"def (test_\w+)", TESTS)
    blamed = set(re.findall(r"(?m)^(?:FAILED|ERROR) \S+::(test_\w+)", done.stdout))
    assert blamed == {name for name in names if name.startswith("test_bad_")}, done.stdout
    for words in ("left running: forgotten", "QTimer", "QThread", "QLabel", "QMainWindow"):
        assert words in done.stdout
