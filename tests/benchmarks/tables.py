"""What reading a table costs beside pandas alone: `python -m tests.benchmarks.tables`.

A CSV of 1,000,000 x 20 numbers with all their digits is opened, typed, split and made ready to
train; in turns with `pandas.read_csv` in one process. What is remarkable in the data is looked for
after that, while one may train already. Times are medians in seconds: by the clock,
and of all processors together, which tells more where others work on the same machine. The peak of
the memory is that of a process of its own for each. Nothing here fails; it prints.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.core.data_settings import DataSettings, TableSource
from app.data.loading import load_source, prepare
from app.data.preparation import prepare_at_once

PEAK = """
import sys
from tests.benchmarks import tables
tables.WAYS[sys.argv[1]](sys.argv[2])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) / 1024)
"""


def write(path: Path, rows: int, columns: int) -> None:
    generator = np.random.default_rng(0)
    with path.open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file)
        writer.writerow([f"column {place}" for place in range(columns)])
        for start in range(0, rows, 10_000):
            count = min(10_000, rows - start)
            writer.writerows(generator.normal(size=(count, columns)).tolist())


def pandas_alone(path: str) -> None:
    import pandas as pd

    pd.read_csv(path)


def all_of_it(path: str) -> None:
    settings = DataSettings(source=TableSource(path=path), preprocessing="standardize")
    prepare(load_source(settings), settings)


WAYS: dict[str, Callable[[str], None]] = {"pandas": pandas_alone, "all": all_of_it}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "numbers.csv")
        write(path, told.rows, told.columns)
        print(f"{told.rows:,} x {told.columns} numbers, {path.stat().st_size / 2**20:.0f} MiB")
        settings = DataSettings(source=TableSource(path=str(path)), preprocessing="standardize")
        pandas_alone(str(path))  # what is imported once, and the file in the system's memory
        clocks = {"wall": time.perf_counter, "processors": time.process_time}
        taken: list[dict[str, list[float]]] = []
        for _ in range(told.turns):
            marks = [{name: clock() for name, clock in clocks.items()}]
            pandas_alone(str(path))
            marks.append({name: clock() for name, clock in clocks.items()})
            raw = load_source(settings)
            marks.append({name: clock() for name, clock in clocks.items()})
            made = prepare_at_once(raw, settings)  # as in the window, which can train from here on
            marks.append({name: clock() for name, clock in clocks.items()})
            made.with_findings()
            marks.append({name: clock() for name, clock in clocks.items()})
            taken.append({n: np.diff([mark[n] for mark in marks]).tolist() for n in clocks})
            del raw, made
        print("                            " + "".join(f"{name:>12}" for name in clocks))
        rows: dict[str, Callable[[list[float]], float]] = {
            "pandas.read_csv alone": lambda t: t[0],
            "load_source": lambda t: t[1],
            "prepare": lambda t: t[2],
            "looking for findings": lambda t: t[3],
            "ready to train": lambda t: t[1] + t[2],
            "ready to train / pandas": lambda t: (t[1] + t[2]) / t[0],
        }
        for words, figure in rows.items():
            medians = [statistics.median(figure(turn[name]) for turn in taken) for name in clocks]
            print(f"{words:28}" + "".join(f"{median:12.2f}" for median in medians))
        for way, words in (("pandas", "pandas.read_csv alone"), ("all", "ready to train")):
            command = [sys.executable, "-c", PEAK, way, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            print(f"peak memory, {words:22} {float(done.stdout):6.0f} MiB")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
