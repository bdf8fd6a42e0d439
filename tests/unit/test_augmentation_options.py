"""What the options of random changes of pictures are called, and when they count."""

import pytest

from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.core.options import ChoiceOption, defaults

AUGMENTATION = [kind for kind in LAYER_KINDS.values() if kind.family == "Augmentation"]


@pytest.mark.parametrize("kind", AUGMENTATION, ids=lambda kind: kind.name)
def test_the_fill_value_counts_only_where_one_value_is_filled_in(kind: LayerKind) -> None:
    options = {option.name: option for option in kind.options}
    assert "Between" not in {option.label for option in kind.options}
    if "interpolation" in options:
        assert options["interpolation"].label == "Interpolation"
    if "fill_value" in options and "fill_mode" in options:
        modes = options["fill_mode"]
        assert isinstance(modes, ChoiceOption)
        for mode in modes.values:
            given = defaults(kind.options).set("fill_mode", mode)
            assert options["fill_value"].applies(given) == (mode == "constant")


def test_an_angle_says_its_unit() -> None:
    factor = LAYER_KINDS["RandomRotation"].options[0]
    assert factor.label == "Full turns"
    assert "0.05 is 18 degrees" in factor.help
    assert pytest.approx(18) == 0.05 * 360
