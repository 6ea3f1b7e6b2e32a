"""Landings along the generalised coast lines, in bins of equal length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import AnyArray
from . import statistics
from .outcome import Outcome

if TYPE_CHECKING:
    import xarray as xr

    from ..area.coast import Coast

BIN_KM = 5.0
"""Width of the bins of ``landings_by_km.csv``: the step of the generalised coast line."""


def landing_bins(arrivals: xr.Dataset, line: AnyArray, start: AnyArray) -> NDArray[np.int64]:
    """The bin that each boat landed in, (boat,); -1 without a landing on a line.

    Parameters
    ----------
    line, start : (bin,)
        Number of the coast line and first kilometre of each bin.
    """
    ashore = (arrivals["outcome"].values == Outcome.LANDED) & (arrivals["coast_line"].values >= 0)
    of, km = arrivals["coast_line"].values, arrivals["coast_km"].values
    out = np.full(of.size, -1, np.int64)
    for index in np.unique(of[ashore]):
        bins = np.flatnonzero(line == index)
        bins = bins[np.argsort(start[bins], kind="stable")]
        if bins.size:  # beyond the ends of a line: its first or last bin
            here = ashore & (of == index)
            out[here] = bins[np.clip(np.searchsorted(start[bins], km[here], side="right") - 1, 0, bins.size - 1)]
    return out


def landings_by_km(arrivals: xr.Dataset, coast: Coast) -> dict[str, AnyArray]:
    """Landings along the generalised coast lines, bins without a landing included.

    Returns
    -------
    dict
        Columns (bin,): line, km_start, km_end, lon, lat, stretch, landings, per_boat_released, per_boat_and_km.
    """
    bins: list[AnyArray] = [np.asarray(values) for values in coast.line_bins(BIN_KM)[:6]]
    line, start, end, lon, lat, stretch = bins
    names = np.asarray(coast.line_names)
    line_index = line.astype(np.int64)
    of_boat = landing_bins(arrivals, line_index, start)
    landings = np.bincount(of_boat[of_boat >= 0], minlength=line.size)
    keys = np.array([*statistics.flag_names(arrivals["stretch"]), ""], dtype=object)
    boats = max(arrivals.sizes["boat"], 1)
    return {
        "line": names[line_index],
        "km_start": start,
        "km_end": end,
        "lon": lon,
        "lat": lat,
        "stretch": keys[stretch.astype(np.int64)],
        "landings": landings,
        "per_boat_released": landings / boats,
        "per_boat_and_km": landings / boats / np.maximum(end - start, 1e-9),
    }
