"""The search space of a project: everything that others need of it, in one place.

| subject | module |
|---|---|
| which paths there are, their options | `search_paths.py`, `layer_copies.py` |
| trials: going through the space, setting values | `search_walk.py` |
| values and ranges of a dimension, in words | `search_values.py` |
| the grid, its size, how many settings there are | `search_grid.py` |
| a dimension from a text | `search_text.py` |
| what is wrong with it | `search_problems.py`, `dimension_problems.py` |
| a first dimension for an option | `search_defaults.py` |
| marking, unmarking, following the network | `search_edits.py` |
"""

from app.core.search_defaults import default_dimension
from app.core.search_edits import following_the_network, marked, unmarked, with_search
from app.core.search_grid import grid, grid_size, space_size
from app.core.search_paths import copies_path, copy_path, layer_of, place_of, searchable
from app.core.search_problems import search_problems
from app.core.search_text import parse_space
from app.core.search_values import NumberRange, choices_of, in_words, values_of
from app.core.search_walk import walk, with_values

__all__ = [
    "NumberRange",
    "choices_of",
    "copies_path",
    "copy_path",
    "default_dimension",
    "following_the_network",
    "grid",
    "grid_size",
    "in_words",
    "layer_of",
    "marked",
    "parse_space",
    "place_of",
    "search_problems",
    "searchable",
    "space_size",
    "unmarked",
    "values_of",
    "walk",
    "with_search",
    "with_values",
]
