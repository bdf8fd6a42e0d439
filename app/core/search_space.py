"""The search space of a project: everything that others need of it, in one place.

| subject | module |
|---|---|
| which paths there are, their options | `search_paths.py`, `layer_copies.py` |
| trials: going through the space, setting values | `search_walk.py` |
| values and ranges of a dimension, in words | `search_values.py` |
| a first dimension for an option | `search_defaults.py` |
| marking, unmarking, following the network | `search_edits.py` |
"""

from app.core.search_defaults import default_dimension
from app.core.search_edits import following_the_network, marked, unmarked, with_search
from app.core.search_paths import copies_path, copy_path, layer_of, place_of, searchable
from app.core.search_values import NumberRange, choices_of, in_words, values_of
from app.core.search_walk import walk, with_values

__all__ = [
    "NumberRange",
    "choices_of",
    "copies_path",
    "copy_path",
    "default_dimension",
    "following_the_network",
    "in_words",
    "layer_of",
    "marked",
    "place_of",
    "searchable",
    "unmarked",
    "values_of",
    "walk",
    "with_search",
    "with_values",
]
