"""What moves one boat in a step: the displacement split among the terms of the motion.

The kernels are the driver's own, called one after the other at the stages of the scheme, with what each adds to the
velocity noted in between. There is no second physics here: a stage's velocity times its weight in the scheme is what
the driver adds up, and the parts are the summands of that sum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels import drive, interpolate, motion, walk
from ..kernels import lanes as L
from ..kernels.random import STREAM_STEP
from ..system.kinds import AnyArray, Real
from .advection import block_scratch

TERMS = ("current", "eddies", "ekman", "leeway", "stokes", "flight", "error", "walk")
"""Terms of the motion; ``eddies`` are drawn, or the error of a current as a field; ``error`` is a boat's own. The
error of the wind is in leeway and Ekman drift."""

_CURRENT, _EDDIES, _EKMAN, _LEEWAY, _STOKES, _FLIGHT, _ERROR, _WALK = range(len(TERMS))


class Parts(NamedTuple):
    """A whole step of a boat that meets nothing on its way.

    Attributes
    ----------
    metres : ndarray, shape (term, 2)
        Displacement by each term, eastward and northward, m; a stage's is measured at its own latitude.
    degrees : ndarray, shape (term, 2)
        The same in longitude and latitude; summed over the terms it is the displacement.
    """

    metres: NDArray[np.float64]
    degrees: NDArray[np.float64]


class Budget:
    """Splits the steps of the boat in the first lane of a block.

    Parameters
    ----------
    physics : Physics
        As the driver has it.
    real : type
        The run's real type.
    """

    def __init__(self, physics: drive.Physics, real: Real) -> None:
        self._physics, self._real = physics, real
        self._scratch = block_scratch(real)

    def step(
        self, order: NDArray[np.int32], state: AnyArray, fields: drive.Fields, step: int, ekman: tuple[float, float]
    ) -> Parts:
        """What moves the boat in a step, from the state before it; the state is not changed.

        Parameters
        ----------
        order : ndarray of int32, shape (LANES,)
            The boat's row of the state, and the spare row in the other lanes.
        state : ndarray of ``drive.state_type``
        fields : Fields
            Of a window that is this one step.
        step : int
        ekman : tuple of float
            The part of the boat's leeway coefficients that is Ekman drift: fractions of the wind downwind and to its
            right.
        """
        physics, scratch, s = self._physics, self._scratch, self._scratch.s
        metres, degrees = np.zeros((len(TERMS), 2)), np.zeros((len(TERMS), 2))
        drive.gather(order, 0, state, physics, fields, scratch)
        drive.begin_step(step, physics.radians, scratch)
        for field, slot in zip(fields, (L.CURRENT, L.WIND, L.STOKES, L.EDDIES), strict=True):
            interpolate.begin_field(field, slot, scratch)
        for stage in range(physics.stages.shape[1]):
            velocity = self._velocity(fields, (stage + 1) // 2, ekman)
            at = motion.degrees_per_metre(physics.metric, s[L.PHI] + s[L.DY] * physics.radians)
            offset, weight = physics.stages[:, stage]
            metres += float(weight) * velocity
            degrees += float(weight) * velocity * np.array(at, np.float64)
            motion.close_stage(physics.metric, physics.radians, offset, weight, s)
        metres[_WALK] = self._walk(step)
        degrees[_WALK] = metres[_WALK] * np.array(motion.degrees_per_metre(physics.metric, s[L.PHI]), np.float64)
        return Parts(metres, degrees)

    def _velocity(self, fields: drive.Fields, column: int, ekman: tuple[float, float]) -> NDArray[np.float64]:
        """Velocity by each term at a stage, m/s, shape (term, 2)."""
        scratch, s = self._scratch, self._scratch.s
        out = np.zeros((len(TERMS), 2))

        def here(u: int, v: int) -> NDArray[np.float64]:
            return np.array([s[u], s[v]], np.float64)

        motion.clear_stage(s)
        out[_FLIGHT], out[_ERROR] = here(L.FLIGHT_U, L.FLIGHT_V), here(L.ERROR_U, L.ERROR_V)
        # In single precision the two do not add up to what is held: what is lost goes with the flight.
        out[_FLIGHT] += here(L.U, L.V) - out[_FLIGHT] - out[_ERROR]
        for term, field, slot in (
            (_CURRENT, fields.current, L.CURRENT),
            (_STOKES, fields.stokes, L.STOKES),
            (_EDDIES, fields.eddies, L.EDDIES),
        ):
            before = here(L.U, L.V)
            interpolate.add_field(field, 0, column, slot, L.U, L.V, scratch)
            out[term] = here(L.U, L.V) - before
        if fields.wind.present:
            before = here(L.U, L.V)
            interpolate.add_field(fields.wind, 0, column, L.WIND, L.WU, L.WV, scratch)
            motion.add_leeway(s)
            nothing = self._real(0.0)
            down, right = (self._real(np.float32(part)) for part in ekman)  # as they stand in the kernels' table
            out[_EKMAN] = motion.leeway_velocity(s[L.WU], s[L.WV], down, nothing, right, nothing)
            out[_LEEWAY] = here(L.U, L.V) - before - out[_EKMAN]
        return out

    def _walk(self, step: int) -> NDArray[np.float64]:
        """Displacement by the random walk in a step, m."""
        physics, (d, s, n) = self._physics, self._scratch
        if not (physics.diffusivity.present or physics.walk_m > 0.0):
            return np.zeros(2)
        drive.random_words(physics.seed, np.uint32(step), STREAM_STEP, n)
        drive.normals(s, n)
        walk.scale_walk(physics.diffusivity, physics.walk_m, physics.seconds, physics.metric, d, s)
        return np.array([s[L.WALK_X], s[L.WALK_Y]], np.float64)
