"""Data whose test part tells when it is touched."""

import traceback
from dataclasses import replace

import numpy as np
import pytest

from app.core.data_settings import DataSettings
from app.data.prepared import Part, PreparedData
from app.data.raw_data import RawData
from app.data.room import DataRoom
from app.data.splitting import share_out
from app.ui import data_feed
from app.ui.data_feed import DataFeed, WhenRawRead
from app.ui.job_center import Job


class Seal:
    """Whether the test part may be touched, and who has touched it.

    Attributes:
        broken: where it was touched while it was sealed.
        looks: how often it was touched since.
    """

    def __init__(self) -> None:
        self.is_open = False
        self.broken: list[str] = []
        self.looks = 0

    def touch(self) -> None:
        if not self.is_open:
            self.broken.append("".join(traceback.format_stack(limit=12)))
            raise AssertionError("the test part was touched before the vault was opened")
        self.looks += 1


class SealedArray:
    """An array of the test part: its shape is known, its numbers only when the seal is open."""

    def __init__(self, array: np.ndarray, seal: Seal) -> None:
        self._array, self._seal = array, seal
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim
        self.digest = "sealed"

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, rows: object) -> np.ndarray:
        self._seal.touch()
        return self._array[rows]

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        self._seal.touch()
        return np.asarray(self._array, dtype)

    def __iter__(self):
        self._seal.touch()
        return iter(self._array)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        self._seal.touch()
        return getattr(self._array, name)


class GuardedSource(np.ndarray):
    """The samples of the whole source, some of which are of the test part."""

    seal: Seal
    test_rows: np.ndarray

    def __getitem__(self, rows):
        if isinstance(rows, np.ndarray | slice | int | np.integer):
            asked = np.atleast_1d(np.arange(len(self))[rows])
            if np.isin(asked, self.test_rows).any():
                self.seal.touch()
        return np.asarray(self)[rows]


def guarded(array: np.ndarray, rows: np.ndarray, seal: Seal) -> GuardedSource:
    made = array.view(GuardedSource)
    made.seal, made.test_rows = seal, rows
    return made


def sealed(data: PreparedData, seal: Seal) -> PreparedData:
    """The same data; whoever touches the test part is caught by `seal`."""
    test = data.test
    part = Part(SealedArray(test.x, seal), SealedArray(test.y, seal), test.rows, None)
    return replace(
        data,
        test=part,
        raw=guarded(data.raw, test.rows, seal),
        targets=guarded(data.targets, test.rows, seal),
    )


def seal_what_is_read(monkeypatch: pytest.MonkeyPatch, seal: Seal) -> None:
    """From now on all data that the window prepares have a sealed test part, and what it reads for
    a search has numbers in place of the test samples that no computation survives.

    The looks of the whole file on the data page are made without the seal: they know no network
    (`app.data.test_vault`).
    """
    load, read_raw = DataRoom.load, DataFeed.read_raw
    whole: dict[int, PreparedData] = {}

    def closed(result: object) -> object:
        if not isinstance(result, PreparedData):
            return result
        made = sealed(result, seal)
        whole[id(made)] = result
        return made

    def loads(room: DataRoom, settings: DataSettings) -> Job:
        job = load(room, settings)
        return lambda report, control: closed(job(lambda one: report(closed(one)), control))

    def reads(feed: DataFeed, settings: DataSettings, when_read: WhenRawRead) -> None:
        def poisoned(raw: RawData | None, error: BaseException | None) -> None:
            if raw is not None:
                x = np.array(raw.x)
                x[share_out(raw, settings.split).test] = np.nan
                raw = replace(raw, x=x)
            when_read(raw, error)

        read_raw(feed, settings, poisoned)

    monkeypatch.setattr(DataRoom, "load", loads)
    monkeypatch.setattr(DataFeed, "read_raw", reads)
    for name in ("preview_of", "distributions_of"):
        look = getattr(data_feed, name)
        monkeypatch.setattr(
            data_feed,
            name,
            lambda data, *more, look=look: look(whole.get(id(data), data), *more),
        )
