"""What the simulation asks of anything that gives velocities: a file set, a climatology, a wind generator."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..system.kinds import Json

FASTEST_M_S = {"current": 5.0, "stokes": 5.0, "wind": 80.0}
"""Beyond these a number is a unit or a fill value gone wrong, not a velocity."""


class Source(Protocol):
    """A vector field on its own grid and its own time levels, loaded level by level.

    Attributes
    ----------
    kind : str
        ``"current"``, ``"wind"`` or ``"stokes"``.
    lon, lat : ndarray of float64, shape (nx,), (ny,)
        Ascending degrees east and north; uniform or rectilinear.
    times : ndarray of float64, shape (nt,)
        Strictly ascending seconds since 1970-01-01 UTC; a steady field has one level.
    covers : tuple of float
        First and last moment for which the field may be used: a mean holds to the ends of its interval.
    members : int
        Size of the ensemble, 1 or more.
    wet, filled, valid : ndarray of bool, shape (ny, nx), or None
        Where the provider had a value, where the coastal fill put one, and either. None means everywhere.
    fastest_m_s : float
        Greatest speed that is believed: a level with a faster one stops the run.
    slow : bool, optional
        Whether it is worth while to read levels ahead in a thread; one thread at a time asks for levels.
    info : dict
        ``product``, ``title``, ``credit``, ``kind_of_record``, ``note`` and ``files``: what ends up in the provenance.
    """

    kind: str
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    times: NDArray[np.float64]
    covers: tuple[float, float]
    members: int
    wet: NDArray[np.bool_] | None
    filled: NDArray[np.bool_] | None
    valid: NDArray[np.bool_] | None
    fastest_m_s: float
    info: Json

    def level(self, k: int) -> NDArray[np.float32]:
        """Velocities at ``times[k]``, m/s, shape (members, ny, nx, 2), C-contiguous, no NaN; 0 where not ``valid``."""
        ...


def too_fast(level: NDArray[np.float32], limit: float) -> bool:
    """Whether a level (..., 2) holds a speed above a limit, m/s; a missing value is none."""
    bound = max(-float(np.fmin.reduce(level, axis=None)), float(np.fmax.reduce(level, axis=None)))
    if np.isnan(bound) or bound * np.sqrt(2.0) <= limit:
        return False  # nearly always, and it takes no copy of the level
    return bound > limit or bool((np.hypot(level[..., 0], level[..., 1]) > limit).any())
