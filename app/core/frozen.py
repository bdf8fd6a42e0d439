"""Deeply frozen values: the base of everything that is stored in a project file."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from app.core.short_names import quoted

type_names = "a number, a text, true, false, null, or a list of numbers and texts"

Name = Annotated[str, Field(min_length=1, max_length=64)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]

OptionValue = None | bool | int | float | str | tuple[int | float | str, ...]
"""What an option may hold: plain, immutable, the same in memory and in the file."""


class Frozen(BaseModel):
    """A stored value: immutable, hashable, compared by content; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


def plain_value(value: object) -> OptionValue:
    """`value` as an option value: lists become tuples; anything that is not plain is refused.

    Raises:
        ValueError: for a value of another type, or a number that is not finite.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if not value.isprintable() and any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError("expected a text that can be saved, received one with half characters")
        return str(value)
    # Subclasses (NumPy's float64, enumerations) become plain, so that equal values are equal here.
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"expected a finite number, received {value}")
        return float(value)
    if isinstance(value, (list, tuple)):
        items = tuple(plain_value(item) for item in value)
        if all(isinstance(item, (int, float, str)) for item in items):
            return items  # type: ignore[return-value]
    raise ValueError(f"expected {type_names}, received {quoted(value, 80)}")


class FrozenMap(Mapping[str, OptionValue]):
    """An immutable, hashable, ordered mapping of names to plain values.

    A frozen pydantic model that holds a `dict` is frozen in name only; this one is so in fact.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, object] | None = None, /, **named: object) -> None:
        merged = {**(items or {}), **named}
        for name in merged:
            if not isinstance(name, str):
                raise ValueError(f"expected names that are texts, received {quoted(name, 80)}")
        self._items: dict[str, OptionValue] = {k: plain_value(v) for k, v in merged.items()}

    def __getitem__(self, name: str) -> OptionValue:
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenMap):
            return NotImplemented
        # 1 == True == 1.0 in Python, yet they are different options in a file.
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> frozenset[tuple[str, str, OptionValue]]:
        return frozenset((name, repr(value), value) for name, value in self._items.items())

    def __repr__(self) -> str:
        return f"FrozenMap({self._items!r})"

    def __reduce__(self) -> tuple[type["FrozenMap"], tuple[dict[str, OptionValue]]]:
        return FrozenMap, (dict(self._items),)

    def set(self, name: str, value: object) -> "FrozenMap":
        """A copy in which `name` holds `value`."""
        return FrozenMap({**self._items, name: value})

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def validate(value: object) -> "FrozenMap":
            if isinstance(value, FrozenMap):
                return value
            if isinstance(value, Mapping):
                return cls(value)
            raise ValueError(f"expected names with values, received {quoted(value, 80)}")

        return core_schema.no_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: dict(value.items())
            ),
        )
