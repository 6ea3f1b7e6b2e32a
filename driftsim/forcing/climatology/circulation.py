"""The mean currents of the embedded climatology: twelve months that repeat every year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ...area.area import Area, default
from ...system.errors import InputError
from ...system.kinds import Json
from ..catalogue import Product
from ..files.file_source import FileSource

FILE = "circulation.nc"
"""In the area's folder (made by ``data/make_circulation.py``); monthly means of a nominal year."""

_EKMAN_PART = ("u_ekman", "v_ekman")

_ENTRY = Product(
    key="climatology",
    title="Climatology of the surface circulation by month (driftsim)",
    names={"current": (("uo", "vo"),)},
    credit="Mean currents: driftsim diagnostic circulation from published strait transports and NOAA Blended Sea Winds",
    stamp="instant",
    holds=("geostrophic", "ekman"),
    record="climatology",
    licence="MIT",
    parts={"u_ekman": ("ekman",)},
    note="a mean circulation that repeats by month, not observations of any year; without eddies",
)


class CirculationClimatology:
    """The mean currents of an area's climatology (a `driftsim.forcing.source.Source` of kind ``"current"``).

    Each monthly mean stands at the middle of its month in every year; December runs on into January.

    Parameters
    ----------
    box : tuple of float
        West, east, south, north in degrees; must lie within the file's grid.
    period : tuple of float
        First and last moment, epoch seconds, in either order; the levels enclose it.
    area : Area, optional
        Whose climatology; by default that of the default area.
    scale : float
        Factor on the geostrophic velocity; the Ekman part is wind, and stays as it is.
    fill_km : float
        How far sea values are carried over land.
    fastest_m_s : float, optional
        Greatest speed that is believed; by default that of currents.
    land : str
        ``"fill"``, or ``"zero"``: no value is a velocity of zero.
    ekman : bool
        With the Ekman drift of each month's mean wind; without it the current is geostrophic.

    Raises
    ------
    InputError
        If the area has none, the box reaches beyond it, or the period is not finite.
    """

    kind = "current"
    members = 1

    def __init__(
        self,
        box: tuple[float, float, float, float],
        period: tuple[float, float],
        area: Area | None = None,
        scale: float = 1.0,
        fill_km: float = 100.0,
        land: str = "fill",
        fastest_m_s: float | None = None,
        ekman: bool = True,
    ) -> None:
        if not np.all(np.isfinite(period)):
            raise InputError(f"current: period {period} must be finite, seconds since 1970-01-01")
        area = default() if area is None else area
        path = area.existing(FILE, 'climatology of the current: name a product with files, or "none"')
        where = f"the surface circulation of the {area.title()}"
        entry = replace(_ENTRY, title=f"Climatology of {where} by month (driftsim)")
        year = _nominal_year()
        options: Json = {
            "scale": scale,
            "stamp": "instant",
            "fill_km": fill_km,
            "land": land,
            "max_gap_hours": 1000.0,
            "fastest_m_s": fastest_m_s,
        }
        self._file = FileSource("current", entry, [path], box, year, **options)
        u, v = _EKMAN_PART
        self._scale, self._with_ekman = scale, ekman
        self._ekman = (
            None
            if ekman and scale == 1.0
            else FileSource("current", entry, [path], box, year, u=u, v=v, **{**options, "scale": 1.0})
        )
        if self._file.times.size != 12:
            raise InputError(f"{path}: {self._file.times.size} levels within a year, needed 12; make the file again")
        first, last = _month(min(period)), _month(max(period))
        first -= min(period) < mid_month(first)
        last += max(period) > mid_month(last)
        self._first = first
        self.fastest_m_s = self._file.fastest_m_s
        self.times: NDArray[np.float64] = np.array([mid_month(m) for m in range(first, max(last, first + 1) + 1)])
        self.covers = (float(self.times[0]), float(self.times[-1]))
        self.lon, self.lat = self._file.lon, self._file.lat
        self.wet, self.filled, self.valid = self._file.wet, self._file.filled, self._file.valid
        self.info: Json = {
            **self._file.info,
            "levels": self.times.size,
            "first_level": _date(self.times[0]),
            "last_level": _date(self.times[-1]),
            "files": [{**file, "path": FILE} for file in self._file.info["files"]],  # the same on every machine
        }
        if not ekman:
            self.info |= {"holds": ["geostrophic"], "note": f"{self.info['note']}; without its Ekman part"}

    def level(self, k: int) -> NDArray[np.float32]:
        """Velocities at ``times[k]``, m/s, shape (1, ny, nx, 2), filled over land; 0 where not ``valid``."""
        if not 0 <= k < self.times.size:
            raise IndexError(f"level {k} of {self.times.size}")
        month = (self._first + k) % 12
        level = self._file.level(month)
        if self._ekman is None:
            return level
        # In the file the Ekman part is scaled with the rest.
        rest = (1.0 - self._scale) if self._with_ekman else -self._scale
        return level + np.float32(rest) * self._ekman.level(month)

    def close(self) -> None:
        """Close the file; it is opened again when a level is asked for."""
        self._file.close()
        if self._ekman is not None:
            self._ekman.close()


def mid_month(month: int) -> float:
    """Middle of a month, epoch seconds; months are counted from January 1970 (0)."""
    return 0.5 * (_start(month) + _start(month + 1))


def _start(month: int) -> float:
    return datetime(1970 + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()


def _month(time: float) -> int:
    """The month in which a moment lies, counted from January 1970."""
    date = datetime.fromtimestamp(time, tz=UTC)
    return (date.year - 1970) * 12 + date.month - 1


def _date(time: float) -> str:
    return datetime.fromtimestamp(time, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _nominal_year() -> tuple[float, float]:
    """From the middle of January to that of December 2000, where the file's levels stand."""
    january = 12 * 30
    return mid_month(january), mid_month(january + 11)
