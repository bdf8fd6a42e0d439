"""A piece of work as the engine thread does it: TensorFlow loaded before, errors told in words."""

import logging
from collections.abc import Callable
from typing import TypeVar

from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.errors import explained
from app.training.events import Preparing

logger = logging.getLogger(__name__)

T = TypeVar("T")
EngineJob = Callable[[Report, JobControl], T]


def engine_job(work: EngineJob[T], doing: str) -> EngineJob[T]:
    """`work` as a job that raises `ExplainedError`s only; `doing` names it in them."""

    def job(report: Report, control: JobControl) -> T:
        try:
            from app.training.tensorflow_setup import prepare_thread, tensorflow_is_loaded

            if not tensorflow_is_loaded():
                report(Preparing("loading TensorFlow"))
            prepare_thread()
            return work(report, control)
        except Exception as error:  # whatever it is, the user is told in words
            told = explained(error, doing)
            if told is error:
                raise
            logger.info("an error ended %s", doing, exc_info=True)
            raise told from error

    return job
