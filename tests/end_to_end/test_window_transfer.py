"""Another task from a trained network: the weights are kept, layers frozen, the head swapped; what
was frozen stays bit for bit, in memory, in model files and in the project.
"""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from app.core.project_file import open_project
from app.data.kept_file import kept_of
from app.modeling.build import build_model
from app.modeling.model_files import save_model_file
from tests.end_to_end.conftest import close
from tests.end_to_end.test_window_data import choose_set, settled
from tests.end_to_end.test_window_files import history, modified, open_file, save, train
from tests.end_to_end.window_user import CONTROL, SHIFT, Key, User, wait


def network(user: User):
    return user.program.document.project.network


def kept_keys(user: User) -> dict[str, str]:
    return {x.id: x.kept_weights for x in network(user).layers if x.kept_weights}


def frozen(user: User) -> list[str]:
    return [x.id for x in network(user).layers if not x.trainable]


def choose_layer(user: User, name: str) -> None:
    canvas = user.program.bench._page.canvas
    user.key(Key.Key_9, CONTROL)
    user.click(canvas.viewport(), canvas.card_rect(name).center())
    assert user.program.bench.selected == name


def set_epochs(user: User, epochs: int) -> None:
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype(str(epochs))
    user.key(Key.Key_Return)


def save_model(user: User, path: Path) -> dict[str, list[np.ndarray]]:
    """Save the model by Ctrl+E; what Keras alone reads of it, by layer."""
    user.will_name_file(path)
    user.key(Key.Key_E, CONTROL)
    user.answered()
    wait(lambda: user.window.status_row._message.text() == f"Model saved as {path.name}")
    model = keras.saving.load_model(path)
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def equal(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def problems(user: User) -> list[str]:
    return [problem.title for problem in user.program.document.resolved.problems]


def test_digits_filters_serve_another_task(start: Callable[[], User], tmp_path: Path) -> None:
    user = start()
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    set_epochs(user, 2)
    train(user)
    before = save_model(user, tmp_path / "digits.keras")

    # the trained weights are kept, in one step that can be undone
    user.menu("Train", "Keep the trained weights")
    wait(lambda: kept_keys(user))
    assert kept_keys(user).keys() == before.keys()
    user.key(Key.Key_Z, CONTROL)
    assert not kept_keys(user)
    user.key(Key.Key_Z, CONTROL | SHIFT)
    assert kept_keys(user).keys() == before.keys()

    # other pictures: the filters fit whatever the size, what is behind Flatten does not
    user.click("rail.data")
    choose_set(user, "V-shapes")
    user.click("rail.bench")
    conv = [x.id for x in network(user).layers if x.kind == "Conv2D"]
    assert set(conv) <= kept_keys(user).keys()
    assert "Kept weights no longer fit" in problems(user)
    user.picture("70_other_pictures")

    # what is kept again are the weights that still fit
    user.menu("Train", "Forget all kept weights")
    assert not kept_keys(user)
    user.menu("Train", "Keep the trained weights")
    wait(lambda: kept_keys(user))
    assert list(kept_keys(user)) == conv
    assert user.window.status_row._message.text() == (
        "Train begins with the weights of 1 layer now, not of 2 edited since"
    )

    # everything behind the pooling is swapped for a head for two classes
    pool = next(x.id for x in network(user).layers if "Pooling" in x.kind)
    choose_layer(user, pool)
    user.menu("Train", "Swap all behind the chosen layer")
    wait(lambda: frozen(user))
    assert frozen(user) == conv
    assert kept_keys(user).keys() == set(frozen(user))
    head = network(user).layers[-1]
    assert (head.kind, head.options["units"], head.trainable) == ("Dense", 2, True)
    assert not [title for title in problems(user) if "weights" in title.lower()]
    choose_layer(user, conv[0])
    assert user.find("inspector.frozen").isChecked()
    user.picture("71_head_swapped")

    train(user)
    rows = history(user)
    after = save_model(user, tmp_path / "shapes.keras")
    for name in frozen(user):
        assert equal(after[name], before[name])
    assert head.id in after

    # saved, opened again, trained again: the same numbers
    path = tmp_path / "shapes.layerlab"
    save(user, path)
    assert kept_of(open_project(path)).keys() == set(kept_keys(user).values())
    keys = kept_keys(user)
    close(user)
    user = start()
    open_file(user, path)
    wait(lambda: user.program.run.has_model and user.program.run.state.phase == "idle")
    assert not modified(user)
    assert kept_keys(user) == keys
    assert history(user) == rows
    train(user)
    assert history(user) == rows
    again = save_model(user, tmp_path / "again.keras")
    assert all(equal(again[name], after[name]) for name in after)

    # unfrozen by the box in the inspector, the filters learn
    choose_layer(user, conv[0])
    user.click("inspector.frozen")
    assert conv[0] not in frozen(user)
    assert keys.keys() == kept_keys(user).keys()
    train(user)
    moved = save_model(user, tmp_path / "moved.keras")
    assert not equal(moved[conv[0]], before[conv[0]])

    # and forgotten by the button beside it
    choose_layer(user, conv[0])
    user.click("inspector.forget_weights")
    assert conv[0] not in kept_keys(user)
    assert not user.sees("inspector.forget_weights")
    choose_layer(user, head.id)
    user.click("inspector.more")
    user.pick(user.popup_menu(), "Freeze up to here")
    assert frozen(user) == [conv[0], head.id]
    assert "Everything is frozen" in problems(user)
    user.menu("Train", "Unfreeze all layers")
    assert not frozen(user)


def test_an_opened_model_is_saved_again_without_a_training(user: User, tmp_path: Path) -> None:
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(6, activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    rng = np.random.default_rng(3)
    for variable in model.weights:
        variable.assign(rng.uniform(0.1, 1.0, variable.shape))
    path = tmp_path / "foreign.keras"
    model.save(path)
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    project = user.program.document.project
    user.will_name_file(path)
    user.menu("File", "Open model")
    user.answered()
    wait(lambda: user.program.run.has_model and user.program.run.state.phase == "idle")
    assert len(kept_keys(user)) == 3
    user.picture("72_model_opened")
    saved = save_model(user, tmp_path / "again.keras")
    assert [w.tolist() for group in saved.values() for w in group] == [
        w.tolist() for w in model.get_weights()
    ]
    x = rng.normal(size=(50, 2)).astype("float32")
    again = keras.saving.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict_on_batch(x), model.predict_on_batch(x))
    # training begins with these weights, and one undo brings the network before back
    train(user)
    assert len(history(user)) > 0
    user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project == project


def test_a_training_that_is_not_saved_is_asked_about_before_a_model_replaces_it(
    user: User, tmp_path: Path
) -> None:
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    path = tmp_path / "five.keras"
    model.save(path)
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    set_epochs(user, 2)
    train(user)
    rows, before = history(user), network(user)
    user.will_name_file(path)
    user.will_press("dialog.save_changes", "Cancel")
    user.menu("File", "Open model")
    user.answered()
    assert network(user) == before
    assert history(user) == rows
    user.will_name_file(path)
    user.will_press("dialog.save_changes", "Discard")
    user.menu("File", "Open model")
    user.answered()
    wait(lambda: network(user) != before)
    # it is for other data: a problem on its input says so, with the way out
    assert network(user).layers[0].options["shape"] == (5,)
    found = user.program.document.resolved.problems_of(network(user).layers[0].id)
    assert [p.title for p in found] == ["Takes 5, data are rows of 2 numbers"]
    assert found[0].fixes


def test_a_model_is_opened_from_the_welcome_page(user: User, tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    path = tmp_path / "mine.h5"
    save_model_file(model, path)
    user.will_name_file(path)
    user.menu("File", "Open model")
    user.answered()
    wait(lambda: user.program.document.project is not None and kept_keys(user))
    project = user.program.document.project
    assert project.name == "mine"
    assert user.window.page == "bench"
    assert project.data.source.name == "digits"
    wait(lambda: user.program.run.state.phase == "idle")
    saved = save_model(user, tmp_path / "again.keras")
    assert equal(next(iter(saved.values())), model.get_weights())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no model", b"\x89HDF\r\n\x1a\n" + bytes(90)])
def test_what_is_no_model_changes_nothing(user: User, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.keras"
    path.write_bytes(content)
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    project = user.program.document.project
    user.will_name_file(path)
    user.will_press("dialog.message", "OK")
    user.menu("File", "Open model")
    user.answered()
    assert user.program.document.project == project
    assert not modified(user)


def test_weights_alone_are_read_into_the_network_at_hand(user: User, tmp_path: Path) -> None:
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    project = user.program.document.project
    model = build_model(project.network, (2,), seed=99)
    path = tmp_path / "mine.weights.h5"
    model.save_weights(path)
    expected = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    user.will_name_file(path)
    user.menu("File", "Open model")
    user.answered()
    wait(lambda: user.program.run.has_model and user.program.run.state.phase == "idle")
    assert kept_keys(user).keys() == expected.keys()
    saved = save_model(user, tmp_path / "whole.keras")
    assert saved.keys() == expected.keys()
    assert all(equal(saved[name], expected[name]) for name in expected)
    # such a file is of no use without its network, and not listed; the model is
    recent = user.program.workbench._preferences.recent_files
    assert [p.name for p in recent] == ["whole.keras"]
    user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project == project

    # those of another network are refused in words, and nothing changes
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    other.save_weights(tmp_path / "other.weights.h5")
    user.will_name_file(tmp_path / "other.weights.h5")
    user.will_press("dialog.message", "OK")
    user.menu("File", "Open model")
    user.answered()
    assert user.program.document.project == project


def test_a_backbone_from_a_file_gets_a_head_for_the_pictures_at_hand(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    weights = tmp_path / "small.weights.h5"
    own = keras.applications.MobileNetV3Small(
        include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg"
    )
    own.save_weights(weights)
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)

    # a table is no picture, and that is said before anything is asked
    user.will_press("dialog.message", "OK")
    user.menu("File", "New from a backbone")
    user.answered()
    assert "not a picture" in user.met[-1].text

    user.click("rail.data")
    choose_set(user, "V-shapes")
    user.click("data.samples")
    user.retype("120")
    settled(user)
    user.click("rail.bench")
    set_epochs(user, 1)
    before = network(user)

    def ask(dialog) -> None:
        user.choose("backbone.network", "MobileNetV3Small")
        assert not user.find("backbone.create").isEnabled()  # no file yet
        user.click("backbone.file")
        user.retype(str(tmp_path / "nobody.h5"))
        assert "no such file" in user.find("backbone.note").text()
        user.retype(str(weights))
        user.picture("73_backbone_dialog", dialog)
        user.click("backbone.create")

    user.will("dialog.backbone", ask)
    user.menu("File", "New from a backbone")
    user.answered()
    wait(lambda: network(user) != before)
    wait(lambda: user.program.run.state.phase == "idle")
    assert problems(user) == [t for t in problems(user) if t == "Patience outlasts the training"]
    head = network(user).layers[-1]
    weighty = [layer.name for layer in own.layers if layer.weights]
    assert len(frozen(user)) == len(kept_keys(user)) == len(weighty)
    assert head.id not in kept_keys(user)
    user.key(Key.Key_9, CONTROL)
    user.picture("74_backbone")

    # only the head learns
    train(user)
    saved = save_model(user, tmp_path / "with_head.keras")
    taken = [saved[layer.id] for layer in network(user).layers if layer.id in frozen(user)]
    own_weights = [layer.get_weights() for layer in own.layers if layer.weights]
    assert sorted(map(_bytes, taken)) == sorted(map(_bytes, own_weights))
    user.key(Key.Key_Z, CONTROL)
    assert network(user) == before


def _bytes(arrays: list[np.ndarray]) -> bytes:
    return b"".join(array.tobytes() for array in arrays)
