"""What tests of models share."""

import gc

import pytest

from app.training.tensorflow_setup import load_tensorflow


@pytest.fixture(scope="session", autouse=True)
def tensorflow_as_the_engine_has_it() -> None:
    """The number of threads, which changes the last digits of convolutions, is fixed before
    anything is computed or not at all.
    """
    load_tensorflow()


@pytest.fixture(scope="module", autouse=True)
def old_objects_are_left_alone() -> None:
    """What earlier modules have left is not looked through again at every closing of a session;
    the window does the same with what TensorFlow brings.
    """
    gc.freeze()
