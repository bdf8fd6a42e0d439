"""Nothing on the lab page is cut or has to be scrolled at the sizes that it is made for."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QScrollArea

from app.core.activation_forms import FORMS
from app.core.templates import two_moons
from app.ui.pages.lab_page import VIEWS, LabPage
from tests.end_to_end.window_user import User, turn, wait


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1920, 1080)])
def test_all_is_in_view(user: User, size: QSize) -> None:
    user.program.files.show(two_moons())
    wait(lambda: user.program.feed.prepared is not None)
    user.window.resize(size)
    user.program.lab.compare("dense_1")
    page = user.window.pages["lab"]
    assert isinstance(page, LabPage)
    areas = [page.findChild(QScrollArea, name) for name in ("lab.scroll", "lab.facts")]
    for name in FORMS:
        page.list.looked_at.emit(name)
        for view, _ in VIEWS:
            page.view_chosen.emit(view)
            turn()
            for area in areas:
                assert area.verticalScrollBar().maximum() == 0, (name, view, area.objectName())
                assert area.horizontalScrollBar().maximum() == 0, (name, view)
            assert page.facts.values["good_for"].visibleRegion().boundingRect().height() > 0
            words = page.words
            assert words.height() >= words.heightForWidth(words.width())
