"""The rows of a block's scratch memory: which row of which small array holds what.

A block is ``LANES`` boats that are advanced together. Its working values live in three small arrays, ``d`` (float64),
``s`` (the run's real type) and ``n`` (int32), of shape (rows, LANES). One array per type, with rows known when the code
is compiled, lets the compiler prove that reading one row and writing another do not clash, and so vectorise.
"""

from __future__ import annotations

LANES = 64
"""Boats in a block. Every block is full (padded), so that each boat goes through the same vector instructions."""

# d: positions at the start and the end of the step, degrees
LON, LAT, LON_END, LAT_END = 0, 1, 2, 3
ROWS_D = 4

# s: the rest, in the run's real type
DX, DY, SUM_X, SUM_Y = 0, 1, 2, 3  # offset at which a stage is evaluated, weighted sum of the stages, degrees
PHI = 4  # latitude at the start of the step, radians
U, V = 5, 6  # velocity of the stage, m/s
WU, WV, SPEED = 7, 8, 9  # wind of the stage (towards), m/s; wind speed at the first stage
NOISE_U, NOISE_V = 10, 11  # velocity held during a step: random flight and current error, m/s
GUST_U, GUST_V = 12, 13  # wind error held during a step, m/s
WALK_X, WALK_Y = 14, 15  # displacement by the random walk, m
WX, WY = 16, 17  # weights inside a cell
DOWN_A, DOWN_B = 18, 19  # leeway along the wind: slope, offset (m/s)
CROSS_A, CROSS_B = 20, 21  # leeway to the right of the wind, present orientation
OTHER_A, OTHER_B = 22, 23  # the same after a jibe
GO = 24  # 1 where the boat moves in this step, else 0
JIBE, HAZARD = 25, 26  # uniform draws of the step
CHORD = 27  # upper bound on the length of the step, m
KX, KY = 28, 29  # degrees per metre at the start of the step
FLIGHT_U, FLIGHT_V, ERROR_U, ERROR_V = 30, 31, 32, 33  # states of the random flight and of the current error
FX_CURRENT, FY_CURRENT, FX_WIND, FY_WIND, FX_STOKES, FY_STOKES = 34, 35, 36, 37, 38, 39  # place inside the start cell
ROWS_S = 40

# n: whole numbers
BOAT, STATUS, RELEASE, SIDE, CAPSIZED = 0, 1, 2, 3, 4
I_CURRENT, J_CURRENT, I_WIND, J_WIND, I_STOKES, J_STOKES = 5, 6, 7, 8, 9, 10  # start cell in each field
I, J = 11, 12  # cell of the stage
MEMBER_CURRENT, MEMBER_WIND, MEMBER_STOKES = 13, 14, 15  # offset of the boat's member in each field
R0, R1, R2, R3 = 16, 17, 18, 19  # random words (bits of uint32)
NUMBER_LOW, NUMBER_HIGH = 20, 21  # the boat's number (bits of uint32)
ROWS_N = 22
