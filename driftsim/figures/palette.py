"""The colours of maps, charts and report: every one stands here, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


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
    "light": {"home": "#d55e00", "abroad": "#cc79a7", "adrift": "#0072b2", "left": "#009e73", "sunk": "#22262b"},
    "dark": {"home": "#f28e3c", "abroad": "#e59cc4", "adrift": "#56b4e9", "left": "#3fc79a", "sunk": "#eef1f3"},
}
"""How a boat ended: the colours of Okabe and Ito (2008), which any colour vision tells apart."""

BY_CLASS = (
    "#e69f00",
    "#0072b2",
    "#009e73",
    "#cc79a7",
    "#d55e00",
    "#56b4e9",
    "#f0e442",
    "#7f7f7f",
)
"""Boat classes: the colours of Okabe and Ito (2008)."""


class Charts(NamedTuple):
    """Colours of the charts, on white."""

    ink: str = LIGHT.ink
    grey: str = LIGHT.grey
    faint: str = "#c9ced2"
    grid: str = "#e6e6e6"
    record: str = LIGHT.ink
    model: str = LIGHT.ramp[3]
    model_soft: str = "#f0b9a5"
    half: str = "#e58e73"
    most: str = "#f8dccb"
    accent: str = LIGHT.source
    accent_soft: str = "#b9cdd6"
    dim: str = "#a7adb3"
    up: str = "#2b6c99"
    down: str = "#c0582b"
    noise: str = "#b9b9b9"
    sea: str = LIGHT.sea
    land: str = LIGHT.land
    shore: str = LIGHT.shore


CHARTS = Charts()

PAGE_LIGHT = {
    "paper": LIGHT.paper, "ink": LIGHT.ink, "grey": "#565c62", "line": "#d5d9dc", "panel": "#f5f7f8",
    "accent": "#1d5b76", "on-accent": "#fff", "sea": LIGHT.sea, "land": LIGHT.land, "shore": LIGHT.shore,
    "label": "#4d5257", "water": "#40687d",
    "c0": "#f6c37a", "c1": "#f09a5d", "c2": "#e0614b", "c3": "#b93458", "c4": "#821b62", "c5": LIGHT.ramp[5],
    "shade": "#2f6f8f", "dot": "#1c4f68", "bound": "#d4006a", "ashore": LIGHT.ink, "halo": LIGHT.paper,
}  # fmt: skip
PAGE_DARK = {
    "paper": DARK.paper, "ink": DARK.ink, "grey": DARK.grey, "line": "#394148", "panel": "#1d2328",
    "accent": "#7cc4e4", "on-accent": "#0c1418", "sea": DARK.sea, "land": DARK.land, "shore": DARK.shore,
    "label": "#b8bfc5", "water": "#8fb6c9",
    "c0": "#6f3a63", "c1": "#9b3a66", "c2": "#cf4a5c", "c3": "#ec7a5a", "c4": "#f7ab70", "c5": "#ffe0ab",
    "shade": "#5fa8c9", "dot": "#a6d8ee", "bound": "#ff6db3", "ashore": "#fff", "halo": DARK.paper,
}  # fmt: skip
PAGE_PRINT = {
    **{name: PAGE_LIGHT[name] for name in ("paper", "sea", "land", "shore", "label", "halo")},
    **{f"c{k}": PAGE_LIGHT[f"c{k}"] for k in range(6)},
    "ink": "#000", "grey": "#444", "line": "#bbb", "panel": "#fff",
}  # fmt: skip
"""Colours of the report by the names of its style sheet. Its ribbon is a few pixels wide: the faint end of its scale
is stronger than that of the maps; small letters on the sea are darker."""


def page_colours() -> str:
    """The colours of the report as custom properties of CSS: light, dark, printed."""

    def root(colours: Mapping[str, str]) -> str:
        return ":root { " + " ".join(f"--{name}: {colour};" for name, colour in colours.items()) + " }"

    dark = f"@media (prefers-color-scheme: dark) {{ {root(PAGE_DARK)} }}"
    return f"{root(PAGE_LIGHT)}\n{dark}\n@media print {{ {root(PAGE_PRINT)} }}\n"


TERMS = {
    "current": "#0072b2",
    "eddies": "#000000",
    "ekman": "#56b4e9",
    "leeway": "#d55e00",
    "stokes": "#009e73",
    "flight": "#cc79a7",
    "error": "#e69f00",
    "walk": "#999999",
}
"""Of the terms of the motion; Okabe and Ito (2008), which any colour vision tells apart."""
