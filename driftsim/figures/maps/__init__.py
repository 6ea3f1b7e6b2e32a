"""Figures of a run, drawn from its results and the coast alone."""

from driftsim.figures.maps.drawing import FILES, draw, figure_of, landing_figure, landing_map
from driftsim.figures.maps.headings import headlines, is_hindcast
from driftsim.figures.maps.map_data import MapData, read_map_data
from driftsim.figures.maps.text import interval_words, percent
from driftsim.words import WORDS

__all__ = [
    "FILES",
    "WORDS",
    "MapData",
    "draw",
    "figure_of",
    "headlines",
    "interval_words",
    "is_hindcast",
    "landing_figure",
    "landing_map",
    "percent",
    "read_map_data",
]
