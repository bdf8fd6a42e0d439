"""A split by time says by what it goes, and does not outlive its data."""

from dataclasses import replace

import pytest

from app.core.data_findings import DataFinding
from app.core.data_settings import (
    ArraySource,
    DataSettings,
    DataSource,
    PictureSource,
    SplitSettings,
    TableSource,
)
from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.project_edits import dataset_settings
from app.core.resolve import resolve
from app.core.templates import start_from
from app.ui.data_files import settings_for
from app.ui.pages.data_facts import split_remark

BY_TIME = SplitSettings(by="time", test_share=0.3, seed=7)


@pytest.mark.parametrize(
    ("source", "dates", "words"),
    [
        (
            TableSource(path="t.csv", roles=FrozenMap(day="time")),
            ("day", "other"),
            "In the order of day: the earliest rows train, the latest test.",
        ),
        (
            TableSource(path="t.csv"),
            ("day",),
            "In the order of the file: the first rows train, the last ones test. To go by the "
            "column day, give it the role time.",
        ),
        (
            TableSource(path="t.csv"),
            (),
            "In the order of the file: the first rows train, the last ones test.",
        ),
        (
            ArraySource(path="t.npz"),
            (),
            "In the order of the data: the first rows train, the last ones test.",
        ),
        (
            PictureSource(path="t"),
            (),
            "In the order of folders and file names, so class after class: the first pictures "
            "train, the last ones test.",
        ),
    ],
)
def test_what_orders_the_samples(source: DataSource, dates: tuple[str, ...], words: str) -> None:
    project = start_from("iris", "mlp")
    data = DataSettings(source=source, split=BY_TIME)
    resolved = resolve(project, summary_of(project.data))
    moved = replace(resolved, project=project.model_copy(update={"data": data}))
    assert split_remark(moved, dates) == words


def test_classes_of_one_row_are_not_said_to_match() -> None:
    project = start_from("iris", "mlp")
    finding = DataFinding("many_classes", ("name",), FrozenMap(classes=150, samples=150))
    summary = replace(
        summary_of(project.data), class_counts=((50, 10, 10),) * 3, findings=(finding,)
    )
    words = split_remark(resolve(project, summary))
    assert words == "With so few rows of each class, many classes are in one part only."
    assert "match" in split_remark(resolve(project, replace(summary, findings=())))


def test_other_data_are_drawn_at_random() -> None:
    project = start_from("iris", "mlp")
    data = project.data.model_copy(update={"split": BY_TIME})
    project = project.model_copy(update={"data": data})
    drawn = BY_TIME.model_copy(update={"by": "random"})
    assert dataset_settings(project, "wine").split == drawn
    assert settings_for(TableSource(path="t.csv"), BY_TIME).split == drawn
    assert settings_for(TableSource(path="t.csv")).split == SplitSettings()
