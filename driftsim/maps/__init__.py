"""Figures of a run, drawn from its results and the coast alone."""

from driftsim.maps.headings import headlines
from driftsim.maps.landing import landing_figure, landing_map
from driftsim.maps.material import Material, read_material
from driftsim.maps.text import interval_words, percent
from driftsim.maps.words import WORDS

__all__ = [
    "WORDS",
    "Material",
    "headlines",
    "interval_words",
    "landing_figure",
    "landing_map",
    "percent",
    "read_material",
]
