"""Stretches, regions and ways out of the default area, under the names that they had before there were areas.

`driftsim.area.area.Area` has them of any area; nothing in driftsim reads them from here.
"""

from __future__ import annotations

from .area import Exit, Region, Stretch, default

__all__ = ["CODES", "EXITS", "REGIONS", "STRETCHES", "Exit", "Region", "Stretch", "exit_name"]

STRETCHES: tuple[Stretch, ...] = default().stretches
"""Leaves of the coast; the index is the code in outputs."""

CODES: dict[str, int] = default().codes
"""Code of each stretch."""

REGIONS: dict[str, Region] = default().regions
"""Reported regions by key: leaves and groups."""

EXITS: tuple[str, ...] = default().exit_keys
"""Ways out of the domain; the index is the code in outputs."""


def exit_name(lon: float, lat: float, side: str) -> str:
    """Way out of a boat that left the domain at a place by a side: `driftsim.area.area.Area.exit_key`."""
    return default().exit_key(lon, lat, side)
