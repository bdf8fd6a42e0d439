"""Long names end with an ellipsis, inside their quotes where they have some."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.short_names import in_sentence, quoted, shortened
from app.data.errors import DataError
from app.data.text_table import read_text_table

LONG = "household income before tax and after all allowances of the year"


def test_names_that_fit_stand_as_they_are() -> None:
    assert shortened("age", 3) == "age"
    assert quoted("age", 5) == "'age'"
    assert quoted("it's") == '"it\'s"'
    assert quoted(3.5) == "3.5"
    assert quoted("") == "''"


def test_what_is_left_out_is_shown_within_the_quotes() -> None:
    assert shortened(LONG, 40) == "household income before tax and after a…"
    assert quoted(LONG, 40) == "'household income before tax and after…'"
    assert quoted("a\n" * 9, 12) == "'a\\na\\na\\n…'"
    assert quoted(list(range(99)), 10) == "[0, 1, 2,…"


@given(text=st.text(max_size=50), most=st.integers(8, 40))
def test_no_name_is_longer_than_told(text: str, most: int) -> None:
    shown = quoted(text, most)
    assert len(shown) <= most
    assert shown[0] == shown[-1]
    assert shown[0] in "'\""
    if len(repr(text)) <= most:
        assert ast.literal_eval(shown) == text
    else:
        assert shown[-2] == "…"
        assert text.startswith(ast.literal_eval(f"{shown[:-2]}{shown[-1]}"))
    assert len(shortened(text, most)) == min(len(text), most)


def test_a_long_file_keeps_its_closing_quote(tmp_path: Path) -> None:
    path = tmp_path / f"{'measurements of the summer term ' * 6}.csv"
    path.write_text("one\n1\n2\n", encoding="utf-8")
    with pytest.raises(DataError, match="…' has only one column"):
        read_text_table(str(path))


def test_no_message_cuts_a_name_without_a_sign() -> None:
    """`{name!r:.60}` would cut the quote off with the rest of the name. What is shown in nothing
    but ASCII comes from hostile files, and may end anywhere.
    """
    app = Path(__file__).parents[2] / "app"
    found = [
        f"{path.relative_to(app)}:{node.lineno}"
        for path in sorted(app.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FormattedValue)
        and node.conversion != ord("a")
        and isinstance(node.format_spec, ast.JoinedStr)
        and any(
            isinstance(part, ast.Constant) and re.fullmatch(r"\.\d+", str(part.value))
            for part in node.format_spec.values
        )
    ]
    assert found == []


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Accuracy", "accuracy"),
        ("Learning rate", "learning rate"),
        ("Log-cosh", "log-cosh"),
        ("Mean IoU", "mean IoU"),
        ("A label", "a label"),
        ("MAE", "MAE"),
        ("AUC (ROC)", "AUC (ROC)"),
        ("F1 score", "F1 score"),
        ("R²", "R²"),
        ("L2", "L2"),
        ("L", "L"),
        ("ReLU", "ReLU"),
        ("Kullback-Leibler divergence", "Kullback-Leibler divergence"),
        ("units", "units"),
        ("", ""),
    ],
)
def test_a_label_goes_on_in_a_sentence(label: str, said: str) -> None:
    assert in_sentence(label) == said
