"""Augmentation of the project's pictures: layers behind the input, and how they look."""

import numpy as np
from PySide6.QtCore import QObject

from app.core.augmentation import (
    AUGMENTATIONS_BY_KIND,
    augmenting_chain,
    augmenting_layers,
    set_strength,
    strength_of,
    with_augmentation,
    without_augmentation,
)
from app.core.project import Project
from app.core.resolved_project import ResolvedProject
from app.training.events import AugmentedPictures
from app.ui.data_feed import DataFeed
from app.ui.failures import failure_of
from app.ui.pages.data_augmentation import COPIES, PICTURES, AugmentationView
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl


class AugmentationPresenter(QObject):
    """One preview at a time is under way; the next is asked for when it is answered and something
    is new. Nothing is asked while the view is out of sight.
    """

    def __init__(
        self,
        view: AugmentationView,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._document, self._feed, self._run = view, document, feed, run
        self._first, self._seed = 0, 0
        self._asked: object = None
        self._waiting = False
        view.switched.connect(self._switch)
        view.strength_edited.connect(self._set_strength)
        view.again_requested.connect(self._show_others)
        view.shown.connect(self._look)
        document.changed.connect(self._project_changed)
        feed.changed.connect(self._look)
        run.run_ended.connect(self._run_ended)

    # ---- showing
    def _project_changed(self, _before: object, after: ResolvedProject) -> None:
        layers = augmenting_layers(after.project.network)
        self._view.show_strengths({layer.kind: strength_of(layer) for layer in layers})
        self._look()

    def _look(self) -> None:
        """Ask for changed pictures, where those on show are not of these layers and data."""
        resolved, data, preview = self._document.resolved, self._feed.prepared, self._feed.preview
        if not self._view.isVisible() or self._waiting or resolved is None:
            return
        if data is None or preview is None or not len(preview.pictures):
            return
        layers = augmenting_chain(resolved.project.network)
        wanted = (layers, data.fingerprint, self._first, self._seed)
        if wanted == self._asked:
            return
        self._asked = wanted
        places = (self._first + np.arange(PICTURES)) % len(preview.pictures)
        pictures = data.preprocessing.transform(preview.pictures[np.unique(places)])
        if not layers:
            self._view.pictures.show_pictures(pictures, pictures[:, None][:, :0])
            return
        self._waiting = True
        self._run.questions.augment(
            layers, pictures, self._seed, COPIES, lambda a: self._came(pictures, a)
        )

    def _came(self, pictures: np.ndarray, answer: object) -> None:
        self._waiting = False
        if isinstance(answer, AugmentedPictures):
            self._view.pictures.show_pictures(pictures, answer.pictures)
        elif isinstance(answer, BaseException):
            failure = failure_of(answer, "Changing the pictures")
            self._view.pictures.show_message(f"{failure.happened} {failure.how_to_fix}")
        self._look()

    def _run_ended(self) -> None:
        if self._waiting:  # the training went before it answered
            self._waiting, self._asked = False, None
        self._look()

    def _show_others(self) -> None:
        self._first += PICTURES
        self._seed += 1
        self._look()

    # ---- edits
    def _switch(self, kind: str, on: bool) -> None:
        resolved = self._document.resolved
        if resolved is None:
            return
        label = AUGMENTATIONS_BY_KIND[kind].label
        if on:
            changed = with_augmentation(resolved.project, kind, resolved.summary)
            self._edit(f"Augment: {label}", changed)
        else:
            self._edit(f"No augmentation: {label}", without_augmentation(resolved.project, kind))

    def _set_strength(self, kind: str, strength: float) -> None:
        project = self._document.project
        if project is not None:
            label = AUGMENTATIONS_BY_KIND[kind].label
            changed = set_strength(project, kind, strength)
            self._edit(f"Set {label.lower()}", changed, f"augmentation.{kind}")

    def _edit(self, text: str, project: Project, key: str | None = None) -> None:
        self._document.edit(text, project, key)
