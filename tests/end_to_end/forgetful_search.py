"""`layerlab search` as it must not be: it keeps what its trials came to in memory until it ends."""

import sys
from collections.abc import Callable
from typing import Any

from app.cli.main import main
from app.search.study_file import StudyFile

held: list[Callable[[], object]] = []


def holding(method: Callable[..., None]) -> Callable[..., None]:
    def hold(*given: Any) -> None:
        held.append(lambda: method(*given))

    return hold


def let_go(study: StudyFile) -> None:
    for write in held:
        write()
    close(study)


if __name__ == "__main__":
    close = StudyFile.close
    StudyFile.put_trial = holding(StudyFile.put_trial)  # type: ignore[method-assign]
    StudyFile.put_fold = holding(StudyFile.put_fold)  # type: ignore[method-assign]
    StudyFile.close = let_go  # type: ignore[method-assign]
    sys.exit(main(sys.argv[1:]))
