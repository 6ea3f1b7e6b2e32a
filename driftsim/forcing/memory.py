"""A field that is in memory: for tests, benchmarks, and whoever has a velocity field of their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..system.kinds import Json
from .source import FASTEST_M_S


class MemorySource:
    """Velocities given as an array; see `driftsim.forcing.source.Source`.

    Parameters
    ----------
    kind : {"current", "wind", "stokes"}
    lon, lat : array_like, shape (nx,), (ny,)
        Ascending degrees.
    times : array_like, shape (nt,)
        Ascending epoch seconds.
    velocity : array_like, shape (nt, ny, nx, 2) or (nt, members, ny, nx, 2)
        m/s, eastward and northward, without NaN.
    fastest_m_s : float, optional
        A faster velocity is refused; by default more than 5 m/s, of a wind 80. Infinity for flows that are no sea's.
    """

    def __init__(
        self,
        kind: str,
        lon: ArrayLike,
        lat: ArrayLike,
        times: ArrayLike,
        velocity: ArrayLike,
        fastest_m_s: float | None = None,
    ) -> None:
        self.kind = kind
        self.fastest_m_s = FASTEST_M_S[kind] if fastest_m_s is None else fastest_m_s
        self.lon = np.asarray(lon, np.float64)
        self.lat = np.asarray(lat, np.float64)
        self.times = np.asarray(times, np.float64)
        levels = np.ascontiguousarray(velocity, np.float32)
        self._levels = levels[:, None] if levels.ndim == 4 else levels
        self.covers = (-np.inf, np.inf) if len(self.times) == 1 else (float(self.times[0]), float(self.times[-1]))
        self.members = self._levels.shape[1]
        self.wet: NDArray[np.bool_] | None = None
        self.filled: NDArray[np.bool_] | None = None
        self.valid: NDArray[np.bool_] | None = None
        self.info: Json = {
            "product": "memory",
            "title": "velocities given as an array",
            "credit": "",
            "kind_of_record": "analysis",
            "note": "",
            "files": [],
        }

    def level(self, k: int) -> NDArray[np.float32]:
        """Velocities at ``times[k]``, m/s, shape (members, ny, nx, 2)."""
        found: NDArray[np.float32] = self._levels[k]
        return found
