"""Outline of a source, from its release points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from driftsim.figures.maps.frame import Floats, Frame

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


def source_outline(lon: Floats, lat: Floats, frame: Frame) -> BaseGeometry:
    """Outline (shapely geometry, mm on the sheet) of the area a source covers, from its release points.

    The convex hull where the points fill it, as they do for boxes and circles; else the union of the smaller Delaunay
    triangles (an alpha shape, Edelsbrunner et al. 1983), which follows a coast and keeps holes.
    """
    import shapely
    from scipy.spatial import Delaunay

    every = max(1, lon.size // 3000)
    xy = np.unique(np.column_stack([frame.x(lon[::every]), frame.y(lat[::every])]).round(4), axis=0)
    hull = shapely.multipoints(xy).convex_hull
    if len(xy) < 40 or hull.area < 4.0:
        round_it: BaseGeometry = hull.buffer(0.9)
        return round_it
    corner = xy[Delaunay(xy).simplices]
    a, b, c = (np.hypot(*(corner[:, k] - corner[:, k - 1]).T) for k in range(3))
    (ax, ay), (bx, by) = (corner[:, 1] - corner[:, 0]).T, (corner[:, 2] - corner[:, 0]).T
    area = 0.5 * np.abs(ax * by - ay * bx)
    # Three times the mean spacing: uniform points then leave no gap (checked from 40 to 3000 points).
    small = a * b * c / np.maximum(4.0 * area, 1e-12) < 3.0 * math.sqrt(hull.area / len(xy))
    if area[small].sum() > 0.92 * hull.area or not small.any():
        whole: BaseGeometry = hull
        return whole
    outline: BaseGeometry = shapely.coverage_union_all(shapely.polygons(corner[small])).buffer(0.3).simplify(0.15)
    return outline
