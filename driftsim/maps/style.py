"""Sizes, colours and matplotlib settings that every figure shares."""

from __future__ import annotations

from typing import NamedTuple

SHEET_WIDTH = 170.0
"""A page, mm; the panel at the right holds the scale and the regions, so that no box ever covers a coast."""

MARGIN_LEFT, MARGIN_RIGHT = 9.5, 4.5
PANEL_WIDTH, PANEL_GAP = 45.0, 3.5
ARROW_KEY_MM = 6.0
HEAD_SIZE, HEAD_LEADING, BODY_LEADING = 12.5, 5.6, 4.3
FOOT_SIZE, FOOT_LEADING = 6.4, 3.1
POINT_MM = 25.4 / 72.0

STYLE = {"text.hinting": "no_hinting", "figure.dpi": 200.0}
"""Over matplotlib's defaults: without hinting a line of text is as long at every resolution."""


class Theme(NamedTuple):
    """Colours of a figure.

    The scale has the hues of cmocean's "matter" (Thyng et al. 2016, doi 10.5670/oceanog.2016.66) at six steps: its
    lightness changes steadily, so it reads the same with any colour vision and in grey, and stands off the cool sea.
    """

    ramp: tuple[str, ...]
    paper: str
    sea: str
    land: str
    shore: str
    ink: str
    grey: str
    faint: str
    track: str
    current: str
    wind: str
    source: str
    water: str


LIGHT = Theme(
    ramp=("#fcd59a", "#f5a46c", "#e46b53", "#bf3a5b", "#851d63", "#3d0f4d"),
    paper="#ffffff",
    sea="#e9f0f3",
    land="#f7f5f0",
    shore="#9a978f",
    ink="#22262b",
    grey="#666b70",
    faint="#aab2b8",
    track="#e3e6e8",
    current="#9dbdcc",
    wind="#b3aea6",
    source="#2f5d73",
    water="#5d8499",
)
