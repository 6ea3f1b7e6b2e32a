"""Tracks: hulls seen twice, or drifters, against boats of a run that start where and when they were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import resources
from ..constants import SECONDS_PER_DAY
from ..door import told
from ..errors import InputError
from ..text import clean
from . import schema, scores
from .finds import distance_km
from .landings import Landings, day_number, from_day_number, shifted

Floats = NDArray[np.float64]

_Fix = tuple[int, str, float, float, float, float, float]

BUILT_IN = "pairs"
NEAR_KM, NEAR_HOURS = 10.0, 6.0
"""A boat belongs to a sighting if it starts within these of it, or within the sighting's own precision."""

FEWEST_BOATS = 10
_YEAR_S = 365.2425 * SECONDS_PER_DAY


@dataclass(frozen=True)
class Track:
    """An observed track; arrays (fix,): seconds since 1970-01-01 UTC, degrees, and how wrong a fix may be."""

    id: str
    time: Floats
    lon: Floats
    lat: Floats
    precision_km: Floats
    precision_s: Floats


def load(file: Path | str) -> list[Track]:
    """Observed tracks.

    Parameters
    ----------
    file
        ``"pairs"`` for the hulls that come with driftsim; else a CSV with ``id, time, lon, lat``, a CSV of the Global
        Drifter Program (``ID, time, latitude, longitude`` among others, with or without a line of units), or its
        6-hourly ASCII.

    Raises
    ------
    InputError
        By line and column; for a track of one fix, or with times that do not ascend.
    """
    if str(file) == BUILT_IN:
        file = resources.data("records/pairs.csv")
    file = Path(file)
    if not file.exists():
        raise InputError(f"{file}: no such file; give a CSV of tracks, or the word {BUILT_IN}")
    with told(file, f"give a CSV of tracks in UTF-8, or the word {BUILT_IN}"):
        found = _grouped(file, _fixes(file))
    return found


def _fixes(file: Path) -> list[_Fix]:
    names = schema.header(file)
    lower = [name.lower() for name in names]
    if {"id", "time", "latitude", "longitude"} <= set(lower):
        return _gdp_csv(file, lower)
    if len(names) == 1 and len(names[0].split()) >= 6:
        return _gdp_ascii(file)
    return [
            (
                row.line, str(v["id"]), v["time"].timestamp(), v["lon"], v["lat"], v.get("precision_km") or 0.0,
                3600.0 * (v.get("time_precision_hours") or 0.0),
            )
            for row in schema.read(file, schema.schemas()["pairs"])
            for v in (row.values,)
        ]  # fmt: skip


def _grouped(file: Path, rows: Sequence[_Fix]) -> list[Track]:
    by_id: dict[str, list[_Fix]] = {}
    for row in rows:
        by_id.setdefault(row[1], []).append(row)
    out = []
    for name, fixes in by_id.items():
        for before, after in pairwise(fixes):
            if after[2] <= before[2]:
                raise InputError(
                    f"{file}: line {after[0]}, column time: track {schema.shown(name)} does not go forward in time"
                )
        if len(fixes) > 1:
            out.append(Track(name, *(np.array(column, np.float64) for column in list(zip(*fixes, strict=True))[2:])))
    if not out:
        raise InputError(f"{file}: no track has two fixes; rows of one track share their id")
    return out


def _gdp_csv(file: Path, names: list[str]) -> list[_Fix]:
    import csv

    at = {name: names.index(name) for name in ("id", "time", "latitude", "longitude")}
    rows: list[_Fix] = []
    with open(file, encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        for cells in reader:
            if not cells or (reader.line_num == 2 and "degrees_north" in cells):
                continue
            try:
                moment = schema.moment(cells[at["time"]].strip())
                lat, lon = (float(cells[at[name]]) for name in ("latitude", "longitude"))
                if not (abs(lat) <= 90.0 and abs(lon) <= 360.0):
                    raise ValueError(f"{lat:g} N, {lon:g} E is no place")
            except (ValueError, IndexError, OverflowError) as problem:
                raise InputError(
                    f"{file}: line {reader.line_num}: {clean(problem)[:120]}; expected ID, time, latitude, longitude"
                ) from None
            rows.append((reader.line_num, cells[at["id"]].strip(), moment.timestamp(), lon, lat, 0.0, 0.0))
    return rows


def _gdp_ascii(file: Path) -> list[_Fix]:
    """Columns: number, month, day with its fraction, year, latitude, longitude."""
    rows: list[_Fix] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        cells = line.split()
        if not cells:
            continue
        try:
            month, day, year, lat, lon = int(cells[1]), float(cells[2]), int(cells[3]), float(cells[4]), float(cells[5])
            if not 1.0 <= day < 32.0:
                raise ValueError
            moment = schema.moment(f"{year:04d}-{month:02d}-01") + timedelta(days=day - 1.0)
        except (ValueError, IndexError, OverflowError):
            raise InputError(f"{file}: line {number}: not number, month, day, year, latitude, longitude") from None
        if abs(lat) <= 90.0 and abs(lon) <= 360.0:  # 999.999: no position
            rows.append((number, cells[0], moment.timestamp(), lon, lat, 0.0, 0.0))
    return rows


def compare(run: Any, landings: Landings, observed: Sequence[Track]) -> dict[str, Any]:
    """Separation, skill, containment and energy score of each track that boats of the run start on.

    Parameters
    ----------
    run : Run or Result
        With tracks.
    landings
        Of the run; says whether its days are those of a very year.
    observed

    Raises
    ------
    InputError
        If the run kept no tracks, or none of its boats starts on an observed track.
    """
    if run.tracks is None:
        raise InputError("tracks: the run kept none; set output.tracks in its config and run it again")
    boats = _boats(run)
    found = [row for track in observed for row in [_one(track, boats, dated=landings.dated)] if row is not None]
    if not found:
        raise InputError(
            f"tracks: no {FEWEST_BOATS} boats of the run that kept their track start within {NEAR_KM:g} km and "
            f"{NEAR_HOURS:g} h of a fix of {', '.join(track.id for track in observed[:5])}; release boats there"
        )
    fixes = [fix for row in found for fix in row["fixes"]]
    last = [row["fixes"][-1] for row in found]
    return {
        "tracks": found,
        "without_boats": [track.id for track in observed if track.id not in {row["id"] for row in found}],
        "by_age": _by_age(fixes),
        "skill": _mean([row["skill"] for row in found]),
        "within_50": float(np.mean([fix["mass_above"] <= 0.5 for fix in last])),
        "within_90": float(np.mean([fix["mass_above"] <= 0.9 for fix in last])),
        "energy_score_km": float(np.mean([fix["energy_score_km"] for fix in last])),
    }


def _mean(values: Sequence[float]) -> float:
    """Mean of those that are known: a hull that was not seen to move has no path to measure skill by."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


@dataclass(frozen=True)
class _Boats:
    start: Floats  # seconds since 1970
    lon0: Floats
    lat0: Floats
    time: Floats  # (boat, obs), held after the end
    lon: Floats
    lat: Floats


def _boats(run: Any) -> _Boats:
    tracks, arrivals = run.tracks, run.arrivals
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
    return _Boats(
        begin + release, lon[:, 0], lat[:, 0], begin + np.take_along_axis(time, order, axis=1), lon, lat
    )  # fmt: skip


def _one(track: Track, boats: _Boats, *, dated: bool) -> dict[str, Any] | None:
    years = 0 if dated else round(float(track.time[0] - boats.start.mean()) / _YEAR_S)
    start = boats.start
    if years:
        day = from_day_number(float(start.mean()) / SECONDS_PER_DAY)
        start = start + (day_number(shifted(day, years)) - day_number(day)) * SECONDS_PER_DAY
    for fix in range(len(track.time) - 1):
        near = distance_km(track.lon[fix], track.lat[fix], boats.lon0, boats.lat0)
        mine = (near <= max(NEAR_KM, track.precision_km[fix])) & (
            np.abs(start - track.time[fix]) <= max(3600.0 * NEAR_HOURS, track.precision_s[fix])
        )
        if mine.sum() >= FEWEST_BOATS:
            return _scored(track, fix, boats, np.flatnonzero(mine))
    return None


def _scored(track: Track, fix: int, boats: _Boats, mine: NDArray[np.int64]) -> dict[str, Any]:
    ages = track.time[fix + 1 :] - track.time[fix]
    lon = np.array([np.interp(boats.start[i] + ages, boats.time[i], boats.lon[i]) for i in mine])
    lat = np.array([np.interp(boats.start[i] + ages, boats.time[i], boats.lat[i]) for i in mine])
    legs = [
        float(distance_km(track.lon[i], track.lat[i], track.lon[i + 1 : i + 2], track.lat[i + 1 : i + 2])[0])
        for i in range(fix, len(track.time) - 1)
    ]
    path = np.cumsum(legs)
    apart = np.stack(
        [
            distance_km(x, y, lon[:, k], lat[:, k])
            for k, (x, y) in enumerate(zip(track.lon[fix + 1 :], track.lat[fix + 1 :], strict=True))
        ],
        axis=1,
    )
    fixes = []
    for k, age in enumerate(ages):
        where = track.lon[fix + 1 + k], track.lat[fix + 1 + k]
        east, north = _plane(where, lon[:, k], lat[:, k])
        members = np.stack([east, north], axis=1)
        fixes.append(
            {
                "age_days": float(age / SECONDS_PER_DAY), "separation_km": float(apart[:, k].mean()),
                "mean_separation_km": float(np.hypot(east.mean(), north.mean())), "path_km": float(path[k]),
                "mass_above": mass_above(members), "energy_score_km": scores.energy_score(members[:1000], (0.0, 0.0)),
            }
        )  # fmt: skip
    each = [scores.liu_weisberg(row, path) for row in apart]
    return {"id": track.id, "boats": len(mine), "skill": float(np.mean(each)), "fixes": fixes}


def _plane(origin: tuple[float, float], lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Kilometres east and north of a point."""
    north = distance_km(0.0, origin[1], np.zeros_like(lat), lat) * np.sign(lat - origin[1])
    east = distance_km(origin[0], origin[1], lon, np.full_like(lat, origin[1])) * np.sign(lon - origin[0])
    return east, north


def mass_above(members: Floats) -> float:
    """Share of an ensemble where its density is above that at the origin: 0.4 lies within the 50 % area.

    The density is a sum of Gaussians with the bandwidth of Scott 1992, doi:10.1002/9780470316849; members on one line
    get a hundredth of their extent of noise across it. NaN where all members lie on one point.
    """
    from scipy.stats import gaussian_kde

    extent = float(np.ptp(members, axis=0).max())
    if extent == 0.0:
        return float("nan")
    rng = np.random.default_rng(0)
    spread = members + 0.01 * extent * rng.standard_normal(members.shape)
    density = gaussian_kde(spread.T)
    return float((density(spread.T) > density([[0.0], [0.0]])[0]).mean())


def _by_age(fixes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means by whole days of age."""
    days = np.array([round(fix["age_days"]) for fix in fixes])
    out = []
    for day in np.unique(days):
        here = [fix for fix, its in zip(fixes, days, strict=True) if its == day]
        out.append(
            {
                "age_days": int(day), "fixes": len(here),
                "separation_km": float(np.mean([fix["separation_km"] for fix in here])),
                "mean_separation_km": float(np.mean([fix["mean_separation_km"] for fix in here])),
                "within_50": float(np.mean([fix["mass_above"] <= 0.5 for fix in here])),
                "within_90": float(np.mean([fix["mass_above"] <= 0.9 for fix in here])),
            }
        )  # fmt: skip
    return out
