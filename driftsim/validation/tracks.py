"""Tracks: hulls seen twice, or drifters, against boats of a run that start where and when they were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..system.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from ..system.errors import InputError
from ..system.kinds import Json
from . import scores
from .finds import distance_km
from .landings import day_number, from_day_number, shifted
from .track_files import Track

if TYPE_CHECKING:
    import xarray as xr

    from ..results.result import Readable

Floats = NDArray[np.float64]

NEAR_KM, NEAR_HOURS = 10.0, 6.0
"""A boat belongs to a sighting if it starts within these of it, or within the sighting's own precision."""

FEWEST_BOATS = 100
"""Boats that a density in the plane needs."""

MOST_BOATS = 1000
"""Of more than these the first are taken for densities and for the energy score, which look at every pair."""

STILL, KEPT = "standing still", "last observed velocity kept"
_YEAR_S = 365.2425 * SECONDS_PER_DAY
_SECOND_DAYS = 1.0 / SECONDS_PER_DAY


def compare(run: Readable, observed: Sequence[Track], *, dated: bool) -> Json:
    """Separation, skill, containment and energy score of each track that boats of the run start on.

    Parameters
    ----------
    run : Run or Result
        With tracks.
    observed
    dated
        Whether the run's days are those of a very year; else they are moved by whole years to those of the tracks.

    Raises
    ------
    InputError
        If the run kept no tracks, or too few of its boats start on an observed track.
    """
    if run.tracks is None:
        raise InputError("tracks: the run kept none; set output.tracks in its config and run it again")
    boats = _boats(run.tracks, run.arrivals)
    found = [row for track in observed for row in [_one(track, boats, dated=dated)] if row is not None]
    if not found:
        raise InputError(
            f"tracks: no {FEWEST_BOATS} boats of the run that kept their track start within {NEAR_KM:g} km and "
            f"{NEAR_HOURS:g} h of a fix of {', '.join(track.id for track in observed[:5])}; release boats there"
        )
    last = [row["fixes"][-1] for row in found]
    return {
        "tracks": found,
        "without_boats": [track.id for track in observed if track.id not in {row["id"] for row in found}],
        "dated": dated,
        "by_age": _by_age([fix for row in found for fix in row["fixes"]]),
        "skill": _mean([row["skill"] for row in found]),
        "energy_score_km": _mean([_mean([fix["energy_score_km"] for fix in row["fixes"]]) for row in found]),
        "references": [_reference(name, key, found) for key, name in (("still", STILL), ("kept", KEPT))],
        **_containment([fix["mass_above"] for fix in last]),
    }


def _mean(values: Sequence[float]) -> float:
    """Mean of those that are known: a hull that was not seen to move has no path to measure skill by."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _containment(mass: Sequence[float]) -> Json:
    """How many last fixes lie within the 50 and the 90 % area, and how odd that is if the areas are right."""
    from scipy.stats import binomtest

    known = [value for value in mass if np.isfinite(value)]
    out: Json = {"last_fixes": len(known)}
    for percent in (50, 90):
        within = sum(value <= 0.01 * percent for value in known)
        out[f"within_{percent}"] = within
        out[f"within_{percent}_p"] = (
            float(binomtest(within, len(known), 0.01 * percent).pvalue) if known else float("nan")
        )
    return out


def _reference(name: str, key: str, found: Sequence[Json]) -> Json:
    """How a forecast of one place did, and how much smaller the energy score of the boats is.

    The energy score of one place is its distance. A track counts as one, with the mean over its fixes.
    """
    rows = [row for row in found if row["fixes"][0][f"{key}_km"] is not None]
    gain = [_mean([fix[f"{key}_km"] - fix["energy_score_km"] for fix in row["fixes"]]) for row in rows]
    low, high = _interval(gain)
    return {
        "name": name,
        "tracks": len(rows),
        "skill": _mean([row[f"skill_{key}"] for row in rows]),
        "energy_score_km": _mean([_mean([fix[f"{key}_km"] for fix in row["fixes"]]) for row in rows]),
        "gain_km": {"mean": _mean(gain), "low": low, "high": high},
    }


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a mean over tracks, by Student's t; NaN for fewer than two."""
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        return float("nan"), float("nan")
    half = float(stdtrit(n - 1.0, 0.975)) * float(np.std(values, ddof=1)) / n**0.5
    return float(np.mean(values)) - half, float(np.mean(values)) + half


@dataclass(frozen=True)
class _Boats:
    start: Floats  # seconds since 1970
    lon0: Floats
    lat0: Floats
    time: Floats  # (boat, obs), held after the end
    lon: Floats
    lat: Floats


def _boats(tracks: xr.Dataset, arrivals: xr.Dataset) -> _Boats:
    begin = np.datetime64(str(arrivals.attrs["run_start"]).removesuffix("Z"), "s").astype(np.int64)
    rows = np.searchsorted(arrivals["boat"].values, tracks["trajectory"].values)
    release = arrivals["release_time"].values[rows]

    def ends(name: str, first: str, last: str) -> Floats:
        """Release, fixes, end; what is missing lies at the end for good."""
        middle = tracks[name].values.astype(np.float64)
        head, tail = arrivals[first].values[rows][:, None], arrivals[last].values[rows][:, None]
        return np.concatenate([head, np.where(np.isfinite(middle), middle, tail), tail], axis=1)

    time = ends("time", "release_time", "final_time")
    order = np.argsort(time, axis=1, kind="stable")
    lon, lat = (
        np.take_along_axis(ends(axis, f"release_{axis}", f"final_{axis}"), order, axis=1) for axis in ("lon", "lat")
    )
    return _Boats(begin + release, lon[:, 0], lat[:, 0], begin + np.take_along_axis(time, order, axis=1), lon, lat)


def _one(track: Track, boats: _Boats, *, dated: bool) -> Json | None:
    years = 0 if dated else round(float(track.time[0] - boats.start.mean()) / _YEAR_S)
    start = boats.start
    if years:
        day = from_day_number(float(start.mean()) / SECONDS_PER_DAY)
        start = start + (day_number(shifted(day, years)) - day_number(day)) * SECONDS_PER_DAY
    for fix in range(len(track.time) - 1):
        near = distance_km(track.lon[fix], track.lat[fix], boats.lon0, boats.lat0)
        mine = (near <= max(NEAR_KM, track.precision_km[fix])) & (
            np.abs(start - track.time[fix]) <= max(SECONDS_PER_HOUR * NEAR_HOURS, track.precision_s[fix])
        )
        if mine.sum() >= FEWEST_BOATS:
            return _scored(track, fix, boats, np.flatnonzero(mine))
    return None


def _scored(track: Track, start: int, boats: _Boats, mine: NDArray[np.int64]) -> Json:
    ages = track.time[start + 1 :] - track.time[start]
    lon = np.array([np.interp(boats.start[i] + ages, boats.time[i], boats.lon[i]) for i in mine])
    lat = np.array([np.interp(boats.start[i] + ages, boats.time[i], boats.lat[i]) for i in mine])
    east, north = track.lon[start:], track.lat[start:]
    path = np.cumsum(distance_km(east[:-1], north[:-1], east[1:], north[1:]))
    still, kept = _still(track, start), _kept(track, start)
    fixes, apart = [], np.empty_like(lon)
    for k, age in enumerate(ages):
        members = _plane((track.lon[start + 1 + k], track.lat[start + 1 + k]), lon[:, k], lat[:, k])
        apart[:, k] = np.hypot(*members.T)
        fixes.append(
            {
                "age_days": float(age / SECONDS_PER_DAY),
                "separation_km": float(apart[:, k].mean()),
                "mean_separation_km": float(np.hypot(*members.mean(axis=0))),
                "path_km": float(path[k]),
                "still_km": float(still[k]),
                "kept_km": None if kept is None else float(kept[k]),
                "mass_above": mass_above(members[:MOST_BOATS]),
                "energy_score_km": scores.energy_score(members[:MOST_BOATS], (0.0, 0.0)),
            }
        )
    return {
        "id": track.id,
        "boats": len(mine),
        "start": start,
        "skill": float(np.mean([scores.liu_weisberg(row, path) for row in apart])),
        "skill_still": scores.liu_weisberg(still, path),
        "skill_kept": None if kept is None else scores.liu_weisberg(kept, path),
        "fixes": fixes,
    }


def _still(track: Track, start: int) -> Floats:
    """Distance of each later fix from the first."""
    return distance_km(track.lon[start], track.lat[start], track.lon[start + 1 :], track.lat[start + 1 :])


def _kept(track: Track, start: int) -> Floats | None:
    """Distance of each later fix from where the velocity between the last two fixes leads; None without two."""
    if start == 0:
        return None
    here = slice(start, start + 1)
    way = _plane((track.lon[start - 1], track.lat[start - 1]), track.lon[here], track.lat[here])
    ahead = (track.time[start + 1 :] - track.time[start]) / (track.time[start] - track.time[start - 1])
    later = _plane((track.lon[start], track.lat[start]), track.lon[start + 1 :], track.lat[start + 1 :])
    found: Floats = np.hypot(*(later - ahead[:, None] * way).T)
    return found


def _plane(origin: tuple[float, float], lon: Floats, lat: Floats) -> Floats:
    """Kilometres east and north of a point, (n, 2)."""
    way = (lon - origin[0] + 180.0) % 360.0 - 180.0
    north = distance_km(0.0, origin[1], np.zeros_like(lat), lat) * np.sign(lat - origin[1])
    east = distance_km(0.0, origin[1], way, np.full_like(lat, origin[1])) * np.sign(way)
    return np.stack([east, north], axis=1)


def mass_above(members: Floats) -> float:
    """Share of an ensemble where its density is above that at the origin: 0.4 lies within the 50 % area.

    The density at each boat is that of the fix and all other boats, at the fix that of all boats, so that a fix which
    is one more boat has any rank as often as another (the densities of a sample at its own points are too high there).
    Gaussians with the bandwidth of Scott 1992, doi:10.1002/9780470316849; members on one line get a hundredth of their
    extent of noise across it. NaN where all members lie on one point.

    Parameters
    ----------
    members : (n, 2)
        Km east and north of the fix.
    """
    points = np.concatenate([np.zeros((1, 2)), members])
    extent = float(np.ptp(members, axis=0).max())
    if extent == 0.0:
        return float("nan")
    points = points + 0.01 * extent * np.random.default_rng(0).standard_normal(points.shape)
    number = len(points)
    wide = np.linalg.cholesky(np.cov(points.T)) * (number - 1) ** (-1.0 / 6.0)
    at = np.linalg.solve(wide, points.T)
    squares = (at**2).sum(axis=0)
    apart = squares[:, None] + squares[None, :] - 2.0 * at.T @ at
    kernel = np.exp(-0.5 * apart)
    np.fill_diagonal(kernel, 0.0)
    density = kernel.sum(axis=1)
    return float((density[1:] > density[0]).sum() + 0.5) / number


def _by_age(fixes: list[Json]) -> list[Json]:
    """Means by days of age: day 1 is from the first fix to a day after it."""
    days = np.array([np.ceil(fix["age_days"] - _SECOND_DAYS) for fix in fixes])
    out = []
    for day in np.unique(days):
        here = [fix for fix, its in zip(fixes, days, strict=True) if its == day]
        kept = [fix["kept_km"] for fix in here if fix["kept_km"] is not None]
        mass = np.array([fix["mass_above"] for fix in here if np.isfinite(fix["mass_above"])])
        out.append(
            {
                "age_days": int(day),
                "fixes": len(here),
                **{
                    key: _mean([fix[key] for fix in here])
                    for key in ("separation_km", "mean_separation_km", "energy_score_km", "still_km")
                },
                "kept_km": _mean(kept) if kept else None,
                **{
                    f"within_{percent}": float((mass <= 0.01 * percent).mean()) if mass.size else float("nan")
                    for percent in (50, 90)
                },
            }
        )
    return out
