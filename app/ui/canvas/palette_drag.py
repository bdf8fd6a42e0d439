"""A kind of layer on its way from the list to the canvas."""

from PySide6.QtCore import QMimeData

from app.core.layer_catalog import layer_kind

KIND_TYPE = "application/x-layerlab-layer-kind"


def kind_data(kind_name: str) -> QMimeData:
    """What a drag of a kind carries."""
    data = QMimeData()
    data.setData(KIND_TYPE, kind_name.encode())
    return data


def dragged_kind(data: QMimeData) -> str | None:
    """The name of the kind that a drag carries; None for anything else."""
    if not data.hasFormat(KIND_TYPE):
        return None
    name = bytes(data.data(KIND_TYPE).data()).decode(errors="replace")
    return name if layer_kind(name) is not None else None
