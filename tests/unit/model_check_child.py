"""What a child process does for the tests of the model file check: check many files, and watch."""

import copy
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from app.modeling.errors import ModelFileError
from app.modeling.model_file_check import check_model_file
from tests.unit.hostile_models import config, members, model, old_model, packed, weights

FORBIDDEN = (
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.remove", "os.rename", "os.mkdir"),
    *("os.symlink", "os.link", "os.chmod", "os.truncate", "subprocess.Popen", "ctypes.dlopen"),
    *(
        "socket.connect",
        "socket.getaddrinfo",
        "urllib.Request",
        "marshal.loads",
        "pickle.find_class",
    ),
    *("exec", "compile", "shutil.copyfile"),
)


def check_all(folder: Path, names: Sequence[str]) -> dict[str, tuple[str, float, list[str]]]:
    """For each file its verdict ("" when it passes), the seconds, and the forbidden things done."""
    for name in ("honest", "old", "squeezed"):  # whatever is imported late has been by now
        check_model_file(folder / name, name)
    done: list[str] = []
    watching = False

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if not watching:
            return
        creates = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if event in FORBIDDEN or creates:
            done.append(f"{event} {arguments!r:.100}")

    sys.addaudithook(watch)
    verdicts = {}
    for name in names:
        start = time.perf_counter()
        watching = True
        try:
            check_model_file(folder / name, name)
            verdict = ""
        except ModelFileError as refused:
            verdict = str(refused)
        finally:
            watching = False
        verdicts[name] = verdict, time.perf_counter() - start, list(done)
        done.clear()
    return verdicts


WRAPPERS: dict[str, tuple[Callable[[], bytes], Callable[[bytes], bytes]]] = {
    "archive": (model, bytes),
    "old": (old_model, bytes),
    "weights": (weights, lambda changed: packed(members(stored=changed))),
    "config": (lambda: json.dumps(config()).encode(), lambda changed: packed(members(changed))),
}
"""What is mutated, and how the file is made of it: with its checksums right again."""

FORMS = (*WRAPPERS, "values", "old values")

ODD_VALUES: tuple[Any, ...] = (
    *(0, 1, -1, 2, 10**6, 2**31 - 1, -(2**31), 0.5, -1.0, 1e30, 1e-30, None, True, False),
    *("", "relu", "same", "channels_first", "int8", [], [1], [10**9, 10**9], [[]], {}),
    {"class_name": "x", "config": {}},
)


def mutation(form: str, number: int) -> bytes:
    """A model file in which a few bytes or values were changed; the same for the same number."""
    dice = random.Random(number)
    if form in WRAPPERS:
        make, wrap = WRAPPERS[form]
        return wrap(_mutated(make(), dice))
    made = config()
    for _ in range(dice.choice((1, 1, 2, 3))):
        _put_odd_value(made, dice)
    return model(made) if form == "values" else old_model(made=made)


def _put_odd_value(made: Any, dice: random.Random) -> None:
    """Change something somewhere: another value, one from elsewhere, or nothing at all."""
    places = [(holder, key) for holder in _containers(made) for key in _keys(holder)]
    holder, key = dice.choice(places)
    how = dice.randrange(10)
    if how == 0:
        del holder[key]
    elif how == 1:
        other, other_key = dice.choice(places)
        holder[key] = copy.deepcopy(other[other_key])
    else:
        holder[key] = copy.deepcopy(dice.choice(ODD_VALUES))


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list) and value:
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _containers(inner)


def _keys(holder: Any) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


def fuzz(form: str, folder: Path, first: int, until: int) -> int:
    """Check mutations `first` to `until`; how many were refused. Other errors pass on.

    The number of the mutation at work stands in the file `number` of the folder.
    """
    refused = 0
    for number in range(first, until):
        (folder / "number").write_text(str(number))
        path = folder / "mutated"
        path.write_bytes(mutation(form, number))
        try:
            check_model_file(path, path.name)
        except ModelFileError:
            refused += 1
    return refused


def _mutated(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 5, 20))):
        at = dice.randrange(len(changed))
        how = dice.randrange(5)
        if how == 0:
            changed[at] ^= 1 << dice.randrange(8)
        elif how == 1:
            changed[at] = dice.choice((0, 1, 127, 128, 255))
        elif how == 2:
            del changed[at : at + dice.randrange(1, 64)]
        elif how == 3:
            other = dice.randrange(len(changed))
            changed[at:at] = changed[other : other + dice.randrange(1, 64)]
        else:
            width = min(dice.choice((2, 4, 8)), len(changed) - at)
            changed[at : at + width] = bytes([dice.choice((0, 255))]) * width
    return bytes(changed)
