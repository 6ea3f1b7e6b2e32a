"""Landings along the generalised coast lines, in bins of equal length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import AnyArray
from . import statistics
from .outcome import Outcome
from .tallies import Counts

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


def bins_of(arrivals: xr.Dataset, coast: Coast) -> NDArray[np.int64]:
    """The bin of `landings_by_km` that each boat landed in, (boat,); -1 for none."""
    line, start = (np.asarray(values) for values in coast.line_bins(BIN_KM)[:2])
    return landing_bins(arrivals, line.astype(np.int64), start)


def landings_by_km(arrivals: xr.Dataset, coast: Coast) -> dict[str, AnyArray]:
    """Landings along the generalised coast lines, bins without a landing included.

    Returns
    -------
    dict
        Columns (bin,): line, km_start, km_end, lon, lat, stretch, landings, per_boat_released, per_boat_and_km.
    """
    of_boat = bins_of(arrivals, coast)
    counted = Counts.of((), of_boat[of_boat >= 0])
    return along_coast(counted, arrivals.sizes["boat"], statistics.flag_names(arrivals["stretch"]), coast)


def along_coast(counted: Counts, boats: int, stretches: list[str], coast: Coast) -> dict[str, AnyArray]:
    """`landings_by_km` from the landings in each bin (``Tallies.bins``), the boats released and names of stretches."""
    bins: list[AnyArray] = [np.asarray(values) for values in coast.line_bins(BIN_KM)[:6]]
    line, start, end, lon, lat, stretch = bins
    landings = np.zeros(line.size, np.int64)
    landings[counted.key] = counted.count
    return {
        "line": np.asarray(coast.line_names)[line.astype(np.int64)],
        "km_start": start,
        "km_end": end,
        "lon": lon,
        "lat": lat,
        "stretch": np.array([*stretches, ""], dtype=object)[stretch.astype(np.int64)],
        "landings": landings,
        "per_boat_released": landings / max(boats, 1),
        "per_boat_and_km": landings / max(boats, 1) / np.maximum(end - start, 1e-9),
    }
