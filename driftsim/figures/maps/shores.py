"""The shoreline at full resolution as lines, by stretch of coast, and the landings on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from driftsim.area.area import Area
from driftsim.figures.maps.frame import Floats, Frame

from ...system.kinds import AnyArray

if TYPE_CHECKING:
    import xarray as xr

    from ...area.coast import Coast


def shore_segments(coast: Coast, frame: Frame, margin: float = 0.05) -> NDArray[np.int64]:
    """Indices of the segments of the shore that lie within a map, or up to a margin (degrees) beyond."""
    lon, lat = coast.vertices[:-1, 0], coast.vertices[:-1, 1]
    near = (lon > frame.west - margin) & (lon < frame.east + margin)
    near &= (lat > frame.south - margin) & (lat < frame.north + margin)
    return np.flatnonzero(near & coast.segment_is_shore[: lon.size])


def in_region(coast: Coast, area: Area, region: str) -> NDArray[np.bool_]:
    """Which segments of the shore belong to a region, one value a vertex."""
    if area.regions[region].own:
        from driftsim.area.own_regions import shore_of

        return shore_of(area.own[region], coast)
    codes = [area.codes[key] for key in area.regions[region].stretches]
    mine: NDArray[np.bool_] = np.isin(coast.segment_stretch, codes) & coast.segment_is_shore
    return mine


def joined(coast: Coast, frame: Frame, segments: NDArray[np.int64], kind: AnyArray) -> list[tuple[Floats, int]]:
    """Consecutive segments of one kind as one line (mm), with its kind."""
    if not segments.size:
        return []
    cut = np.flatnonzero((np.diff(segments) != 1) | (kind[1:] != kind[:-1])) + 1
    out = []
    for run in np.split(np.arange(segments.size), cut):
        places = coast.vertices[segments[run[0]] : segments[run[-1]] + 2]
        xy = np.column_stack([frame.x(places[:, 0]), frame.y(places[:, 1])])
        out.append((xy, kind[run[0]]))
    return out


def shore_paths(coast: Coast, frame: Frame, area: Area, region: str) -> list[Floats]:
    """Lines (mm) of the shore of a region."""
    if coast is None:
        return []
    segments = shore_segments(coast, frame)
    segments = segments[in_region(coast, area, region)[segments]]
    return [xy for xy, _ in joined(coast, frame, segments, np.zeros(segments.size))]


def shore_density(coast: Coast, segments: NDArray[np.int64], arrivals: xr.Dataset, sigma_km: float) -> Floats:
    """Boats per km and 1000 released at segments of the shore: landings by km of the generalised line, smoothed.

    Parameters
    ----------
    segments : (n,) ndarray
    arrivals : Dataset
    sigma_km : float
        Standard deviation of the smoothing along the line.
    """
    from scipy.ndimage import gaussian_filter1d

    from driftsim.results.outcome import Outcome

    middle = 0.5 * (coast.vertices[segments] + coast.vertices[segments + 1])
    line, km = coast.project(middle[:, 0], middle[:, 1], coast.segment_stretch[segments])
    landed = np.flatnonzero((arrivals["outcome"].values == Outcome.LANDED) & (arrivals["coast_line"].values >= 0))
    of, at = arrivals["coast_line"].values[landed], arrivals["coast_km"].values[landed]
    out = np.zeros(segments.size)
    for index in np.unique(line[line >= 0]):
        length = max(1, int(np.ceil(coast.lines[index].km[-1])))
        boats = np.bincount(np.clip(at[of == index].astype(np.int64), 0, length - 1), minlength=length)
        smooth = gaussian_filter1d(boats.astype(float), sigma_km, mode="reflect")
        here = line == index
        out[here] = smooth[np.clip(km[here].astype(np.int64), 0, length - 1)]
    return out * 1000.0 / max(arrivals.sizes["boat"], 1)
