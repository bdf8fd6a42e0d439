"""How a sample is called in a message."""

from app.core.short_names import quoted
from app.data.raw_data import TEST, RawData


def place_of(raw: RawData, row: int) -> str:
    """ "Line 17" or "Row 17" of a file, perhaps with its name, or "Sample 17" where its source has
    neither; begins a sentence.
    """
    if raw.row_numbers is None:
        return f"Sample {row + 1}"
    place = f"{raw.row_word.capitalize()} {int(raw.row_numbers[row])}"
    if raw.test_file and raw.parts is not None and raw.parts[row] == TEST:
        return f"{place} of {quoted(raw.test_file, 120)}"
    return place
