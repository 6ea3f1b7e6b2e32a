"""Sizes, colours and matplotlib settings that every figure shares."""

from __future__ import annotations

from typing import Any, NamedTuple

from driftsim.system.errors import InputError
from driftsim.words import sea_name as printed_sea
from driftsim.words import words_of

ARROW_KEY_MM = 6.0
HEAD_LEADING, BODY_LEADING = 5.6, 4.3
FOOT_SIZE, FOOT_LEADING = 6.4, 3.1
POINT_MM = 25.4 / 72.0

STYLE = {
    "text.hinting": "no_hinting", "figure.dpi": 200.0, "pdf.fonttype": 42, "svg.fonttype": "path",
    "svg.hashsalt": "driftsim", "savefig.facecolor": "auto",
}  # fmt: skip
"""Over matplotlib's defaults: without hinting a line of text is as long at every resolution; fonts go into the PDF as
TrueType, letters into the SVG as outlines; equal figures give equal files."""


class Paper(NamedTuple):
    """Size of a sheet, mm; text sizes in points.

    The panel holds the scale and the regions, so that no box ever covers a coast: at the right of a page, below the map
    of a column.
    """

    width: float
    left: float
    right: float
    panel: float
    gap: float
    head: float
    body: float
    map_height: tuple[float, float]

    @property
    def below(self) -> bool:
        """Whether the panel lies below the map."""
        return not self.panel

    @property
    def text_width(self) -> float:
        """Between the margins."""
        return self.width - self.left - self.right


PAGE = Paper(170.0, 9.5, 4.5, 45.0, 3.5, 12.5, 8.2, (125.0, 190.0))
COLUMN = Paper(90.0, 8.5, 2.5, 0.0, 0.0, 10.0, 7.2, (60.0, 110.0))
PAPERS = {"page": PAGE, "column": COLUMN}


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
    none: str
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
    none="#cfd6da",
    current="#9dbdcc",
    wind="#b3aea6",
    source="#2f5d73",
    water="#5d8499",
)

DARK = Theme(
    ramp=("#4f3157", "#8a356c", "#c44a5f", "#e9775a", "#f8ae72", "#fee3b4"),
    paper="#14181c",
    sea="#1d262d",
    land="#2f353a",
    shore="#747c82",
    ink="#eef1f3",
    grey="#a9b1b7",
    faint="#4d565d",
    track="#333b41",
    none="#3a454d",
    current="#4f7890",
    wind="#857d72",
    source="#8fc3dc",
    water="#7fa9c0",
)
THEMES = {"light": LIGHT, "dark": DARK}

FATES = {
    "light": {"japan": "#d55e00", "abroad": "#cc79a7", "adrift": "#0072b2", "left": "#009e73", "sunk": "#22262b"},
    "dark": {"japan": "#f28e3c", "abroad": "#e59cc4", "adrift": "#56b4e9", "left": "#3fc79a", "sunk": "#eef1f3"},
}
"""How a boat ended: the colours of Okabe and Ito (2008), which any colour vision tells apart."""


class Look(NamedTuple):
    """How a figure is dressed: words, theme, paper, and the name on the sea."""

    words: dict[str, Any]
    theme: Theme
    paper: Paper
    sea: str
    fates: dict[str, str]


def look(
    lang: str = "en", theme: str = "light", width: str = "page", sea_name: str | None = None, *, backward: bool = False
) -> Look:
    """The look that these settings mean.

    Raises
    ------
    InputError
        For a setting that there is not.
    """
    words = words_of(lang, backward=backward)
    for name, value, known in (("theme", theme, THEMES), ("width", width, PAPERS)):
        if value not in known:
            raise InputError(f"{name} = {value!r}: there is {' and '.join(repr(key) for key in known)}")
    return Look(words, THEMES[theme], PAPERS[width], printed_sea(words, sea_name), FATES[theme])
