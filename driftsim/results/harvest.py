"""What a run leaves, a row group of boats at a time: nothing here holds all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..system.kinds import Json
from .statistics import Region
from .tallies import Tallies

if TYPE_CHECKING:
    import xarray as xr

GROUP = 1 << 17
"""Boats in a row group: of arrivals as they are computed, written and counted. Fixed, for it shows in the files."""


@dataclass(frozen=True)
class Harvest:
    """A finished run, or part of one.

    Attributes
    ----------
    head
        Its arrivals without a boat: attributes, and the names behind codes.
    boats : int
    groups : callable
        Gives its arrivals, `GROUP` boats at a time, in the order of their numbers.
    regions
        Reported regions by key; None: those of its area.
    tracks, density, forcing_mean
        As of `Result`.
    info
        As of `Result`.
    counted : Tallies, optional
        Of all its boats, where they have been counted.
    """

    head: xr.Dataset
    boats: int
    groups: Callable[[], Iterator[xr.Dataset]]
    regions: Mapping[str, Region] | None = None
    tracks: xr.Dataset | None = None
    density: xr.Dataset | None = None
    forcing_mean: xr.Dataset | None = None
    info: Json = field(default_factory=dict)
    counted: Tallies | None = None


def of_arrivals(
    arrivals: xr.Dataset,
    regions: Mapping[str, Region] | None,
    tracks: xr.Dataset | None = None,
    density: xr.Dataset | None = None,
    forcing_mean: xr.Dataset | None = None,
    info: Json | None = None,
) -> Harvest:
    """The harvest of a run whose boats are all in memory."""
    boats = arrivals.sizes["boat"]

    def groups() -> Iterator[xr.Dataset]:
        for first in range(0, max(boats, 1), GROUP):
            yield arrivals.isel(boat=slice(first, first + GROUP))

    return Harvest(arrivals.isel(boat=slice(0, 0)), boats, groups, regions, tracks, density, forcing_mean, info or {})
