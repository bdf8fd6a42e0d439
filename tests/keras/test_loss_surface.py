"""The loss around a path: directions against NumPy's decomposition, losses against Keras with the
weights set by hand.
"""

import keras
import numpy as np
import pytest

from app.core.explained_error import ExplainedError
from app.core.project import Project
from app.diagnostics.loss_surface import (
    MOST_SAMPLES,
    NO_WAY,
    ONE_POINT,
    TOO_LARGE,
    LossField,
    Plane,
    WeightPath,
    flat_values,
    grid_around,
    moving_averages,
    plane_of,
    refinement,
)
from app.diagnostics.no_answer import NoAnswer
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded, RaceEvent
from app.training.loss_surface import looked_at
from tests.keras.small_runs import Run, data_of, digits, do, moons, request

RANDOM = np.random.default_rng(5)


def path(weights: np.ndarray, *, complete: bool = True) -> WeightPath:
    points = np.asarray(weights, np.float32)
    return WeightPath(tuple(range(len(points))), points, np.zeros((len(points), 0)), complete)


def walk(steps: int, size: int) -> np.ndarray:
    return RANDOM.normal(size=(steps, size)).cumsum(axis=0)


def plane(paths: list[WeightPath], base: int = 0) -> Plane:
    found = plane_of(paths, base)
    assert isinstance(found, Plane)
    return found


def test_directions_and_shares_are_those_of_the_singular_value_decomposition() -> None:
    paths = [path(walk(20, 50)), path(walk(9, 50))]
    found = plane(paths, base=1)
    points = np.concatenate([one.weights for one in paths]).astype(np.float64)
    _, sizes, rows = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    assert found.shares == pytest.approx(sizes[:2] ** 2 / (sizes**2).sum(), rel=1e-9)
    assert np.abs(found.directions @ rows[:2].T) == pytest.approx(np.eye(2), abs=1e-7)
    assert found.places[1][-1] == pytest.approx([0, 0], abs=1e-12)
    assert found.heights[1][-1] == pytest.approx(0, abs=1e-12)
    offset = paths[0].weights[3] - paths[1].weights[-1].astype(np.float64)
    assert found.places[0][3] == pytest.approx(found.directions @ offset)
    length = np.hypot(np.linalg.norm(found.places[0][3]), found.heights[0][3])
    assert length == pytest.approx(np.linalg.norm(offset))


def test_a_straight_path_gets_a_second_direction_at_right_angles() -> None:
    line = np.outer([0.0, 1.0, 3.0], [3.0, 0.0, 4.0])
    found = plane([path(line)])
    assert found.shares == pytest.approx([1, 0], abs=1e-9)
    assert found.directions @ found.directions.T == pytest.approx(np.eye(2), abs=1e-9)
    assert np.abs(found.places[0][:, 0]) == pytest.approx([15, 10, 0])
    assert found.heights[0] == pytest.approx([0, 0, 0], abs=1e-6)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (path(walk(1, 4)), ONE_POINT),
        (path(np.ones((3, 4))), NO_WAY),
        (path(walk(3, 4), complete=False), TOO_LARGE),
        (path(np.full((3, 4), np.nan)), None),
    ],
)
def test_what_has_no_plane_says_why(one: WeightPath, reason: str | None) -> None:
    found = plane_of([one])
    assert isinstance(found, NoAnswer)
    assert found.needs == reason or reason is None


def test_the_grid_holds_all_paths_and_is_refined_to_its_last_point() -> None:
    places = [np.array([[0.0, 0.0], [8.0, 0.1]]), np.array([[-2.0, 0.05]])]
    grid = grid_around(places, 17)
    assert (grid.x[0], grid.x[-1]) == pytest.approx((3 - 7.5, 3 + 7.5))
    assert grid.y[-1] - grid.y[0] == pytest.approx(0.1 * 15)
    wider = grid_around(places, 17, reach=2)
    assert wider.x[-1] - wider.x[0] == pytest.approx(2 * 15)
    seen: set[tuple[int, int]] = set()
    strides = []
    for stride, cells in refinement(33):
        fresh = {(int(row), int(column)) for row, column in cells}
        assert not seen & fresh
        seen |= fresh
        strides.append(stride)
        assert seen == {(r, c) for r in range(0, 33, stride) for c in range(0, 33, stride)}
    assert strides == [16, 8, 4, 2, 1]
    assert grid.points(np.array([[1, 2]])).tolist() == [[grid.x[2], grid.y[1]]]


def small_model() -> keras.Model:
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(6, activation="tanh", kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5, seed=1),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("sgd", "binary_crossentropy")
    return model


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = RANDOM.normal(size=(40, 3)).astype(np.float32)
    y = (x[:, :1] > 0).astype(np.float32)
    return x, y, RANDOM.uniform(0.5, 2, 40).astype(np.float32)


@pytest.mark.parametrize("weighted", [False, True])
def test_losses_are_those_that_keras_evaluates_with_the_weights_set_by_hand(weighted: bool) -> None:
    model, by_hand = small_model(), small_model()
    x, y, sample_weights = data()
    given = sample_weights if weighted else None
    start = flat_values(model.trainable_variables).astype(np.float64)
    points = path(start + walk(12, len(start)) * 0.1)
    found = plane([points])
    grid = grid_around(found.places, 5)
    cells = np.argwhere(np.ones((5, 5), bool))
    field = LossField(model, x, y, given)
    moving = RANDOM.uniform(0.5, 1.5, 12).astype(np.float32)
    field.set_moving(moving)
    field.set_plane(found.origin, found.directions)
    losses = field.losses(grid.points(cells))
    norm = by_hand.layers[1]
    trained = by_hand.trainable_variables
    for (across, up), loss in zip(grid.points(cells)[::4], losses[::4], strict=True):
        flat = found.origin + across * found.directions[0] + up * found.directions[1]
        sizes = np.cumsum([int(np.prod(v.shape)) for v in trained])[:-1]
        for variable, piece in zip(trained, np.split(flat, sizes), strict=True):
            variable.assign(piece.reshape(variable.shape))
        norm.moving_mean.assign(moving[:6])
        norm.moving_variance.assign(moving[6:])
        wanted = by_hand.evaluate(x, y, sample_weight=given, batch_size=64, verbose=0)
        assert loss == pytest.approx(wanted, rel=1e-5)
    assert field.loss_of(points.weights[-1]) == pytest.approx(
        float(field.losses(np.zeros((1, 2)))[0]), rel=1e-6
    )


def test_moving_averages_are_those_of_layers_that_train() -> None:
    model = small_model()
    norm = model.layers[1]
    assert [v.path for v in moving_averages(model)] == [
        norm.moving_mean.path,
        norm.moving_variance.path,
    ]
    norm.trainable = False
    assert moving_averages(model) == []


def test_values_that_are_not_finite_are_told_as_they_are() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mean_squared_error")
    field = LossField(model, np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32))
    field.set_plane(np.zeros(1), np.array([[1.0], [0.0]]))
    found = field.losses(np.array([[2.0, 0.0], [1e25, 0.0], [3.0, 9.0]]))
    assert found[0] == 4
    assert found[2] == 9
    assert np.isinf(found[1])
    assert MOST_SAMPLES == 512


# ---- as the engine works it out


def test_paths_of_a_race_share_a_plane_and_a_beginning() -> None:
    projects = [moons(epochs=4, batch_mode=mode) for mode in ("mini_batch", "full_batch")]
    run, room = Run(), EngineRoom()
    run.do(room.race([request(p, diagnostics=False) for p in projects], keep_paths=True))
    paths = [t.event for t in run.of(RaceEvent) if isinstance(t.event, WeightPath)]
    found = plane(paths)
    assert found.places[0][0] == pytest.approx(found.places[1][0], abs=1e-9)
    do(room.surface.open(request(projects[0]), found, paths))
    ends = [do(room.surface.losses_of(number, 4))[0] for number in (0, 1)]
    for project, loss in zip(projects, ends, strict=True):
        alone = EngineRoom()
        do(alone.train(request(project)))
        wanted = do(alone.evaluate("training"))
        assert wanted is not None
        assert loss == pytest.approx(wanted.metrics["loss"], rel=1e-5)


def test_of_many_samples_some_are_looked_at_evenly() -> None:
    few, many = moons(samples=100), moons(samples=2000)
    part = data_of(many).training
    thinned = looked_at(part)
    assert len(thinned) == MOST_SAMPLES
    ends = np.array([0, -1])
    assert np.array_equal(thinned.x[ends], part.x[ends])
    assert (np.diff(thinned.rows) != 0).all()
    assert looked_at(data_of(few).training) is data_of(few).training


def surface_of(room: EngineRoom, project: Project, *, of_run: bool) -> Plane:
    path = do(room.surface.path_of_run(range(project.training.epochs + 1)))
    found = plane([path])
    assert do(room.surface.open(request(project), found, [path], of_run=of_run)) == len(
        data_of(project).training
    )
    return found


def test_the_end_of_a_run_lies_at_the_middle_and_has_the_loss_of_its_network() -> None:
    project = digits(epochs=3)
    room, undisturbed, disturbed = EngineRoom(), Run(), Run()
    undisturbed.do(EngineRoom().train(request(digits(epochs=6))))
    disturbed.do(room.train(request(project)))
    found = surface_of(room, project, of_run=True)
    assert found.places[0].shape[1] == 2
    assert found.places[0][-1] == pytest.approx([0, 0], abs=1e-12)
    whole = do(room.evaluate("training"))
    assert whole is not None
    middle = do(room.surface.losses(np.zeros((1, 2))))[0]
    assert middle == pytest.approx(whole.metrics["loss"], rel=1e-5)
    # On the way each network has its own moving averages: that is the network itself.
    last = len(found.places[0]) - 1
    assert do(room.surface.losses_of(0, last))[0] == pytest.approx(middle, rel=1e-6)
    pieces = do(room.surface.losses_of(0, 0))
    assert 1 <= len(pieces) <= last + 1
    assert do(room.surface.losses(np.zeros((1, 2))))[0] == pytest.approx(middle, rel=1e-6)
    disturbed.do(room.continue_training(3))
    histories = [[e.metrics for e in run.of(EpochEnded)] for run in (undisturbed, disturbed)]
    assert histories[0] == histories[1]
    do(room.surface.close())
    with pytest.raises(ExplainedError, match="closed"):
        do(room.surface.losses(np.zeros((1, 2))))
