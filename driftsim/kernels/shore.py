"""Where a path meets the shoreline.

The shore is a set of oriented segments, land on the right hand, kept in bins of 1/60 degree (compressed rows). Three
rasters on the same cells answer the common questions without touching a segment: a lower bound on the distance to
shore, on which side of the shore the cell's centre lies, and which stretches of coast are within 20 km.

All functions are scalar: one point or one step. A step is a straight chord in longitude and latitude.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .jit import jit

NO_CROSSING = 2.0
#: Metres in one unit of the byte raster; 255 units are 63.75 km.
CLEAR_UNIT_M = 250.0
#: Metres per degree of latitude, near enough (0.5 %) for stepping off the shore by some metres.
_METRES_PER_DEGREE = 111_132.0


class Shore(NamedTuple):
    """The shoreline as flat arrays. Segment ``s`` runs from vertex ``s`` to vertex ``s + 1``, land on its right."""

    west: float  # degrees: the corner of cell (0, 0)
    south: float
    per_degree: float  # cells per degree
    nx: int
    ny: int
    xy: NDArray[np.float64]  # (2 * vertices,) lon, lat interleaved, degrees
    rows: NDArray[np.int32]  # (nx * ny + 1,) where each bin's runs begin
    runs: NDArray[np.int32]  # (runs, 2) flat: segments from, up to but not including; bin by bin
    clear: NDArray[np.uint8]  # (nx * ny,) lower bound on the distance to shore from anywhere in the cell, 250 m units
    land: NDArray[np.uint8]  # (nx * ny,) 1 where the cell's centre is on land
    near: NDArray[np.uint16]  # (nx * ny,) index into masks
    masks: NDArray[np.uint64]  # bit s: stretch s within 20 km


@jit(inline=True)
def cell_of(shore, lon, lat):
    """Index of the cell that holds a point; -1 outside (and for NaN)."""
    x = (lon - shore.west) * shore.per_degree
    y = (lat - shore.south) * shore.per_degree
    if x >= 0.0 and y >= 0.0 and x < shore.nx and y < shore.ny:
        return np.int64(y) * shore.nx + np.int64(x)
    return np.int64(-1)


@jit(inline=True)
def clear_m(shore, lon, lat):
    """Lower bound on the distance to the nearest shore in metres (float32); 0 outside the raster."""
    cell = cell_of(shore, lon, lat)
    if cell < 0:
        return np.float32(0.0)
    return np.float32(CLEAR_UNIT_M) * np.float32(shore.clear[cell])


@jit(inline=True)
def near_mask(shore, lon, lat):
    """Bits of the stretches within 20 km (uint64; bit s is stretch s); 0 outside the raster."""
    cell = cell_of(shore, lon, lat)
    if cell < 0:
        return np.uint64(0)
    return shore.masks[shore.near[cell]]


@jit(leaf=True)
def first_crossing(shore, lon0, lat0, lon1, lat1):
    """First crossing of a step's chord with the shoreline, from sea to land.

    Walks through the bins that the chord passes and stops at the first crossing that cannot be bettered. A crossing of
    a segment in the other direction (land to sea) is not a landing. A chord through a vertex counts once, because both
    segments see the very same sign for it; a chord that ends on the shore has landed, and one that starts there has
    landed if it goes inland. The signs at a step's end are computed as at the next step's start, so nothing slips
    between two steps, provided that the next one starts at the very numbers at which this one ended.

    Parameters
    ----------
    lon0, lat0, lon1, lat1 : float
        Start and end of the chord, degrees, float64.

    Returns
    -------
    fraction : float
        Of the chord, in [0, 1]; 2.0 without a crossing.
    segment : int32
        The segment crossed, or -1.
    """
    best = NO_CROSSING
    found = np.int32(-1)
    west, south, per_degree = shore.west, shore.south, shore.per_degree
    nx, ny = shore.nx, shore.ny
    xy, rows, runs = shore.xy, shore.rows, shore.runs
    x0 = (lon0 - west) * per_degree
    y0 = (lat0 - south) * per_degree
    x1 = (lon1 - west) * per_degree
    y1 = (lat1 - south) * per_degree
    # False for NaN, too: min and max would lose it.
    sound = abs(x0) < 1e6 and abs(x1) < 1e6 and abs(y0) < 1e6 and abs(y1) < 1e6
    if sound and max(x0, x1) >= 0.0 and max(y0, y1) >= 0.0 and min(x0, x1) < nx and min(y0, y1) < ny:
        ix, iy = np.int64(math.floor(x0)), np.int64(math.floor(y0))
        last_x, last_y = np.int64(math.floor(x1)), np.int64(math.floor(y1))
        dx, dy = x1 - x0, y1 - y0
        # Fractions of the chord at which it leaves the present column and row.
        step_x, step_y = np.int64(1), np.int64(1)
        leave_x, leave_y = np.inf, np.inf
        gain_x, gain_y = 0.0, 0.0
        if ix != last_x:
            gain_x = 1.0 / abs(dx)
            leave_x = ((ix + 1) - x0) * gain_x
            if dx < 0.0:
                step_x = np.int64(-1)
                leave_x = (x0 - ix) * gain_x
        if iy != last_y:
            gain_y = 1.0 / abs(dy)
            leave_y = ((iy + 1) - y0) * gain_y
            if dy < 0.0:
                step_y = np.int64(-1)
                leave_y = (y0 - iy) * gain_y
        dlon, dlat = lon1 - lon0, lat1 - lat0
        for _ in range(abs(last_x - ix) + abs(last_y - iy) + 1):
            if ix >= 0 and iy >= 0 and ix < nx and iy < ny:
                cell = iy * nx + ix
                for j in range(rows[cell], rows[cell + 1]):
                    begin = 2 * np.int64(runs[2 * j])
                    a_right = dlon * (xy[begin + 1] - lat0) - dlat * (xy[begin] - lon0) < 0.0
                    for k in range(begin, 2 * np.int64(runs[2 * j + 1]), 2):
                        b_right = dlon * (xy[k + 3] - lat0) - dlat * (xy[k + 2] - lon0) < 0.0
                        # Land is on the right of a -> b: coming from the sea, a is right of the chord and b left of it.
                        if a_right and not b_right:
                            ax, ay = xy[k], xy[k + 1]
                            ex, ey = xy[k + 2] - ax, xy[k + 3] - ay
                            start = ex * (lat0 - ay) - ey * (lon0 - ax)
                            end = ex * (lat1 - ay) - ey * (lon1 - ax)
                            if start >= 0.0 and end <= 0.0 and start > end:
                                t = start / (start - end)
                                if t < best:
                                    best, found = t, np.int32(k >> 1)
                        a_right = b_right
            # A crossing beyond this bin may be bettered in one of the next.
            if best <= min(leave_x, leave_y):
                break
            if leave_x < leave_y:
                ix += step_x
                leave_x = np.inf if ix == last_x else leave_x + gain_x
            else:
                iy += step_y
                leave_y = np.inf if iy == last_y else leave_y + gain_y
    return best, found


@jit(leaf=True)
def is_land(shore, lon, lat):
    """Whether a point is on land: the side of its cell's centre, and the parity of the crossings between.

    False outside the raster.
    """
    cell = cell_of(shore, lon, lat)
    if cell < 0:
        return False
    land = shore.land[cell] != 0
    first, after = shore.rows[cell], shore.rows[cell + 1]
    if first == after:
        return land
    xy = shore.xy
    row = cell // shore.nx
    centre_lon = shore.west + (cell - row * shore.nx + 0.5) / shore.per_degree
    centre_lat = shore.south + (row + 0.5) / shore.per_degree
    dlon, dlat = centre_lon - lon, centre_lat - lat
    for j in range(first, after):
        begin = 2 * np.int64(shore.runs[2 * j])
        a_left = dlon * (xy[begin + 1] - lat) - dlat * (xy[begin] - lon) >= 0.0
        for k in range(begin, 2 * np.int64(shore.runs[2 * j + 1]), 2):
            b_left = dlon * (xy[k + 3] - lat) - dlat * (xy[k + 2] - lon) >= 0.0
            if a_left != b_left:
                ax, ay = xy[k], xy[k + 1]
                ex, ey = xy[k + 2] - ax, xy[k + 3] - ay
                point = ex * (lat - ay) - ey * (lon - ax) >= 0.0
                centre = ex * (centre_lat - ay) - ey * (centre_lon - ax) >= 0.0
                if point != centre:
                    land = not land
            a_left = b_left
    return land


@jit(leaf=True)
def seaward_point(shore, lon, lat, segment, lon0, lat0):
    """A wet place some metres off the shore, where a stranded boat is held.

    Tried in turn: 20, 5, 1 and 0.2 m to the seaward side of the segment, each checked to be wet and not behind another
    shore; then back along the chord by which the boat came, which was at sea all the way.

    Parameters
    ----------
    lon, lat : float
        The crossing, degrees.
    segment : int
        The segment crossed.
    lon0, lat0 : float
        Start of the chord.

    Returns
    -------
    lon, lat : float
    """
    k = 2 * np.int64(segment)
    east = _METRES_PER_DEGREE * math.cos(math.radians(lat))
    ex = (shore.xy[k + 2] - shore.xy[k]) * east
    ey = (shore.xy[k + 3] - shore.xy[k + 1]) * _METRES_PER_DEGREE
    length = math.sqrt(ex * ex + ey * ey)
    if length > 0.0:
        to_lon, to_lat = -ey / (length * east), ex / (length * _METRES_PER_DEGREE)  # one metre to the left: the sea
        for metres in (20.0, 5.0, 1.0, 0.2):
            near_lon, near_lat = lon + 0.02 * to_lon, lat + 0.02 * to_lat
            off_lon, off_lat = lon + metres * to_lon, lat + metres * to_lat
            if not is_land(shore, off_lon, off_lat) and not is_land(shore, near_lon, near_lat):
                blocked, _ = first_crossing(shore, near_lon, near_lat, off_lon, off_lat)
                if blocked > 1.0:
                    return off_lon, off_lat
    dx, dy = (lon0 - lon) * east, (lat0 - lat) * _METRES_PER_DEGREE
    distance = math.sqrt(dx * dx + dy * dy)
    back = 1.0 if distance <= 20.0 else 20.0 / distance
    return lon + back * (lon0 - lon), lat + back * (lat0 - lat)


@jit(leaf=True)
def first_crossings(shore, lon0, lat0, lon1, lat1, fraction, segment):
    """`first_crossing` for arrays of chords; fills ``fraction`` and ``segment``."""
    for i in range(lon0.size):
        fraction[i], segment[i] = first_crossing(shore, lon0[i], lat0[i], lon1[i], lat1[i])


@jit(leaf=True)
def are_land(shore, lon, lat, out):
    """`is_land` for arrays of points; fills ``out``."""
    for i in range(lon.size):
        out[i] = is_land(shore, lon[i], lat[i])


@jit(leaf=True)
def nearest_piece(lon, lat, ax, ay, bx, by, pieces, first, after):
    """The nearest of the pieces ``pieces[first:after]`` of the generalised coast lines, and the fraction along it.

    Plane geometry with the longitudes shrunk at the point's latitude: the points lie within some km of their line.
    """
    shrink = math.cos(math.radians(lat))
    best, where, along = np.inf, np.int64(-1), 0.0
    for j in range(first, after):
        p = pieces[j]
        ex, ey = (bx[p] - ax[p]) * shrink, by[p] - ay[p]
        px, py = (lon - ax[p]) * shrink, lat - ay[p]
        squared = ex * ex + ey * ey
        t = min(max((px * ex + py * ey) / squared, 0.0), 1.0) if squared > 0.0 else 0.0
        px, py = px - t * ex, py - t * ey
        d = px * px + py * py
        if d < best:
            best, where, along = d, np.int64(p), t
    return where, along


@jit(leaf=True)
def nearest_pieces(lon, lat, stretch, ax, ay, bx, by, pieces, rows, where, along):
    """`nearest_piece` among those of each point's stretch; fills ``where`` (-1: no line) and ``along``."""
    for i in range(lon.size):
        s = stretch[i]
        if s < 0 or s + 1 >= rows.size:
            where[i], along[i] = -1, 0.0
        else:
            where[i], along[i] = nearest_piece(lon[i], lat[i], ax, ay, bx, by, pieces, rows[s], rows[s + 1])
