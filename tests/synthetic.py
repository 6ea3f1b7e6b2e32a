"""Made-up results with the layout of a real run, for tests of what reads them: statistics, output, maps.

Landings fall near real places of the coast. Members differ from each other (a Dirichlet-multinomial over stretches),
as seasons do.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from driftsim.area.regions import EXITS
from driftsim.results import data_sets
from driftsim.results.result import Result
from driftsim.system.constants import SECONDS_PER_WEEK as WEEK_S

START = "2017-10-01T00:00:00"
END = "2018-03-31T00:00:00"
OUTCOMES = ("adrift", "landed", "left", "sunk")
SOURCES = ("yamato_bank", "north_west_basin", "chongjin")
CLASSES = ("upright", "swamped")
FORCING = {
    "product": "climatology",
    "kind_of_record": "climatology",
    "credit": "nobody",
    "note": "made up",
    "files": [],
}
CONFIG = """[run]
title = "a made-up winter"
start = 2017-10-01
end = 2018-03-31
seed = 3
threads = 2

[current]
product = "climatology"

[wind]
product = "climatology"

[[release.sources]]
name = "yamato_bank"
weight = 0.45
kind = "polygon"
points = [[133.5, 38.8], [136.2, 38.8], [136.2, 40.4], [133.5, 40.4]]

[[release.sources]]
name = "north_west_basin"
weight = 0.4
kind = "box"
box = [131.2, 134.0, 39.7, 41.5]

[[release.sources]]
name = "chongjin"
weight = 0.15
kind = "circle"
points = [[130.4, 41.3]]
radius_km = 60.0
"""


# Leaf stretches with the relative number of landings and some places on their shore (lon, lat).
LEAVES: dict[str, tuple[float, tuple[tuple[float, float], ...]]] = {
    "hokkaido": (5.0, ((140.02, 41.52), (140.15, 42.10), (139.83, 42.48), (140.32, 43.32), (141.35, 43.35))),
    "okushiri": (0.5, ((139.42, 42.15), (139.40, 42.08))),
    "aomori_japan_sea": (6.0, ((139.93, 40.58), (140.02, 40.70), (140.22, 40.79), (140.31, 40.95))),
    "aomori_strait": (1.5, ((140.36, 41.22), (140.62, 41.19), (140.91, 41.53))),
    "aomori_mutsu_bay": (0.2, ((140.72, 40.90), (141.12, 41.25))),
    "aomori_pacific": (0.3, ((141.46, 41.35), (141.40, 40.90))),
    "akita": (13.0, ((140.02, 39.75), (139.86, 39.88), (139.97, 40.20), (140.03, 39.40), (139.90, 39.20))),
    "yamagata": (5.0, ((139.82, 38.92), (139.71, 38.75), (139.60, 38.63))),
    "tobishima": (0.4, ((139.54, 39.19),)),
    "niigata_mainland": (
        14.0,
        ((139.44, 38.25), (139.05, 37.96), (138.79, 37.80), (138.55, 37.37), (137.86, 37.05)),
    ),
    "awashima": (0.3, ((139.25, 38.47),)),
    "sado": (9.0, ((138.24, 38.03), (138.45, 38.31), (138.22, 37.82))),
    "toyama": (0.4, ((137.22, 36.76), (137.42, 36.92))),
    "noto": (9.0, ((136.73, 37.14), (136.72, 37.32), (136.90, 37.40), (137.25, 37.52), (136.77, 36.90))),
    "ishikawa_south": (3.0, ((136.63, 36.66), (136.40, 36.42))),
    "fukui": (4.0, ((136.13, 36.21), (135.96, 35.97), (135.72, 35.57))),
    "kyoto": (1.5, ((135.23, 35.77), (135.03, 35.68))),
    "hyogo": (1.0, ((134.70, 35.66), (134.45, 35.62))),
    "tottori": (2.0, ((134.20, 35.54), (133.75, 35.50))),
    "shimane_mainland": (3.0, ((133.05, 35.58), (132.65, 35.42), (132.10, 34.95))),
    "oki": (1.5, ((133.30, 36.30), (133.05, 36.10))),
    "yamaguchi": (0.6, ((131.60, 34.67), (131.00, 34.43))),
    "kyushu": (0.2, ((130.45, 33.85),)),
    "tsushima": (0.3, ((129.45, 34.65), (129.25, 34.20))),
    "honshu_pacific": (0.1, ((141.85, 40.20),)),
    "russia": (3.0, ((131.90, 43.05), (134.40, 43.20), (136.30, 44.70))),
    "north_korea": (2.0, ((130.10, 42.05), (129.70, 40.90), (128.10, 39.95))),
    "south_korea": (1.5, ((128.60, 38.20), (129.35, 37.10), (129.55, 36.05))),
    "ulleung": (0.2, ((130.86, 37.50),)),
    "liancourt": (0.01, ((131.87, 37.24),)),
}


def make_arrivals(boats: int = 5000, members: int = 40, seed: int = 3, *, correlation: float = 0.05) -> xr.Dataset:
    """Arrivals of a made-up run over the winter of 2017.

    Parameters
    ----------
    boats, members, seed : int
        Size of the run; the same three give the same arrivals.
    correlation : float
        Intra-member correlation of the outcome (0: boats independent).
    """
    rng = np.random.default_rng(seed)
    keys = tuple(LEAVES)
    weight = np.array([value[0] for value in LEAVES.values()])
    fates = np.concatenate(
        [0.86 * weight / weight.sum(), np.array([0.05, 0.02, 0.004, 0.003, 0.0, 0.003, 0.0, 0.0]), [0.05, 0.01]]
    )
    number = np.arange(boats, dtype=np.int64)
    member = (number % members).astype(np.int32)
    concentration = 1.0 / max(correlation, 1e-9) - 1.0
    shares = np.cumsum(rng.dirichlet(np.maximum(fates, 1e-6) * concentration, size=members), axis=1)
    draw = rng.random(boats)
    fate = np.minimum((draw[:, None] > shares[member]).sum(axis=1), fates.size - 1)

    n, e = len(keys), len(EXITS)
    landed, left, sunk = fate < n, (fate >= n) & (fate < n + e), fate == n + e + 1
    stretch = np.where(landed, fate, -1).astype(np.int16)
    way_out = np.where(left, fate - n, -1).astype(np.int8)
    outcome = np.select([landed, left, sunk], [1, 2, 3], 0).astype(np.int8)

    source = rng.choice(3, size=boats, p=[0.45, 0.40, 0.15]).astype(np.int16)
    centre = np.array([[134.8, 39.6], [132.6, 40.6], [130.4, 41.3]])[source]
    release = centre + rng.normal(0.0, [0.6, 0.4], (boats, 2))
    release_time = 3600.0 * rng.integers(0, 65 * 24, boats)
    age = np.clip(rng.gamma(6.0, 5.5, boats), 0.5, None)
    horizon = 181.0 * 86400.0
    end_time = np.minimum(release_time + 86400.0 * age, horizon - rng.random(boats))
    end_time[outcome == 0] = horizon
    spot = _places(rng, keys, stretch)
    final = np.where(landed[:, None], spot, release + np.array([2.0, -0.5]))
    near = np.where(landed, np.uint64(1) << np.maximum(stretch, 0).astype(np.uint64), np.uint64(0))
    for other in (-1, 1):  # some of the boats had passed by the neighbouring stretch before
        beside = landed & (rng.random(boats) < 0.3) & (stretch + other >= 0) & (stretch + other < n)
        near = np.where(beside, near | (np.uint64(1) << np.maximum(stretch + other, 0).astype(np.uint64)), near)

    def masked(values: np.ndarray, where: np.ndarray) -> np.ndarray:
        return np.where(where, values, np.nan)

    since = {"units": f"seconds since {START}", "calendar": "proleptic_gregorian"}
    capsized = rng.random(boats) < 0.1
    line, km = _line_position(keys, stretch, spot)
    variables = {
        "source": (source, {"flag_meanings": " ".join(SOURCES)}),
        "member": (member, {}),
        "boat_class": ((number % 2).astype(np.int16), {"flag_meanings": " ".join(CLASSES)}),
        "release_lon": (release[:, 0], {}),
        "release_lat": (release[:, 1], {}),
        "release_time": (release_time, since),
        "outcome": (outcome, {"flag_values": np.arange(4, dtype=np.int8), "flag_meanings": " ".join(OUTCOMES)}),
        "stretch": (stretch, {"flag_meanings": " ".join(keys)}),
        "landing_lon": (masked(spot[:, 0], landed), {}),
        "landing_lat": (masked(spot[:, 1], landed), {}),
        "landing_time": (masked(end_time, landed), since),
        "coast_line": (line, {}),
        "coast_km": (km, {}),
        "age_days": (masked((end_time - release_time) / 86400.0, landed).astype(np.float32), {}),
        "final_lon": (final[:, 0], {}),
        "final_lat": (final[:, 1], {}),
        "final_time": (end_time, since),
        "exit": (way_out, {"flag_meanings": " ".join(EXITS)}),
        "capsize_time": (masked(release_time + 0.5 * (end_time - release_time), capsized), since),
        "sink_time": (masked(end_time, sunk), since),
        "within_20_km": (
            near.astype(np.uint64),
            {"flag_meanings": " ".join(keys), "flag_masks": " ".join(str(1 << i) for i in range(n))},
        ),
    }
    return xr.Dataset(
        {name: ("boat", values, attrs) for name, (values, attrs) in variables.items()},
        coords={"boat": ("boat", number)},
        attrs={
            "run_start": START,
            "run_end": END,
            "title": "a made-up winter",
            "members": members,
            "boats": boats,
            "seed": seed,
        },
    )


def _places(rng: np.random.Generator, keys: tuple[str, ...], stretch: np.ndarray) -> np.ndarray:
    """Landing places (boat, 2): a place of the stretch's list, moved by a kilometre or two."""
    out = np.full((stretch.size, 2), np.nan)
    for index, key in enumerate(keys):
        rows = np.flatnonzero(stretch == index)
        places = np.array(LEAVES[key][1])
        out[rows] = places[rng.integers(0, len(places), rows.size)] + rng.normal(0.0, 0.015, (rows.size, 2))
    return out


def _line_position(keys: tuple[str, ...], stretch: np.ndarray, spot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Line number (one per stretch here) and kilometre: the distance from the stretch's south-west corner."""
    line = stretch.astype(np.int16)
    corner = np.array([np.min(np.array(LEAVES[key][1]), axis=0) - 0.1 for key in keys])[np.maximum(stretch, 0)]
    east, north = (spot - corner).T
    km = np.hypot(111.2 * north, 111.2 * np.cos(np.radians(38.0)) * east)
    return line, np.where(stretch >= 0, km, np.nan).astype(np.float32)


def make_result(boats: int = 5000, members: int = 40, seed: int = 3, *, tracks: int = 200) -> Result:
    """A made-up run in memory, with tracks, density and forcing."""
    arrivals = make_arrivals(boats, members, seed)
    weeks, fortnights = WEEK_S * np.arange(27), 2 * WEEK_S * np.arange(14)
    east, north, moment = _tracks(arrivals, min(tracks, boats))
    lon, lat = np.arange(127.0, 143.01, 0.5), np.arange(33.0, 48.01, 0.5)
    hours = 24.0 * np.stack([_hours(east, north, moment, weeks, lon, lat)] * len(CLASSES), axis=1)
    middle = [0.5 * (edges[1:] + edges[:-1]) for edges in (lon, lat)]
    sea = np.hypot((middle[0] - 135.0)[None, :] / 5.0, (middle[1] - 40.0)[:, None] / 4.0) < 1.0
    calm = np.ones((fortnights.size - 1, *sea.shape))
    speeds = {"current_u": 0.1, "current_v": 0.03, "wind_u": 4.0, "wind_v": -3.0}
    return Result(
        arrivals=arrivals,
        density=data_sets.density(hours, weeks, lon, lat, list(CLASSES), START),
        tracks=data_sets.tracks(east, north, moment, arrivals),
        forcing_mean=data_sets.forcing_mean(
            {name: np.where(sea, speed * calm, np.nan) for name, speed in speeds.items()}, fortnights, *middle, START
        ),
        info={
            "config": CONFIG,
            "seed": seed,
            "forcing": {kind: FORCING | {"title": f"{kind}s made up"} for kind in ("current", "wind")},
            "timings": {
                "wall_s": 12.5,
                "compile_s": 0.0,
                "particle_steps": 1e7,
                "particle_steps_per_s": 8e5,
                "threads": 2,
            },
        },
    )


def _tracks(arrivals: xr.Dataset, tracks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Straight tracks every six hours from release to the last place; lon, lat (track, obs) and time (obs,)."""
    moment = np.arange(0.0, 181.0 * 86400.0 + 1.0, 21600.0)
    part = arrivals.isel(boat=slice(tracks))
    begin, end = part["release_time"].values[:, None], part["final_time"].values[:, None]
    way = np.where((moment >= begin) & (moment <= end), (moment - begin) / np.maximum(end - begin, 1.0), np.nan)
    places = [
        part[f"release_{axis}"].values[:, None] * (1.0 - way) + part[f"final_{axis}"].values[:, None] * way
        for axis in ("lon", "lat")
    ]
    return places[0], places[1], moment


def _hours(east: np.ndarray, north: np.ndarray, moment: np.ndarray, *edges: np.ndarray) -> np.ndarray:
    """Places of the tracks counted by week, lat, lon, six hours each."""
    there = np.isfinite(east)
    sample = np.stack([np.broadcast_to(moment, east.shape)[there], north[there], east[there]], axis=1)
    weeks, lon, lat = edges
    return 6.0 * np.histogramdd(sample, bins=(weeks, lat, lon))[0]


def make_run_folder(path: Path | str, boats: int = 5000, members: int = 40, seed: int = 3) -> Path:
    """Write the folder of a made-up run (all files but the picture) and return its path."""
    from driftsim.results.output import write_run

    write_run(path, make_result(boats, members, seed), overwrite=True)
    return Path(path)
