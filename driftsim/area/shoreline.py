"""The coast of the default area, under the name that it had before there were areas.

`driftsim.area.coast.of` gives that of any area; nothing in driftsim reads it from here.
"""

from __future__ import annotations

from .area import default
from .coast import Coast, Line, LineBins, earth_xyz, no_shore, of

__all__ = ["Coast", "Line", "LineBins", "earth_xyz", "load", "no_shore"]


def load() -> Coast:
    """The shoreline of the default area; read once."""
    return of(default())
