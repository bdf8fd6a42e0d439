"""Optuna, loaded when it is first needed, without its own words on the error output."""

import functools
from types import ModuleType


@functools.cache
def optuna() -> ModuleType:
    """The module; takes half a second the first time."""
    import optuna as module

    module.logging.disable_default_handler()
    module.logging.set_verbosity(module.logging.ERROR)
    return module
