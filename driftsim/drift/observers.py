"""What is watched while boats drift: where they are, their tracks, and the mean forcing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..forcing.grid import Axis
from ..forcing.source import Source
from ..forcing.window import Window
from ..kernels.drive import NO_CELL, Watch
from ..kernels.rows import count_cells
from ..results import data_sets
from ..system.constants import SECONDS_PER_FORTNIGHT, SECONDS_PER_HOUR, SECONDS_PER_WEEK
from ..system.kinds import AnyArray

if TYPE_CHECKING:
    import xarray as xr

    from ..config import Config

_EDGE_DEG = 1e-3  # a position in single precision, at the edge of the domain


def spacing(config: Config) -> int:
    """Steps between two observations."""
    return max(1, round(config.output.track_every_hours * SECONDS_PER_HOUR / config.run.step_s))


def moments(config: Config) -> NDArray[np.float64]:
    """The observations of a run, seconds since its start."""
    run, every = config.run, spacing(config)
    return np.asarray(run.epoch(np.arange(1, run.steps // every + 1) * every * run.step_s) - run.start_epoch)


def density_of(config: Config, classes: tuple[str, ...]) -> Density:
    """What counts the boats at sea of a run with these classes."""
    run = config.run
    return Density(
        config.coast.domain,
        config.output.density_grid_deg,
        classes,
        run.steps * run.step_s,
        spacing(config) * run.step_s,
    )


class Density:
    """Hours afloat by week, class and cell.

    Parameters
    ----------
    domain : tuple of float
        West, east, south, north.
    cell_deg : float
    classes : tuple of str
    duration_s, every_s : float
        Length of the run; time between observations.
    """

    def __init__(
        self, domain: tuple[float, ...], cell_deg: float, classes: tuple[str, ...], duration_s: float, every_s: float
    ) -> None:
        west, east, south, north = domain
        self.lon0, self.lat0, self.cells_per_degree = west, south, 1.0 / cell_deg
        self.nx = int(np.ceil((east - west) / cell_deg - 1e-9))
        self.ny = int(np.ceil((north - south) / cell_deg - 1e-9))
        self.classes = classes
        self._every_h = every_s / SECONDS_PER_HOUR
        self.edges = np.append(np.arange(0.0, duration_s, SECONDS_PER_WEEK), duration_s)
        self._counts = np.zeros((len(self.edges) - 1, len(classes), self.ny * self.nx), np.int64)

    def note(
        self, times_s: NDArray[np.float64], cell: NDArray[np.uint32], order: NDArray[np.int32], state: AnyArray
    ) -> None:
        """Count the boats afloat at some moments (seconds since the run's start), given the cell of each by moment."""
        count_cells(order, state, cell, self._weeks(times_s), self._counts)

    def _weeks(self, times_s: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.minimum((times_s / SECONDS_PER_WEEK - 1e-9).astype(np.int64), len(self._counts) - 1)

    @property
    def saved(self) -> dict[str, AnyArray]:
        """What has been noted so far: the very arrays, to be written or filled."""
        return {"density": self._counts}

    def refuse_impossible(self, counts: NDArray[np.int64], times_s: NDArray[np.float64], boats: int) -> None:
        """Stop (ValueError) where counts are not those of so many boats at these moments."""
        most = np.bincount(self._weeks(times_s), minlength=len(counts)) * boats
        # One number too large must not be hidden by a sum that runs over.
        if (counts < 0).any() or (counts > most[:, None, None]).any() or (counts.sum(axis=(1, 2)) > most).any():
            raise ValueError(f"density counts what {boats} boats cannot have left")

    def dataset(self, run_start: str) -> xr.Dataset:
        """The density as a CF data set."""
        step = 1.0 / self.cells_per_degree
        hours = self._counts.reshape(len(self._counts), len(self.classes), self.ny, self.nx) * self._every_h
        lon, lat = (low + step * np.arange(n + 1) for low, n in ((self.lon0, self.nx), (self.lat0, self.ny)))
        return data_sets.density(hours, self.edges, lon, lat, list(self.classes), run_start)


class Tracks:
    """Positions of some boats of consecutive numbers, at every observation."""

    def __init__(self, boats: int, observations: int, first: int = 0) -> None:
        self._positions = np.full((max(boats, 0), observations, 2), np.nan, np.float32)  # good to a metre
        self.first = first

    @property
    def boats(self) -> int:
        """How many are tracked, from the first on."""
        return len(self._positions)

    def has(self, number: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether boats of these numbers are tracked."""
        return (number >= self.first) & (number < self.first + self.boats)

    def note(self, index: int, positions: NDArray[np.float64]) -> None:
        """Keep the positions (observation, boat, 2) from observation ``index`` on."""
        self._positions[:, index : index + len(positions)] = positions.swapaxes(0, 1)

    @property
    def saved(self) -> dict[str, AnyArray]:
        """What has been noted so far: the very arrays, to be written or filled."""
        return {"tracks": self._positions}

    def refuse_impossible(self, positions: AnyArray, observed: int, domain: tuple[float, ...]) -> None:
        """Stop (ValueError) where positions lie outside the domain, or in observations to come."""
        known = np.isfinite(positions)
        for axis, (low, high) in enumerate((domain[:2], domain[2:])):
            place = positions[..., axis]
            if (~(np.isnan(place) | ((place >= low - _EDGE_DEG) & (place <= high + _EDGE_DEG)))).any():
                raise ValueError("tracks lead out of the domain")
        if (known[..., 0] != known[..., 1]).any() or known[:, observed:].any():
            raise ValueError("tracks hold what no boat can have left")

    def dataset(self, times: NDArray[np.float64], arrivals: xr.Dataset) -> xr.Dataset:
        """Tracks from release to end as a CF data set; ``times`` are those of the observations."""
        first = arrivals.isel(boat=self.has(arrivals["boat"].values))
        positions = self._positions[first["boat"].values - self.first]

        def framed(begin: str, middle: AnyArray, end: str) -> AnyArray:
            begins, ends = (first[name].values.astype(middle.dtype) for name in (begin, end))
            return np.column_stack([begins, middle, ends])

        time = np.where(np.isnan(positions[..., 0]), np.nan, times)
        lon = framed("release_lon", positions[..., 0], "final_lon")
        lat = framed("release_lat", positions[..., 1], "final_lat")
        time = framed("release_time", time, "final_time")
        # One observation a moment: the frame repeats the release and the end where they fall on an observation.
        time[:, 1:-1][(time[:, 1:-1] == time[:, :1]) | (time[:, 1:-1] == time[:, -1:])] = np.nan
        order = np.argsort(np.isnan(time), axis=1, kind="stable")
        longest = int((~np.isnan(time)).sum(axis=1).max(initial=1))
        lon, lat, time = (np.take_along_axis(values, order, axis=1)[:, :longest] for values in (lon, lat, time))
        return data_sets.tracks(lon, lat, time, arrivals, first["boat"].values)


class ForcingMean:
    """Mean of the fields over members by fortnight, put on a half-degree grid."""

    def __init__(self, windows: dict[str, Window], domain: tuple[float, ...], duration_s: float) -> None:
        west, east, south, north = domain
        self.lon = np.arange(west + 0.25, east, 0.5)
        self.lat = np.arange(south + 0.25, north, 0.5)
        self.edges = np.append(np.arange(0.0, duration_s, SECONDS_PER_FORTNIGHT), duration_s)
        self._windows = {kind: window for kind, window in windows.items() if kind in ("current", "wind")}
        lat, lon = (axis.ravel() for axis in np.meshgrid(self.lat, self.lon, indexing="ij"))
        self._places = {kind: window.places(lon, lat) for kind, window in self._windows.items()}
        periods = len(self.edges) - 1
        self._sum = {kind: np.zeros((lon.size, 2)) for kind in self._windows}
        # A year of the globe takes 52 MB, and would take three times that in sums of double precision.
        self._mean = {kind: np.full((periods, lon.size, 2), np.nan, np.float32) for kind in self._windows}
        self._count = np.zeros(periods)

    def note(self, time_s: float, epoch: float) -> None:
        """Add the fields at a moment; moments ascend."""
        fortnight = self._fortnight(time_s)
        first = self._count[fortnight] == 0
        self._count[fortnight] += 1
        for kind, window in self._windows.items():
            total = self._sum[kind]
            total[:] = window.mean_at(epoch, self._places[kind]) + (0.0 if first else total)
            self._mean[kind][fortnight] = total / self._count[fortnight]

    def _fortnight(self, time_s: float) -> int:
        return min(int(time_s / SECONDS_PER_FORTNIGHT), len(self._count) - 1)

    def refuse_impossible(self, saved: Mapping[str, AnyArray], times_s: NDArray[np.float64]) -> None:
        """Stop (ValueError) where sums and means are not those of fields at these moments."""
        fortnights = [self._fortnight(time) for time in times_s.tolist()]
        count = np.bincount(fortnights, minlength=len(self._count)) if fortnights else 0.0 * self._count
        if (saved["forcing_count"] != count).any():
            raise ValueError("forcing_count is not the number of moments so far")
        for kind, window in self._windows.items():
            total, mean = (saved[f"forcing_{kind}_{what}"] for what in ("sum", "mean"))
            fastest = 1.001 * window.source.fastest_m_s
            latest = float(count[fortnights[-1]]) if fortnights else 0.0
            within = (np.abs(total) <= fastest * latest).all() and (np.abs(mean[count > 0]) <= fastest).all()
            if not within or not np.isnan(mean[count == 0]).all():
                raise ValueError(f"the mean {kind} is not one of fields of at most {window.source.fastest_m_s:g} m/s")

    @property
    def saved(self) -> dict[str, AnyArray]:
        """What has been noted so far: the very arrays, to be written or filled."""
        sums = {f"forcing_{kind}_sum": total for kind, total in self._sum.items()}
        means = {f"forcing_{kind}_mean": mean for kind, mean in self._mean.items()}
        return {"forcing_count": self._count, **sums, **means}

    def dataset(self, run_start: str) -> xr.Dataset:
        """The means as a CF data set; missing where a field has no value."""
        lat, lon = np.meshgrid(self.lat, self.lon, indexing="ij")
        fields = {}
        for kind, window in self._windows.items():
            values = self._mean[kind].reshape(len(self._count), *lat.shape, 2)
            valid = window.source.valid
            if valid is not None:
                values[:, ~_half_valid(window.source, lon, lat)] = np.nan
            fields[f"{kind}_u"], fields[f"{kind}_v"] = values[..., 0], values[..., 1]
        return data_sets.forcing_mean(fields, self.edges, self.lon, self.lat, run_start)


def _half_valid(source: Source, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether more than half of the bilinear weight of places (degrees) is on valid nodes; not outside the grid."""
    x, y = Axis(source.lon), Axis(source.lat)
    (i, right), (j, up) = x.locate(lon.ravel()), y.locate(lat.ravel())
    on = np.asarray(source.valid, np.float64)
    south = (1.0 - right) * on[j, i] + right * on[j, i + 1]
    north = (1.0 - right) * on[j + 1, i] + right * on[j + 1, i + 1]
    inside = (lon >= x.values[0]) & (lon <= x.values[-1]) & (lat >= y.values[0]) & (lat <= y.values[-1])
    found: NDArray[np.bool_] = inside & (((1.0 - up) * south + up * north) > 0.5).reshape(lon.shape)
    return found


def watch(density: Density, tracks: Tracks, every: int, observations: int, lanes: int) -> Watch:
    """Room for the observations of one window of the driver."""
    return Watch(
        every,
        density.lon0,
        density.lat0,
        density.cells_per_degree,
        density.nx,
        density.ny,
        np.full((max(observations, 1), lanes), NO_CELL, np.uint32),
        np.full((max(observations, 1), tracks.boats, 2), np.nan),
        tracks.first,
    )
