"""Velocity of a gridded field at a place: bilinear in space, linear in time.

Within a step a place is the cell that holds its start plus an offset in cells. The offset fits in a float32 with room
to spare, whereas a longitude does not (1e-7 of 140 degrees is 1.5 m); so nothing is lost by the fast type.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .jit import jit, lowest_bit
from .lanes import AT, DX, DY, LANES, LAT, LON, WX, WY

_ZERO = np.int32(0)
# Indices without a sign: a negative one would mean "from the end", and asking for that each time prevents the packing.
_AT, _ONE, _TWO = np.uint64(AT), np.uint64(1), np.uint64(2)
_KEPT = 16 * LANES  # a field's corners, see `keep_lanes`
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


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
    factors : ndarray of real, shape (m,)
        Factor on the field for each member of the run, counted modulo m.
    """

    present: bool
    uniform: bool
    nx: np.int32
    ny: np.int32
    members: np.int64
    stride: np.int64
    data: np.ndarray
    levels: np.ndarray
    weight: np.ndarray
    origin: np.ndarray
    cells: np.ndarray
    axes: np.ndarray
    table: np.ndarray
    bins_x: np.int64
    factors: np.ndarray


@jit(inline=True)
def cell_of(axes, first, nodes, table, first_bin, bins, start, bins_per_degree, x):
    """Cell that holds ``x`` on the rectilinear axis whose nodes begin at ``first``; the outer cells go on beyond."""
    bin_ = np.int32(min(max((x - start) * bins_per_degree, 0.0), bins - 1.0))
    cell = table[first_bin + bin_]
    return np.int32(min(cell + np.int32(x >= axes[first + cell + 1]), nodes - 2))


@jit(inline=True)
def start_lanes(lon0, lat0, cells_x, cells_y, slot, d, s, n):
    """The cell in which each boat of a block starts its step, and the place inside it. Uniform axes."""
    for k in range(LANES):
        x = (d[LON + k] - lon0) * cells_x
        y = (d[LAT + k] - lat0) * cells_y
        i = np.int32(x)
        j = np.int32(y)
        n[slot.i + k] = i
        n[slot.j + k] = j
        s[slot.fx + k] = x - i
        s[slot.fy + k] = y - j


@jit(inline=True, fuse=True)
def locate_lanes(nx, ny, cells_x, cells_y, slot, s, n):
    """Cell and weights of each boat at a stage. Uniform axes. Returns the lanes, as bits, whose cell is not kept."""
    east = np.int32(nx - 2)
    north = np.int32(ny - 2)
    moved = np.uint64(0)
    for k in range(LANES):
        x = s[slot.fx + k] + s[DX + k] * cells_x
        y = s[slot.fy + k] + s[DY + k] * cells_y
        # Clamped to the grid: a stage may look a little beyond the domain's edge; then the outermost cell goes on.
        i = np.int32(min(max(np.int32(n[slot.i + k] + np.int32(np.floor(x))), _ZERO), east))
        j = np.int32(min(max(np.int32(n[slot.j + k] + np.int32(np.floor(y))), _ZERO), north))
        s[WX + k] = x - np.float32(np.int32(i - n[slot.i + k]))
        s[WY + k] = y - np.float32(np.int32(j - n[slot.j + k]))
        at = np.int32(j * nx + i)
        n[AT + k] = at
        moved |= np.uint64(at != n[slot.kept + k]) << np.uint64(k)
    return moved


@jit(inline=True)
def locate_rectilinear_lanes(nx, ny, axes, table, bins_x, origin, slot, d, s, n):
    """:func:`locate_lanes` for axes that are not uniform (a Gaussian grid). In float64."""
    bins_y = table.size - bins_x
    moved = np.uint64(0)
    for k in range(LANES):
        x = d[LON + k] + s[DX + k]
        y = d[LAT + k] + s[DY + k]
        i = cell_of(axes, 0, nx, table, 0, bins_x, origin[0], origin[2], x)
        j = cell_of(axes, nx, ny, table, bins_x, bins_y, origin[1], origin[3], y)
        s[WX + k] = (x - axes[i]) / (axes[i + 1] - axes[i])
        s[WY + k] = (y - axes[nx + j]) / (axes[nx + j + 1] - axes[nx + j])
        at = np.int32(j * nx + i)
        n[AT + k] = at
        moved |= np.uint64(at != n[slot.kept + k]) << np.uint64(k)
    return moved


@jit(inline=True)
def keep_lanes(data, nx, a, b, moved, slot, s, n):
    """Bring the corners of each boat's cell from the levels at ``a`` and ``b``, where they are not kept already.

    A boat stays in its cell for hours and levels hold for hours or a day, so that few of a step's look-ups are made.
    Kept are u and v at the south-western, south-eastern, north-western and north-eastern node, at the level ``a``, then
    at the level ``b``, times the factor of the boat's member. Where time has gone on by a level, what was kept of ``b``
    becomes that of ``a``.
    """
    real = s.dtype.type
    member, kept, between, corners = slot.member, slot.kept, slot.between, slot.corners
    factor = np.uint64(slot.factor)
    first, second = np.int32(np.uint32(a)), np.int32(np.uint32(b))
    row = _TWO * np.uint64(nx)
    if n[between] != first or n[between + 1] != second:
        if n[between + 1] == first:
            for k in range(_KEPT // 2):
                s[corners + k] = s[corners + _KEPT // 2 + k]
            for i in range(LANES):
                k = np.uint64(i)
                node = np.uint64(np.uint32(n[_AT + k]))
                sb = _TWO * (np.uint64(np.uint32(n[np.uint64(member) + k])) + node + np.uint64(b))
                to = np.uint64(corners + _KEPT // 2) + k
                own = s[factor + k]
                for c in range(4):
                    s[to + np.uint64(c * LANES)] = own * real(data[sb + np.uint64(c)])
                    s[to + np.uint64((4 + c) * LANES)] = own * real(data[sb + row + np.uint64(c)])
        else:
            moved = _ALL
        n[between] = first
        n[between + 1] = second
    while moved:
        k = lowest_bit(moved)
        moved &= moved - _ONE
        node = n[_AT + k]
        n[np.uint64(kept) + k] = node
        sa = _TWO * (np.uint64(np.uint32(n[np.uint64(member) + k])) + np.uint64(np.uint32(node)) + np.uint64(a))
        sb = sa + _TWO * (np.uint64(b) - np.uint64(a))
        to = np.uint64(corners) + k
        own = s[factor + k]
        for c in range(4):
            e = np.uint64(c)
            # Widened before anything is subtracted: differences rounded to float32 moved real tracks by 0.1 m.
            s[to + np.uint64(c * LANES)] = own * real(data[sa + e])
            s[to + np.uint64((4 + c) * LANES)] = own * real(data[sa + row + e])
            s[to + np.uint64((8 + c) * LANES)] = own * real(data[sb + e])
            s[to + np.uint64((12 + c) * LANES)] = own * real(data[sb + row + e])


@jit(inline=True, fuse=True)
def sample_lanes(weight, corners, u, v, s):
    """Add the field at each boat's weights, between the corners and the levels that are kept, to rows u, v."""
    for k in range(LANES):
        x, y = s[WX + k], s[WY + k]
        at = corners + k
        su = s[at] + weight * (s[at + 8 * LANES] - s[at])
        sv = s[at + LANES] + weight * (s[at + 9 * LANES] - s[at + LANES])
        eu = s[at + 2 * LANES] + weight * (s[at + 10 * LANES] - s[at + 2 * LANES])
        ev = s[at + 3 * LANES] + weight * (s[at + 11 * LANES] - s[at + 3 * LANES])
        nu = s[at + 4 * LANES] + weight * (s[at + 12 * LANES] - s[at + 4 * LANES])
        nv = s[at + 5 * LANES] + weight * (s[at + 13 * LANES] - s[at + 5 * LANES])
        mu = s[at + 6 * LANES] + weight * (s[at + 14 * LANES] - s[at + 6 * LANES])
        mv = s[at + 7 * LANES] + weight * (s[at + 15 * LANES] - s[at + 7 * LANES])
        west_u = su + y * (nu - su)
        west_v = sv + y * (nv - sv)
        east_u = eu + y * (mu - eu)
        east_v = ev + y * (mv - ev)
        s[u + k] += west_u + x * (east_u - west_u)
        s[v + k] += west_v + x * (east_v - west_v)


@jit(inline=True)
def begin_field(field, slot, scratch):
    """Prepare a field for the stages of a step."""
    if field.present and field.uniform:
        start_lanes(
            field.origin[0], field.origin[1], field.origin[2], field.origin[3], slot, scratch.d, scratch.s, scratch.n
        )


@jit(inline=True)
def add_field(field, step, column, slot, u, v, scratch):
    """Add a field's velocity at a stage of a step to rows u, v."""
    d, s, n = scratch
    if field.present:
        if field.uniform:
            moved = locate_lanes(field.nx, field.ny, field.cells[0], field.cells[1], slot, s, n)
        else:
            moved = locate_rectilinear_lanes(
                field.nx, field.ny, field.axes, field.table, field.bins_x, field.origin, slot, d, s, n
            )
        a = field.levels[step, column, 0]
        b = field.levels[step, column, 1]
        keep_lanes(field.data, field.nx, a, b, moved, slot, s, n)
        sample_lanes(field.weight[step, column], slot.corners, u, v, s)
