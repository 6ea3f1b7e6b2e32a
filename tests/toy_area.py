"""A small sea that is nowhere: a round island with two coasts, and a rock abroad. For tests of what knows no sea."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
import xarray as xr
from scipy.spatial import cKDTree

from driftsim.area.coast import earth_xyz
from driftsim.kernels.shore import CLEAR_UNIT_M

BOX = (10.0, 14.0, 40.0, 43.0)  # west, east, south, north
PER_DEGREE, MICRO = 60, 1_000_000
ISLAND, ROCK = (12.0, 41.5, 0.3), (13.1, 41.6, 0.12)  # longitude, latitude, radius in degrees of latitude
KEYS = ("sundown", "sunup", "rock")

AREA = """name = { en = "Ring Sea", ja = "リング" }
box = [10, 14, 40, 43]
domain = [10.5, 13.5, 40.5, 42.5]
home = "ring"
lead = ["sunup"]
coast_credit = "coast: drawn by hand"

[[stretches]]
key = "sundown"
name = "Sundown Coast"
country = "Ringland"

[[stretches]]
key = "sunup"
name = { en = "Sunup Coast", ja = "サンアップ" }
country = "Ringland"

[[stretches]]
key = "rock"
name = "The Rock"
country = "Farland"

[[groups]]
key = "ring"
name = { en = "Ring Island", ja = "リングのしま" }
country = "Ringland"

[[exits]]
key = "sunup_gate"
name = "Sunup Gate"
where = [{ sides = ["east"], box = [13, 14, 41, 42] }]

[sea]
at = [[11.1, 42.2]]
page_at = [[11.1, 42.2]]

[[labels]]
kind = "land"
name = "RING"
at = [12.0, 41.5]
"""
PORTS = "name,aliases,lon,lat,country\nWesthaven,Old Haven,11.62,41.5,Ringland\n"
TOWNS = "name,name_ja,lon,lat,rank,country\nHilltown,ヒルタウン,11.75,41.5,1,Ringland\n"
EVENTS = """id,date,date_precision_days,region,place,lon,lat,precision_km,kind,confidence,source
A1,2020-03-04,0,sundown,Hilltown,11.6,41.5,2,boat_ashore,high,nobody
A2,2020-03-05,0,sundown,Hilltown,11.6,41.55,2,boat_ashore,high,nobody
A3,2020-03-06,1,sunup,Hilltown,12.4,41.5,2,boat_ashore,high,nobody
"""


def ring(lon: float, lat: float, radius: float, count: int = 240) -> np.ndarray:
    """A round island, clockwise and closed, microdegrees."""
    turn = -np.linspace(0.0, 2.0 * np.pi, count + 1)
    x = lon + radius * np.cos(turn) / np.cos(np.radians(lat))
    xy = np.rint(np.column_stack([x, lat + radius * np.sin(turn)]) * MICRO).astype(np.int64)
    xy[-1] = xy[0]
    return xy


def shoreline() -> dict[str, np.ndarray]:
    """The arrays of ``shoreline.npz`` (see ``data/areas/sea_of_japan/README.md``)."""
    rings = [ring(*ISLAND), ring(*ROCK, count=60)]
    codes = [np.where(rings[0][:-1, 0] < ISLAND[0] * MICRO, 0, 1), np.full(60, 2)]
    codes = [np.r_[code, code[-1]].astype(np.uint8) for code in codes]
    vertices = np.concatenate(rings)
    nx, ny = (round((b - a) * PER_DEGREE) for a, b in (BOX[:2], BOX[2:]))
    lon, lat = np.meshgrid(BOX[0] + (np.arange(nx) + 0.5) / PER_DEGREE, BOX[2] + (np.arange(ny) + 0.5) / PER_DEGREE)
    lon, lat = lon.ravel(), lat.ravel()
    land = shapely.union_all([shapely.Polygon(r / MICRO) for r in rings])
    cells = earth_xyz(lon, lat)
    near, trees = np.zeros(lon.size, np.uint64), []
    for code in range(3):
        mine = np.concatenate([r[c == code] for r, c in zip(rings, codes, strict=True)]) / MICRO
        dense = np.concatenate([mine + k * (np.roll(mine, -1, 0) - mine) for k in np.linspace(0, 1, 8)[:-1]])
        dense = dense[np.abs(shapely.distance(land.boundary, shapely.points(dense))) < 0.002]
        trees.append(cKDTree(earth_xyz(*dense.T)).query(cells)[0])
        near[trees[-1] < 20_000.0] |= np.uint64(1 << code)
    masks, index = np.unique(near, return_inverse=True)
    bound = np.min(trees, axis=0) - 0.5 / PER_DEGREE * 150_000.0 - 400.0
    lines = [r[:: len(r) // 30] for r in rings]
    lines = [np.vstack([line, line[:1]]) if (line[0] != line[-1]).any() else line for line in lines]
    km = [np.r_[0.0, np.cumsum(np.sqrt((np.diff(earth_xyz(*(x / MICRO).T), axis=0) ** 2).sum(1)))] / 1e3 for x in lines]
    owner = [np.where(lines[0][:, 0] < ISLAND[0] * MICRO, 0, 1), np.full(len(lines[1]), 2)]
    for of in owner:
        of[-1] = -1
    return {
        "box": np.array(BOX),
        "per_degree": np.array(PER_DEGREE),
        "vertices": np.diff(vertices.T, axis=1, prepend=0).astype(np.int32),
        "ring_starts": np.r_[0, np.cumsum([len(r) for r in rings])].astype(np.int32),
        "stretch": np.concatenate(codes),
        "stretch_keys": np.array(KEYS),
        "land": np.packbits(shapely.contains_xy(land, lon, lat)),
        "clear": np.floor(bound / CLEAR_UNIT_M).clip(0, 255).astype(np.uint8),
        "near": index.astype(np.uint16),
        "masks": masks,
        "line_keys": np.array(["island", "rock"]),
        "line_starts": np.r_[0, np.cumsum([len(x) for x in lines])].astype(np.int32),
        "line_xy": np.concatenate(lines).astype(np.int32),
        "line_km": np.concatenate(km).astype(np.float32),
        "line_stretch": np.concatenate(owner).astype(np.int16),
    }


def write(folder: Path) -> Path:
    """The area as a folder."""
    folder.mkdir(parents=True)
    for name, text in (("area.toml", AREA), ("ports.csv", PORTS), ("towns.csv", TOWNS)):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "records").mkdir()
    (folder / "records" / "events.csv").write_text(EVENTS, encoding="utf-8")
    np.savez_compressed(folder / "shoreline.npz", **shoreline())
    return folder


def wind(file: Path, days: int = 9) -> Path:
    """A wind towards the east north-east that turns a little, hourly."""
    time = np.arange(0, days * 24 + 1, 6)
    lon, lat = np.arange(9.0, 15.01, 0.5), np.arange(39.0, 44.01, 0.5)
    shape = (time.size, lat.size, lon.size)
    turn = np.broadcast_to(np.sin(time / 20.0)[:, None, None], shape)
    names = {"u10": (9.0 + 0.0 * turn, "eastward_wind"), "v10": (1.5 * turn + 0.4, "northward_wind")}
    data = {k: (("time", "lat", "lon"), v, {"standard_name": s, "units": "m s-1"}) for k, (v, s) in names.items()}
    axes = {
        "time": ("time", time, {"units": "hours since 2020-03-01", "standard_name": "time"}),
        "lat": ("lat", lat, {"units": "degrees_north", "standard_name": "latitude"}),
        "lon": ("lon", lon, {"units": "degrees_east", "standard_name": "longitude"}),
    }
    xr.Dataset(data, axes).to_netcdf(file)
    return file


CONFIG = """[run]
title = "Round the ring"
start = 2020-03-01
end = 2020-03-09
seed = 4

[area]
name = "ring"

[current]
product = "none"

[wind]
product = "cf"
files = ["wind.nc"]

[boats]
number = 160

[[boats.classes]]
name = "raft"
windage_percent = 3.0

[mixing]
diffusivity_m2_s = 900.0

[release]
first = 2020-03-01
last = 2020-03-03

[[release.sources]]
name = "off Westhaven"
kind = "port"
port = "old haven"
min_offshore_km = 8.0
max_offshore_km = 30.0

[output]
tracks = 12
density_grid_deg = 0.25
"""


def study(folder: Path) -> Path:
    """The area, a wind and a config that uses them; returns the config."""
    write(folder / "ring")
    wind(folder / "wind.nc")
    config = folder / "ring.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return config
