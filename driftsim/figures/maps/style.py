"""Sizes, colours and matplotlib settings that every figure shares."""

from __future__ import annotations

from typing import NamedTuple

from driftsim.area.area import Area
from driftsim.figures.palette import FATES, THEMES, Theme
from driftsim.system.errors import InputError
from driftsim.words import sea_name as printed_sea
from driftsim.words import words_of

from ...system.kinds import Json

ARROW_KEY_MM = 6.0
HEAD_LEADING, BODY_LEADING = 5.6, 4.3
FOOT_SIZE, FOOT_LEADING = 6.4, 3.1
POINT_MM = 25.4 / 72.0

STYLE = {
    "text.hinting": "no_hinting",
    "figure.dpi": 200.0,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "driftsim",
    "savefig.facecolor": "auto",
}
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


class Look(NamedTuple):
    """How a figure is dressed: words, theme, paper, and the name on the sea."""

    words: Json
    theme: Theme
    paper: Paper
    sea: str
    fates: dict[str, str]


def look(
    lang: str = "en",
    theme: str = "light",
    width: str = "page",
    sea_name: str | None = None,
    *,
    backward: bool = False,
    area: Area | None = None,
) -> Look:
    """The look that these settings mean.

    Raises
    ------
    InputError
        For a setting that there is not.
    """
    words = words_of(lang, backward=backward, area=area)
    for name, value, known in (("theme", theme, THEMES), ("width", width, PAPERS)):
        if value not in known:
            raise InputError(f"{name} = {value!r}: there is {' and '.join(repr(key) for key in known)}")
    return Look(words, THEMES[theme], PAPERS[width], printed_sea(words, sea_name), FATES[theme])
