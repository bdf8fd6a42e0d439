"""What pydantic complains of, in words for the user, with the path of each error."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.short_names import quoted, shortened

_TAGS = ("builtin", "table", "pictures", "arrays", "painted")
"""Names that pydantic puts into a path for the kind of data source; the file has none of them."""
_KINDS = f"{', '.join(_TAGS[:-1])} or {_TAGS[-1]}"

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "int_type": "needs a whole number",
    "int_from_float": "needs a whole number",
    "float_type": "needs a number",
    "finite_number": "needs a finite number",
    "bool_type": "needs true or false",
    "string_type": "needs a text",
    "tuple_type": "needs a list",
    "model_type": "needs names with values",
    "model_attributes_type": "needs names with values",
    "literal_error": "needs {expected}",
    "greater_than_equal": "needs at least {ge}",
    "less_than_equal": "needs at most {le}",
    "greater_than": "needs more than {gt}",
    "less_than": "needs less than {lt}",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "needs at most {max_length} characters",
    "too_long": "needs at most {max_length} entries",
    "string_pattern_mismatch": (
        "needs letters, digits, _, - and ., beginning with a letter or digit"
    ),
    "union_tag_invalid": f"needs the kind {_KINDS}",
    "union_tag_not_found": f"needs a kind: {_KINDS}",
    "value_error": "is refused: {error}",
}
_WITHOUT_VALUE = {"missing", "extra_forbidden", "value_error"}


def plain_errors(error: ValidationError, most: int = 5) -> list[str]:
    """The first errors as "training.epochs needs a whole number, received 'ten'", then how many
    more there are.
    """
    details = error.errors(include_url=False)
    texts = [_plain(detail) for detail in details[:most]]
    if len(details) > most:
        texts.append(f"and {len(details) - most} more")
    return texts


def path_text(location: tuple[str | int, ...]) -> str:
    """("network", "layers", 3, "id") as "network.layers[3].id"."""
    text = ""
    for index, part in enumerate(location):
        if index and location[index - 1] == "source" and part in _TAGS:
            continue
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{shortened(part)}" if text else shortened(part)
    return _printable(text) or "the whole"


def _plain(detail: ErrorDetails) -> str:
    kind = detail["type"]
    template = _WORDS.get(kind)
    words = template.format_map(detail.get("ctx", {})) if template else detail["msg"]
    text = f"{path_text(detail['loc'])} {words}"
    if kind in _WITHOUT_VALUE:
        return _printable(text)
    return _printable(f"{text}, received {_received(detail['input'])}")


def _received(value: object) -> str:
    if isinstance(value, dict):
        return f"{len(value)} names with values"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    return quoted(value)


def _printable(text: str) -> str:
    """`text` without characters that change how the rest is shown."""
    return "".join(c if c.isprintable() else "?" for c in text)
