"""Figures of a run, drawn from its results and the coast alone."""

from driftsim.maps.drawing import FILES, draw, figure_of, landing_figure, landing_map
from driftsim.maps.headings import headlines, is_hindcast
from driftsim.maps.material import Material, read_material
from driftsim.maps.text import interval_words, percent
from driftsim.maps.words import WORDS

__all__ = [
    "FILES",
    "WORDS",
    "Material",
    "draw",
    "figure_of",
    "headlines",
    "interval_words",
    "is_hindcast",
    "landing_figure",
    "landing_map",
    "percent",
    "read_material",
]
