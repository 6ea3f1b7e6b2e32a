"""Velocity of a gridded field at a place: bilinear in space, linear in time.

Within a step a place is the cell that holds its start plus an offset in cells. The offset fits in a float32 with room
to spare, whereas a longitude does not (1e-7 of 140 degrees is 1.5 m); so nothing is lost by the fast type.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .jit import jit
from .lanes import AT, DX, DY, LANES, LAT, LON, PAIRS, WX, WY

_ZERO = np.int32(0)
# Indices without a sign: a negative one would mean "from the end", and asking for that each time prevents the packing.
_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
_LANES, _AT, _WY, _PAIRS = np.uint64(LANES), np.uint64(AT), np.uint64(WY), np.uint64(PAIRS)


class FieldView(NamedTuple):
    """A field as the driver sees it: the levels in memory and where to look in them.

    Attributes
    ----------
    present : bool
        False for a field that the run does not have; the rest is then dummies.
    uniform : bool
        Whether both axes are uniform; else the nodes in ``axes`` are searched, with the help of ``table``.
    nx, ny : int32
        Number of nodes.
    members, stride : int64
        Members of each level; nodes of one member.
    next_lane : uint64
        1, always; see `sample_lanes`.
    data : ndarray of float32, shape (slots * members * ny * nx * 2,)
        Levels in memory, flat, u and v of a node side by side, m/s.
    levels : ndarray of uint32, shape (steps, 3, 2)
        Node at which the two levels around each stage time (start, middle, end of a step) begin in ``data``.
    weight : ndarray of real, shape (steps, 3)
        Weight of the second of them.
    origin : ndarray of float64, shape (4,)
        First longitude and latitude, cells per degree along each axis (for a rectilinear axis: bins of its table).
    cells : ndarray of real, shape (2,)
        Cells per degree along each axis, for offsets inside a step.
    axes : ndarray of float64, shape (nx + ny,)
        Nodes of rectilinear axes.
    table : ndarray of int32
        For each bin of a fine uniform division of the longitudes, then of the latitudes, the cell in which the bin
        starts. A bin holds at most one node.
    bins_x : int64
        Bins of the longitudes.
    """

    present: bool
    uniform: bool
    nx: np.int32
    ny: np.int32
    members: np.int64
    stride: np.int64
    next_lane: np.uint64
    data: np.ndarray
    levels: np.ndarray
    weight: np.ndarray
    origin: np.ndarray
    cells: np.ndarray
    axes: np.ndarray
    table: np.ndarray
    bins_x: np.int64


@jit(inline=True)
def cell_of(axes, first, nodes, table, first_bin, bins, start, bins_per_degree, x):
    """Cell that holds ``x`` on the rectilinear axis whose nodes begin at ``first``; the outer cells go on beyond."""
    bin_ = np.int32(min(max((x - start) * bins_per_degree, 0.0), bins - 1.0))
    cell = table[first_bin + bin_]
    return np.int32(min(cell + np.int32(x >= axes[first + cell + 1]), nodes - 2))


@jit(inline=True)
def start_lanes(lon0, lat0, cells_x, cells_y, d, s, n, fx, fy, i0, j0):
    """The cell in which each boat of a block starts its step, and the place inside it. Uniform axes."""
    for k in range(LANES):
        x = (d[LON + k] - lon0) * cells_x
        y = (d[LAT + k] - lat0) * cells_y
        i = np.int32(x)
        j = np.int32(y)
        n[i0 + k] = i
        n[j0 + k] = j
        s[fx + k] = x - i
        s[fy + k] = y - j


@jit(inline=True, fuse=True)
def locate_lanes(nx, ny, cells_x, cells_y, s, n, fx, fy, i0, j0):
    """Cell and weights of each boat at a stage. Uniform axes."""
    east = np.int32(nx - 2)
    north = np.int32(ny - 2)
    for k in range(LANES):
        x = s[fx + k] + s[DX + k] * cells_x
        y = s[fy + k] + s[DY + k] * cells_y
        # Clamped to the grid: a stage may look a little beyond the domain's edge; then the outermost cell goes on.
        i = np.int32(min(max(np.int32(n[i0 + k] + np.int32(np.floor(x))), _ZERO), east))
        j = np.int32(min(max(np.int32(n[j0 + k] + np.int32(np.floor(y))), _ZERO), north))
        s[WX + k] = x - np.float32(np.int32(i - n[i0 + k]))
        s[WY + k] = y - np.float32(np.int32(j - n[j0 + k]))
        n[AT + k] = np.int32(j * nx + i)


@jit(inline=True)
def locate_rectilinear_lanes(nx, ny, axes, table, bins_x, origin, d, s, n):
    """Cell and weights of each boat at a stage, for axes that are not uniform (a Gaussian grid). In float64."""
    bins_y = table.size - bins_x
    for k in range(LANES):
        x = d[LON + k] + s[DX + k]
        y = d[LAT + k] + s[DY + k]
        i = cell_of(axes, 0, nx, table, 0, bins_x, origin[0], origin[2], x)
        j = cell_of(axes, nx, ny, table, bins_x, bins_y, origin[1], origin[3], y)
        s[WX + k] = (x - axes[i]) / (axes[i + 1] - axes[i])
        s[WY + k] = (y - axes[nx + j]) / (axes[nx + j + 1] - axes[nx + j])
        n[AT + k] = np.int32(j * nx + i)


@jit(inline=True, fuse=True)
def sample_lanes(data, nx, a, b, weight, next_lane, s, n, member, u, v):
    """Add the field at each boat's cell and weights, between the levels at ``a`` and ``b``, to rows u, v.

    The four numbers at the southern edge of a cell (u and v at its western and eastern node) are neighbours in memory,
    and so are those at the northern edge. The first loop takes one boat at a time and works on the four together: four
    loads a boat, where looking up every number across the boats takes sixteen (6 ns a boat instead of 2.5). It is a
    ``while`` loop with a stride that only the caller knows, or the compiler would go across the boats all the same.
    """
    real = s.dtype.type
    row = _TWO * np.uint64(nx)
    k = np.uint64(0)
    while k < _LANES:
        at = _TWO * (np.uint64(np.uint32(n[np.uint64(member) + k])) + np.uint64(np.uint32(n[_AT + k])))
        sa = at + _TWO * np.uint64(a)
        sb = at + _TWO * np.uint64(b)
        na = sa + row
        nb = sb + row
        wy = s[_WY + k]
        # Widened before anything is subtracted: differences rounded to float32 moved real tracks by 0.1 m in 30 days.
        s0, s1, s2, s3 = real(data[sa]), real(data[sa + _ONE]), real(data[sa + _TWO]), real(data[sa + _THREE])
        n0, n1, n2, n3 = real(data[na]), real(data[na + _ONE]), real(data[na + _TWO]), real(data[na + _THREE])
        s0 += weight * (real(data[sb]) - s0)
        s1 += weight * (real(data[sb + _ONE]) - s1)
        s2 += weight * (real(data[sb + _TWO]) - s2)
        s3 += weight * (real(data[sb + _THREE]) - s3)
        n0 += weight * (real(data[nb]) - n0)
        n1 += weight * (real(data[nb + _ONE]) - n1)
        n2 += weight * (real(data[nb + _TWO]) - n2)
        n3 += weight * (real(data[nb + _THREE]) - n3)
        to = _PAIRS + _FOUR * k
        s[to] = s0 + wy * (n0 - s0)
        s[to + _ONE] = s1 + wy * (n1 - s1)
        s[to + _TWO] = s2 + wy * (n2 - s2)
        s[to + _THREE] = s3 + wy * (n3 - s3)
        k += next_lane
    for k in range(LANES):
        west_u, west_v = s[PAIRS + 4 * k], s[PAIRS + 4 * k + 1]
        s[u + k] += west_u + s[WX + k] * (s[PAIRS + 4 * k + 2] - west_u)
        s[v + k] += west_v + s[WX + k] * (s[PAIRS + 4 * k + 3] - west_v)


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
                field.nx, field.ny, field.axes, field.table, field.bins_x, field.origin, d, s, n
            )  # fmt: skip
        a = field.levels[step, column, 0]
        b = field.levels[step, column, 1]
        sample_lanes(field.data, field.nx, a, b, field.weight[step, column], field.next_lane, s, n, member, u, v)
