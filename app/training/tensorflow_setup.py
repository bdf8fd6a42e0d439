"""Loading TensorFlow as the engine needs it: quiet, with a fixed number of threads."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from app.training.versions import INTER_OP_THREADS, intra_op_threads

logger = logging.getLogger(__name__)


@cache
def load_tensorflow() -> None:
    """Import TensorFlow and Keras and set them up; once a process, 2 to 10 s."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _error_output_logged():
        import tensorflow as tf

        try:
            tf.config.threading.set_intra_op_parallelism_threads(intra_op_threads())
            tf.config.threading.set_inter_op_parallelism_threads(INTER_OP_THREADS)
        except RuntimeError:  # somebody computed with it before
            logger.info("TensorFlow was in use already; its number of threads stays as it is")
        import keras

        tf.config.list_logical_devices()  # what it says of graphics processors, it says here

    keras.config.disable_interactive_logging()


@contextmanager
def _error_output_logged() -> Iterator[None]:
    """Lead what the process writes on its error output to the log instead.

    TensorFlow's C++ parts write lines there before any setting of theirs is heard.
    """
    try:
        before = os.dup(2)
    except OSError:  # there is none, as in a program without a console
        yield
        return
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)
            said.seek(0)
            text = said.read(20_000).decode("utf-8", "replace").strip()
            if text:
                logger.info("while TensorFlow was loaded:\n%s", text)


def tensorflow_is_loaded() -> bool:
    """Whether `load_tensorflow` has nothing more to do."""
    return "tensorflow" in sys.modules and "keras" in sys.modules


def prepare_thread() -> None:
    """Set what Keras keeps for each thread. To be called at the beginning of each job."""
    load_tensorflow()
    import keras

    keras.config.set_dtype_policy("float32")
    keras.config.set_floatx("float32")
