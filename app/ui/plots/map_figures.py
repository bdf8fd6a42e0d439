"""Numbers beside feature maps, as they are written."""


def figure(value: float) -> str:
    """Three figures and a true minus sign."""
    return f"{value:.3g}".replace("-", "−")


def figures(value: float, count: int) -> str:
    """So many significant figures, without zeros at the end."""
    return f"{value:.{count}g}".replace("-", "−")


def decimal(value: float, decimals: int) -> str:
    """So many decimals, without zeros at the end; never a 0 with a sign."""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def precise(value: float) -> str:
    """Six figures, for the number under the pointer."""
    return f"{value:.6g}".replace("-", "−")
