"""Numbers beside feature maps, as they are written."""


def figure(value: float) -> str:
    """Three figures and a true minus sign."""
    return f"{value:.3g}".replace("-", "−")


def exact(value: float) -> str:
    """Five figures, for arithmetic that is written out."""
    return f"{value:.5g}".replace("-", "−")


def factor(value: float) -> str:
    """Three figures, in brackets where a sign would run into another one."""
    return f"({figure(value)})" if value < 0 else figure(value)


def precise(value: float) -> str:
    """Six figures, for the number under the pointer."""
    return f"{value:.6g}".replace("-", "−")
