"""Names and texts of any length, as they stand in sentences."""


def shortened(text: object, most: int = 60) -> str:
    """`text` in at most `most` characters, with an ellipsis where something is left out."""
    whole = str(text)
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"


def quoted(value: object, most: int = 60) -> str:
    """As `repr` shows `value`, in at most `most` characters; an ellipsis for what is left out of a
    text stands within its quotes.
    """
    if not isinstance(value, str):
        return shortened(repr(value), most)
    shown, kept = repr(value[: most + 1]), min(len(value), most)
    if len(value) <= most and len(shown) <= most:
        return shown
    while len(shown) >= most and kept:  # what is escaped is longer
        kept -= 1
        shown = repr(value[:kept])
    return f"{shown[:-1]}…{shown[-1]}"


def in_sentence(label: str) -> str:
    """`label` as it goes on in a sentence: "Learning rate" is "learning rate"; "MAE", "F1 score",
    "R²" and "Kullback-Leibler divergence" stay as they are.
    """
    first = label.partition(" ")[0]
    plain = first[1:].islower() or (len(first) == 1 and first != label)
    return label[:1].lower() + label[1:] if plain else label
