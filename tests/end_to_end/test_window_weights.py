"""How weights begin, what keeps them small and what binds them, chosen with the mouse."""

from PySide6.QtWidgets import QComboBox, QLineEdit, QScrollArea

from app.core.frozen import OptionValue
from tests.end_to_end.window_user import CONTROL, Key, User, turn, wait


def option(user: User, name: str) -> OptionValue:
    return user.program.document.project.network.layer("dense_1").options[name]


def test_initializer_regularizer_and_constraint_of_a_layer(user: User) -> None:
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    before = user.program.document.project
    canvas = user.program.bench._page.canvas
    user.click(canvas.viewport(), canvas.card_rect("dense_1").center())

    assert not user.sees("inspector.kernel_initializer_stddev")
    user.choose("inspector.kernel_initializer", "Normal")
    assert option(user, "kernel_initializer") == "random_normal"
    user.click("inspector.kernel_initializer_stddev")
    user.retype("0.2")
    assert option(user, "kernel_initializer_stddev") == 0.2
    assert user.find("inspector.kernel_initializer_stddev").accessibleName() == (
        "Initializer: Deviation"
    )
    user.choose("inspector.kernel_regularizer", "L1 and L2")
    user.click("inspector.kernel_regularizer_l2")
    user.retype("0.003")
    assert option(user, "kernel_regularizer_l1") == 0.01
    assert option(user, "kernel_regularizer_l2") == 0.003
    user.picture("30_weights")

    assert not user.sees("inspector.kernel_constraint")
    user.click("inspector.group.more")
    turn()
    header = user.find("inspector.group.more")
    area = header.parentWidget()
    while not isinstance(area, QScrollArea):
        area = area.parentWidget()
    assert not header.visibleRegion().isEmpty()
    assert not user.find("inspector.kernel_constraint").visibleRegion().isEmpty()
    user.choose("inspector.kernel_constraint", "Min-max norm")
    assert user.find("inspector.kernel_constraint_axis", QLineEdit).text() == "0"
    user.click("inspector.kernel_constraint_min_value")
    user.retype("3")
    (problem,) = [p for p in user.program.document.resolved.problems if p.severity == "error"]
    assert problem.happened == "Constraint, minimum: at most 2, received 3."
    user.picture("31_weights_wrong")
    user.click("inspector.kernel_constraint_min_value")
    user.retype("0.5")
    assert not [p for p in user.program.document.resolved.problems if p.severity == "error"]
    user.click("inspector.group.more")
    assert not user.sees("inspector.kernel_constraint")

    while user.program.document.undo_stack.canUndo():
        user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project == before
    initializer = user.find("inspector.kernel_initializer", QComboBox)
    assert initializer.currentText() == "Glorot uniform"
    assert not user.sees("inspector.kernel_initializer_stddev")
