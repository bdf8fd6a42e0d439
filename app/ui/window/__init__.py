"""The frame around the pages: menu row, run bar, rail, status row."""
