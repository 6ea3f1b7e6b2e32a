"""Axes of a grid: their nodes, and the part of them that a box needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...system.errors import InputError
from ...system.kinds import Slice
from .packing import numbers
from .roles import Dimension

Box = tuple[float, float, float, float]

EDGE_DEG = 1e-4
"""About 10 m: a box edge may stand this far outside the last node (single-precision axes)."""


@dataclass(frozen=True)
class Cut:
    """The part of an axis that is used: stored indices in ascending order of the coordinate, and its values."""

    index: NDArray[np.intp]
    values: NDArray[np.float64]

    def runs(self) -> list[tuple[Slice, bool]]:
        """Contiguous slices of the stored axis, one or two, and whether each must be turned round."""
        breaks = np.flatnonzero(np.abs(np.diff(self.index)) != 1) + 1
        parts = np.split(self.index, breaks)
        return [(slice(int(p.min()), int(p.max()) + 1), bool(p[0] > p[-1])) for p in parts]


def nodes_of(dimension: Dimension, where: str) -> NDArray[np.float64]:
    """The nodes of an axis as they are stored, degrees."""
    coordinate, values = dimension.coordinate, dimension.nodes
    if values is None:
        assert coordinate is not None  # an axis without nodes of its own has one
        values = np.asarray(numbers(coordinate), dtype=np.float64)
    if values.size < 2 or not np.all(np.isfinite(values)):
        raise InputError(f"{where}: axis {getattr(coordinate, 'name', '')} has fewer than two nodes or missing values")
    return values


def cut_latitude(stored: NDArray[np.float64], box: Box, where: str) -> Cut | None:
    """The rows for a box, with a margin of one where there is one; None if the axis does not reach."""
    return _select(*_ascending(stored, where, "latitude"), box[2], box[3])


def cut_longitude(stored: NDArray[np.float64], box: Box, where: str) -> Cut | None:
    """The columns for a box, on one branch of longitude, across the seam of a global grid; None if out of reach."""
    west, east = box[0], box[1] + (360.0 if box[1] < box[0] else 0.0)
    steps = np.diff(stored)
    wraps = np.rint((((steps + 180.0) % 360.0 - 180.0) - steps) / 360.0)
    unwrapped = stored + 360.0 * np.concatenate(([0.0], np.cumsum(wraps)))
    values, index = _ascending(unwrapped, where, "longitude")
    step = float(np.diff(values).max())
    once = values < values[0] + 360.0 - 1e-3 * step  # some providers store both 0 and 360
    values, index = values[once], index[once]
    base = 360.0 * np.floor((west - values[0]) / 360.0)
    if values[0] + 360.0 - values[-1] <= 1.5 * step:
        turns = [base - 360.0, base, base + 360.0]
        return _select(np.concatenate([values + t for t in turns]), np.tile(index, 3), west, east)
    cuts = (_select(values + base + turn, index, west, east) for turn in (0.0, 360.0, -360.0))
    return next((cut for cut in cuts if cut is not None), None)


def _ascending(values: NDArray[np.float64], where: str, name: str) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    steps = np.diff(values)
    index = np.arange(values.size)
    if np.all(steps < 0.0):
        return values[::-1], index[::-1]
    if not np.all(steps > 0.0):
        bad = int(np.flatnonzero(steps * np.sign(np.median(steps)) <= 0.0)[0])
        raise InputError(
            f"{where}: {name} is not monotonic ({values[bad]:g}, then {values[bad + 1]:g}, at index {bad}); repair it"
        )
    return values, index


def _select(values: NDArray[np.float64], index: NDArray[np.intp], low: float, high: float) -> Cut | None:
    first = int(np.searchsorted(values, low + EDGE_DEG, side="right")) - 1
    last = int(np.searchsorted(values, high - EDGE_DEG, side="left"))
    if first < 0 or last >= values.size:
        return None
    part = slice(max(first - 1, 0), min(last + 1, values.size - 1) + 1)
    return Cut(index[part].copy(), values[part].copy())


def refuse_uncovered(
    lons: NDArray[np.float64], lats: NDArray[np.float64], lon: Cut | None, lat: Cut | None, box: Box, where: str
) -> None:
    """See that a grid reaches over a box; else say which part of the box it reaches over."""
    if lon is not None and lat is not None:
        return
    raise InputError(
        f"{where}: its grid covers {lons.min():g} to {lons.max():g} E, {lats.min():g} to {lats.max():g} N; the run "
        f"needs {box[0]:g} to {box[1]:g} E, {box[2]:g} to {box[3]:g} N: choose a larger file or shrink coast.domain"
        + _what_remains(lons, lats, box)
    )


def _what_remains(lons: NDArray[np.float64], lats: NDArray[np.float64], box: Box) -> str:
    """The line of the config for the part of a box that a grid covers; empty if there is none."""
    turn = 360.0 * np.round((0.5 * (box[0] + box[1]) - 0.5 * (lons.min() + lons.max())) / 360.0)
    west, east = max(box[0], lons.min() + turn), min(box[1], lons.max() + turn)
    south, north = max(box[2], lats.min()), min(box[3], lats.max())
    west, south = np.ceil(round(1e4 * west, 3)) / 1e4, np.ceil(round(1e4 * south, 3)) / 1e4
    east, north = np.floor(round(1e4 * east, 3)) / 1e4, np.floor(round(1e4 * north, 3)) / 1e4
    if not (west < east and south < north):
        return ""
    inside = ", ".join(repr(round(float(edge), 4)) for edge in (west, east, south, north))
    return f"; in [coast], domain = [{inside}] is what it covers of it"
