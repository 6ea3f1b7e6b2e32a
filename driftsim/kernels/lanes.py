"""The rows of a block's scratch memory: which row of which small array holds what.

A block is ``LANES`` boats that are advanced together. Its working values live in three small flat arrays, ``d``
(float64), ``s`` (the run's real type) and ``n`` (int32); lane ``k`` of row ``U`` is ``s[U + k]``. One array per type,
with offsets that are known when the code is compiled, lets the compiler prove that reading one row and writing another
do not clash, and so vectorise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LANES = 64
"""Boats in a block. Every block is full (padded), so that each boat goes through the same vector instructions."""


def _rows(count: int) -> range:
    return range(0, count * LANES, LANES)


SIZE_D = 6 * LANES
(
    LON, LAT, LON_END, LAT_END,  # degrees: positions at the start and at the end of the step
    LATER_LON, LATER_LAT,  # ends of the pieces of one boat's path that wait, see ``bridge``
) = _rows(6)  # fmt: skip

SIZE_S = 111 * LANES
(
    DX, DY,  # offset at which a stage is evaluated, degrees
    SUM_X, SUM_Y,  # weighted sum of the stages, degrees
    PHI,  # latitude at the start of the step, radians
    U, V,  # velocity of the stage, m/s
    WU, WV,  # wind of the stage, towards, m/s
    SPEED,  # wind speed at the first stage, m/s
    NOISE_U, NOISE_V,  # velocity held during a step: random flight and current error, m/s
    GUST_U, GUST_V,  # wind error held during a step, m/s
    WALK_X, WALK_Y,  # displacement by the random walk, m
    WX, WY,  # weights inside a cell
    DOWN_A, DOWN_B,  # leeway along the wind: slope, offset (m/s)
    CROSS_A, CROSS_B,  # leeway to the right of the wind, present orientation
    OTHER_A, OTHER_B,  # the same after a jibe
    GO,  # 1 where the boat moves in this step, else 0
    JIBE, HAZARD,  # uniform draws of the step
    CHORD,  # upper bound on the length of the step, m
    FLIGHT_U, FLIGHT_V,  # state of the random flight, m/s
    ERROR_U, ERROR_V,  # state of the current error, m/s
    _FX_CURRENT, _FY_CURRENT, _FX_WIND, _FY_WIND, _FX_STOKES, _FY_STOKES, _FX_EDDIES, _FY_EDDIES,
    CLEAR,  # lower bound on the distance to shore, m
    JIBE_CHANCE, FLIGHT_KICK,  # of the boat's member: probability of a jibe in a step, kick of its flight, m/s
    _FACTOR_CURRENT, _FACTOR_WIND, _FACTOR_STOKES, _FACTOR_EDDIES,
) = _rows(47)  # fmt: skip
_CORNERS_CURRENT, _CORNERS_WIND, _CORNERS_STOKES, _CORNERS_EDDIES = range(47 * LANES, 111 * LANES, 16 * LANES)

SIZE_N = 32 * LANES
(
    BOAT, STATUS, RELEASE, SIDE, CAPSIZED,
    _I_CURRENT, _J_CURRENT, _I_WIND, _J_WIND, _I_STOKES, _J_STOKES, _I_EDDIES, _J_EDDIES,
    AT,  # node at the south-west corner of the stage's cell, counted from the start of a level
    _MEMBER_CURRENT, _MEMBER_WIND, _MEMBER_STOKES, _MEMBER_EDDIES,
    R0, R1, R2, R3,  # random words (bits of uint32)
    NUMBER_LOW, NUMBER_HIGH,  # the boat's number (bits of uint32)
    _KEPT_CURRENT, _KEPT_WIND, _KEPT_STOKES, _KEPT_EDDIES,
    _BETWEEN_CURRENT, _BETWEEN_WIND, _BETWEEN_STOKES, _BETWEEN_EDDIES,
) = _rows(32)  # fmt: skip


class Scratch(NamedTuple):
    """The working memory of a block."""

    d: np.ndarray  # float64 (SIZE_D,)
    s: np.ndarray  # real (SIZE_S,)
    n: np.ndarray  # int32 (SIZE_N,)


class Slot(NamedTuple):
    """The rows that belong to one field."""

    fx: int  # of s: place inside the cell in which the boat starts its step
    fy: int
    i: int  # of n: that cell
    j: int
    member: int  # of n: where the boat's member begins in a level
    kept: int  # of n: the cell (as AT) whose corners are kept, -1 for none
    between: int  # of n, first two lanes: the levels between which they are
    factor: int  # of s: factor on the field for the boat's member
    corners: int  # of s, sixteen rows: what is kept of the cell that a boat is in, see ``interpolate.keep_lanes``


CURRENT, WIND, STOKES, EDDIES = (
    Slot(
        _FX_CURRENT, _FY_CURRENT, _I_CURRENT, _J_CURRENT, _MEMBER_CURRENT, _KEPT_CURRENT, _BETWEEN_CURRENT,
        _FACTOR_CURRENT, _CORNERS_CURRENT,
    ),
    Slot(_FX_WIND, _FY_WIND, _I_WIND, _J_WIND, _MEMBER_WIND, _KEPT_WIND, _BETWEEN_WIND, _FACTOR_WIND, _CORNERS_WIND),
    Slot(
        _FX_STOKES, _FY_STOKES, _I_STOKES, _J_STOKES, _MEMBER_STOKES, _KEPT_STOKES, _BETWEEN_STOKES,
        _FACTOR_STOKES, _CORNERS_STOKES,
    ),
    Slot(
        _FX_EDDIES, _FY_EDDIES, _I_EDDIES, _J_EDDIES, _MEMBER_EDDIES, _KEPT_EDDIES, _BETWEEN_EDDIES,
        _FACTOR_EDDIES, _CORNERS_EDDIES,
    ),
)  # fmt: skip
