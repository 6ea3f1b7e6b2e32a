"""The rows of a block's scratch memory: which row of which small array holds what.

A block is ``LANES`` boats that are advanced together. Its working values live in three small flat arrays, ``d``
(float64), ``s`` (the run's real type) and ``n`` (int32); lane ``k`` of row ``U`` is ``s[U + k]``. One array per type,
with offsets that are known when the code is compiled, lets the compiler prove that reading one row and writing another
do not clash, and so vectorise.
"""

from __future__ import annotations

LANES = 64
"""Boats in a block. Every block is full (padded), so that each boat goes through the same vector instructions."""


def _rows(count: int) -> range:
    return range(0, count * LANES, LANES)


SIZE_D = 6 * LANES
(
    LON, LAT, LON_END, LAT_END,  # degrees: positions at the start and at the end of the step
    LATER_LON, LATER_LAT,  # ends of the pieces of one boat's path that wait, see ``bridge``
) = _rows(6)  # fmt: skip

SIZE_S = 87 * LANES
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
    FX_CURRENT, FY_CURRENT, FX_WIND, FY_WIND, FX_STOKES, FY_STOKES,  # place inside the start cell of each field
    CLEAR,  # lower bound on the distance to shore, m
) = _rows(39)  # fmt: skip
# Sixteen rows a field: what is kept of the cell that a boat is in, see ``interpolate.keep_lanes``.
CORNERS_CURRENT, CORNERS_WIND, CORNERS_STOKES = range(39 * LANES, 87 * LANES, 16 * LANES)

SIZE_N = 27 * LANES
(
    BOAT, STATUS, RELEASE, SIDE, CAPSIZED,
    I_CURRENT, J_CURRENT, I_WIND, J_WIND, I_STOKES, J_STOKES,  # start cell in each field
    AT,  # node at the south-west corner of the stage's cell, counted from the start of a level
    MEMBER_CURRENT, MEMBER_WIND, MEMBER_STOKES,  # where the boat's member begins in a level of each field
    R0, R1, R2, R3,  # random words (bits of uint32)
    NUMBER_LOW, NUMBER_HIGH,  # the boat's number (bits of uint32)
    KEPT_CURRENT, KEPT_WIND, KEPT_STOKES,  # the cell (as AT) whose corners are kept, -1 for none
    BETWEEN_CURRENT, BETWEEN_WIND, BETWEEN_STOKES,  # first two lanes: the levels between which they are
) = _rows(27)  # fmt: skip
