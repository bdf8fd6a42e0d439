"""Frozen values: immutable, hashable, equal by content, the same after a file and a pickle."""

import copy
import enum
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.frozen import Frozen, FrozenMap, plain_value

text = st.text(max_size=10).filter(str.isprintable)
number = st.floats(allow_nan=False, allow_infinity=False)
items = st.one_of(st.integers(-(10**30), 10**30), number, text)
plain = st.one_of(
    st.none(), st.booleans(), items, st.lists(items, max_size=4), st.lists(items).map(tuple)
)
maps = st.dictionaries(text, plain, max_size=5)


class Box(Frozen):
    content: FrozenMap = FrozenMap()


@given(maps)
def test_a_map_is_the_same_after_a_file(content: dict[str, object]) -> None:
    box = Box(content=FrozenMap(content))
    back = Box.model_validate_json(box.model_dump_json())
    assert back == box
    assert hash(back) == hash(box)
    assert [(k, repr(v)) for k, v in back.content.items()] == [
        (k, repr(v)) for k, v in box.content.items()
    ]


@given(maps)
def test_a_map_is_the_same_after_a_pickle_and_a_copy(content: dict[str, object]) -> None:
    frozen = FrozenMap(content)
    pickled = pickle.loads(pickle.dumps(frozen))  # noqa: S301
    for other in (pickled, copy.deepcopy(frozen), FrozenMap(frozen)):
        assert other == frozen
        assert hash(other) == hash(frozen)


@given(maps, maps)
def test_maps_are_equal_exactly_when_files_are(a: dict[str, object], b: dict[str, object]) -> None:
    one, two = FrozenMap(a), FrozenMap(b)
    same = sorted((k, repr(v)) for k, v in one.items()) == sorted(
        (k, repr(v)) for k, v in two.items()
    )
    assert (one == two) is same


@given(maps, text, plain)
def test_a_set_value_changes_a_copy_only(
    content: dict[str, object], name: str, value: object
) -> None:
    before = FrozenMap(content)
    kept = FrozenMap(content)
    after = before.set(name, value)
    assert before == kept
    assert after[name] == plain_value(value)
    assert {k: v for k, v in after.items() if k != name} == {
        k: v for k, v in before.items() if k != name
    }


def test_one_and_true_and_one_point_nought_are_three_values() -> None:
    assert len({FrozenMap(a=1), FrozenMap(a=True), FrozenMap(a=1.0)}) == 3
    assert FrozenMap(a=1) != {"a": 1}


def test_what_was_given_can_be_changed_without_harm() -> None:
    sizes = [3, 3]
    frozen = FrozenMap(kernel_size=sizes)
    sizes.append(3)
    assert frozen["kernel_size"] == (3, 3)
    with pytest.raises(TypeError):
        frozen["kernel_size"] = (1, 1)  # type: ignore[index]


class Count(enum.IntEnum):
    TWO = 2


class Long(float):
    def __repr__(self) -> str:
        return "long"


def test_relatives_of_plain_types_become_plain() -> None:
    assert FrozenMap(a=Count.TWO) == FrozenMap(a=2)
    assert FrozenMap(a=Long(0.5)) == FrozenMap(a=0.5)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {}, object(), b"x", [[1]], [None], {1}, "\ud800"]
)
def test_what_is_not_plain_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        FrozenMap(a=value)


def test_names_are_texts() -> None:
    with pytest.raises(ValueError, match="names that are texts"):
        FrozenMap({1: 2})  # type: ignore[dict-item]


def test_a_frozen_model_refuses_change_and_unknown_fields() -> None:
    box = Box()
    with pytest.raises(ValidationError):
        box.content = FrozenMap(a=1)  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Box.model_validate({"contents": {}})
    with pytest.raises(ValidationError):
        Box.model_validate({"content": [1]})
