"""How a sample is called in a message."""

from app.data.raw_data import RawData


def place_of(raw: RawData, row: int) -> str:
    """ "Line 17" of a file, or "Sample 17" where its source has no lines; begins a sentence."""
    if raw.row_numbers is None:
        return f"Sample {row + 1}"
    return f"Line {int(raw.row_numbers[row])}"
