"""Landings as a ribbon along the shore: its classes, its width, its outline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from driftsim.figures.maps.frame import Floats, Frame

from ...system.kinds import AnyArray

RIBBON_MM = 4.2

SMOOTHING_KM = 10.0
"""Standard deviation of the smoothing along the coast: it takes out the sampling noise of single 5 km bins."""

SINGLE_KM = 25.0
"""Length over which the smoothing spreads a single boat: the lowest class is not below one boat on it."""


@dataclass(frozen=True)
class Ribbon:
    """Landings along the shore, bin by bin.

    Attributes
    ----------
    line : ndarray of int, shape (n,)
        Number of the coast line each bin lies on.
    km : ndarray of float64, shape (n,)
        Middle of the bin along its line.
    width_km : ndarray of float64, shape (n,)
    lon, lat : ndarray of float64, shape (n,)
        Middle of the bin, degrees.
    stretch : ndarray of str, shape (n,)
        Key of the leaf stretch.
    density : ndarray of float64, shape (n,)
        Boats per km of coast per 1000 released, smoothed along the line.
    """

    line: NDArray[np.int64]
    km: Floats
    width_km: Floats
    lon: Floats
    lat: Floats
    stretch: NDArray[np.str_]
    density: Floats


class Chain(NamedTuple):
    """Consecutive bins of one coast line on the sheet, mm; `normal` points out to sea."""

    rows: NDArray[np.int64]
    xy: Floats
    normal: Floats
    closed: bool


def density_classes(density: Floats, width_km: Floats | None = None, least: float = 0.0) -> tuple[float, ...]:
    """Upper bounds of the six classes of the scale, boats per km per 1000 released: 1, 2, 5 steps.

    The top class holds the densest kilometres in which 5 % of the landings lie, so that one small cape does not set the
    scale for a whole coast; denser bins take its colour and the full width.

    Parameters
    ----------
    density : ndarray, shape (n,)
    width_km : ndarray, shape (n,), optional
        Length of the bins; equal when left out.
    least : float
        The lowest class is not below this, so that a handful of boats does not look like many.
    """
    boats = density if width_km is None else density * width_km
    if not boats.sum() > 0.0:
        return ()
    order = np.argsort(density)
    cumulated = np.cumsum(boats[order])
    high = density[order][np.searchsorted(cumulated, 0.95 * cumulated[-1])]
    steps = [m * 10.0**e for e in range(-9, 4) for m in (1.0, 2.0, 5.0)]
    top = max(int(np.searchsorted(steps, high)), int(np.searchsorted(steps, least * (1.0 - 1e-9))) + 5)
    return tuple(steps[top - 5 : top + 1])


def class_of(density: Floats, classes: Sequence[float]) -> NDArray[np.int64]:
    """Index of the colour of each density, 0 to 5."""
    return np.clip(np.searchsorted(classes, density, side="left"), 0, len(classes) - 1)


def ribbon_width_mm(density: Floats, classes: Sequence[float]) -> Floats:
    """Width of the ribbon: proportional to the density, so that its area is a number of boats; not below a hairline."""
    width = RIBBON_MM * np.minimum(density / classes[-1], 1.0)
    return np.where(density > classes[0] / 20.0, np.maximum(width, 0.45), 0.0)


def chains_of(frame: Frame, ribbon: Ribbon) -> list[Chain]:
    """Coast lines with a smooth seaward normal at each bin; a line has land on its right."""
    from scipy.ndimage import gaussian_filter1d

    chains = []
    for line in np.unique(ribbon.line):
        rows = np.flatnonzero(ribbon.line == line)
        rows = rows[np.argsort(ribbon.km[rows], kind="stable")]
        if rows.size < 3:
            continue
        xy = np.column_stack([frame.x(ribbon.lon[rows]), frame.y(ribbon.lat[rows])])
        bin_mm = float(np.median(ribbon.width_km[rows])) * frame.mm_per_km
        closed = bool(np.hypot(*(xy[0] - xy[-1])) < 2.0 * bin_mm)
        smooth = gaussian_filter1d(xy, min(2.0, rows.size / 8), axis=0, mode="wrap" if closed else "nearest")
        ahead = np.roll(smooth, -1, 0) - np.roll(smooth, 1, 0) if closed else np.gradient(smooth, axis=0)
        length = np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)
        chains.append(Chain(rows, xy, np.column_stack([-ahead[:, 1], ahead[:, 0]]) / length[:, None], closed))
    return chains


def ribbon_polygons(frame: Frame, ribbon: Ribbon, classes: Sequence[float]) -> tuple[list[Floats], Floats, list[Chain]]:
    """Quadrilaterals of the ribbon (mm on the sheet), densest last, and the density of each.

    They start a little inland: the land is drawn above them, which gives the ribbon the true shore for its inner edge.
    """
    chains = chains_of(frame, ribbon)
    if not classes:
        return [], np.empty(0), chains
    width = ribbon_width_mm(ribbon.density, classes)
    for chain in chains:
        if chain.closed:  # around an islet the full width would be an island of its own
            size = np.ptp(chain.xy, axis=0).max()
            width[chain.rows] = np.minimum(width[chain.rows], max(0.45, 0.5 * size))
    polygons, density = [], []
    for chain in chains:
        outer = chain.xy + (width[chain.rows] * chain.normal.T).T
        inner = chain.xy - 0.7 * chain.normal
        if chain.closed:
            outer, inner = (np.concatenate([edge[-1:], edge, edge[:1]]) for edge in (outer, inner))
        else:
            outer, inner = (np.concatenate([edge[:1], edge, edge[-1:]]) for edge in (outer, inner))
        outer_node, inner_node = 0.5 * (outer[1:] + outer[:-1]), 0.5 * (inner[1:] + inner[:-1])
        for k, row in enumerate(chain.rows):
            if width[row] > 0.0:
                polygons.append(
                    np.array(
                        [inner_node[k], outer_node[k], outer[k + 1], outer_node[k + 1], inner_node[k + 1], inner[k + 1]]
                    )
                )
                density.append(ribbon.density[row])
    order = np.argsort(density, kind="stable")
    return [polygons[i] for i in order], np.asarray(density)[order], chains


def smoothed_density(line: AnyArray, km: Floats, width_km: Floats, boats: Floats) -> Floats:
    """Boats per km, both boats and kilometres smoothed along each line, so that a short last bin makes no spike."""
    from scipy.ndimage import gaussian_filter1d

    out = np.zeros(len(km))
    for name in np.unique(line):
        rows = np.flatnonzero(line == name)
        rows = rows[np.argsort(km[rows], kind="stable")]
        sigma = SMOOTHING_KM / float(np.median(width_km[rows]))
        many, long = (
            gaussian_filter1d(values[rows].astype(float), sigma, mode="reflect") for values in (boats, width_km)
        )
        out[rows] = many / np.maximum(long, 1e-9)
    return out
