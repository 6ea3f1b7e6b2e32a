"""The driver: blocks of boats through the steps of one forcing window.

Per block the order is: steps outside, then stages, then one lane loop per field. The lane loops have no branches, so
the compiler vectorises them; what has branches (coast, edges of the domain, capsizing, sinking) is a second pass over
the block, and is cheap where the distance raster says that land is far. One boat per lane, every block full: a boat
goes through the same instructions whatever its place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import lanes as L
from .bridge import COARSE_M, walk_crossing
from .hull import draw_hull
from .interpolate import FieldView, add_field, begin_field
from .jibe import jibe_lanes, lane_capsizes, load_hull
from .jit import jit, lowest_bit
from .lanes import CURRENT, EDDIES, LANES, STOKES, WIND
from .motion import add_leeway, clear_stage, close_stage, cosine, degrees_per_metre, keep_speed
from .random import STREAM_FLIGHT, STREAM_STEP, STREAM_WIND, draw, normal_pair, philox, uniform
from .shore import clear_m, first_crossing, near_mask, seaward_point
from .walk import Diffusivity, scale_walk, spread_m

WAITING, AFLOAT, LANDED, LEFT, SUNK, STRANDED = 0, 1, 2, 3, 4, 5
"""Status of a boat. A stranded one has landed and may float again; its outcome stays its first landing."""

WEST, EAST, SOUTH, NORTH = 0, 1, 2, 3

NO_CELL = np.uint32(0xFFFFFFFF)
# Beyond this clear distance no stretch is within 20 km: 20 km and the diagonal of a raster cell.
_NEAR_M = np.float32(23_000.0)


def state_type(real: Any) -> np.dtype[Any]:
    """Type of a boat's row in the state. Times are seconds since the run's start, counted along the integration.

    One record a boat, not one array a quantity: a boat is read and written once a window, from a few cache lines, and
    the driver has one argument where it would have twenty, which take long to compile.
    """
    return np.dtype(
        [
            ("lon", "f8"),
            ("lat", "f8"),  # degrees
            ("land_lon", "f8"),
            ("land_lat", "f8"),
            ("land_time", "f8"),  # first landing; nan without one
            ("end_time", "f8"),  # when it left or sank; nan else
            ("sink_time", "f8"),  # when it will sink if it is still afloat; inf for never
            ("number", "i8"),
            ("near", "u8"),  # bits of the stretches passed within 20 km
            *((name, real) for name in ("flight_u", "flight_v", "error_u", "error_v", "gust_u", "gust_v")),  # m/s
            *((name, "f4") for name in HULL),  # leeway: slope and offset (m/s) downwind, to the right, to the left
            ("release", "i4"),  # step of release
            ("capsize_step", "i4"),  # number of steps after which it had capsized, -1 while upright
            ("member", "i4"),
            ("segment", "i4"),  # of the first landing, -1 for none
            ("boat_class", "i2"),
            ("status", "i1"),
            ("side", "i1"),  # side: +1 right of the wind, -1 left
            ("exit", "i1"),  # side of the domain by which it left, -1 for none
        ],
        align=True,
    )


HULL = ("down_a", "down_b", "right_a", "right_b", "left_a", "left_b")


OWN_JIBE, OWN_KICK, OWN_EKMAN_DOWN, OWN_EKMAN_RIGHT, OWN = 0, 1, 2, 3, 4
"""Columns of ``Physics.own``, and how many there are."""


class Fields(NamedTuple):
    """The fields of a window."""

    current: FieldView
    wind: FieldView
    stokes: FieldView
    eddies: FieldView


class Physics(NamedTuple):
    """What holds for all boats of a run. ``real`` is the run's real type."""

    seed: np.int64
    dt: np.float64  # real, s, negative when integrating backward
    radians: np.float64  # real, radians per degree
    hours: np.float64  # length of a step
    seconds: np.float64  # length of a step
    flight: bool
    flight_keep: np.float64  # real, exp(-dt/T)
    flight_kick: np.float64  # real, m/s
    error: bool
    error_keep: np.float64
    error_kick: np.float64
    gust: bool
    gust_keep: np.float64
    gust_kick: np.float64
    walk_m: np.float64  # real, sqrt(2 K dt), m
    stray_m: np.float64  # float32, how far a walk may stray from the chord of its step; 0 where its path is not drawn
    draws: bool  # whether any of walk, jibing, capsizing, refloating is on
    jibe: np.float64  # real, probability in a step
    capsizing: bool
    capsize_wind: np.float64
    capsize_width: np.float64
    capsized_class: np.int64
    redraw: np.int64  # index of the leeway perturbations in use
    sinking: bool
    refloat: np.float64  # probability in a step
    coast: bool
    west: np.float64
    east: np.float64
    south: np.float64
    north: np.float64
    diffusivity: Diffusivity
    hulls: np.ndarray  # float32 (2 * class, 11), the leeway classes, for boats that capsize
    metric: np.ndarray  # real, see ``motion.degrees_per_metre``
    own: np.ndarray  # real (members, OWN): what members have of their own; no rows where all have the same
    stages: np.ndarray  # real (2, stages): time over which a slope is followed to the next stage, s; time it counts for


class Watch(NamedTuple):
    """What is noted while driving: cell of each boat for the density, positions for the tracks."""

    every: np.int64  # steps between observations
    lon0: np.float64
    lat0: np.float64
    cells_per_degree: np.float64
    nx: np.int64
    ny: np.int64
    cell: np.ndarray  # uint32 (observations, boats in order)
    track: np.ndarray  # float64 (observations, tracks, 2)
    first_track: np.int64 = 0  # number of the first boat that is tracked


@jit(inline=True)
def gather(order, first, state, physics, fields, scratch):
    """Bring a block's boats from the state into its lanes."""
    d, s, n = scratch
    current, wind, stokes, eddies = fields
    no_land = np.float32(np.inf)
    for k in range(LANES):
        p = order[first + k]
        n[L.BOAT + k] = p
        n[CURRENT.kept + k] = -1
        n[WIND.kept + k] = -1
        n[STOKES.kept + k] = -1
        n[EDDIES.kept + k] = -1
        n[L.STATUS + k] = state[p].status
        n[L.RELEASE + k] = state[p].release
        n[L.SIDE + k] = state[p].side
        n[L.CAPSIZED + k] = np.int32(state[p].capsize_step >= 0)
        d[L.LON + k] = state[p].lon
        d[L.LAT + k] = state[p].lat
        member = state[p].member
        n[CURRENT.member + k] = np.int32(np.uint32((member % current.members) * current.stride))
        n[WIND.member + k] = np.int32(np.uint32((member % wind.members) * wind.stride))
        n[STOKES.member + k] = np.int32(np.uint32((member % stokes.members) * stokes.stride))
        n[EDDIES.member + k] = np.int32(np.uint32((member % eddies.members) * eddies.stride))
        number = np.uint64(state[p].number)
        n[L.NUMBER_LOW + k] = np.int32(np.uint32(number & np.uint64(0xFFFFFFFF)))
        n[L.NUMBER_HIGH + k] = np.int32(np.uint32(number >> np.uint64(32)))
        s[CURRENT.factor + k] = current.factors[member % current.factors.size]
        s[WIND.factor + k] = wind.factors[member % wind.factors.size]
        s[STOKES.factor + k] = stokes.factors[member % stokes.factors.size]
        s[EDDIES.factor + k] = eddies.factors[member % eddies.factors.size]
        own = physics.own.shape[0]
        s[L.JIBE_CHANCE + k] = physics.own[member % own, OWN_JIBE] if own else physics.jibe
        s[L.FLIGHT_KICK + k] = physics.own[member % own, OWN_KICK] if own else physics.flight_kick
        load_hull(state, p, state[p].side, k, s)
        s[L.CLEAR + k] = no_land if not physics.coast else np.float32(0.0)
        s[L.FLIGHT_U + k] = state[p].flight_u
        s[L.FLIGHT_V + k] = state[p].flight_v
        s[L.ERROR_U + k] = state[p].error_u
        s[L.ERROR_V + k] = state[p].error_v
        s[L.GUST_U + k] = state[p].gust_u
        s[L.GUST_V + k] = state[p].gust_v


@jit(inline=True)
def _scatter(state, scratch):
    """Put what a block's boats have become back into the state."""
    d, s, n = scratch
    for k in range(LANES):
        p = n[L.BOAT + k]
        state[p].lon = d[L.LON + k]
        state[p].lat = d[L.LAT + k]
        state[p].status = n[L.STATUS + k]
        state[p].side = n[L.SIDE + k]
        state[p].flight_u = s[L.FLIGHT_U + k]
        state[p].flight_v = s[L.FLIGHT_V + k]
        state[p].error_u = s[L.ERROR_U + k]
        state[p].error_v = s[L.ERROR_V + k]
        state[p].gust_u = s[L.GUST_U + k]
        state[p].gust_v = s[L.GUST_V + k]


@jit(inline=True)
def begin_step(step, radians, scratch):
    """Release the boats whose time has come, and set the scratch rows of a step. Returns how many boats move."""
    d, s, n = scratch
    moving = 0
    for k in range(LANES):
        released = n[L.STATUS + k] == WAITING and n[L.RELEASE + k] <= step
        n[L.STATUS + k] = AFLOAT if released else n[L.STATUS + k]
        go = np.int32(n[L.STATUS + k] == AFLOAT)
        moving += go
        s[L.GO + k] = go
        s[L.DX + k] = np.float32(0.0)
        s[L.DY + k] = np.float32(0.0)
        s[L.SUM_X + k] = np.float32(0.0)
        s[L.SUM_Y + k] = np.float32(0.0)
        s[L.PHI + k] = d[L.LAT + k] * radians
        s[L.NOISE_U + k] = s[L.FLIGHT_U + k] + s[L.ERROR_U + k]
        s[L.NOISE_V + k] = s[L.FLIGHT_V + k] + s[L.ERROR_V + k]
    return moving


@jit(inline=True)
def random_words(seed, step, stream, n):
    """Four random words for each boat."""
    low = np.uint32(np.uint64(seed) & np.uint64(0xFFFFFFFF))
    high = np.uint32(np.uint64(seed) >> np.uint64(32))
    for k in range(LANES):
        a, b, c, e = philox(np.uint32(n[L.NUMBER_LOW + k]), np.uint32(n[L.NUMBER_HIGH + k]), step, stream, low, high)
        n[L.R0 + k] = np.int32(a)
        n[L.R1 + k] = np.int32(b)
        n[L.R2 + k] = np.int32(c)
        n[L.R3 + k] = np.int32(e)


@jit(inline=True)
def _relax_flight(keep, s, n):
    """:func:`_relax` of the random flight, of which each member may have its own."""
    for k in range(LANES):
        x, y = normal_pair(np.uint32(n[L.R0 + k]), np.uint32(n[L.R1 + k]))
        moving = s[L.GO + k] > np.float32(0.0)
        kick = s[L.FLIGHT_KICK + k]
        s[L.FLIGHT_U + k] = keep * s[L.FLIGHT_U + k] + kick * x if moving else s[L.FLIGHT_U + k]
        s[L.FLIGHT_V + k] = keep * s[L.FLIGHT_V + k] + kick * y if moving else s[L.FLIGHT_V + k]


@jit(inline=True)
def _relax(keep, kick, u, v, first, second, s, n):
    """Exact update over a step of an Ornstein-Uhlenbeck velocity, from two of the random words."""
    for k in range(LANES):
        x, y = normal_pair(np.uint32(n[first + k]), np.uint32(n[second + k]))
        moving = s[L.GO + k] > np.float32(0.0)
        s[u + k] = keep * s[u + k] + kick * x if moving else s[u + k]
        s[v + k] = keep * s[v + k] + kick * y if moving else s[v + k]


@jit(inline=True)
def normals(s, n):
    """Standard normals of the random walk."""
    for k in range(LANES):
        x, y = normal_pair(np.uint32(n[L.R0 + k]), np.uint32(n[L.R1 + k]))
        s[L.WALK_X + k] = x
        s[L.WALK_Y + k] = y


@jit(inline=True)
def _uniforms(s, n):
    """Uniform draws of a step."""
    for k in range(LANES):
        s[L.JIBE + k] = uniform(np.uint32(n[L.R2 + k]))
        s[L.HAZARD + k] = uniform(np.uint32(n[L.R3 + k]))


@jit(inline=True)
def end_step(metric, stray_m, d, s):
    """Where the step ends, and an upper bound on how far it may lead, m: its length, and how far a walk may stray."""
    more = np.float32(1.0) + stray_m
    # 4 %: the radii of curvature differ by 1 %, and a degree of longitude grows by 2 % over a step of 100 km at 50 N.
    metres_per_degree = np.float32(1.04) / metric[13]
    for k in range(LANES):
        kx, ky = degrees_per_metre(metric, s[L.PHI + k])
        x = s[L.SUM_X + k] + s[L.WALK_X + k] * kx * s[L.GO + k]
        y = s[L.SUM_Y + k] + s[L.WALK_Y + k] * ky * s[L.GO + k]
        d[L.LON_END + k] = d[L.LON + k] + x
        d[L.LAT_END + k] = d[L.LAT + k] + y
        east = x * cosine(metric, s[L.PHI + k])
        s[L.CHORD + k] = metres_per_degree * np.sqrt(east * east + y * y) + more


@jit(inline=True)
def _exit_of(lon0, lat0, lon1, lat1, west, east, south, north):
    """Part of the chord after which it leaves the box, and the side; (2, -1) when it stays inside."""
    fraction, side = 2.0, -1
    if lon1 < west:
        fraction, side = (west - lon0) / (lon1 - lon0), WEST
    elif lon1 > east:
        fraction, side = (east - lon0) / (lon1 - lon0), EAST
    if lat1 < south:
        f = (south - lat0) / (lat1 - lat0)
        if f < fraction:
            fraction, side = f, SOUTH
    elif lat1 > north:
        f = (north - lat0) / (lat1 - lat0)
        if f < fraction:
            fraction, side = f, NORTH
    return fraction, side


@jit(inline=True)
def _settle(k, step, state, physics, shore, scratch):
    """What a boat's step led to: landfall, edge of the domain, sinking, whichever comes first on its way."""
    d, s, n = scratch
    p, elapsed = n[L.BOAT + k], step * physics.seconds
    lon0, lat0, lon1, lat1 = d[L.LON + k], d[L.LAT + k], d[L.LON_END + k], d[L.LAT_END + k]
    first, segment, status, side = 2.0, -1, AFLOAT, -1
    shore_lon, shore_lat, from_lon, from_lat = lon0, lat0, lon0, lat0
    if physics.coast:
        if s[L.CLEAR + k] <= s[L.CHORD + k]:
            spread = 0.0
            if physics.stray_m > np.float32(0.0):
                spread = spread_m(physics.diffusivity, physics.walk_m, physics.seconds, lon0, lat0)
            if spread > COARSE_M:
                first, segment, shore_lon, shore_lat, from_lon, from_lat = walk_crossing(
                    shore,
                    physics.metric,
                    physics.radians,
                    lon0,
                    lat0,
                    lon1,
                    lat1,
                    spread,
                    physics.seed,
                    state[p].number,
                    np.uint32(step),
                    d,
                )
            else:
                first, segment = first_crossing(shore, lon0, lat0, lon1, lat1)
                shore_lon, shore_lat = lon0 + first * (lon1 - lon0), lat0 + first * (lat1 - lat0)
            if segment >= 0:
                status = LANDED
        if s[L.CLEAR + k] <= _NEAR_M:
            state[p].near |= near_mask(shore, lon0, lat0)
    fraction, exit_ = _exit_of(lon0, lat0, lon1, lat1, physics.west, physics.east, physics.south, physics.north)
    if fraction < first:
        first, status, side = fraction, LEFT, exit_
    if physics.sinking:
        fraction = (state[p].sink_time - elapsed) / physics.seconds
        if fraction < 1.0 and fraction < first:
            first, status, side = max(fraction, 0.0), SUNK, -1
    if status == AFLOAT:
        return
    lon = lon0 + first * (lon1 - lon0)
    lat = lat0 + first * (lat1 - lat0)
    time = elapsed + first * physics.seconds
    if status == LANDED:
        lon, lat = shore_lon, shore_lat
        if state[p].segment < 0:
            state[p].segment = segment
            state[p].land_lon = lon
            state[p].land_lat = lat
            state[p].land_time = time
        if physics.refloat > 0.0:
            status = STRANDED
            lon, lat = seaward_point(shore, lon, lat, segment, from_lon, from_lat)
    else:
        state[p].end_time = time
        state[p].exit = side
    d[L.LON_END + k] = lon
    d[L.LAT_END + k] = lat
    n[L.STATUS + k] = status


@jit(inline=True)
def _capsize(k, p, step, state, physics, scratch):
    """Give a boat the leeway of the capsized class, with its own draws; the table's second half is the south's."""
    d, s, n = scratch
    row = physics.capsized_class + (physics.hulls.shape[0] // 2 if d[L.LAT + k] < 0.0 else 0)
    state[p].capsize_step = step + 1
    n[L.CAPSIZED + k] = 1
    (
        state[p].down_a,
        state[p].down_b,
        state[p].right_a,
        state[p].right_b,
        state[p].left_a,
        state[p].left_b,
    ) = draw_hull(physics.seed, state[p].number, physics.redraw, physics.hulls, row)
    own = physics.own.shape[0]
    if own:
        member = state[p].member % own
        right = physics.own[member, OWN_EKMAN_RIGHT]
        right = -right if d[L.LAT + k] < 0.0 else right
        state[p].down_a = np.float32(state[p].down_a + np.float32(physics.own[member, OWN_EKMAN_DOWN]))
        state[p].right_a = np.float32(state[p].right_a + np.float32(right))
        state[p].left_a = np.float32(state[p].left_a + np.float32(right))
    load_hull(state, p, n[L.SIDE + k], k, s)


@jit(inline=True)
def _mark(physics, shore, scratch):
    """Mark the boats that the second pass must look at; returns their lanes as bits.

    The clear distance is looked up when what is left of the last one, less the way made since, no longer says that a
    boat is far from land: in mid-sea once in a day.
    """
    d, s, n = scratch
    if physics.coast:
        spent = np.uint64(0)
        for k in range(LANES):
            short = (s[L.CLEAR + k] <= s[L.CHORD + k]) | (s[L.CLEAR + k] <= _NEAR_M)
            spent |= np.uint64(short & (s[L.GO + k] > np.float32(0.0))) << np.uint64(k)
        while spent:
            j = lowest_bit(spent)
            spent &= spent - np.uint64(1)
            s[np.uint64(L.CLEAR) + j] = clear_m(shore, d[np.uint64(L.LON) + j], d[np.uint64(L.LAT) + j])
    always = physics.sinking or physics.capsizing
    marked = np.uint64(0)
    for k in range(LANES):
        x, y = d[L.LON_END + k], d[L.LAT_END + k]
        inside = (x >= physics.west) & (x <= physics.east) & (y >= physics.south) & (y <= physics.north)
        far = (s[L.CLEAR + k] > s[L.CHORD + k]) & (s[L.CLEAR + k] > _NEAR_M)
        afloat = n[L.STATUS + k] == AFLOAT
        event = (n[L.STATUS + k] == STRANDED) | (afloat & (always | (not (inside & far))))
        marked |= np.uint64(event) << np.uint64(k)
    return marked


@jit(inline=True)
def _events(step, state, physics, shore, scratch):
    """The second pass over a block: everything that has branches, for the few boats that are marked."""
    d, s, n = scratch
    marked = _mark(physics, shore, scratch)
    while marked:
        k = np.int64(lowest_bit(marked))
        marked &= marked - np.uint64(1)
        if n[L.STATUS + k] == STRANDED:
            if s[L.HAZARD + k] < physics.refloat:
                n[L.STATUS + k] = AFLOAT
            continue
        _settle(k, step, state, physics, shore, scratch)
        upright = physics.capsizing and n[L.CAPSIZED + k] == 0 and n[L.STATUS + k] == AFLOAT
        if upright and lane_capsizes(k, s, physics.capsize_wind, physics.capsize_width, physics.hours):
            _capsize(k, n[L.BOAT + k], step, state, physics, scratch)
    for k in range(LANES):
        d[L.LON + k] = d[L.LON_END + k]
        d[L.LAT + k] = d[L.LAT_END + k]
        s[L.CLEAR + k] -= s[L.CHORD + k]


@jit(inline=True)
def _note(row, first, watch, state, d, n):
    """Note the cell of each boat afloat, and the positions of the boats that are tracked."""
    for k in range(LANES):
        cell = NO_CELL
        if n[L.STATUS + k] == AFLOAT:
            x = (d[L.LON + k] - watch.lon0) * watch.cells_per_degree
            y = (d[L.LAT + k] - watch.lat0) * watch.cells_per_degree
            if x >= 0.0 and y >= 0.0 and x < watch.nx and y < watch.ny:
                cell = np.uint32(np.int64(y) * watch.nx + np.int64(x))
            tracked = state[n[L.BOAT + k]].number - watch.first_track
            if 0 <= tracked < watch.track.shape[1]:
                watch.track[row, tracked, 0] = d[L.LON + k]
                watch.track[row, tracked, 1] = d[L.LAT + k]
        watch.cell[row, first + k] = cell


@jit(driver=True)
def drive(first_block, last_block, order, state, fields, physics, shore, watch, step0, steps, scratch):
    """Advance blocks of boats by ``steps`` steps. Releases the GIL; calls for different blocks may run at once.

    Parameters
    ----------
    first_block, last_block : int
        Which blocks of ``order``.
    order : ndarray of int32, shape (m,)
        Rows of the state, m a multiple of ``LANES``; padding names the spare row.
    state : ndarray of ``state_type``, shape (boats + 1,)
        The last row is the spare one.
    fields : Fields
    physics : Physics
    shore : kernels.shore.Shore
    watch : Watch
    step0, steps : int
        First step (counted from the run's start) and how many.
    scratch : lanes.Scratch

    Returns
    -------
    int
        Particle-steps done.
    """
    d, s, n = scratch
    current, wind, stokes, eddies = fields
    metric, stages = physics.metric, physics.stages
    n_stages = stages.shape[1]
    done = 0
    for block in range(first_block, last_block):
        first = block * LANES
        gather(order, first, state, physics, fields, scratch)
        row = 0
        for i in range(steps):
            step = step0 + i
            moving = begin_step(step, physics.radians, scratch)
            done += moving
            if moving > 0:
                begin_field(current, CURRENT, scratch)
                begin_field(wind, WIND, scratch)
                begin_field(stokes, STOKES, scratch)
                begin_field(eddies, EDDIES, scratch)
                for stage in range(n_stages):
                    column = (stage + 1) // 2
                    clear_stage(s)
                    add_field(current, i, column, CURRENT, L.U, L.V, scratch)
                    add_field(stokes, i, column, STOKES, L.U, L.V, scratch)
                    add_field(eddies, i, column, EDDIES, L.U, L.V, scratch)
                    if wind.present:
                        add_field(wind, i, column, WIND, L.WU, L.WV, scratch)
                        if stage == 0 and physics.capsizing:
                            keep_speed(s)
                        add_leeway(s)
                    close_stage(metric, physics.radians, stages[0, stage], stages[1, stage], s)
            if physics.draws:
                random_words(physics.seed, np.uint32(step), STREAM_STEP, n)
                _uniforms(s, n)
                if physics.diffusivity.present or physics.walk_m > np.float32(0.0):
                    normals(s, n)
                    scale_walk(physics.diffusivity, physics.walk_m, physics.seconds, metric, d, s)
            end_step(metric, physics.stray_m, d, s)
            if physics.draws:
                jibe_lanes(s, n)
            if physics.flight or physics.error:
                random_words(physics.seed, np.uint32(step), STREAM_FLIGHT, n)
            if physics.flight:
                _relax_flight(physics.flight_keep, s, n)
            if physics.error:
                _relax(physics.error_keep, physics.error_kick, L.ERROR_U, L.ERROR_V, L.R2, L.R3, s, n)
            if physics.gust:
                random_words(physics.seed, np.uint32(step), STREAM_WIND, n)
                _relax(physics.gust_keep, physics.gust_kick, L.GUST_U, L.GUST_V, L.R0, L.R1, s, n)
            _events(step, state, physics, shore, scratch)
            if (step + 1) % watch.every == 0:
                _note(row, first, watch, state, d, n)
                row += 1
        _scatter(state, scratch)
    return done


@jit
def stationary(seed, number, stream, first_word, scale, out):
    """Velocities that a random flight starts from: normals of standard deviation ``scale`` (m/s), by boat number."""
    for p in range(number.size):
        a, b, c, e = draw(seed, number[p], np.uint32(0xFFFFFFFF), stream)
        x, y = normal_pair(a, b) if first_word == 0 else normal_pair(c, e)
        out[p, 0] = scale * x
        out[p, 1] = scale * y
