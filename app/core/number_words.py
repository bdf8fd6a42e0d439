"""Numbers and dates as they are written for people, in the window and in the terminal alike."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 epoch`, `1,257 epochs`, `2 classes`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def bytes_text(count: float) -> str:
    """Binary units with at most three figures: `512 B`, `39 KiB`, `1.2 MiB`."""
    size, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if size < 1023.5 or unit == "TiB":
            break
        size /= 1024
    return f"{size:.1f} {unit}" if unit != "B" and size < 9.95 else f"{size:,.0f} {unit}"


def day(date: str) -> str:
    """ "2026-11-23 at 14:05" of an ISO date."""
    return f"{date[:10]} at {date[11:16]}" if len(date) >= 16 else date
