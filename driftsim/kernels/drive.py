"""The driver: blocks of boats through the steps of one forcing window.

Per block the order is: steps outside, then stages, then one lane loop per field. The lane loops have no branches, so the
compiler vectorises them; what has branches (coast, edges of the domain, capsizing, sinking) is a second pass over the
block, and is cheap where the distance raster says that land is far. One boat per lane, every block full: a boat goes
through the same instructions whatever its place.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import prange

from . import lanes as L
from .interpolate import add_field, begin_field
from .jit import jit
from .lanes import LANES
from .leeway import jibe_lanes, lane_capsizes, load_hull
from .motion import add_leeway, clear_stage, close_stage, degrees_per_metre, keep_speed
from .random import STREAM_FLIGHT, STREAM_STEP, STREAM_WIND, draw, normal_pair, philox, uniform
from .shore import clear_m, first_crossing, near_mask, seaward_point
from .walk import scale_walk

WAITING, AFLOAT, LANDED, LEFT, SUNK, STRANDED = 0, 1, 2, 3, 4, 5
"""Status of a boat. A stranded one has landed and may float again; its outcome stays its first landing."""

WEST, EAST, SOUTH, NORTH = 0, 1, 2, 3

NO_CELL = np.uint32(0xFFFFFFFF)
_NEAR_M = 23_000.0  # beyond this clear distance no stretch is within 20 km: 20 km and the diagonal of a raster cell
_CHUNK = 8  # blocks per task: enough to share the scratch memory, few enough to balance two or many threads


class State(NamedTuple):
    """Boats as a structure of arrays, one row a boat and one spare row that fills up the last block.

    Optional parts (``swamped``, ``sink_time``, ``flight``, ``error``, ``gust``) have a single row where the run has none
    of them. Times are seconds since the run's start, counted along the integration.
    """

    number: np.ndarray  # int64
    lon: np.ndarray  # float64, degrees
    lat: np.ndarray
    release: np.ndarray  # int32, step of release
    status: np.ndarray  # int8
    side: np.ndarray  # int8, +1 right of the wind, -1 left
    member: np.ndarray  # int32
    hull: np.ndarray  # float32 (n, 6), leeway coefficients
    swamped: np.ndarray  # float32 (n, 6), those after capsizing
    capsize_time: np.ndarray  # float64, nan while upright
    sink_time: np.ndarray  # float64, inf for never
    flight: np.ndarray  # real (n, 2), m/s
    error: np.ndarray  # real (n, 2), m/s
    gust: np.ndarray  # real (n, 2), m/s
    near: np.ndarray  # uint64, stretches passed within 20 km
    segment: np.ndarray  # int32, segment of the first landing, -1 for none
    land_lon: np.ndarray  # float64
    land_lat: np.ndarray
    land_time: np.ndarray
    end_time: np.ndarray  # float64, when it left or sank, nan else
    exit: np.ndarray  # int8, side of the domain, -1 for none


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
    draws: bool  # whether any of walk, jibing, capsizing, refloating is on
    jibe: np.float64  # real, probability in a step
    capsizing: bool
    capsize_wind: np.float64
    capsize_width: np.float64
    sinking: bool
    refloat: np.float64  # probability in a step
    coast: bool
    west: np.float64
    east: np.float64
    south: np.float64
    north: np.float64


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


@jit(inline=True)
def _gather(order, first, state, physics, c_stride, c_members, w_stride, w_members, s_stride, s_members, d, s, n):
    """Bring a block's boats from the state into its lanes."""
    for k in range(LANES):
        p = order[first + k]
        n[L.BOAT, k] = p
        n[L.STATUS, k] = state.status[p]
        n[L.RELEASE, k] = state.release[p]
        n[L.SIDE, k] = state.side[p]
        d[L.LON, k] = state.lon[p]
        d[L.LAT, k] = state.lat[p]
        member = state.member[p]
        n[L.MEMBER_CURRENT, k] = np.int32(np.uint32((member % c_members) * c_stride))
        n[L.MEMBER_WIND, k] = np.int32(np.uint32((member % w_members) * w_stride))
        n[L.MEMBER_STOKES, k] = np.int32(np.uint32((member % s_members) * s_stride))
        number = np.uint64(state.number[p])
        n[L.NUMBER_LOW, k] = np.int32(np.uint32(number & np.uint64(0xFFFFFFFF)))
        n[L.NUMBER_HIGH, k] = np.int32(np.uint32(number >> np.uint64(32)))
        n[L.CAPSIZED, k] = 0
        if physics.capsizing and state.capsize_time[p] >= 0.0:
            n[L.CAPSIZED, k] = 1
            load_hull(state.swamped, p, state.side[p], k, s)
        else:
            load_hull(state.hull, p, state.side[p], k, s)
        if physics.flight:
            s[L.FLIGHT_U, k] = state.flight[p, 0]
            s[L.FLIGHT_V, k] = state.flight[p, 1]
        if physics.error:
            s[L.ERROR_U, k] = state.error[p, 0]
            s[L.ERROR_V, k] = state.error[p, 1]
        if physics.gust:
            s[L.GUST_U, k] = state.gust[p, 0]
            s[L.GUST_V, k] = state.gust[p, 1]


@jit(inline=True)
def _scatter(state, physics, d, s, n):
    """Put what a block's boats have become back into the state."""
    for k in range(LANES):
        p = n[L.BOAT, k]
        state.lon[p] = d[L.LON, k]
        state.lat[p] = d[L.LAT, k]
        state.status[p] = np.int8(n[L.STATUS, k])
        state.side[p] = np.int8(n[L.SIDE, k])
        if physics.flight:
            state.flight[p, 0] = s[L.FLIGHT_U, k]
            state.flight[p, 1] = s[L.FLIGHT_V, k]
        if physics.error:
            state.error[p, 0] = s[L.ERROR_U, k]
            state.error[p, 1] = s[L.ERROR_V, k]
        if physics.gust:
            state.gust[p, 0] = s[L.GUST_U, k]
            state.gust[p, 1] = s[L.GUST_V, k]


@jit(inline=True)
def _begin_step(step, radians, d, s, n):
    """Release the boats whose time has come, and set the scratch rows of a step. Returns how many boats move."""
    moving = 0
    for k in range(LANES):
        released = n[L.STATUS, k] == WAITING and n[L.RELEASE, k] <= step
        n[L.STATUS, k] = AFLOAT if released else n[L.STATUS, k]
        go = np.int32(n[L.STATUS, k] == AFLOAT)
        moving += go
        s[L.GO, k] = go
        s[L.DX, k] = np.float32(0.0)
        s[L.DY, k] = np.float32(0.0)
        s[L.SUM_X, k] = np.float32(0.0)
        s[L.SUM_Y, k] = np.float32(0.0)
        s[L.PHI, k] = d[L.LAT, k] * radians
        s[L.NOISE_U, k] = s[L.FLIGHT_U, k] + s[L.ERROR_U, k]
        s[L.NOISE_V, k] = s[L.FLIGHT_V, k] + s[L.ERROR_V, k]
    return moving


@jit(inline=True)
def _random_words(seed, step, stream, n):
    """Four random words for each boat."""
    low = np.uint32(np.uint64(seed) & np.uint64(0xFFFFFFFF))
    high = np.uint32(np.uint64(seed) >> np.uint64(32))
    for k in range(LANES):
        a, b, c, e = philox(np.uint32(n[L.NUMBER_LOW, k]), np.uint32(n[L.NUMBER_HIGH, k]), step, stream, low, high)
        n[L.R0, k] = np.int32(a)
        n[L.R1, k] = np.int32(b)
        n[L.R2, k] = np.int32(c)
        n[L.R3, k] = np.int32(e)


@jit(inline=True)
def _relax(keep, kick, u, v, first, second, s, n):
    """Exact update over a step of an Ornstein-Uhlenbeck velocity, from two of the random words."""
    for k in range(LANES):
        x, y = normal_pair(np.uint32(n[first, k]), np.uint32(n[second, k]))
        moving = s[L.GO, k] > np.float32(0.0)
        s[u, k] = keep * s[u, k] + kick * x if moving else s[u, k]
        s[v, k] = keep * s[v, k] + kick * y if moving else s[v, k]


@jit(inline=True)
def _chance(s, n):
    """Standard normals of the random walk and the uniform draws of a step."""
    for k in range(LANES):
        x, y = normal_pair(np.uint32(n[L.R0, k]), np.uint32(n[L.R1, k]))
        s[L.WALK_X, k] = x
        s[L.WALK_Y, k] = y
        s[L.JIBE, k] = uniform(np.uint32(n[L.R2, k]))
        s[L.HAZARD, k] = uniform(np.uint32(n[L.R3, k]))


@jit(inline=True)
def _end_step(metric, d, s):
    """Where the step ends, and an upper bound on its length in metres."""
    for k in range(LANES):
        kx, ky = degrees_per_metre(metric, s[L.PHI, k])
        x = s[L.SUM_X, k] + s[L.WALK_X, k] * kx * s[L.GO, k]
        y = s[L.SUM_Y, k] + s[L.WALK_Y, k] * ky * s[L.GO, k]
        d[L.LON_END, k] = d[L.LON, k] + x
        d[L.LAT_END, k] = d[L.LAT, k] + y
        ex = x / kx
        ey = y / ky
        # 2 %: a degree of longitude grows by less than that over a step of 100 km at 50 N; 1 m: rounding.
        s[L.CHORD, k] = np.sqrt(ex * ex + ey * ey) * np.float32(1.02) + np.float32(1.0)


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
def _settle(k, elapsed, state, physics, shore, d, s, n):
    """What a boat's step led to: landfall, edge of the domain, sinking, whichever comes first on its way."""
    p = n[L.BOAT, k]
    lon0, lat0, lon1, lat1 = d[L.LON, k], d[L.LAT, k], d[L.LON_END, k], d[L.LAT_END, k]
    first, segment, status, side = 2.0, -1, AFLOAT, -1
    if physics.coast:
        clear = clear_m(shore, lon0, lat0)
        if clear <= s[L.CHORD, k]:
            first, segment = first_crossing(shore, lon0, lat0, lon1, lat1)
            if segment >= 0:
                status = LANDED
        if clear <= _NEAR_M:
            state.near[p] |= near_mask(shore, lon0, lat0)
    fraction, exit_ = _exit_of(lon0, lat0, lon1, lat1, physics.west, physics.east, physics.south, physics.north)
    if fraction < first:
        first, status, side = fraction, LEFT, exit_
    if physics.sinking:
        fraction = (state.sink_time[p] - elapsed) / physics.seconds
        if fraction < 1.0 and fraction < first:
            first, status = max(fraction, 0.0), SUNK
    if status == AFLOAT:
        return
    lon = lon0 + first * (lon1 - lon0)
    lat = lat0 + first * (lat1 - lat0)
    time = elapsed + first * physics.seconds
    if status == LANDED:
        if state.segment[p] < 0:
            state.segment[p] = segment
            state.land_lon[p] = lon
            state.land_lat[p] = lat
            state.land_time[p] = time
        if physics.refloat > 0.0:
            status = STRANDED
            lon, lat = seaward_point(shore, lon, lat, segment, lon0, lat0)
    else:
        state.end_time[p] = time
        state.exit[p] = np.int8(side)
    d[L.LON_END, k] = lon
    d[L.LAT_END, k] = lat
    n[L.STATUS, k] = status


@jit(inline=True)
def _events(elapsed, state, physics, shore, d, s, n):
    """The second pass over a block: everything that has branches."""
    for k in range(LANES):
        if n[L.STATUS, k] == STRANDED:
            if s[L.HAZARD, k] < physics.refloat:
                n[L.STATUS, k] = AFLOAT
        elif n[L.STATUS, k] == AFLOAT:
            _settle(k, elapsed, state, physics, shore, d, s, n)
            if physics.capsizing and n[L.CAPSIZED, k] == 0 and n[L.STATUS, k] == AFLOAT:
                if lane_capsizes(k, s, physics.capsize_wind, physics.capsize_width, physics.hours):
                    p = n[L.BOAT, k]
                    n[L.CAPSIZED, k] = 1
                    state.capsize_time[p] = elapsed + physics.seconds
                    load_hull(state.swamped, p, n[L.SIDE, k], k, s)
        d[L.LON, k] = d[L.LON_END, k]
        d[L.LAT, k] = d[L.LAT_END, k]


@jit(inline=True)
def _note(row, first, watch, state, d, n):
    """Note the cell of each boat afloat, and the positions of the boats that are tracked."""
    for k in range(LANES):
        cell = NO_CELL
        if n[L.STATUS, k] == AFLOAT:
            x = (d[L.LON, k] - watch.lon0) * watch.cells_per_degree
            y = (d[L.LAT, k] - watch.lat0) * watch.cells_per_degree
            if x >= 0.0 and y >= 0.0 and x < watch.nx and y < watch.ny:
                cell = np.uint32(np.int64(y) * watch.nx + np.int64(x))
            number = state.number[n[L.BOAT, k]]
            if number < watch.track.shape[1]:
                watch.track[row, number, 0] = d[L.LON, k]
                watch.track[row, number, 1] = d[L.LAT, k]
        watch.cell[row, first + k] = cell


@jit(inline=True)
def _advance(
    first, order, state, current, wind, stokes, diffusivity, strides, shore, metric, physics, stages, watch, step0, steps, d, s, n
):
    """Advance one block; returns the particle-steps done."""
    n_stages = stages.shape[1]
    done = 0
    _gather(
        order, first, state, physics,
        strides[0], strides[1], strides[2], strides[3], strides[4], strides[5], d, s, n,
    )  # fmt: skip
    row = 0
    for i in range(steps):
        step = step0 + i
        moving = _begin_step(step, physics.radians, d, s, n)
        done += moving
        if moving > 0:
            begin_field(current, d, s, n, L.FX_CURRENT, L.FY_CURRENT, L.I_CURRENT, L.J_CURRENT)
            begin_field(wind, d, s, n, L.FX_WIND, L.FY_WIND, L.I_WIND, L.J_WIND)
            begin_field(stokes, d, s, n, L.FX_STOKES, L.FY_STOKES, L.I_STOKES, L.J_STOKES)
            for stage in range(n_stages):
                column = (stage + 1) // 2
                clear_stage(s)
                add_field(
                    current, i, column, d, s, n,
                    L.FX_CURRENT, L.FY_CURRENT, L.I_CURRENT, L.J_CURRENT, L.MEMBER_CURRENT, L.U, L.V,
                )  # fmt: skip
                add_field(
                    stokes, i, column, d, s, n,
                    L.FX_STOKES, L.FY_STOKES, L.I_STOKES, L.J_STOKES, L.MEMBER_STOKES, L.U, L.V,
                )  # fmt: skip
                if wind.present:
                    add_field(
                        wind, i, column, d, s, n,
                        L.FX_WIND, L.FY_WIND, L.I_WIND, L.J_WIND, L.MEMBER_WIND, L.WU, L.WV,
                    )  # fmt: skip
                    if stage == 0 and physics.capsizing:
                        keep_speed(s)
                    add_leeway(s)
                close_stage(metric, physics.radians, stages[0, stage], stages[1, stage], s)
        if physics.draws:
            _random_words(physics.seed, np.uint32(step), STREAM_STEP, n)
            _chance(s, n)
            scale_walk(diffusivity, physics.walk_m, physics.seconds, metric, d, s)
        _end_step(metric, d, s)
        if physics.draws:
            jibe_lanes(physics.jibe, s, n)
        if physics.flight or physics.error:
            _random_words(physics.seed, np.uint32(step), STREAM_FLIGHT, n)
        if physics.flight:
            _relax(physics.flight_keep, physics.flight_kick, L.FLIGHT_U, L.FLIGHT_V, L.R0, L.R1, s, n)
        if physics.error:
            _relax(physics.error_keep, physics.error_kick, L.ERROR_U, L.ERROR_V, L.R2, L.R3, s, n)
        if physics.gust:
            _random_words(physics.seed, np.uint32(step), STREAM_WIND, n)
            _relax(physics.gust_keep, physics.gust_kick, L.GUST_U, L.GUST_V, L.R0, L.R1, s, n)
        _events(step * physics.seconds, state, physics, shore, d, s, n)
        if (step + 1) % watch.every == 0:
            _note(row, first, watch, state, d, n)
            row += 1
    _scatter(state, physics, d, s, n)
    return done


@jit(parallel=True)
def drive(
    order, state, current, wind, stokes, diffusivity, strides, shore, metric, physics, stages, watch, step0, steps, count
):
    """Advance the boats in ``order`` by ``steps`` steps.

    Parameters
    ----------
    order : ndarray of int32, shape (m,)
        Rows of the state, m a multiple of ``LANES``; padding names the spare row.
    state : State
    current, wind, stokes : FieldView
    diffusivity : Diffusivity
    strides : ndarray of int64, shape (6,)
        Values of one member and number of members, for current, wind and Stokes drift.
    shore : kernels.shore.Shore
    metric : tuple of real
        See ``motion.degrees_per_metre``.
    physics : Physics
    stages : ndarray of real, shape (2, stages)
        Row 0: time over which a stage's slope is followed to reach the next stage, s; row 1: time it counts for.
    watch : Watch
    step0, steps : int
        First step (counted from the run's start) and how many.
    count : ndarray of int64, shape (tasks,)
        Particle-steps done by each task, added to.
    """
    blocks = order.size // LANES
    tasks = count.size
    for task in prange(tasks):
        d = np.zeros((L.ROWS_D, LANES), np.float64)
        s = np.zeros((L.ROWS_S, LANES), stages.dtype)
        n = np.zeros((L.ROWS_N, LANES), np.int32)
        done = 0
        for block in range(task * blocks // tasks, (task + 1) * blocks // tasks):
            done += _advance(
                block * LANES, order, state, current, wind, stokes, diffusivity, strides, shore, metric, physics, stages, watch,
                step0, steps, d, s, n,
            )  # fmt: skip
        count[task] += done


@jit
def stationary(seed, number, stream, first_word, scale, out):
    """Velocities that a random flight starts from: normals of standard deviation ``scale`` (m/s), by boat number."""
    for p in range(number.size):
        a, b, c, e = draw(seed, number[p], np.uint32(0xFFFFFFFF), stream)
        x, y = normal_pair(a, b) if first_word == 0 else normal_pair(c, e)
        out[p, 0] = scale * x
        out[p, 1] = scale * y


def tasks_for(boats_in_order: int) -> int:
    """Number of tasks for an order of that length: a function of the boats alone, never of the threads."""
    return max(1, math.ceil(boats_in_order / LANES / _CHUNK))
