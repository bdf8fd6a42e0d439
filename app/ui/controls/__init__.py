"""The controls, painted as drawn in every state, for mouse, keyboard and screen reader."""

from app.ui.controls.buttons import Button, IconButton, PrimaryButton, RailButton
from app.ui.controls.choices import CheckBox, ComboBox, SegmentedControl
from app.ui.controls.error_below import ErrorBelow
from app.ui.controls.fields import LineEdit, TextField
from app.ui.controls.labels import Label, plain_tool_tip
from app.ui.controls.number_fields import FloatField, IntegerField
from app.ui.controls.pair_field import PairField
from app.ui.controls.panels import (
    Badge,
    EmptyState,
    IconMark,
    Line,
    NoticeCard,
    Panel,
    PanelHeader,
)
from app.ui.controls.progress import ProgressStrip

__all__ = [
    "Badge",
    "Button",
    "CheckBox",
    "ComboBox",
    "EmptyState",
    "ErrorBelow",
    "FloatField",
    "IconButton",
    "IconMark",
    "IntegerField",
    "Label",
    "Line",
    "LineEdit",
    "NoticeCard",
    "PairField",
    "Panel",
    "PanelHeader",
    "PrimaryButton",
    "ProgressStrip",
    "RailButton",
    "SegmentedControl",
    "TextField",
    "plain_tool_tip",
]
