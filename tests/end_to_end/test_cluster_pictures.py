"""Pictures that stay on disk, searched in a cluster: workers are told where they are, and one that
has not got them gets no fits.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.data_settings import DataSettings, PictureSource
from app.core.network import chain
from app.core.project import Project
from app.core.project_edits import set_training
from app.core.search_settings import Dimension, SearchSettings
from app.core.templates import start_from
from app.data.picture_source import load_pictures
from app.data.picture_store import StoredPictures, stores_folder
from app.data.raw_data import RawData
from app.jobs.control import JobControl
from app.search.cluster import ClusterWorkers
from app.search.coordinator import search
from app.search.events import SearchEnded, SearchRequest, WorkersChanged
from app.search.study_file import read_study
from tests.end_to_end.test_cluster import Cluster
from tests.keras.small_runs import layer
from tests.unit.picture_makers import two_classes

pytestmark = pytest.mark.timeout(200)

IN_MEMORY, ON_DISK = 1024, 0
Meanwhile = Callable[[WorkersChanged], None]


@pytest.fixture
def lent(tmp_path: Path) -> Iterator[Cluster]:
    """One worker."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    made = Cluster(folder)
    made.add(1)
    yield made
    made.end()


def searched(source: PictureSource) -> Project:
    network = chain(
        (
            layer("data", "InputLayer"),
            layer("flatten_1", "Flatten"),
            layer("output", "Dense", units=1, activation="sigmoid"),
        )
    )
    project = set_training(start_from("breast_cancer", "mlp"), epochs=2)
    rate = Dimension(path="training.optimizer.learning_rate", values=(0.001, 0.01))
    settings = SearchSettings(space=(rate,), sampler="grid", folds=2)
    data = DataSettings(source=source, preprocessing="pixels")
    return project.model_copy(update={"network": network, "data": data, "search": settings})


class Done:
    """A search in a cluster, and what it told; `meanwhile` hears what happens to workers."""

    def __init__(
        self, lent: Cluster, path: Path, project: Project, raw: RawData, meanwhile: Meanwhile
    ) -> None:
        self.told: list[WorkersChanged] = []

        def report(event: object) -> None:
            if isinstance(event, WorkersChanged):
                self.told.append(event)
                meanwhile(event)

        self.ended: SearchEnded = search(
            SearchRequest(project, raw, path),
            report,
            JobControl(),
            lambda *about: ClusterWorkers(lent.address, *about),
        )
        trials = read_study(path)[1]
        self.numbers = [
            (t.state, dict(t.settings), [replace(fold, seconds=0) for fold in t.folds])
            for t in trials
        ]


def test_a_worker_without_the_pictures_gets_no_fits_and_the_others_do_them(
    lent: Cluster, tmp_path: Path
) -> None:
    source = PictureSource(path=str(two_classes(tmp_path / "pictures", each=16, side=12)))
    project = searched(source)
    raw = load_pictures(source, ON_DISK)
    assert isinstance(raw.x, StoredPictures)
    [store] = stores_folder().iterdir()
    elsewhere = tmp_path / "elsewhere"
    store.rename(elsewhere)  # open here, and not to be found by who looks for it now

    def meanwhile(event: WorkersChanged) -> None:
        if "gets no fits" in event.sentence and not store.exists():
            elsewhere.rename(store)
            lent.add(1)

    done = Done(lent, tmp_path / "study", project, raw, meanwhile)
    without, with_them = lent.workers
    refused = next(event for event in done.told if event.sentence)
    assert refused.workers == 0
    assert refused.sentence.startswith(
        f"{without} gets no fits: The decoded pictures on disk cannot be read"
    )
    assert "LAYERLAB_CACHE" in refused.sentence
    assert "same versions" not in refused.sentence
    assert max(event.workers for event in done.told) == 1
    assert with_them != without
    assert (done.ended.reason, done.ended.sentence) == ("finished", "2 trials done, 2 finished.")

    # the next search asks the first worker again, which finds them now
    whole = load_pictures(source, IN_MEMORY)
    assert isinstance(whole.x, np.ndarray)
    alike = Done(lent, tmp_path / "alike", project, whole, lambda _event: None)
    assert max(event.workers for event in alike.told) == 2
    assert alike.numbers == done.numbers
