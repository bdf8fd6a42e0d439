"""The engine against `model.fit` over many random networks: `python -m
tests.benchmarks.engine_parity [--cases 200]`.

Prints each case that differs by more than 1e-4, and at the end the largest difference.
"""

import argparse
import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from app.training.tensorflow_setup import prepare_thread


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    given = parser.parse_args(arguments)
    prepare_thread()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # that it traces often is meant
    from tests.keras.random_trainings import (
        by_engine,
        by_fit,
        case,
        largest_difference,
        nothing_left,
    )

    began = time.perf_counter()
    differences = {}
    for number in range(given.first, given.first + given.cases):
        one = case(number)
        with nothing_left():
            ours, _ = by_engine(one)
            theirs, _ = by_fit(one)
        differences[number] = largest_difference(ours, theirs)
        if differences[number] >= 1e-4:
            print(f"{differences[number]:.1e}  {one.text}", flush=True)
    figures = {
        "cases": len(differences),
        "largest_difference": max(differences.values()),
        "bit_identical": sum(found == 0 for found in differences.values()),
        "over_1e-4": sum(found >= 1e-4 for found in differences.values()),
        "seconds": round(time.perf_counter() - began, 1),
    }
    print(json.dumps(figures, indent=2))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
