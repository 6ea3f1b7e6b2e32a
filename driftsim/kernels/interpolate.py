"""Velocity of a gridded field at a place: bilinear in space, linear in time.

Within a step a place is the cell that holds its start plus an offset in cells. The offset fits in a float32 with room
to spare, whereas a longitude does not (1e-7 of 140 degrees is 1.5 m); so nothing is lost by the fast type.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .jit import jit
from .lanes import DX, DY, LANES, LAT, LON, WX, WY, I, J

_ZERO = np.int32(0)
_ONE = np.uint32(1)
_TWO = np.uint32(2)


class FieldView(NamedTuple):
    """A field as the driver sees it: the levels in memory and where to look in them.

    Attributes
    ----------
    present : bool
        False for a field that the run does not have; the rest is then dummies.
    uniform : bool
        Whether both axes are uniform; else ``lon_axis``, ``lat_axis`` and their tables are searched.
    data : ndarray of float32, shape (slots * members * ny * nx * 2,)
        Levels in memory, flat, u and v interleaved, m/s.
    level_a, level_b : ndarray of uint32, shape (steps, 3)
        Where the two levels around each stage time start in ``data``; columns: start, middle, end of the step.
    weight : ndarray of real, shape (steps, 3)
        Weight of ``level_b``.
    origin : ndarray of float64, shape (4,)
        First longitude and latitude, cells per degree along each axis (for a rectilinear axis: of its table).
    cells : ndarray of real, shape (2,)
        Cells per degree along each axis, for offsets inside a step.
    lon_axis, lat_axis : ndarray of float64
        Nodes of rectilinear axes.
    lon_table, lat_table : ndarray of int32
        For each bin of a fine uniform division of the axis, the cell in which the bin starts. A bin holds at most one node.
    nx, ny : int32
        Number of nodes.
    """

    present: bool
    uniform: bool
    data: np.ndarray
    level_a: np.ndarray
    level_b: np.ndarray
    weight: np.ndarray
    origin: np.ndarray
    cells: np.ndarray
    lon_axis: np.ndarray
    lat_axis: np.ndarray
    lon_table: np.ndarray
    lat_table: np.ndarray
    nx: np.int32
    ny: np.int32


@jit(inline=True)
def bilinear(data, at, row, wx, wy):
    """Value at weights (wx, wy) in the cell whose south-west value stands at ``at``; ``row`` values to the next row."""
    south_west = data[at]
    south_east = data[at + _TWO]
    north_west = data[at + row]
    north_east = data[at + row + _TWO]
    south = south_west + wx * (south_east - south_west)
    north = north_west + wx * (north_east - north_west)
    return south + wy * (north - south)


@jit(inline=True)
def cell_of(axis, table, start, bins_per_degree, x):
    """Cell of a rectilinear axis that holds ``x``; the outermost cells go on beyond the ends."""
    bin_ = np.int32(min(max((x - start) * bins_per_degree, 0.0), table.size - 1.0))
    cell = table[bin_]
    return np.int32(min(cell + np.int32(x >= axis[cell + 1]), axis.size - 2))


@jit(inline=True)
def start_lanes(lon0, lat0, cells_x, cells_y, d, s, n, fx, fy, i0, j0):
    """The cell in which each boat of a block starts its step, and the place inside it. Uniform axes."""
    for k in range(LANES):
        x = (d[LON, k] - lon0) * cells_x
        y = (d[LAT, k] - lat0) * cells_y
        i = np.int32(x)
        j = np.int32(y)
        n[i0, k] = i
        n[j0, k] = j
        s[fx, k] = x - i
        s[fy, k] = y - j


@jit(inline=True)
def locate_lanes(nx, ny, cells_x, cells_y, s, n, fx, fy, i0, j0):
    """Cell and weights of each boat at a stage. Uniform axes."""
    east = np.int32(nx - 2)
    north = np.int32(ny - 2)
    for k in range(LANES):
        x = s[fx, k] + s[DX, k] * cells_x
        y = s[fy, k] + s[DY, k] * cells_y
        # Clamped to the grid: a stage may look a little beyond the domain's edge; then the outermost cell goes on.
        i = np.int32(min(max(np.int32(n[i0, k] + np.int32(np.floor(x))), _ZERO), east))
        j = np.int32(min(max(np.int32(n[j0, k] + np.int32(np.floor(y))), _ZERO), north))
        s[WX, k] = x - np.float32(np.int32(i - n[i0, k]))
        s[WY, k] = y - np.float32(np.int32(j - n[j0, k]))
        n[I, k] = i
        n[J, k] = j


@jit(inline=True)
def locate_rectilinear_lanes(lon_axis, lat_axis, lon_table, lat_table, lon0, lat0, bins_x, bins_y, d, s, n):
    """Cell and weights of each boat at a stage, for axes that are not uniform (a Gaussian grid). In float64."""
    for k in range(LANES):
        x = d[LON, k] + s[DX, k]
        y = d[LAT, k] + s[DY, k]
        i = cell_of(lon_axis, lon_table, lon0, bins_x, x)
        j = cell_of(lat_axis, lat_table, lat0, bins_y, y)
        s[WX, k] = (x - lon_axis[i]) / (lon_axis[i + 1] - lon_axis[i])
        s[WY, k] = (y - lat_axis[j]) / (lat_axis[j + 1] - lat_axis[j])
        n[I, k] = i
        n[J, k] = j


@jit(inline=True)
def sample_lanes(data, nx, a, b, weight, s, n, member, u, v):
    """Add the field at each boat's cell and weights, between the levels at ``a`` and ``b``, to rows u, v."""
    row = np.uint32(_TWO * np.uint32(nx))
    columns = np.uint32(nx)
    for k in range(LANES):
        at = np.uint32(np.uint32(n[member, k]) + _TWO * np.uint32(np.uint32(n[J, k]) * columns + np.uint32(n[I, k])))
        wx = s[WX, k]
        wy = s[WY, k]
        ua = bilinear(data, np.uint32(at + a), row, wx, wy)
        ub = bilinear(data, np.uint32(at + b), row, wx, wy)
        va = bilinear(data, np.uint32(at + a + _ONE), row, wx, wy)
        vb = bilinear(data, np.uint32(at + b + _ONE), row, wx, wy)
        s[u, k] += ua + weight * (ub - ua)
        s[v, k] += va + weight * (vb - va)


@jit(inline=True)
def begin_field(field, d, s, n, fx, fy, i0, j0):
    """Prepare a field for the stages of a step."""
    if field.present and field.uniform:
        start_lanes(field.origin[0], field.origin[1], field.origin[2], field.origin[3], d, s, n, fx, fy, i0, j0)


@jit(inline=True)
def add_field(field, step, column, d, s, n, fx, fy, i0, j0, member, u, v):
    """Add a field's velocity at a stage of a step to rows u, v."""
    if field.present:
        if field.uniform:
            locate_lanes(field.nx, field.ny, field.cells[0], field.cells[1], s, n, fx, fy, i0, j0)
        else:
            locate_rectilinear_lanes(
                field.lon_axis, field.lat_axis, field.lon_table, field.lat_table,
                field.origin[0], field.origin[1], field.origin[2], field.origin[3], d, s, n,
            )  # fmt: skip
        a = field.level_a[step, column]
        b = field.level_b[step, column]
        sample_lanes(field.data, field.nx, a, b, field.weight[step, column], s, n, member, u, v)
